//! Containers: create, look at, delete, list.

use http::StatusCode;

use super::auth::{DELETE_CONTAINER, LIST_CONTAINERS, READ_CONTAINER, WRITE_CONTAINER};
use super::properties;
use super::reply::{Answer, Refusal, Reply};
use super::request::Ask;
use super::state::{ContainerBlobs, ContainerFacts};
use super::{scope, xml};

/// Create Container: <https://learn.microsoft.com/rest/api/storageservices/create-container>.
pub(super) fn create(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, WRITE_CONTAINER)?;
    let name = ask.container_name();
    let metadata = properties::metadata(ask)?;
    if !ask.world.blobs.create_container(&ask.account.name, name, ask.now) {
        return Err(Refusal::conflict(
            "ContainerAlreadyExists",
            "The specified container already exists.",
        ));
    }
    let container = ask.container()?;
    if !metadata.is_empty() {
        container.set_facts(ContainerFacts {
            metadata,
            ..container.facts()
        });
    }
    Ok(facts_reply(StatusCode::CREATED, &container))
}

/// Names of containers: <https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata>.
pub(crate) fn is_container_name(name: &str) -> bool {
    if name.starts_with('$') {
        return matches!(name, "$root" | "$web" | "$logs" | "$blobchangefeed");
    }
    (3..=63).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}

/// Get Container Properties: <https://learn.microsoft.com/rest/api/storageservices/get-container-properties>.
pub(super) fn get_properties(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, READ_CONTAINER)?;
    let container = ask.container()?;
    let mut reply = facts_reply(StatusCode::OK, &container);
    reply
        .set_static("x-ms-lease-status", "unlocked")
        .set_static("x-ms-lease-state", "available")
        .set_static("x-ms-has-immutability-policy", "false")
        .set_static("x-ms-has-legal-hold", "false")
        .set_static("x-ms-default-encryption-scope", "$account-encryption-key")
        .set_static("x-ms-deny-encryption-scope-override", "false")
        .set_static("x-ms-immutable-storage-with-versioning-enabled", "false");
    properties::describe_metadata(&mut reply, &container.facts().metadata);
    Ok(reply)
}

/// Set Container Metadata.
pub(super) fn set_metadata(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, WRITE_CONTAINER)?;
    let metadata = properties::metadata(ask)?;
    let container = ask.container()?;
    container.set_facts(ContainerFacts {
        metadata,
        modified: ask.tick(),
        ..container.facts()
    });
    Ok(facts_reply(StatusCode::OK, &container))
}

/// Get Container ACL: nothing is public, and there are no stored access policies.
pub(super) fn get_acl(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, READ_CONTAINER)?;
    let container = ask.container()?;
    let modified = container.facts().modified;
    let mut reply = Reply::xml("<?xml version=\"1.0\" encoding=\"utf-8\"?><SignedIdentifiers />".to_owned());
    reply
        .set("etag", modified.quoted_etag())
        .set("last-modified", modified.http_date());
    Ok(reply)
}

/// Delete Container. Its name is free again at once, where the service takes half a minute.
pub(super) fn delete(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, DELETE_CONTAINER)?;
    if ask
        .world
        .blobs
        .delete_container(&ask.account.name, ask.container_name())
    {
        Ok(Reply::new(StatusCode::ACCEPTED))
    } else {
        Err(Refusal::container_not_found())
    }
}

fn facts_reply(status: StatusCode, container: &ContainerBlobs) -> Reply {
    let modified = container.facts().modified;
    let mut reply = Reply::new(status);
    reply
        .set("etag", modified.quoted_etag())
        .set("last-modified", modified.http_date());
    reply
}

/// List Containers: <https://learn.microsoft.com/rest/api/storageservices/list-containers2>. The marker is the next name.
pub(super) fn list(ask: &Ask<'_>) -> Answer {
    const PAGE_MAX: usize = 5000;
    scope(ask).require(&ask.caller, LIST_CONTAINERS)?;
    let prefix = ask.query.get("prefix").unwrap_or_default();
    let marker = ask.query.get("marker").unwrap_or_default();
    let max = match ask.query.some("maxresults").map(str::parse::<usize>) {
        None => PAGE_MAX,
        Some(Ok(number)) if number > 0 => number.min(PAGE_MAX),
        Some(_) => return Err(Refusal::invalid_query("maxresults")),
    };
    let with_metadata = ask
        .query
        .get("include")
        .is_some_and(|include| include.contains("metadata"));
    let all = ask.world.blobs.account(&ask.account.name).all();
    let mut found = all
        .iter()
        .filter(|one| one.name.starts_with(prefix) && one.name.as_str() >= marker);
    let own = ask.world.endpoints().blob.replace("{account}", &ask.account.name);
    let mut text =
        format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"{own}/\">");
    for (name, value) in [("Prefix", prefix), ("Marker", marker)] {
        if !value.is_empty() {
            xml::push_element(&mut text, name, value);
        }
    }
    text.push_str("<Containers>");
    for container in found.by_ref().take(max) {
        push_container(&mut text, container, with_metadata);
    }
    text.push_str("</Containers>");
    xml::push_element(
        &mut text,
        "NextMarker",
        found.next().map_or("", |next| next.name.as_str()),
    );
    text.push_str("</EnumerationResults>");
    Ok(Reply::xml(text))
}

fn push_container(text: &mut String, container: &ContainerBlobs, with_metadata: bool) {
    let facts = container.facts();
    text.push_str("<Container>");
    xml::push_element(text, "Name", &container.name);
    text.push_str("<Properties>");
    xml::push_element(text, "Last-Modified", &facts.modified.http_date());
    xml::push_element(text, "Etag", &facts.modified.quoted_etag());
    text.push_str(
        "<LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState>\
         <DefaultEncryptionScope>$account-encryption-key</DefaultEncryptionScope>\
         <DenyEncryptionScopeOverride>false</DenyEncryptionScopeOverride>\
         <HasImmutabilityPolicy>false</HasImmutabilityPolicy><HasLegalHold>false</HasLegalHold>\
         <ImmutableStorageWithVersioningEnabled>false</ImmutableStorageWithVersioningEnabled></Properties>",
    );
    if with_metadata {
        text.push_str("<Metadata>");
        for (name, value) in facts.metadata.iter() {
            xml::push_element(text, name, value);
        }
        text.push_str("</Metadata>");
    }
    text.push_str("</Container>");
}
