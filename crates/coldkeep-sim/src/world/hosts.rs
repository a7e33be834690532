//! Microsoft's own hosts, which the proxy leads here and the certificate is good for, and the services under those names.

use crate::{Endpoints, wire::Service};

pub(crate) const LOGIN: &str = "login.microsoftonline.com";
/// Other names of the same, which clients may ask by after they learned them from instance discovery.
pub(crate) const LOGIN_ALIASES: [&str; 3] = ["login.windows.net", "login.microsoft.com", "sts.windows.net"];
pub(crate) const GRAPH: &str = "graph.microsoft.com";
pub(crate) const RESOURCE_MANAGER: &str = "management.azure.com";
/// Behind an account's name.
pub(crate) const BLOB: &str = ".blob.core.windows.net";

/// The service that one of Microsoft's hosts stands for.
pub(crate) fn service_of(host: &str) -> Option<Service> {
    // Host names have no case.
    let host = host.to_ascii_lowercase();
    match host.as_str() {
        LOGIN => Some(Service::Login),
        GRAPH => Some(Service::Graph),
        RESOURCE_MANAGER => Some(Service::Arm),
        other if LOGIN_ALIASES.contains(&other) => Some(Service::Login),
        other => other.ends_with(BLOB).then_some(Service::Blob),
    }
}

/// The services' addresses in Microsoft's names. Those that Microsoft has no host for are as they are.
pub(crate) fn public(own: &Endpoints) -> Endpoints {
    let scheme = own.login.split("://").next().unwrap_or("https");
    Endpoints {
        login: format!("{scheme}://{LOGIN}"),
        graph: format!("{scheme}://{GRAPH}"),
        resource_manager: format!("{scheme}://{RESOURCE_MANAGER}"),
        blob: format!("{scheme}://{{account}}{BLOB}"),
        ..own.clone()
    }
}
