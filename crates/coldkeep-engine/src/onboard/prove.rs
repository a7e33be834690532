//! Proofs that a service account works: real tokens, and data calls that need what was granted. Rights to write are
//! tried by requests that cannot take effect.

use super::proof;
use coldkeep_azure::{
    Azure, Error, Settle, TokenSource,
    blob::{BlobAuth, Container, Include, Probed},
    credential_not_yet_known, given_credential_not_yet_known, right_not_yet_known, settle,
};
use coldkeep_core::{
    Clock, Kind, Problem,
    moment::never_ends,
    onboarding::outdated,
    permission::{GrantWish, PermissionSet},
    renewal::{days_left, warning_due},
    resource::{ResourceId, ResourceKind},
    service_account::{Credential, Proof, ProofOutcome, ServiceAccount},
};
use std::{collections::BTreeMap, time::Duration};

/// Whether the credential or its registration was made a moment ago, so that a refusal may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fresh {
    Yes,
    /// Somebody else made it, and nobody knows when.
    Perhaps,
    No,
}

/// One replica of Entra may know a new credential while the next does not: several tokens in a row are asked for.
const NEW_CREDENTIAL: Settle = Settle {
    within: Duration::from_secs(300),
    first_wait: Duration::from_millis(500),
    successes: 3,
};
/// As long as somebody waits who may only have mistyped it.
const GIVEN_CREDENTIAL: Settle = Settle {
    within: Duration::from_secs(16),
    first_wait: Duration::from_millis(500),
    successes: 1,
};
const OLD_CREDENTIAL: Settle = Settle {
    within: Duration::ZERO,
    first_wait: Duration::ZERO,
    successes: 1,
};
/// How long a credential is tried, and which refusals may pass meanwhile.
type Patience = (Settle, fn(&Error) -> bool);

const OLD: Patience = (OLD_CREDENTIAL, credential_not_yet_known);

/// Blob Storage learns of a role assignment within ten minutes.
const NEW_GRANT: Settle = Settle {
    within: Duration::from_secs(600),
    first_wait: Duration::from_millis(200),
    successes: 2,
};
const OLD_GRANT: Settle = Settle {
    within: Duration::ZERO,
    first_wait: Duration::ZERO,
    successes: 1,
};

/// A token for storage, without which nothing works, and one for Resource Manager, which only tells more.
pub(crate) async fn prove_tokens(
    azure: &Azure,
    source: &TokenSource,
    fresh: Fresh,
) -> Result<Vec<Proof>, Problem> {
    let how = match fresh {
        Fresh::Yes => (NEW_CREDENTIAL, credential_not_yet_known as fn(&Error) -> bool),
        Fresh::Perhaps => (
            GIVEN_CREDENTIAL,
            given_credential_not_yet_known as fn(&Error) -> bool,
        ),
        Fresh::No => OLD,
    };
    let cloud = azure.cloud();
    let storage = fetch_anew(source, &cloud.storage_audience, how).await;
    storage.map_err(|e| e.problem("The application got no token for storage"))?;
    let mut proofs = vec![proof("token for storage", ProofOutcome::Ok, "")];
    proofs.extend(resource_manager_token(azure, source, how).await);
    Ok(proofs)
}

async fn resource_manager_token(azure: &Azure, source: &TokenSource, how: Patience) -> Option<Proof> {
    let cloud = azure.cloud();
    if cloud.resource_manager.is_empty() || cloud.resource_manager_audience.is_empty() {
        return None;
    }
    const WHAT: &str = "token for Resource Manager";
    Some(
        match fetch_anew(source, &cloud.resource_manager_audience, how).await {
            Ok(()) => proof(WHAT, ProofOutcome::Ok, ""),
            Err(e) => proof(
                WHAT,
                ProofOutcome::Unknown,
                e.problem("None was given; copying needs none").to_string(),
            ),
        },
    )
}

async fn fetch_anew(source: &TokenSource, audience: &str, (how, passes): Patience) -> Result<(), Error> {
    settle(how, passes, || {
        source.forget();
        async { source.token(audience).await.map(drop) }
    })
    .await
}

/// What nobody can know of an application without signing in.
pub(crate) fn unknowable(account: &ServiceAccount) -> Vec<Proof> {
    let mut found = vec![proof(
        "rights on containers",
        ProofOutcome::Unknown,
        "Without a sign-in it cannot be known what was granted; `repository check` tries each container.",
    )];
    if matches!(account.credential, Credential::Secret { .. }) {
        found.push(proof(
            "when the secret expires",
            ProofOutcome::Unknown,
            "Entra tells that only to somebody who is signed in.",
        ));
    }
    found
}

