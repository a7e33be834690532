//! `check --by-sign-in`: what is in Entra and Azure, beside what Coldkeep believes to be there.

use super::{
    der_of, learn, proof,
    role_drift::compare_roles,
    strangers::{compare_strangers, key_described, stranger},
};
use crate::identity::IdentityWing;
use coldkeep_azure::{
    Error, Person,
    arm::{Arm, RoleAssignment},
    graph::{Graph, KeyCredential, ServicePrincipal, key_id},
};
use coldkeep_core::{
    Code, Problem, fix,
    permission::{GrantRequest, same_condition},
    problem::{Action, Field, Verb},
    resource::{ResourceId, same_id},
    service_account::{Credential, MadeObject, Proof, ProofOutcome, ServiceAccount},
    sharing::{Neighbour, same_application, same_object, same_principal},
};

impl IdentityWing {
    /// Each difference with its fix. Records what only a signed-in user can read: object ids and when a secret expires.
    pub(crate) async fn compare_with_azure(
        &self,
        account: &mut ServiceAccount,
        person: &Person,
    ) -> Result<Vec<Proof>, Problem> {
        let azure = self.ground.azure(&account.cloud).await?;
        let graph = Graph::new(&azure, person.tokens.clone());
        let unread = |e: Error| e.problem("The tenant's applications cannot be read");
        let Some(app) = graph
            .look_for_application(&account.application_id)
            .await
            .map_err(unread)?
        else {
            return Ok(vec![proof(
                "application",
                ProofOutcome::Failed,
                "It no longer exists in the tenant. Restore it under App registrations, Deleted applications \
                 (for 30 days), or remove this service account and add another.",
            )]);
        };
        account.application_object_id = Some(app.object_id.clone());
        let mut found = vec![proof("application", ProofOutcome::Ok, app.display_name)];
        let principal = graph
            .look_for_service_principal(&account.application_id)
            .await
            .map_err(unread)?;
        found.push(enabled(principal.as_ref()));
        let principal_id = principal.map(|p| p.id);
        let keys = graph
            .look_for_key_credentials(&app.object_id, &registered(account))
            .await
            .map_err(unread)?;
        found.extend(self.compare_keys(account, &keys).await?);
        let others = self.neighbours(account).await?;
        let same_app: Vec<&ServiceAccount> = others
            .iter()
            .map(|o| &o.account)
            .filter(|o| same_application(account, o))
            .collect();
        let secrets = self.compare_secrets(&graph, account, &app.object_id, &same_app);
        found.extend(secrets.await?);
        found.extend(compare_strangers(&graph, &app.object_id, principal_id.as_deref()).await);
        let arm = Arm::new(&azure, person.tokens.clone());
        found.extend(compare_grants(&arm, account, &others).await);
        found.extend(compare_roles(&arm, account).await);
        learn(&arm, account, &*self.ground.config.clock).await;
        Ok(found)
    }

    async fn compare_keys(
        &self,
        account: &ServiceAccount,
        keys: &[KeyCredential],
    ) -> Result<Vec<Proof>, Problem> {
        let mut found = vec![];
        let mut known: Vec<(String, Option<Vec<u8>>)> = vec![];
        // Several accounts may be the same application.
        let all = self.ground.store.list_service_accounts().await?;
        let same_app = |a: &&ServiceAccount| {
            a.id != account.id && a.application_id.eq_ignore_ascii_case(&account.application_id)
        };
        let accounts: Vec<&ServiceAccount> = std::iter::once(account)
            .chain(all.iter().filter(same_app))
            .collect();
        for credential in accounts.iter().flat_map(|a| credentials_of(a)) {
            if let Credential::Certificate { certificate_id, .. } = credential {
                let stored = self.ground.store.load_certificate(*certificate_id).await?;
                let der = stored.as_ref().and_then(der_of);
                let object_id = account.application_object_id.as_deref().unwrap_or_default();
                known.push((
                    der.as_ref().map(|d| key_id(object_id, d)).unwrap_or_default(),
                    der,
                ));
            }
        }
        let same = |key: &KeyCredential, (id, der): &(String, Option<Vec<u8>>)| {
            key.key_id.eq_ignore_ascii_case(id) || (key.der.is_some() && key.der == *der)
        };
        if let (Credential::Certificate { .. }, Some(own)) = (&account.credential, known.first()) {
            found.push(match keys.iter().any(|key| same(key, own)) {
                true => proof("own certificate in Entra", ProofOutcome::Ok, ""),
                false => proof(
                    "own certificate in Entra",
                    ProofOutcome::Missing,
                    "It was removed from the application.",
                )
                .with_fix(fix![
                    "Register a new one: ",
                    Verb::ServiceAccountRenew.of(&account.name).with(Field::BySignIn),
                    "."
                ]),
            });
        }
        let ours = |key: &&KeyCredential| {
            let journalled = MadeObject::KeyCredential {
                key_id: key.key_id.clone(),
            };
            known.iter().any(|k| same(key, k)) || accounts.iter().any(|a| a.objects.contains(&journalled))
        };
        found.extend(keys.iter().filter(|key| !ours(key)).map(foreign));
        Ok(found)
    }
}

