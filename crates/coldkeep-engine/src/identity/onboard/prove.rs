//! Proofs that a service account works: real tokens, and data calls that need what was granted. Rights to write are
//! tried by requests that cannot take effect.

use super::proof;
use coldkeep_azure::{
    Azure, Error, RefusalClass, ReplicationWait, TokenSource,
    blob::{BlobAuth, Container, Include},
    credential_not_yet_known, given_credential_not_yet_known, right_not_yet_known, wait_until_consistent,
};
use coldkeep_core::{
    Clock, Problem, fix,
    permission::{GrantRequest, PermissionSet},
    problem::Verb,
    resource::{ResourceId, ResourceKind},
    service_account::{Credential, Proof, ProofOutcome, ServiceAccount},
};
use std::time::Duration;

/// Whether the credential or its registration was just created, so that a refusal may be temporary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fresh {
    Yes,
    /// It was created outside Coldkeep, at an unknown time.
    Perhaps,
    No,
}

/// One replica of Entra may know a new credential while the next does not: several tokens in a row are asked for.
const NEW_CREDENTIAL: ReplicationWait = ReplicationWait {
    within: Duration::from_secs(300),
    first_wait: Duration::from_millis(500),
    successes: 3,
};
/// For input that may only be mistyped.
const GIVEN_CREDENTIAL: ReplicationWait = ReplicationWait {
    within: Duration::from_secs(16),
    first_wait: Duration::from_millis(500),
    successes: 1,
};
const OLD_CREDENTIAL: ReplicationWait = ReplicationWait {
    within: Duration::ZERO,
    first_wait: Duration::ZERO,
    successes: 1,
};
/// How long a credential is tried, and which refusals may pass meanwhile.
type Patience = (ReplicationWait, fn(&Error) -> bool);

pub(super) const OLD: Patience = (OLD_CREDENTIAL, credential_not_yet_known);

/// Blob Storage learns of a role assignment within ten minutes.
const NEW_GRANT: ReplicationWait = ReplicationWait {
    within: Duration::from_secs(600),
    first_wait: Duration::from_millis(200),
    successes: 2,
};
pub(super) const OLD_GRANT: ReplicationWait = ReplicationWait {
    within: Duration::ZERO,
    first_wait: Duration::ZERO,
    successes: 1,
};

/// A token for storage, without which nothing works, and one for Resource Manager, which only adds information.
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

pub(super) async fn resource_manager_token(
    azure: &Azure,
    source: &TokenSource,
    how: Patience,
) -> Option<Proof> {
    let cloud = azure.cloud();
    if cloud.resource_manager.is_empty() || cloud.resource_manager_audience.is_empty() {
        return None;
    }
    const WHAT: &str = "token for Resource Manager";
    Some(
        match fetch_anew(source, &cloud.resource_manager_audience, how).await {
            Ok(()) => proof(WHAT, ProofOutcome::Ok, ""),
            Err(e) => Proof::of_problem(
                WHAT,
                ProofOutcome::Unknown,
                e.problem("No token was returned; copying does not need one"),
            ),
        },
    )
}

pub(super) async fn fetch_anew(
    source: &TokenSource,
    audience: &str,
    (how, passes): Patience,
) -> Result<(), Error> {
    wait_until_consistent(how, passes, || {
        source.forget();
        async { source.token(audience).await.map(drop) }
    })
    .await
}

/// What is not known about an application without a sign-in.
pub(crate) fn unknowable(account: &ServiceAccount) -> Vec<Proof> {
    let mut found = vec![
        proof(
            "permissions on containers",
            ProofOutcome::Unknown,
            "Grants are not visible without a sign-in.",
        )
        .with_fix(fix!["Try each container: ", Verb::RepositoryCheck.any(), "."]),
    ];
    if matches!(account.credential, Credential::Secret { .. }) {
        found.push(proof(
            "when the secret expires",
            ProofOutcome::Unknown,
            "Entra shows this only to a signed-in user.",
        ));
    }
    found
}

/// A data request that needs the new grant.
pub(crate) async fn prove_grant(
    azure: &Azure,
    source: &TokenSource,
    grant: &GrantRequest,
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
    match try_grant(azure, source, grant, NEW_GRANT, clock).await? {
        GrantTrial::Worked => {}
        GrantTrial::Untriable(why) => return Ok(proof(what, ProofOutcome::Unknown, why)),
        GrantTrial::Refused(error) => return Err(refused(error)),
    }
    if let (PermissionSet::CopyTarget | PermissionSet::RestoreTarget, Some(container)) =
        (grant.permission_set, container_of(azure, source, &grant.scope))
    {
        let name = nowhere();
        let created =
            wait_until_consistent(NEW_GRANT, right_not_yet_known, || container.probe_create(&name)).await;
        created.map_err(refused)?;
    }
    Ok(proof(what, ProofOutcome::Ok, ""))
}

