//! List Containers: <https://learn.microsoft.com/rest/api/storageservices/list-containers2>.

use super::{
    containers::ACCOUNT_SCOPE,
    need::LIST_CONTAINERS,
    public_access,
    reply::{Answer, Refusal, Reply},
    request::Ask,
    rights::scope,
    xml,
};
use crate::storage::{
    container_state::ContainerBlobs, lease::lease_status, moment::Tick, state::DeletedContainer,
};
use std::sync::Arc;

const PAGE_MAX: usize = 5000;

/// A container, deleted or not.
enum Found {
    There(Arc<ContainerBlobs>),
    Deleted(Arc<DeletedContainer>),
}

impl Found {
    fn container(&self) -> &ContainerBlobs {
        match self {
            Self::There(container) => container,
            Self::Deleted(deleted) => &deleted.container,
        }
    }

    /// What the list is ordered by: deleted ones of a name come after it, by their versions.
    fn place(&self) -> String {
        match self {
            Self::There(container) => container.name.clone(),
            Self::Deleted(deleted) => format!("{}/{}", deleted.container.name, deleted.version),
        }
    }
}

/// List Containers. The marker is the place of the next one.
pub(super) fn list(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, LIST_CONTAINERS)?;
    let prefix = ask.query.get("prefix").unwrap_or_default();
    let marker = ask.query.get("marker").unwrap_or_default();
    let max = match ask.query.some("maxresults").map(str::parse::<usize>) {
        None => PAGE_MAX,
        Some(Ok(number)) if number > 0 => number.min(PAGE_MAX),
        Some(_) => return Err(Refusal::invalid_query("maxresults")),
    };
    let include = super::listing::include(ask, &["metadata", "deleted", "system"])?;
    let includes = |what: &str| include.iter().any(|one| one.eq_ignore_ascii_case(what));
    let account = ask.world.blobs.account(&ask.account.name);
    let mut all: Vec<_> = account.all().into_iter().map(Found::There).collect();
    if includes("deleted") {
        all.extend(account.deleted(ask.now_tick()).into_iter().map(Found::Deleted));
    }
    all.retain(|found| found.container().name.starts_with(prefix) && found.place().as_str() >= marker);
    all.sort_by_key(Found::place);
    let own = ask.endpoint();
    let mut text =
        format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"{own}/\">");
    for (name, value) in [("Prefix", prefix), ("Marker", marker)] {
        if !value.is_empty() {
            xml::push_name(&mut text, name, value);
        }
    }
    if let Some(given) = ask.query.some("maxresults") {
        xml::push_element(&mut text, "MaxResults", given);
    }
    text.push_str("<Containers>");
    let writer = Writer {
        metadata: includes("metadata"),
        by_version: ask.account.version_level_immutability,
        now: ask.now_tick(),
    };
    for found in all.iter().take(max) {
        writer.push(&mut text, found);
    }
    text.push_str("</Containers>");
    let next = all.get(max).map(Found::place).unwrap_or_default();
    xml::push_element(&mut text, "NextMarker", &next);
    text.push_str("</EnumerationResults>");
    Ok(Reply::xml(text))
}

/// What the entries show.
struct Writer {
    metadata: bool,
    by_version: bool,
    now: Tick,
}

impl Writer {
    fn push(&self, text: &mut String, found: &Found) {
        let container = found.container();
        let facts = container.facts();
        let flag = |on: bool| if on { "true" } else { "false" };
        text.push_str("<Container>");
        xml::push_element(text, "Name", &container.name);
        if let Found::Deleted(deleted) = found {
            text.push_str("<Deleted>true</Deleted>");
            xml::push_element(text, "Version", &deleted.version);
        }
        text.push_str("<Properties>");
        xml::push_element(text, "Last-Modified", &facts.modified.http_date());
        xml::push_element(text, "Etag", &facts.modified.quoted_etag());
        let lease = lease_status(facts.lease.as_deref(), self.now);
        xml::push_element(text, "LeaseStatus", lease.status);
        xml::push_element(text, "LeaseState", lease.state);
        if let Some(duration) = lease.duration {
            xml::push_element(text, "LeaseDuration", duration);
        }
        if let Some(access) = public_access::access_name(facts.rules.public_access) {
            xml::push_element(text, "PublicAccess", access);
        }
        let fields = [
            (
                "DefaultEncryptionScope",
                facts.encryption_scope.as_deref().unwrap_or(ACCOUNT_SCOPE),
            ),
            ("DenyEncryptionScopeOverride", flag(facts.scope_is_fixed)),
            ("HasImmutabilityPolicy", flag(facts.rules.immutability.is_some())),
            ("HasLegalHold", flag(!facts.rules.legal_holds.is_empty())),
            (
                "ImmutableStorageWithVersioningEnabled",
                flag(facts.rules.version_level || self.by_version),
            ),
        ];
        for (name, value) in fields {
            xml::push_element(text, name, value);
        }
        if let Found::Deleted(deleted) = found {
            xml::push_element(text, "DeletedTime", &deleted.deletion.at.http_date());
            let days = deleted.deletion.remaining_days(self.now).to_string();
            xml::push_element(text, "RemainingRetentionDays", &days);
        }
        text.push_str("</Properties>");
        if self.metadata {
            text.push_str("<Metadata>");
            for (name, value) in facts.metadata.iter() {
                xml::push_element(text, name, value);
            }
            text.push_str("</Metadata>");
        }
        text.push_str("</Container>");
    }
}
