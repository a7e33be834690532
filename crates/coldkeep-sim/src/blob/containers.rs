//! Containers: create, look at, change, delete, bring back.

use super::{
    conditions::Conditions,
    lease_check,
    need::{CREATE_CONTAINER, DELETE_CONTAINER, READ_CONTAINER, WRITE_CONTAINER},
    properties, public_access,
    reply::{Answer, Refusal, Reply},
    request::Ask,
    rights::scope,
};
use crate::storage::{container_rules::PublicAccess, container_state::ContainerFacts, state::Restored};
use std::sync::Arc;

use http::StatusCode;

/// Create Container: <https://learn.microsoft.com/rest/api/storageservices/create-container>.
pub(super) fn create(ask: &Ask<'_>) -> Answer {
    scope(ask).require_either(&ask.caller, WRITE_CONTAINER, CREATE_CONTAINER)?;
    let name = ask.container_name();
    let metadata = properties::metadata(ask)?;
    let public_access = public_access::public_access(ask)?;
    let encryption_scope = ask.header("x-ms-default-encryption-scope").map(Arc::from);
    let scope_is_fixed = ask.header_as("x-ms-deny-encryption-scope-override", |text| {
        text.to_ascii_lowercase().parse().ok()
    })?;
    if scope_is_fixed == Some(true) && encryption_scope.is_none() {
        return Err(Refusal::missing_header("x-ms-default-encryption-scope"));
    }
    let (container, created) = ask.world.blobs.ensure_container(&ask.account.name, name, ask.now);
    if !created {
        return Err(Refusal::conflict(
            "ContainerAlreadyExists",
            "The specified container already exists.",
        ));
    }
    container.with_facts(|facts| {
        facts.metadata = metadata;
        facts.encryption_scope = encryption_scope;
        facts.scope_is_fixed = scope_is_fixed.unwrap_or_default();
        if public_access != PublicAccess::None {
            Arc::make_mut(&mut facts.rules).public_access = public_access;
        }
    });
    Ok(facts_reply(StatusCode::CREATED, &container.facts()))
}

/// Get Container Properties: <https://learn.microsoft.com/rest/api/storageservices/get-container-properties>.
pub(super) fn get_properties(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, READ_CONTAINER)?;
    let facts = ask.container()?.facts();
    lease_check::check_container(facts.lease.as_deref(), ask, false)?;
    let flag = |on: bool| if on { "true" } else { "false" };
    let by_version = facts.rules.version_level || ask.account.version_level_immutability;
    let mut reply = facts_reply(StatusCode::OK, &facts);
    lease_check::describe(&mut reply, facts.lease.as_deref(), ask.now_tick());
    reply
        .set_static(
            "x-ms-has-immutability-policy",
            flag(facts.rules.immutability.is_some()),
        )
        .set_static("x-ms-has-legal-hold", flag(!facts.rules.legal_holds.is_empty()))
        .set(
            "x-ms-default-encryption-scope",
            facts.encryption_scope.as_deref().unwrap_or(ACCOUNT_SCOPE),
        )
        .set_static("x-ms-deny-encryption-scope-override", flag(facts.scope_is_fixed))
        .set_static("x-ms-immutable-storage-with-versioning-enabled", flag(by_version))
        .set_some(
            "x-ms-blob-public-access",
            public_access::access_name(facts.rules.public_access),
        );
    properties::describe_metadata(&mut reply, &facts.metadata);
    Ok(reply)
}

/// The scope of what names no other.
pub(super) const ACCOUNT_SCOPE: &str = "$account-encryption-key";

/// Set Container Metadata: <https://learn.microsoft.com/rest/api/storageservices/set-container-metadata>.
pub(super) fn set_metadata(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, WRITE_CONTAINER)?;
    let metadata = properties::metadata(ask)?;
    let conditions = Conditions::of(ask)?;
    ask.container()?.with_facts(|facts| {
        lease_check::check_container(facts.lease.as_deref(), ask, false)?;
        conditions.on_container(facts.modified)?;
        facts.metadata = metadata;
        facts.modified = ask.tick();
        Ok(facts_reply(StatusCode::OK, facts))
    })
}

/// Delete Container: <https://learn.microsoft.com/rest/api/storageservices/delete-container>. Its name is free again at
/// once, where the service takes half a minute.
pub(super) fn delete(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, DELETE_CONTAINER)?;
    let conditions = Conditions::of(ask)?;
    let facts = ask.container()?.facts();
    lease_check::check_container(facts.lease.as_deref(), ask, true)?;
    conditions.on_container(facts.modified)?;
    check_deletable(ask, &facts)?;
    let days = ask.account.container_soft_delete_days;
    if ask
        .world
        .blobs
        .soft_delete_container(&ask.account.name, ask.container_name(), days, ask.now)
    {
        Ok(Reply::new(StatusCode::ACCEPTED))
    } else {
        Err(Refusal::container_not_found())
    }
}

/// The Blob service deletes no container that is protected, not even an empty one; Resource Manager does that
/// (<https://github.com/Azure/azure-sdk-for-python/issues/22255>).
fn check_deletable(ask: &Ask<'_>, facts: &ContainerFacts) -> Result<(), Refusal> {
    let rules = &facts.rules;
    let (code, what) = if !rules.legal_holds.is_empty() {
        ("ContainerHasLegalHold", "one or more legal holds")
    } else if rules.version_level || ask.account.version_level_immutability {
        (
            "ContainerImmutableStorageWithVersioningEnabled",
            "a immutable storage with versioning enabled",
        )
    } else {
        match rules.immutability.as_ref().map(|policy| policy.locked) {
            None => return Ok(()),
            Some(true) => (
                "ContainerImmutabilityPolicyLocked",
                "a locked immutability policy",
            ),
            Some(false) => ("ContainerImmutabilityPolicyUnlocked", "an immutability policy"),
        }
    };
    Err(Refusal::conflict(
        code,
        format!("The requested operation is not allowed as the container has {what}."),
    ))
}

/// Restore Container: <https://learn.microsoft.com/rest/api/storageservices/restore-container>.
pub(super) fn restore(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, WRITE_CONTAINER)?;
    let name = ask.required("x-ms-deleted-container-name")?;
    let version = ask.required("x-ms-deleted-container-version")?;
    if name != ask.container_name() {
        return Err(Refusal::invalid_header("x-ms-deleted-container-name"));
    }
    let account = ask.world.blobs.account(&ask.account.name);
    match account.restore(name, version, ask.now_tick()) {
        Restored::Done(container) => Ok(facts_reply(StatusCode::CREATED, &container.facts())),
        Restored::NameTaken => Err(Refusal::conflict(
            "ContainerAlreadyExists",
            "The specified container already exists.",
        )),
        Restored::Unknown => Err(Refusal::container_not_found()),
    }
}

/// An answer with a container's ETag and time.
pub(super) fn facts_reply(status: StatusCode, facts: &ContainerFacts) -> Reply {
    let mut reply = Reply::new(status);
    reply
        .set("etag", facts.modified.quoted_etag())
        .set("last-modified", facts.modified.http_date());
    reply
}