/// A data call that needs the grant made a moment ago.
pub(crate) async fn prove_grant(
    azure: &Azure,
    source: &TokenSource,
    grant: &GrantWish,
    clock: &dyn Clock,
) -> Result<Proof, Problem> {
    let what = shown_grant(grant);
    let refused = |error: Error| {
        let set = grant.permission_set;
        error.problem(format!(
            "The new grant of {set} at {} does not work",
            grant.place()
        ))
    };
    match try_grant(azure, source, grant, (NEW_GRANT, clock)).await? {
        Tried::Worked => {}
        Tried::Untriable(why) => return Ok(proof(what, ProofOutcome::Unknown, why)),
        Tried::Refused(error) => return Err(refused(error)),
    }
    if let (PermissionSet::CopyTarget | PermissionSet::RestoreTarget, Some(container)) =
        (grant.permission_set, container_of(azure, source, &grant.scope))
    {
        let name = nowhere();
        let created = settle(NEW_GRANT, right_not_yet_known, || container.probe_create(&name)).await;
        created.map_err(refused)?;
    }
    Ok(proof(what, ProofOutcome::Ok, ""))
}

fn container_of(azure: &Azure, source: &TokenSource, scope: &ResourceId) -> Option<Container> {
    let Ok(ResourceKind::Container { account, container }) = scope.parse() else {
        return None;
    };
    Container::new(azure, &account, None, &container, BlobAuth::Token(source.clone())).ok()
}

enum Tried {
    Worked,
    /// No request can try it without taking effect; why.
    Untriable(&'static str),
    Refused(Error),
}

/// A name that no blob has.
fn nowhere() -> String {
    format!("coldkeep-probe-{}", uuid::Uuid::now_v7())
}

async fn try_grant(
    azure: &Azure,
    source: &TokenSource,
    grant: &GrantWish,
    (how, clock): (Settle, &dyn Clock),
) -> Result<Tried, Problem> {
    let open = |account: &str, container: &str| {
        Container::new(azure, account, None, container, BlobAuth::Token(source.clone()))
    };
    let outcome = match (grant.permission_set, grant.scope.parse()?) {
        (PermissionSet::DelegateKey, ResourceKind::StorageAccount { account }) => {
            // The key is the account's; the container's name does not matter.
            let container = open(&account, "$root")?;
            let (start, end) = around(clock);
            settle(how, right_not_yet_known, || async {
                container.fetch_user_delegation_key(start, end).await.map(drop)
            })
            .await
        }
        (PermissionSet::CopyRetire, ResourceKind::Container { account, container }) => {
            let container = open(&account, &container)?;
            let nowhere = nowhere();
            settle(how, right_not_yet_known, || {
                container.probe_delete(&nowhere, false)
            })
            .await
        }
        (PermissionSet::CopyLock, ResourceKind::Container { account, container }) => {
            let container = open(&account, &container)?;
            let nowhere = nowhere();
            let tried = settle(how, right_not_yet_known, || container.probe_lock(&nowhere)).await;
            match tried {
                // It was not refused for want of the right, and nothing else can be told.
                Err(error) if matches!(error.status(), Some(400 | 409)) => {
                    return Ok(Tried::Untriable(
                        "The container takes no locks by version, so the right cannot be tried: switch on version-level \
                         immutability for it.",
                    ));
                }
                tried => tried,
            }
        }
        (PermissionSet::CopyLarge, ResourceKind::Container { account, container }) => {
            let container = open(&account, &container)?;
            let folder = grant.folder.as_deref().map(|folder| format!("{folder}/"));
            let name = format!("{}b/{}", folder.unwrap_or_default(), nowhere());
            settle(how, right_not_yet_known, || container.probe_blocks(&name))
                .await
                .map(drop)
        }
        (_, ResourceKind::Container { account, container }) => {
            let container = open(&account, &container)?;
            settle(how, right_not_yet_known, || async {
                container
                    .fetch_list_page("", None, Include::default(), Some(1))
                    .await
                    .map(drop)
            })
            .await
        }
        (PermissionSet::ArchiverAppliance, _) => {
            return Ok(Tried::Untriable(
                "Its rights make machines and networks; there is no request that tries them without making any.",
            ));
        }
        _ => {
            return Ok(Tried::Untriable(
                "The scope names no container to try it on; `repository check` does.",
            ));
        }
    };
    Ok(match outcome {
        Ok(()) => Tried::Worked,
        Err(error) => Tried::Refused(error),
    })
}

fn around(clock: &dyn Clock) -> (coldkeep_core::Timestamp, coldkeep_core::Timestamp) {
    let quarter = jiff::SignedDuration::from_mins(15);
    (clock.now() - quarter, clock.now() + quarter)
}

/// `service-account check`: the credential's end, tokens, and each right of each grant.
pub(crate) async fn check(
    azure: &Azure,
    source: &TokenSource,
    account: &ServiceAccount,
    clock: &dyn Clock,
) -> Vec<Proof> {
    let mut found = vec![expiry(account, clock)];
    match fetch_anew(source, &azure.cloud().storage_audience, OLD).await {
        Ok(()) => found.push(proof("token for storage", ProofOutcome::Ok, "")),
        Err(e) => {
            let told = e.problem("The application got no token for storage").to_string();
            found.push(proof("token for storage", ProofOutcome::Failed, told));
            return found;
        }
    }
    found.extend(resource_manager_token(azure, source, OLD).await);
    if account.grants.is_empty() {
        found.extend(unknowable(account).into_iter().take(1));
    }
    for grant in &account.grants {
        found.extend(check_grant(azure, source, &grant.wish(), clock).await);
    }
    found.extend(outdated(account).iter().map(|outdated| {
        proof(
            format!("{} at {}: role", outdated.grant.permission_set, shown(&outdated.grant.scope)),
            ProofOutcome::Ok,
            format!(
                "The set's rights changed ({}): `coldkeep service-account edit {} --update-roles` moves it over.",
                outdated.words(),
                account.name
            ),
        )
    }));
    found
}

fn expiry(account: &ServiceAccount, clock: &dyn Clock) -> Proof {
    const WHAT: &str = "credential lasts";
    let (Some(days), Some(at)) = (days_left(account, clock.now()), account.credential.expires_at()) else {
        return proof(
            WHAT,
            ProofOutcome::Unknown,
            "Entra tells when a secret expires only to somebody who is signed in.",
        );
    };
    let renew = format!("`coldkeep service-account renew {}`", account.name);
    match warning_due(days) {
        _ if never_ends(at) => proof(WHAT, ProofOutcome::Ok, "It never expires"),
        _ if days < 0 => proof(
            WHAT,
            ProofOutcome::Failed,
            format!("It expired on {at}: {renew} replaces it."),
        ),
        Some(_) => proof(
            WHAT,
            ProofOutcome::Ok,
            format!("{days} days left (until {at}): renew it soon ({renew})."),
        ),
        None => proof(WHAT, ProofOutcome::Ok, format!("{days} days left (until {at})")),
    }
}

async fn check_grant(
    azure: &Azure,
    source: &TokenSource,
    grant: &GrantWish,
    clock: &dyn Clock,
) -> Vec<Proof> {
    let what = shown_grant(grant);
    let mut found = match try_grant(azure, source, grant, (OLD_GRANT, clock)).await {
        Err(problem) => return vec![proof(what, ProofOutcome::Failed, problem.to_string())],
        Ok(Tried::Untriable(why)) => return vec![proof(what, ProofOutcome::Unknown, why)],
        Ok(Tried::Refused(e)) => return vec![judged(what, Err(e), &[])],
        Ok(Tried::Worked) => vec![proof(what.clone(), ProofOutcome::Ok, "")],
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
            found.push(judged(format!("{what}: read index tags"), tags, &[]));
        }
        PermissionSet::CopyTarget | PermissionSet::RestoreTarget => {
            let create = format!("{what}: create blobs");
            found.push(match container.probe_create(&nowhere).await {
                Ok(Probed::Made) => proof(
                    create,
                    ProofOutcome::Failed,
                    format!("The service made `{nowhere}` of content with a wrong hash; delete it."),
                ),
                tried => judged(create, tried.map(drop), &[]),
            });
            if grant.permission_set == PermissionSet::RestoreTarget {
                // Tags of a blob that is not there.
                let tagged = container.set_tags(&nowhere, None, &BTreeMap::new()).await;
                found.push(judged(format!("{what}: write index tags"), tagged, &[404]));
            }
        }
        PermissionSet::CopyRetire => {
            let what = format!("{what}: delete versions");
            found.push(match container.probe_delete(&nowhere, true).await {
                Err(error) if error.status() == Some(400) => proof(
                    what,
                    ProofOutcome::Unknown,
                    "The account seems to keep no versions.",
                ),
                tried => judged(what, tried, &[]),
            });
        }
        PermissionSet::CopyLarge
        | PermissionSet::CopyLock
        | PermissionSet::DelegateKey
        | PermissionSet::ArchiverAppliance => {}
    }
    found
}

