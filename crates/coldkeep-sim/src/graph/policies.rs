//! `policies/…` and what they forbid when a credential is added
//! (<https://learn.microsoft.com/graph/api/resources/tenantappmanagementpolicy>).

use super::{
    answer::{Answer, list, only_get},
    asker::Asker,
    error::GraphError,
    people,
    policy::{may_read_policies, rendered, restrictions},
    policy_changes,
};
use crate::{
    World,
    wire::{call::Call, read, reply},
    world::{
        directory::{Application, Directory, KeyCredential},
        policies::AppManagementPolicy,
    },
};
use coldkeep_core::Timestamp;
use http::Method;
use serde_json::json;
use x509_cert::{Certificate, der::Decode};

/// Answers a request below `policies`.
pub(super) fn route(world: &World, call: &Call, asker: &Asker, rest: &[&str]) -> Answer {
    match rest {
        ["authorizationPolicy"] => people::authorization_policy(world, call, asker),
        ["defaultAppManagementPolicy"] if call.method == Method::PATCH => {
            policy_changes::change_default(world, call, asker)
        }
        ["defaultAppManagementPolicy"] => tenant_policy(world, call, asker),
        ["appManagementPolicies", rest @ ..] => policy_changes::route(world, call, asker, rest),
        _ => Err(GraphError::no_resource(rest.first().unwrap_or(&""))),
    }
}

/// `GET /policies/defaultAppManagementPolicy`.
fn tenant_policy(world: &World, call: &Call, asker: &Asker) -> Answer {
    only_get(call)?;
    let directory = read(&world.directory);
    may_read_policies(&directory, asker)?;
    let none = AppManagementPolicy::default();
    let policy = directory.tenant_policies.get(&asker.tenant_id).unwrap_or(&none);
    let restrictions = restrictions(policy);
    Ok(reply::json(
        200,
        &json!({
            "id": "00000000-0000-0000-0000-000000000000",
            "displayName": match policy.display_name.as_str() {
                "" => "Default app management tenant policy",
                given => given,
            },
            "isEnabled": policy.enabled,
            "applicationRestrictions": restrictions,
            "servicePrincipalRestrictions": restrictions,
        }),
    ))
}

/// `GET /applications/{id}/appManagementPolicies`.
pub(super) fn policies_of(world: &World, call: &Call, asker: &Asker, app: &Application) -> Answer {
    only_get(call)?;
    let directory = read(&world.directory);
    may_read_policies(&directory, asker)?;
    let own = directory.app_policies.get(&app.object_id);
    let found = own.and_then(|id| Some((id, directory.management_policies.get(id)?)));
    Ok(list(
        world,
        "appManagementPolicies",
        found
            .map(|(id, (_, policy))| rendered(id, policy))
            .into_iter()
            .collect(),
    ))
}

/// Refuses certificates of an application or a service principal (tenant and object id) that were not there before and that
/// the policy forbids.
pub(super) fn check_new_keys(
    directory: &Directory,
    tenant_id: &str,
    object_id: &str,
    keys: &[KeyCredential],
    before: &[KeyCredential],
) -> Result<(), GraphError> {
    let Some(policy) = directory.policy_for(tenant_id, object_id) else {
        return Ok(());
    };
    let is_new = |key: &&KeyCredential| !before.iter().any(|k| k.key_id == key.key_id);
    for key in keys.iter().filter(is_new) {
        check_life(policy, policy.key_max_days, key.start, key.end)?;
        if policy.trusted_authorities_only && is_self_signed(&key.der) {
            // The words for this case are not documented; the code is that of a forbidden kind.
            return Err(forbidden(policy));
        }
    }
    Ok(())
}

/// Refuses a secret of an application or a service principal that the policy forbids.
pub(super) fn check_new_secret(
    directory: &Directory,
    tenant_id: &str,
    object_id: &str,
    start: Timestamp,
    end: Timestamp,
) -> Result<(), GraphError> {
    match directory.policy_for(tenant_id, object_id) {
        Some(policy) if policy.forbid_secrets => Err(forbidden(policy)),
        Some(policy) => check_life(policy, policy.secret_max_days, start, end),
        None => Ok(()),
    }
}

fn check_life(
    policy: &AppManagementPolicy,
    max_days: Option<u32>,
    start: Timestamp,
    end: Timestamp,
) -> Result<(), GraphError> {
    let life_s = end.as_second() - start.as_second();
    match max_days {
        Some(days) if life_s > i64::from(days) * 86_400 => Err(GraphError::new(
            400,
            "CredentialInvalidLifetimeAsPerAppPolicy",
            format!(
                "Credential lifetime exceeds the max value allowed as per assigned policy '{}'.",
                policy.display_name
            ),
        )),
        _ => Ok(()),
    }
}

fn forbidden(policy: &AppManagementPolicy) -> GraphError {
    GraphError::new(
        400,
        "CredentialTypeNotAllowedAsPerAppPolicy",
        format!(
            "Credential type not allowed as per assigned policy '{}'.",
            policy.display_name
        ),
    )
}

fn is_self_signed(der: &[u8]) -> bool {
    Certificate::from_der(der).is_ok_and(|c| c.tbs_certificate().issuer() == c.tbs_certificate().subject())
}