pub(super) fn container_of(azure: &Azure, source: &TokenSource, scope: &ResourceId) -> Option<Container> {
    let Ok(ResourceKind::Container { account, container }) = scope.parse() else {
        return None;
    };
    Container::new(azure, &account, None, &container, BlobAuth::Token(source.clone())).ok()
}

pub(super) enum GrantTrial {
    Worked,
    /// No request can try it without taking effect; why.
    Untriable(&'static str),
    Refused(Error),
}

/// A name that no blob has.
pub(super) fn nowhere() -> String {
    format!("coldkeep-probe-{}", uuid::Uuid::now_v7())
}

async fn try_lock(container: &Container, how: ReplicationWait) -> Result<(), Error> {
    let name = nowhere();
    wait_until_consistent(how, right_not_yet_known, || container.probe_lock(&name)).await
}

pub(super) async fn try_grant(
    azure: &Azure,
    source: &TokenSource,
    grant: &GrantRequest,
    how: ReplicationWait,
    clock: &dyn Clock,
) -> Result<GrantTrial, Problem> {
    let open = |account: &str, container: &str| {
        Container::new(azure, account, None, container, BlobAuth::Token(source.clone()))
    };
    let outcome = match (grant.permission_set, grant.scope.parse()?) {
        (PermissionSet::DelegateKey, ResourceKind::StorageAccount { account }) => {
            // The key is the account's; the container's name does not matter.
            let container = open(&account, "$root")?;
            let (start, end) = around(clock);
            wait_until_consistent(how, right_not_yet_known, || async {
                container.fetch_user_delegation_key(start, end).await.map(drop)
            })
            .await
        }
        (PermissionSet::CopyRetire, ResourceKind::Container { account, container }) => {
            let container = open(&account, &container)?;
            let nowhere = nowhere();
            wait_until_consistent(how, right_not_yet_known, || {
                container.probe_delete(&nowhere, false)
            })
            .await
        }
        (PermissionSet::CopyLock, ResourceKind::Container { account, container }) => {
            match try_lock(&open(&account, &container)?, how).await {
                // It was not refused for a missing permission, and nothing else is known.
                Err(error) if matches!(error.class(), Some(RefusalClass::Request | RefusalClass::State)) => {
                    return Ok(GrantTrial::Untriable(
                        "The container does not support version-level locks, so the permission cannot be \
                         tested: enable version-level immutability for it.",
                    ));
                }
                tried => tried,
            }
        }
        (PermissionSet::CopyLarge, ResourceKind::Container { account, container }) => {
            let container = open(&account, &container)?;
            let folder = grant.folder.as_deref().map(|folder| format!("{folder}/"));
            let name = format!("{}b/{}", folder.unwrap_or_default(), nowhere());
            wait_until_consistent(how, right_not_yet_known, || container.probe_blocks(&name))
                .await
                .map(drop)
        }
        (_, ResourceKind::Container { account, container }) => {
            let container = open(&account, &container)?;
            wait_until_consistent(how, right_not_yet_known, || async {
                container
                    .fetch_list_page("", None, Include::default(), Some(1))
                    .await
                    .map(drop)
            })
            .await
        }
        (PermissionSet::ArchiverAppliance, _) => {
            return Ok(GrantTrial::Untriable(
                "Its permissions create virtual machines and networks; they cannot be tested without \
                 creating some.",
            ));
        }
        _ => {
            return Ok(GrantTrial::Untriable(
                "The scope contains no container to test it on; the check of a repository tests it.",
            ));
        }
    };
    Ok(match outcome {
        Ok(()) => GrantTrial::Worked,
        Err(error) => GrantTrial::Refused(error),
    })
}

fn around(clock: &dyn Clock) -> (coldkeep_core::Timestamp, coldkeep_core::Timestamp) {
    let quarter = jiff::SignedDuration::from_mins(15);
    (clock.now() - quarter, clock.now() + quarter)
}

pub(super) fn shown_grant(grant: &GrantRequest) -> String {
    let folder = grant.folder.as_ref().map(|folder| format!("/{folder}"));
    format!(
        "{} at {}{}",
        grant.permission_set,
        shown(&grant.scope),
        folder.unwrap_or_default()
    )
}

/// The short name of a scope: its account and container.
pub(super) fn shown(scope: &ResourceId) -> String {
    match scope.parse() {
        Ok(ResourceKind::Container { account, container }) => format!("{account}/{container}"),
        Ok(ResourceKind::StorageAccount { account }) => account,
        _ => scope.0.clone(),
    }
}