/// A refusal for want of a right is a missing one; `harmless` statuses come after the right was seen to be there.
fn judged(what: String, outcome: Result<(), Error>, harmless: &[u16]) -> Proof {
    match outcome {
        Ok(()) => proof(what, ProofOutcome::Ok, ""),
        Err(e) if e.status().is_some_and(|s| harmless.contains(&s)) => proof(what, ProofOutcome::Ok, ""),
        Err(e) if e.kind() == Kind::Denied => proof(
            what,
            ProofOutcome::Missing,
            e.problem("The right is missing").to_string(),
        ),
        Err(e) => proof(
            what,
            ProofOutcome::Failed,
            e.problem("It could not be tried").to_string(),
        ),
    }
}

fn shown_grant(grant: &GrantWish) -> String {
    let folder = grant.folder.as_ref().map(|folder| format!("/{folder}"));
    format!(
        "{} at {}{}",
        grant.permission_set,
        shown(&grant.scope),
        folder.unwrap_or_default()
    )
}

/// The short name of a scope: its account and container.
fn shown(scope: &ResourceId) -> String {
    match scope.parse() {
        Ok(ResourceKind::Container { account, container }) => format!("{account}/{container}"),
        Ok(ResourceKind::StorageAccount { account }) => account,
        _ => scope.0.clone(),
    }
}
