//! Questions to Azure that an administrator with a tenant can answer: commands, the expected answers, and what it means
//! if they differ. The text is `azure_checklist/page.md`; `docs/azure-checklist.md` is that text without names filled in.

use crate::{
    cloud::Cloud,
    repository::Repository,
    resource::{ResourceId, ResourceKind},
    service_account::ServiceAccount,
};

const PAGE: &str = include_str!("azure_checklist/page.md");
const NAMES: &str = "{{names}}";

/// What is known of the place that the questions are asked at.
#[derive(Debug, Clone, Copy)]
pub struct KnownNames<'a> {
    pub cloud: &'a Cloud,
    pub source: Option<&'a Repository>,
    pub target: Option<&'a Repository>,
    pub service_account: Option<&'a ServiceAccount>,
}

/// The whole page, with the names that are known; in capitals those that are not. It holds no secret.
pub fn azure_checklist(known: KnownNames<'_>) -> String {
    PAGE.replace(NAMES, &assignments(known))
}

/// The shell's variables that the commands use, one a line.
fn assignments(known: KnownNames<'_>) -> String {
    let cloud = known.cloud;
    let or = |name: Option<&str>, placeholder: &str| word(name.unwrap_or(placeholder));
    let account = known.service_account;
    let part = |repository: Option<&Repository>, at: usize| {
        let scope = account.and_then(|account| placed(account, repository?));
        scope.and_then(|scope| scope.0.split('/').nth(at).map(str::to_owned))
    };
    let mut lines = vec![
        format!("CLOUD={}", word(&cloud.name)),
        format!(
            "TENANT={}",
            or(account.map(|one| one.tenant_id.as_str()), "TENANT_ID")
        ),
        format!(
            "SOURCE_SUBSCRIPTION={}",
            or(part(known.source, 2).as_deref(), "SOURCE_SUBSCRIPTION_ID")
        ),
        format!(
            "SUBSCRIPTION={}",
            or(part(known.target, 2).as_deref(), "TARGET_SUBSCRIPTION_ID")
        ),
        format!(
            "GROUP={}",
            or(part(known.target, 4).as_deref(), "TARGET_RESOURCE_GROUP")
        ),
        format!(
            "APPLICATION={}",
            or(account.map(|one| one.application_id.as_str()), "APPLICATION_ID")
        ),
    ];
    for (side, repository) in [("SOURCE", known.source), ("TARGET", known.target)] {
        lines.extend([
            format!(
                "{side}={}",
                or(
                    repository.map(|one| one.account.as_str()),
                    &format!("{side}_ACCOUNT_NAME")
                )
            ),
            format!(
                "{side}_CONTAINER={}",
                or(
                    repository.map(|one| one.container.as_str()),
                    &format!("{side}_CONTAINER_NAME")
                )
            ),
            format!("{side}_URL={}", endpoint(cloud, side, repository)),
        ]);
    }
    lines.extend([
        format!("LOGIN={}", word(&cloud.active_directory)),
        format!("GRAPH={}", word(&cloud.graph)),
        format!("ARM={}", word(&cloud.resource_manager)),
        format!("ARM_AUDIENCE={}", word(&cloud.resource_manager_audience)),
        format!("STORAGE={}", word(&cloud.storage_audience)),
        format!("VERSION={}", word(&cloud.api_version)),
    ]);
    lines.join("\n")
}

/// The account's endpoint of its own, or the cloud's with the variable for the account.
fn endpoint(cloud: &Cloud, side: &str, repository: Option<&Repository>) -> String {
    match repository.and_then(|one| one.endpoint.as_deref()) {
        Some(own) => word(own),
        None => match cloud.blob_endpoint.split_once("{account}") {
            Some((before, behind)) => format!("{}${{{side}}}{}", word(before), word(behind)),
            None => word(&cloud.blob_endpoint),
        },
    }
}

/// A scope of the service account that shows where a repository's storage account is.
fn placed<'a>(account: &'a ServiceAccount, repository: &Repository) -> Option<&'a ResourceId> {
    let names_it = |scope: &&ResourceId| match scope.parse() {
        Ok(ResourceKind::StorageAccount { account } | ResourceKind::Container { account, .. }) => {
            account.eq_ignore_ascii_case(&repository.account)
        }
        _ => false,
    };
    account.grants.iter().map(|grant| &grant.scope).find(names_it)
}

/// A text as one word of the shell: in quotes where it has anything that means something there.
fn word(text: &str) -> String {
    let means_itself = |c: char| c.is_ascii_alphanumeric() || "-_./:@".contains(c);
    if text.chars().all(means_itself) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests;
