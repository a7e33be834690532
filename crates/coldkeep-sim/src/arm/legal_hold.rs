//! Legal holds on containers (<https://learn.microsoft.com/azure/storage/blobs/immutable-legal-hold-overview>).

use super::{account_properties::invalid, ask::Answer, container_lookup, error::ArmError, target::Target};
use crate::{
    storage::container_rules::{ContainerRules, LegalHold},
    wire::reply,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// Tags a container can have.
const MAX_TAGS: usize = 10;

#[derive(Deserialize)]
struct LegalHoldBody {
    tags: Vec<String>,
}

/// Sets or clears tags; a container with a tag is on hold.
pub(super) fn route(target: &Target<'_>, name: &str, set: bool) -> Answer {
    let verb = if set { "setLegalHold" } else { "clearLegalHold" };
    target.require(Some(name), &format!("blobServices/containers/{verb}/action"))?;
    let sent: LegalHoldBody = target.ask.call.json()?;
    if sent.tags.is_empty() || !sent.tags.iter().all(|tag| is_tag(tag)) {
        return Err(invalid("tags"));
    }
    let account = target.account()?;
    let known = container_lookup::find_container(target, &account, name)?;
    let mut holds = known.rules.legal_holds.clone();
    let tags: Vec<String> = sent.tags.iter().map(|tag| tag.to_lowercase()).collect();
    if set {
        let caller = target.ask.caller;
        for tag in tags {
            if !holds.iter().any(|hold| hold.tag == tag) {
                holds.push(LegalHold {
                    tag,
                    since: target.ask.world.now(),
                    by: caller.object_id.clone(),
                    tenant_id: caller.tenant_id.clone(),
                });
            }
        }
    } else {
        holds.retain(|hold| !tags.contains(&hold.tag));
    }
    if holds.len() > MAX_TAGS {
        return Err(ArmError::new(
            409,
            "LegalHoldTagsLimitExceeded",
            format!("A container has at most {MAX_TAGS} legal hold tags."),
        ));
    }
    let (world, all): (_, Vec<String>) = (
        target.ask.world,
        holds.iter().map(|hold| hold.tag.clone()).collect(),
    );
    world
        .blobs
        .change_container(&account.name, name, world.now(), |rules, _| {
            rules.legal_holds = holds
        })
        .ok_or_else(|| container_lookup::missing(name))?;
    Ok(reply::json(
        200,
        &json!({"hasLegalHold": !all.is_empty(), "tags": all}),
    ))
}

/// 3 to 23 letters and digits.
fn is_tag(tag: &str) -> bool {
    (3..=23).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The holds of a container as its properties show them.
pub(super) fn render(rules: &ContainerRules) -> Value {
    let tags: Vec<Value> = rules
        .legal_holds
        .iter()
        .map(|hold| {
            json!({
                "tag": hold.tag,
                "timestamp": hold.since.to_string(),
                "objectIdentifier": hold.by,
                "tenantId": hold.tenant_id,
            })
        })
        .collect();
    json!({"hasLegalHold": !tags.is_empty(), "tags": tags})
}
