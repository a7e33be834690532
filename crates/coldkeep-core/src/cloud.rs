//! An Azure environment: where its services are and which names its tokens carry.

use crate::{Code, Problem, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

/// One Azure environment. Built in: `AzureCloud`, `AzureUSGovernment`, `AzureChinaCloud`
/// (<https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud>); others are custom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cloud {
    pub name: String,
    /// Entra's sign-in host, without a trailing slash: `https://login.microsoftonline.com`.
    pub active_directory: String,
    /// Microsoft Graph, without a trailing slash and version.
    pub graph: String,
    /// Resource Manager, without a trailing slash.
    pub resource_manager: String,
    /// Where an account's blobs are; `{account}` stands for the account's name. No trailing slash.
    pub blob_endpoint: String,
    /// What a storage token is for, without `/.default`.
    pub storage_audience: String,
    /// What a Resource Manager token is for, without `/.default`.
    pub resource_manager_audience: String,
    /// `x-ms-version` to speak to Blob Storage.
    pub api_version: String,
    /// Certificates (PEM) that are trusted besides the public ones. Custom clouds only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_pem: Option<String>,
    pub builtin: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
}

/// The API version that Coldkeep uses unless a cloud sets another one: the newest that Azurite also accepts
/// without `--skipApiVersionCheck`.
pub const DEFAULT_API_VERSION: &str = "2025-11-05";

impl Cloud {
    /// The environments Microsoft runs.
    pub fn builtin() -> Vec<Cloud> {
        let cloud = |name: &str, login: &str, graph: &str, arm: &str, arm_audience: &str, blob: &str| Cloud {
            name: name.into(),
            active_directory: login.into(),
            graph: graph.into(),
            resource_manager: arm.into(),
            blob_endpoint: format!("https://{{account}}.{blob}"),
            storage_audience: "https://storage.azure.com".into(),
            resource_manager_audience: arm_audience.into(),
            api_version: DEFAULT_API_VERSION.into(),
            ca_pem: None,
            builtin: true,
            created_at: None,
        };
        vec![
            cloud(
                "AzureCloud",
                "https://login.microsoftonline.com",
                "https://graph.microsoft.com",
                "https://management.azure.com",
                "https://management.azure.com",
                "blob.core.windows.net",
            ),
            cloud(
                "AzureUSGovernment",
                "https://login.microsoftonline.us",
                "https://graph.microsoft.us",
                "https://management.usgovcloudapi.net",
                "https://management.core.usgovcloudapi.net",
                "blob.core.usgovcloudapi.net",
            ),
            cloud(
                "AzureChinaCloud",
                "https://login.partner.microsoftonline.cn",
                "https://microsoftgraph.chinacloudapi.cn",
                "https://management.chinacloudapi.cn",
                "https://management.chinacloudapi.cn",
                "blob.core.chinacloudapi.cn",
            ),
        ]
    }

    /// The blob endpoint of one account, without a trailing slash.
    pub fn blob_endpoint_of(&self, account: &str) -> String {
        self.blob_endpoint.replace("{account}", account)
    }

    /// Refuses what no request could be sent to: unparsable URLs, a template without `{account}`, plain HTTP
    /// anywhere but on loopback.
    pub fn check(&self) -> Result<(), Problem> {
        if !self.blob_endpoint.contains("{account}") {
            return Err(Problem::new(
                Code::EndpointInvalid,
                format!(
                    "The blob endpoint `{}` does not contain `{{account}}`",
                    self.blob_endpoint
                ),
                "Write `{account}` in the place of the account's name, for example \
                `https://{account}.blob.example.net`.",
            ));
        }
        let blob = self.blob_endpoint_of("account");
        for (what, text) in [
            ("The address of Entra", &self.active_directory),
            ("The address of Microsoft Graph", &self.graph),
            ("The address of Resource Manager", &self.resource_manager),
            ("The blob endpoint", &blob),
        ] {
            if text.is_empty() {
                continue;
            }
            check_endpoint(what, text, self.builtin)?;
        }
        Ok(())
    }
}

/// Refuses a URL, called `what` in front of it, that is not `https`, or plain `http` on loopback (custom clouds only).
pub fn check_endpoint(what: &str, text: &str, builtin: bool) -> Result<(), Problem> {
    let url = Url::parse(text).map_err(|e| {
        Problem::new(
            Code::EndpointInvalid,
            format!("{what} `{text}` is not a URL ({e})"),
            "Write the full URL, for example `https://host.example.net`.",
        )
    })?;
    let loopback = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(()),
        "http" if loopback && !builtin => Ok(()),
        "http" => Err(Problem::new(
            Code::EndpointInvalid,
            format!("{what} `{text}` is plain HTTP to a host that is not this machine"),
            "Use https; tokens and data would cross the network in the clear.",
        )),
        other => Err(Problem::new(
            Code::EndpointInvalid,
            format!("{what} `{text}` has the scheme `{other}`"),
            "Use https (or http on loopback).",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// <https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud> and
    /// <https://learn.microsoft.com/graph/deployments>.
    #[test]
    fn the_clouds_of_microsoft_are_where_it_says() {
        let found: Vec<[String; 5]> = Cloud::builtin()
            .into_iter()
            .map(|c| {
                let blob = c.blob_endpoint_of("a");
                [c.name, c.active_directory, c.graph, c.resource_manager, blob]
            })
            .collect();
        let expected = [
            [
                "AzureCloud",
                "https://login.microsoftonline.com",
                "https://graph.microsoft.com",
                "https://management.azure.com",
                "https://a.blob.core.windows.net",
            ],
            [
                "AzureUSGovernment",
                "https://login.microsoftonline.us",
                "https://graph.microsoft.us",
                "https://management.usgovcloudapi.net",
                "https://a.blob.core.usgovcloudapi.net",
            ],
            [
                "AzureChinaCloud",
                "https://login.partner.microsoftonline.cn",
                "https://microsoftgraph.chinacloudapi.cn",
                "https://management.chinacloudapi.cn",
                "https://a.blob.core.chinacloudapi.cn",
            ],
        ];
        assert_eq!(found, expected.map(|row| row.map(str::to_owned)));
    }

    #[test]
    fn builtin_clouds_are_valid() {
        for cloud in Cloud::builtin() {
            cloud.check().unwrap();
        }
    }

    #[test]
    fn plain_http_only_on_loopback_and_never_for_builtin_clouds() {
        assert!(check_endpoint("The address", "http://127.0.0.1:1", false).is_ok());
        assert!(check_endpoint("The address", "http://localhost:1", false).is_ok());
        assert!(check_endpoint("The address", "http://127.0.0.1:1", true).is_err());
        assert!(check_endpoint("The address", "http://example.net", false).is_err());
        assert!(check_endpoint("The address", "ftp://127.0.0.1", false).is_err());
    }
}
