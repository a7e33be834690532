//! Protection against changes and deletions: time-based retention and legal holds, of containers and of single versions.
//!
//! <https://learn.microsoft.com/azure/storage/blobs/immutable-container-level-worm-policies>,
//! <https://learn.microsoft.com/azure/storage/blobs/immutable-version-level-worm-policies>.

use std::sync::Arc;

use http::StatusCode;

use super::{
    conditions::Conditions,
    need::{HOLD, LOCK},
    reply::{Answer, Refusal, Reply},
    request::Ask,
    rights::scope,
};
use crate::storage::{
    container_rules::ContainerRules,
    container_state::ContainerFacts,
    moment::{Tick, parse_http_date},
    record::{Blob, Rare, Retention},
};

/// The rules of one container.
#[derive(Debug, Clone)]
pub(super) struct Protection {
    rules: Arc<ContainerRules>,
    /// Whether versions carry policies of their own; the container's policy is only their default then.
    pub(super) by_version: bool,
}

impl Protection {
    pub(super) fn of(ask: &Ask<'_>, facts: &ContainerFacts) -> Self {
        Self {
            rules: Arc::clone(&facts.rules),
            by_version: facts.rules.version_level || ask.account.version_level_immutability,
        }
    }

    /// Refuses to write over a blob. Where versions are protected one by one, the old one stays.
    pub(super) fn check_overwrite(&self) -> Result<(), Refusal> {
        if self.by_version {
            return Ok(());
        }
        refuse(
            !self.rules.legal_holds.is_empty(),
            self.rules.immutability.is_some(),
        )
    }

    /// Refuses to change a blob in place. Retention that is over still forbids that.
    pub(super) fn check_change(&self, blob: &Blob) -> Result<(), Refusal> {
        if self.by_version {
            let rare = blob.rare();
            return refuse(rare.legal_hold, rare.retention.is_some());
        }
        self.check_overwrite()
    }

    /// Refuses to append to a blob, unless the container's policy leaves that open.
    pub(super) fn check_append(&self, blob: &Blob) -> Result<(), Refusal> {
        let open = self
            .rules
            .immutability
            .as_ref()
            .is_some_and(|policy| policy.append_writes || policy.all_append_writes);
        if open && !blob.rare().legal_hold && self.rules.legal_holds.is_empty() {
            return Ok(());
        }
        self.check_change(blob)
    }

    /// Refuses to delete a blob before its time.
    pub(super) fn check_delete(&self, blob: &Blob, now: Tick) -> Result<(), Refusal> {
        if self.by_version {
            let rare = blob.rare();
            let retained = rare.retention.is_some_and(|kept| kept.until > now);
            return refuse(rare.legal_hold, retained);
        }
        refuse(
            !self.rules.legal_holds.is_empty(),
            self.rules.protect(blob.created.timestamp(), now.timestamp()),
        )
    }

    /// The retention a new version gets when the request names none.
    pub(super) fn default_retention(&self, created: Tick) -> Option<Retention> {
        let policy = self.rules.immutability.as_ref().filter(|_| self.by_version)?;
        Some(Retention {
            until: Tick::at(policy.until(created.timestamp())),
            locked: policy.locked,
        })
    }
}

fn refuse(held: bool, retained: bool) -> Result<(), Refusal> {
    if held {
        return Err(Refusal::conflict(
            "BlobImmutableDueToLegalHold",
            "This operation is not permitted as the blob is immutable due to one or more legal holds.",
        ));
    }
    if retained {
        return Err(Refusal::conflict(
            "BlobImmutableDueToPolicy",
            "This operation is not permitted as the blob is immutable due to a policy.",
        ));
    }
    Ok(())
}

fn not_enabled() -> Refusal {
    Refusal::conflict(
        "BlobImmutableStorageNotEnabled",
        "Version-level immutability is not enabled on this container.",
    )
}

/// The retention that the headers name.
fn retention(ask: &Ask<'_>) -> Result<Option<Retention>, Refusal> {
    let locked = ask.header_as("x-ms-immutability-policy-mode", |text| {
        match text.to_ascii_lowercase().as_str() {
            "locked" => Some(true),
            "unlocked" => Some(false),
            _ => None,
        }
    })?;
    let until = ask.header_as("x-ms-immutability-policy-until-date", |text| {
        parse_http_date(text).filter(|until| *until > ask.now)
    })?;
    if until.is_none() && locked.is_some() {
        return Err(Refusal::missing_header("x-ms-immutability-policy-until-date"));
    }
    Ok(until.map(|until| Retention {
        until: Tick::at(until),
        locked: locked.unwrap_or_default(),
    }))
}

