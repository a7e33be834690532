//! Time-based retention of containers: created, locked, extended, deleted
//! (<https://learn.microsoft.com/azure/storage/blobs/immutable-time-based-retention-policy-overview>).

use super::{account_properties::invalid, ask::Answer, container_lookup, error::ArmError, target::Target};
use crate::storage::container_rules::{ImmutabilityPolicy, PolicyUpdate};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

const TYPE: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies";

/// The longest retention, 400 years.
const MAX_DAYS: u32 = 146_000;

/// How often a locked policy can be extended.
const MAX_EXTENSIONS: u32 = 5;

#[derive(Deserialize)]
struct RetentionBody {
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    immutability_period_since_creation_in_days: Option<u32>,
    #[serde(default)]
    allow_protected_append_writes: bool,
    #[serde(default)]
    allow_protected_append_writes_all: bool,
}

/// Answers a request for the one policy a container can have.
pub(super) fn route(target: &Target<'_>, name: &str, rest: &[&str]) -> Answer {
    let action = |verb: &str| {
        target.require(
            Some(name),
            &format!("blobServices/containers/immutabilityPolicies/{verb}"),
        )
    };
    let method = &target.ask.call.method;
    match (method, rest) {
        (&Method::GET, []) => action("read")?,
        (&Method::PUT, []) => action("write")?,
        (&Method::DELETE, []) => action("delete")?,
        (&Method::POST, ["lock"]) => action("lock/action")?,
        (&Method::POST, ["extend"]) => action("extend/action")?,
        _ => return Err(ArmError::no_route(target.ask.call)),
    }
    let account = target.account()?;
    let known = container_lookup::find_container(target, &account, name)?
        .rules
        .immutability
        .clone();
    if *method == Method::GET {
        return Ok(reply(target, name, known.as_ref()));
    }
    check_match(target, known.as_ref(), *method != Method::PUT)?;
    let changed = match rest {
        [] if *method == Method::DELETE => match known {
            Some(policy) if policy.locked => return Err(not_in_this_state()),
            _ => None,
        },
        [] => Some(set(target, known.as_ref())?),
        ["lock"] => {
            let policy = known.ok_or_else(not_in_this_state)?;
            Some(ImmutabilityPolicy {
                locked: true,
                etag: ImmutabilityPolicy::next_etag(),
                ..policy
            })
        }
        _ => Some(extend(target, known)?),
    };
    let what = rest.first().unwrap_or(&"put");
    let changed = changed.map(|policy| remembered(target, policy, what));
    let world = target.ask.world;
    let kept = changed.clone();
    world
        .blobs
        .change_container(&account.name, name, world.now(), |rules, _| {
            rules.immutability = kept
        })
        .ok_or_else(|| container_lookup::missing(name))?;
    Ok(reply(target, name, changed.as_ref()))
}

/// The policy with what was just done to it in its history.
fn remembered(target: &Target<'_>, mut policy: ImmutabilityPolicy, what: &str) -> ImmutabilityPolicy {
    policy.history.push(PolicyUpdate {
        what: what.to_owned(),
        days: policy.days,
        at: target.ask.world.now(),
        by: target.ask.caller.object_id.clone(),
        tenant_id: target.ask.caller.tenant_id.clone(),
    });
    policy
}

/// Changes of a policy name the state they change.
fn check_match(
    target: &Target<'_>,
    known: Option<&ImmutabilityPolicy>,
    needed: bool,
) -> Result<(), ArmError> {
    let Some(given) = target.ask.call.header("if-match") else {
        if !needed {
            return Ok(());
        }
        return Err(ArmError::new(
            400,
            "IfMatchHeaderNotSpecified",
            "If-Match header must be specified for this operation.",
        ));
    };
    let given = given.trim_matches('"');
    if given == "*" || known.map_or(given.is_empty(), |policy| policy.etag == given) {
        return Ok(());
    }
    Err(ArmError::new(
        412,
        "ConditionNotMet",
        "The condition specified using HTTP conditional header(s) is not met.",
    ))
}

fn not_in_this_state() -> ArmError {
    ArmError::new(
        409,
        "ImmutabilityPolicyOperationNotAllowed",
        "Operation not allowed on immutability policy with current state.",
    )
}

fn days_of(sent: &Properties) -> Result<u32, ArmError> {
    sent.immutability_period_since_creation_in_days
        .filter(|days| (1..=MAX_DAYS).contains(days))
        .ok_or_else(|| invalid("immutabilityPeriodSinceCreationInDays"))
}

/// Creates the policy, or changes it in any way while it is not locked.
fn set(target: &Target<'_>, known: Option<&ImmutabilityPolicy>) -> Result<ImmutabilityPolicy, ArmError> {
    let sent: RetentionBody = target.ask.call.json()?;
    if known.is_some_and(|policy| policy.locked) {
        return Err(not_in_this_state());
    }
    if sent.properties.allow_protected_append_writes && sent.properties.allow_protected_append_writes_all {
        return Err(invalid("allowProtectedAppendWritesAll"));
    }
    Ok(ImmutabilityPolicy {
        days: days_of(&sent.properties)?,
        locked: false,
        append_writes: sent.properties.allow_protected_append_writes,
        all_append_writes: sent.properties.allow_protected_append_writes_all,
        etag: ImmutabilityPolicy::next_etag(),
        extended: 0,
        history: known.map(|policy| policy.history.clone()).unwrap_or_default(),
    })
}

/// Extends a locked policy, five times at most.
fn extend(target: &Target<'_>, known: Option<ImmutabilityPolicy>) -> Result<ImmutabilityPolicy, ArmError> {
    let sent: RetentionBody = target.ask.call.json()?;
    let policy = known
        .filter(|policy| policy.locked)
        .ok_or_else(not_in_this_state)?;
    let days = days_of(&sent.properties)?;
    if days < policy.days || policy.extended >= MAX_EXTENSIONS {
        return Err(not_in_this_state());
    }
    Ok(ImmutabilityPolicy {
        days,
        extended: policy.extended + 1,
        etag: ImmutabilityPolicy::next_etag(),
        ..policy
    })
}

/// A policy's properties as JSON.
pub(super) fn render(policy: &ImmutabilityPolicy) -> Value {
    json!({
        "immutabilityPeriodSinceCreationInDays": policy.days,
        "state": if policy.locked { "Locked" } else { "Unlocked" },
        "allowProtectedAppendWrites": policy.append_writes,
        "allowProtectedAppendWritesAll": policy.all_append_writes,
    })
}

/// What was done to a policy as JSON.
pub(super) fn render_history(policy: &ImmutabilityPolicy) -> Vec<Value> {
    let all = policy.history.iter();
    all.map(|update| {
        json!({
            "update": update.what,
            "immutabilityPeriodSinceCreationInDays": update.days,
            "timestamp": update.at.to_string(),
            "objectIdentifier": update.by,
            "tenantId": update.tenant_id,
        })
    })
    .collect()
}

/// The policy; where there is none, one of no days.
fn reply(
    target: &Target<'_>,
    container: &str,
    policy: Option<&ImmutabilityPolicy>,
) -> http::Response<crate::Body> {
    let etag = policy.map_or("", |policy| &policy.etag);
    let base = target.place.account_id();
    let value = json!({
        "id": format!("{base}/blobServices/default/containers/{container}/immutabilityPolicies/default"),
        "name": "default",
        "type": TYPE,
        "etag": format!("\"{etag}\""),
        "properties": policy.map_or_else(
            || json!({"immutabilityPeriodSinceCreationInDays": 0, "state": "Unlocked"}),
            render,
        ),
    });
    container_lookup::with_etag(&value, etag)
}
