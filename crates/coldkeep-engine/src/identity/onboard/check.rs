//! `service-account check`: the credential's end, tokens, and each right of each grant, tried against the real services.

use super::{
    outdated, proof,
    prove::{
        GrantTrial, OLD, OLD_GRANT, container_of, fetch_anew, nowhere, resource_manager_token, shown_grant,
        try_grant, unknowable,
    },
};
use coldkeep_azure::{
    Azure, Error, RefusalClass, TokenSource,
    blob::{Include, Probed},
};
use coldkeep_core::{
    Clock, Code, Kind, fix,
    moment::never_ends,
    permission::{GrantRequest, PermissionSet},
    problem::Verb,
    renewal::{days_left, warning_due},
    service_account::{Proof, ProofOutcome, ServiceAccount},
};
use std::collections::BTreeMap;

/// `service-account check`: the credential's end, tokens, and each right of each grant.
pub(crate) async fn check_with_own_credential(
    azure: &Azure,
    source: &TokenSource,
    account: &ServiceAccount,
    clock: &dyn Clock,
) -> Vec<Proof> {
    let mut found = vec![expiry(account, clock)];
    match fetch_anew(source, &azure.cloud().storage_audience, OLD).await {
        Ok(()) => found.push(proof("token for storage", ProofOutcome::Ok, "")),
        Err(e) => {
            let told = e.problem("The application got no token for storage");
            found.push(Proof::of_problem("token for storage", ProofOutcome::Failed, told));
            return found;
        }
    }
    found.extend(resource_manager_token(azure, source, OLD).await);
    if account.grants.is_empty() {
        found.extend(unknowable(account).into_iter().take(1));
    }
    for grant in &account.grants {
        found.extend(check_grant(azure, source, &grant.request(), clock).await);
    }
    found.extend(outdated::outdated_proofs(account));
    found
}

fn expiry(account: &ServiceAccount, clock: &dyn Clock) -> Proof {
    const WHAT: &str = "credential lasts";
    let (Some(days), Some(at)) = (days_left(account, clock.now()), account.credential.expires_at()) else {
        return proof(
            WHAT,
            ProofOutcome::Unknown,
            "Entra shows the expiry of a secret only to a signed-in user.",
        );
    };
    let renew = || Verb::ServiceAccountRenew.of(&account.name);
    match warning_due(days) {
        _ if never_ends(at) => proof(WHAT, ProofOutcome::Ok, "It never expires"),
        _ if days < 0 => proof(WHAT, ProofOutcome::Failed, format!("It expired on {at}."))
            .coded(Code::CredentialExpired)
            .with_fix(fix!["Replace it: ", renew(), "."]),
        Some(_) => proof(WHAT, ProofOutcome::Ok, format!("{days} days left (until {at}).")).with_fix(fix![
            "Renew it soon: ",
            renew(),
            "."
        ]),
        None => proof(WHAT, ProofOutcome::Ok, format!("{days} days left (until {at})")),
    }
}

async fn check_grant(
    azure: &Azure,
    source: &TokenSource,
    grant: &GrantRequest,
    clock: &dyn Clock,
) -> Vec<Proof> {
    let what = shown_grant(grant);
    let mut found = match try_grant(azure, source, grant, OLD_GRANT, clock).await {
        Err(problem) => return vec![Proof::of_problem(what, ProofOutcome::Failed, problem)],
        Ok(GrantTrial::Untriable(why)) => return vec![proof(what, ProofOutcome::Unknown, why)],
        Ok(GrantTrial::Refused(e)) => return vec![judged(what, Err(e))],
        Ok(GrantTrial::Worked) => vec![proof(what.clone(), ProofOutcome::Ok, "")],
    };
    let Some(container) = container_of(azure, source, &grant.scope) else {
        return found;
    };
    let nowhere = nowhere();
    match grant.permission_set {
        PermissionSet::CopySource => {
            let include = Include {
                tags: true,
                ..Include::default()
            };
            let tags = container
                .fetch_list_page("", None, include, Some(1))
                .await
                .map(drop);
            found.push(judged(format!("{what}: read index tags"), tags));
        }
        PermissionSet::CopyTarget | PermissionSet::RestoreTarget => {
            let create = format!("{what}: create blobs");
            found.push(match container.probe_create(&nowhere).await {
                Ok(Probed::Made) => proof(
                    create,
                    ProofOutcome::Failed,
                    format!(
                        "The service created `{nowhere}` although the hash of its content is wrong; \
                        delete it."
                    ),
                ),
                tried => judged(create, tried.map(drop)),
            });
            if grant.permission_set == PermissionSet::RestoreTarget {
                // Tags of a blob that is not there.
                let tagged = container.set_tags(&nowhere, None, &BTreeMap::new()).await;
                let tagged = match tagged {
                    // The permission is checked first: a caller that has it gets 404.
                    Err(error) if error.class() == Some(RefusalClass::Absent) => Ok(()),
                    tagged => tagged,
                };
                found.push(judged(format!("{what}: write index tags"), tagged));
            }
        }
        PermissionSet::CopyRetire => {
            let what = format!("{what}: delete versions");
            found.push(match container.probe_delete(&nowhere, true).await {
                Err(error) if error.class() == Some(RefusalClass::Request) => proof(
                    what,
                    ProofOutcome::Unknown,
                    "The account apparently does not keep versions.",
                ),
                tried => judged(what, tried),
            });
        }
        PermissionSet::CopyLarge
        | PermissionSet::CopyLock
        | PermissionSet::DelegateKey
        | PermissionSet::ArchiverAppliance => {}
    }
    found
}

/// A refusal for want of a right is a missing one.
fn judged(what: String, outcome: Result<(), Error>) -> Proof {
    match outcome {
        Ok(()) => proof(what, ProofOutcome::Ok, ""),
        Err(e) if e.kind() == Kind::Denied => Proof::of_problem(
            what,
            ProofOutcome::Missing,
            e.problem("The permission is missing"),
        ),
        Err(e) => Proof::of_problem(what, ProofOutcome::Failed, e.problem("It could not be tried")),
    }
}