fn legal_hold(ask: &Ask<'_>) -> Result<Option<bool>, Refusal> {
    ask.header_as("x-ms-legal-hold", |text| text.to_ascii_lowercase().parse().ok())
}

/// Whether a request that creates a blob sets its protection, which needs the permission to set it.
pub(super) fn is_named(ask: &Ask<'_>) -> bool {
    [
        "x-ms-immutability-policy-mode",
        "x-ms-immutability-policy-until-date",
        "x-ms-legal-hold",
    ]
    .iter()
    .any(|name| ask.header(name).is_some())
}

/// The protection in a request that creates a blob.
pub(super) fn of_creation(ask: &Ask<'_>, protection: &Protection, rare: &mut Rare) -> Result<(), Refusal> {
    let (retention, hold) = (retention(ask)?, legal_hold(ask)?);
    if retention.is_none() && hold.is_none() {
        return Ok(());
    }
    if !protection.by_version {
        return Err(not_enabled());
    }
    rare.retention = retention;
    rare.legal_hold = hold.unwrap_or_default();
    Ok(())
}

/// Changes the protection of the version addressed.
fn change(
    ask: &Ask<'_>,
    change: impl FnOnce(&mut Rare) -> Result<(), Refusal>,
) -> Result<Arc<Blob>, Refusal> {
    scope(ask).require(&ask.caller, LOCK)?;
    let which = ask.which()?;
    let conditions = Conditions::of(ask)?;
    let container = ask.container()?;
    let by_version = Protection::of(ask, &container.facts()).by_version;
    let mut slots = container.write();
    let blob = slots
        .get_mut(ask.blob_name())
        .and_then(|slot| slot.get_mut(which, ask.now_tick()))
        .ok_or_else(Refusal::blob_not_found)?;
    if !by_version {
        return Err(not_enabled());
    }
    conditions.for_write(Some(blob))?;
    let mut rare = blob.rare().clone();
    change(&mut rare)?;
    Arc::make_mut(blob).rare = Some(Box::new(rare));
    Ok(Arc::clone(blob))
}

/// Set Blob Immutability Policy: <https://learn.microsoft.com/rest/api/storageservices/set-blob-immutability-policy>.
/// A locked policy can only be extended.
pub(super) fn set_policy(ask: &Ask<'_>) -> Answer {
    let wanted =
        retention(ask)?.ok_or_else(|| Refusal::missing_header("x-ms-immutability-policy-until-date"))?;
    let blob = change(ask, |rare| {
        let locked = rare.retention.filter(|there| there.locked);
        let shortened = locked.is_some_and(|there| !wanted.locked || wanted.until < there.until);
        refuse(false, shortened)?;
        rare.retention = Some(wanted);
        Ok(())
    })?;
    let mut reply = Reply::new(StatusCode::OK);
    describe(&mut reply, &blob);
    Ok(reply)
}

/// Delete Blob Immutability Policy: <https://learn.microsoft.com/rest/api/storageservices/delete-blob-immutability-policy>.
pub(super) fn delete_policy(ask: &Ask<'_>) -> Answer {
    change(ask, |rare| {
        refuse(false, rare.retention.is_some_and(|there| there.locked))?;
        rare.retention = None;
        Ok(())
    })?;
    Ok(Reply::new(StatusCode::OK))
}

/// Set Blob Legal Hold: <https://learn.microsoft.com/rest/api/storageservices/set-blob-legal-hold>.
pub(super) fn set_legal_hold(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, HOLD)?;
    scope(ask).require(&ask.caller, LOCK)?;
    let hold = legal_hold(ask)?.ok_or_else(|| Refusal::missing_header("x-ms-legal-hold"))?;
    change(ask, |rare| {
        rare.legal_hold = hold;
        Ok(())
    })?;
    let mut reply = Reply::new(StatusCode::OK);
    reply.set_static("x-ms-legal-hold", if hold { "true" } else { "false" });
    Ok(reply)
}

/// Shows how a version is protected.
pub(super) fn describe(reply: &mut Reply, blob: &Blob) {
    let rare = blob.rare();
    if let Some(retention) = rare.retention {
        reply
            .set("x-ms-immutability-policy-until-date", retention.until.http_date())
            .set_static("x-ms-immutability-policy-mode", retention.mode());
    }
    if rare.legal_hold {
        reply.set_static("x-ms-legal-hold", "true");
    }
}