/// The ids under which Coldkeep registered certificates of the account.
pub(crate) fn registered(account: &ServiceAccount) -> Vec<String> {
    let key = |object: &MadeObject| match object {
        MadeObject::KeyCredential { key_id } => Some(key_id.clone()),
        _ => None,
    };
    account.objects.iter().filter_map(key).collect()
}

/// The one in use first.
fn credentials_of(account: &ServiceAccount) -> impl Iterator<Item = &Credential> {
    let upkeep = &account.upkeep;
    std::iter::once(&account.credential)
        .chain(upkeep.retiring.iter().map(|r| &r.credential))
        .chain(upkeep.renewal.iter().map(|r| &r.credential))
}

/// A certificate that Coldkeep does not know.
fn foreign(key: &KeyCredential) -> Proof {
    let what = format!("certificate {} in Entra", key.key_id);
    stranger(what, Code::ForeignCertificate, &key_described(key))
}

fn enabled(principal: Option<&ServicePrincipal>) -> Proof {
    const WHAT: &str = "application may sign in";
    match principal {
        Some(principal) if principal.enabled => proof(WHAT, ProofOutcome::Ok, ""),
        Some(_) => proof(WHAT, ProofOutcome::Failed, "It is disabled.")
            .with_fix("Enable it under Enterprise applications, Properties, in the portal.")
            .coded(Code::ApplicationDisabled),
        None => proof(
            WHAT,
            ProofOutcome::Missing,
            "It has no service principal in the tenant.",
        )
        .with_fix(fix!["Add the service account again, with ", Field::Grant, "."])
        .coded(Code::ServicePrincipalNotFound),
    }
}

/// Grants that have gone, and rights that the application has besides, at or above its scopes.
async fn compare_grants(arm: &Arm, account: &ServiceAccount, others: &[Neighbour]) -> Vec<Proof> {
    let Some(principal) = &account.principal_id else {
        return vec![];
    };
    let mut scopes: Vec<&ResourceId> = Vec::new();
    for grant in &account.grants {
        if !scopes.contains(&&grant.scope) {
            scopes.push(&grant.scope);
        }
    }
    let (mut found, mut seen) = (vec![], vec![]);
    for scope in scopes {
        let here = account.grants.iter().filter(|g| g.scope == *scope);
        let expected: Vec<&str> = here.map(|g| g.assignment_id.as_str()).collect();
        let there = match arm.look_for_role_assignments(scope, principal, &expected).await {
            Ok(there) => there,
            Err(e) => {
                let told = e.problem("The role assignments cannot be read");
                found.push(Proof::of_problem(
                    format!("grants at {scope}"),
                    ProofOutcome::Unknown,
                    told,
                ));
                continue;
            }
        };
        for grant in account.grants.iter().filter(|g| g.scope == *scope) {
            let request = grant.request();
            let found_there = there.iter().find(|a| same_id(&a.id, &grant.assignment_id));
            found.push(compare_grant(account, &request, found_there));
        }
        for extra in there {
            let principals = others.iter().map(|o| &o.account);
            let mut principals = principals.filter(|o| same_principal(account, o)).chain([account]);
            let known = principals.any(|a| has_assignment(a, &extra.id));
            if !known && !seen.contains(&extra.id) {
                let detail = format!(
                    "The role {} at {}, which Coldkeep did not grant.",
                    extra.role_definition_id, extra.scope
                );
                found.push(
                    proof("permissions beyond the grants", ProofOutcome::Failed, detail)
                        .with_fix("If it is not needed, remove it under Access control (IAM) at that scope.")
                        .coded(Code::RightsBeyondGrants),
                );
                seen.push(extra.id);
            }
        }
    }
    found
}

/// A grant, held against the assignment that is there for it.
fn compare_grant(account: &ServiceAccount, request: &GrantRequest, there: Option<&RoleAssignment>) -> Proof {
    let what = format!("{} granted at {}", request.permission_set, request.place());
    match there.map(|a| a.condition.as_deref()) {
        Some(rule) if same_condition(rule, request.condition().as_deref()) => {
            proof(what, ProofOutcome::Ok, "")
        }
        Some(rule) => proof(
            what,
            ProofOutcome::Failed,
            format!(
                "The condition of its assignment was changed to: {}.",
                rule.unwrap_or("none")
            ),
        )
        .with_fix(fix![
            "Remove the assignment under Access control (IAM) at that scope, and grant it again: ",
            grant_again(account, request),
            "."
        ]),
        None => proof(what, ProofOutcome::Missing, "It was removed.").with_fix(fix![
            "Grant it again: ",
            grant_again(account, request),
            "."
        ]),
    }
}

fn grant_again(account: &ServiceAccount, request: &GrantRequest) -> Action {
    Verb::ServiceAccountEdit
        .of(&account.name)
        .with(Field::GrantOn.set(request))
}

/// By a grant, or because another account handed it over.
fn has_assignment(account: &ServiceAccount, id: &str) -> bool {
    let made = MadeObject::RoleAssignment { id: id.to_owned() };
    account.grants.iter().any(|g| same_id(&g.assignment_id, id))
        || account.objects.iter().any(|o| same_object(o, &made))
}
