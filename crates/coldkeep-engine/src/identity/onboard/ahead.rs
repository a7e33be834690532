//! What is checked before the first object is created: that writes will not be refused for want of a second factor, and the
//! service account's name if none was given.

use super::{
    Prepared,
    checked_request::{CheckedRequest, RequestedCredential},
};
use crate::identity::IdentityWing;
use coldkeep_api::NewServiceAccount;
use coldkeep_azure::{AppCredential, Azure, Person, TokenSource, arm::Arm, graph::Graph};
use coldkeep_core::{
    Problem,
    onboarding::{PlannedStep, SetupStep},
    resource::ResourceId,
    service_account::State,
    wizard::{ExistingApplication, NAME_MAX_CHARS, is_name},
};
use coldkeep_keys::MemorySigner;
use std::sync::Arc;

/// Tries a write that changes nothing, where the plan has writes in Azure: asked for only behind the application, a second
/// factor would leave that behind.
pub(super) async fn probe_writes(person: &Person, prepared: &Prepared) -> Result<(), Problem> {
    let Some(subscription) = prepared.steps.iter().find_map(written_to) else {
        return Ok(());
    };
    let arm = Arm::new(&prepared.azure, person.tokens.clone());
    let tried = arm.probe_write(&subscription).await;
    tried
        .map_err(|e| e.problem("Nothing was created yet: the sign-in is not sufficient for changes in Azure"))
}

/// The subscription in which a step creates something.
fn written_to(planned: &PlannedStep) -> Option<ResourceId> {
    if planned.exists.is_some() {
        return None;
    }
    match &planned.step {
        SetupStep::Role(role) => Some(role.scope.clone()),
        SetupStep::Assignment { grant, .. } => {
            let id = grant.scope.subscription()?;
            Some(ResourceId(format!("/subscriptions/{id}")))
        }
        _ => None,
    }
}

impl IdentityWing {
    /// The request, checked, and with a name: if it has none, that of the application, or one derived from its id.
    pub(super) async fn asked<'a>(
        &self,
        request: &'a NewServiceAccount,
    ) -> Result<CheckedRequest<'a>, Problem> {
        let mut asked = CheckedRequest::of(request)?;
        if asked.name.is_empty()
            && let Some(existing) = asked.existing()
        {
            asked.name = self.name_for(&asked, existing).await?;
        }
        Ok(asked)
    }

    async fn name_for(
        &self,
        asked: &CheckedRequest<'_>,
        existing: &ExistingApplication,
    ) -> Result<String, Problem> {
        let id = existing.application_id.trim();
        let all = self.ground.store.list_service_accounts().await?;
        let unfinished = all.iter().find(|a| {
            a.state == State::Incomplete
                && a.cloud == asked.cloud()
                && a.application_id.eq_ignore_ascii_case(id)
        });
        if let Some(account) = unfinished {
            return Ok(account.name.clone());
        }
        let shown = self.display_name(asked, existing).await;
        let free = |name: &str| !all.iter().any(|a| a.name == name);
        Ok(first_free(&usable(shown, id), free))
    }

    /// The application's name, as the signed-in user sees it, or from its own token.
    async fn display_name(
        &self,
        asked: &CheckedRequest<'_>,
        existing: &ExistingApplication,
    ) -> Option<String> {
        let (tenant, id) = (existing.tenant.trim(), existing.application_id.trim());
        let azure = self.ground.azure(asked.cloud()).await.ok()?;
        if let Ok(person) = self.signed_in(asked.sign_in_id()).await {
            let graph = Graph::new(&azure, person.tokens);
            return Some(graph.fetch_application(id).await.ok()??.display_name);
        }
        let credential = self.given_credential(asked).await.ok()??;
        let source = TokenSource::for_app(&azure, tenant, id, credential);
        display_name_by(&azure, &source).await
    }

    /// What the application proves itself with, where it can do so now.
    async fn given_credential(&self, asked: &CheckedRequest<'_>) -> Result<Option<AppCredential>, Problem> {
        Ok(match asked.credential {
            RequestedCredential::Secret(secret) => Some(AppCredential::Secret(secret.clone())),
            RequestedCredential::Stored(key) => {
                let found = self.show_certificate(key).await?;
                Some(AppCredential::Certificate(self.ground.signer_of(&found).await?))
            }
            RequestedCredential::Pfx(file) => {
                let (_, material) = self.read_pfx(None, file.clone()).await?;
                Some(AppCredential::Certificate(Arc::new(MemorySigner::new(
                    &material,
                )?)))
            }
            RequestedCredential::Generate(_) => None,
        })
    }
}

async fn display_name_by(azure: &Azure, source: &TokenSource) -> Option<String> {
    source.fetch_display_name(&azure.cloud().graph).await.ok()?
}

/// A name that a service account can have: the display name, as far as possible, or one derived from the id.
fn usable(shown: Option<String>, application_id: &str) -> String {
    let printable: String = shown
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    let short: String = printable.trim().chars().take(NAME_MAX_CHARS).collect();
    let short = short.trim().to_owned();
    match is_name(&short) {
        true => short,
        false => format!("app-{}", application_id.chars().take(8).collect::<String>()),
    }
}

/// `north`, `north 2`, `north 3`: the first that is free.
fn first_free(name: &str, free: impl Fn(&str) -> bool) -> String {
    if free(name) {
        return name.to_owned();
    }
    let numbered = |n: u32| {
        let tail = format!(" {n}");
        let head: String = name.chars().take(NAME_MAX_CHARS - tail.len()).collect();
        format!("{head}{tail}")
    };
    let mut n = 2;
    while !free(&numbered(n)) {
        n += 1;
    }
    numbered(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_of_whatever_the_application_is_called() {
        let id = "11112222-3333-4444-5555-666677778888";
        let long = "x".repeat(NAME_MAX_CHARS + 20);
        for (shown, name) in [
            (Some("Backup copies"), "Backup copies"),
            (Some("  Backup\n\tcopies \u{7} "), "Backupcopies"),
            (Some(""), "app-11112222"),
            (Some("\n"), "app-11112222"),
            (None, "app-11112222"),
            (Some(long.as_str()), &long[..NAME_MAX_CHARS]),
        ] {
            assert_eq!(usable(shown.map(str::to_owned), id), name, "{shown:?}");
        }
    }

    #[test]
    fn a_taken_name_gets_a_number_and_stays_short_enough() {
        let taken = ["north", "north 2"];
        assert_eq!(first_free("north", |n| !taken.contains(&n)), "north 3");
        let long = "x".repeat(NAME_MAX_CHARS);
        let made = first_free(&long, |n| n != long);
        assert!(is_name(&made) && made.ends_with(" 2"), "{made}");
    }
}
