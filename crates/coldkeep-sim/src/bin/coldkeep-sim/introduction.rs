//! What the program prints at the start: everything a person needs to begin.

use serde_json::Value;
use std::path::Path;

/// From the world as `GET world` shows it; `ca` is the path of the certificate that clients are to trust.
pub(crate) fn introduce(world: &Value, ca: Option<&Path>, resumed: bool) -> String {
    let endpoint = |name: &str| text_of(&world["endpoints"], name);
    let mut out = String::new();
    for (label, name) in [
        ("Sign-in", "login"),
        ("Microsoft Graph", "graph"),
        ("Resource Manager", "resource_manager"),
        ("Blob Storage", "blob"),
        ("Control", "control"),
        ("Proxy", "proxy"),
    ] {
        if !endpoint(name).is_empty() {
            out.push_str(&line(label, endpoint(name)));
        }
    }
    if let Some(folder) = world["folder"].as_str() {
        let what = if resumed {
            "its world is resumed"
        } else {
            "a new world"
        };
        out.push_str(&line("Folder", &format!("{folder} ({what})")));
    }
    out.push('\n');
    for tenant in list(world, "tenants") {
        out.push_str(&people_and_places(world, tenant, endpoint("login")));
    }
    for account in list(world, "accounts") {
        out.push_str(&storage_account(account));
    }
    let app = &world["ready_app"];
    out.push_str(&format!(
        "\nAn application that can read and write the blobs of these accounts:\n  tenant          {}\n  \
         application     {}\n  secret          {}\n",
        text_of(app, "tenant_id"),
        text_of(app, "app_id"),
        text_of(app, "secret")
    ));
    if let Some(path) = ca.and_then(|path| std::path::absolute(path).ok()) {
        out.push_str(&format!(
            "\nFor clients that should treat it as Azure itself:\n\n  export HTTPS_PROXY={} SSL_CERT_FILE={path} REQUESTS_CA_BUNDLE={path}\n",
            endpoint("proxy"),
            path = path.display()
        ));
    }
    let ca = ca
        .map(|path| format!(" --ca-file {}", path.display()))
        .unwrap_or_default();
    out.push_str(&format!(
        "\nFor Coldkeep:\n\n  coldkeep cloud add sim --active-directory {} --graph {} --resource-manager {} --blob-endpoint '{}'{ca}\n",
        endpoint("login"),
        endpoint("graph"),
        endpoint("resource_manager"),
        endpoint("blob")
    ));
    out
}

fn people_and_places(world: &Value, tenant: &Value, login: &str) -> String {
    let id = text_of(tenant, "id");
    let its = |name: &str| list(world, name).filter(|one| text_of(one, "tenant_id") == id);
    let mut out = line(
        "Tenant",
        &format!(
            "{id} ({}, {})",
            text_of(tenant, "name"),
            text_of(tenant, "domain")
        ),
    );
    for user in its("users") {
        let text = format!("{} (enter codes at {login}/device)", text_of(user, "user"));
        out.push_str(&line("User", &text));
    }
    for subscription in its("subscriptions") {
        let text = format!(
            "{} ({})",
            text_of(subscription, "id"),
            text_of(subscription, "name")
        );
        out.push_str(&line("Subscription", &text));
    }
    out
}

fn storage_account(account: &Value) -> String {
    let id = text_of(account, "resource_id");
    let mut out = format!(
        "\nStorage account   {}\n  id              {id}\n  key             {}\n",
        text_of(account, "name"),
        text_of(account, "key")
    );
    for container in list(account, "containers").filter_map(Value::as_str) {
        out.push_str(&format!(
            "  container       {id}/blobServices/default/containers/{container}\n"
        ));
    }
    out
}

fn line(label: &str, text: &str) -> String {
    format!("{label:<18}{text}\n")
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value[name].as_array().into_iter().flatten()
}

fn text_of<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
