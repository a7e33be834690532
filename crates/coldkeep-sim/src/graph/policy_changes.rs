//! Writing app management policies: the tenant's, and those of single applications
//! (<https://learn.microsoft.com/graph/api/resources/appmanagementpolicy>).

use super::{
    answer::{Answer, list, made},
    asker::{Area, Asker},
    error::GraphError,
    policy::{may_read_policies, rendered},
};
use crate::{
    World,
    wire::{call::Call, new_guid, read, reply, write},
    world::policies::AppManagementPolicy,
};
use http::Method;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PolicyBody {
    display_name: Option<String>,
    is_enabled: Option<bool>,
    /// Of the tenant's policy.
    application_restrictions: Option<Restrictions>,
    /// Of an application's.
    restrictions: Option<Restrictions>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Restrictions {
    #[serde(default)]
    password_credentials: Vec<Restriction>,
    #[serde(default)]
    key_credentials: Vec<Restriction>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Restriction {
    restriction_type: String,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    max_lifetime: Option<String>,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "@odata.id")]
    id: String,
}

/// `PATCH /policies/defaultAppManagementPolicy`.
pub(super) fn change_default(world: &World, call: &Call, asker: &Asker) -> Answer {
    asker.may_administer(world, Area::Policies, true)?;
    let mut directory = write(&world.directory);
    let policy = directory
        .tenant_policies
        .entry(asker.tenant_id.clone())
        .or_default();
    let mut changed = policy.clone();
    apply(&mut changed, call.json()?)?;
    *policy = changed;
    Ok(reply::bare(204))
}

/// Answers a request below `policies/appManagementPolicies`.
pub(super) fn route(world: &World, call: &Call, asker: &Asker, rest: &[&str]) -> Answer {
    match (&call.method, rest) {
        (&Method::GET, []) => {
            let directory = read(&world.directory);
            may_read_policies(&directory, asker)?;
            let all = directory.management_policies.iter();
            let here = all.filter(|(_, (tenant, _))| *tenant == asker.tenant_id);
            let all = here.map(|(id, (_, policy))| rendered(id, policy));
            Ok(list(world, "policies/appManagementPolicies", all.collect()))
        }
        (&Method::POST, []) => {
            asker.may_administer(world, Area::Policies, true)?;
            let mut policy = AppManagementPolicy::default();
            apply(&mut policy, call.json()?)?;
            let id = new_guid();
            let value = rendered(&id, &policy);
            write(&world.directory)
                .management_policies
                .insert(id, (asker.tenant_id.clone(), policy));
            Ok(made(world, "policies/appManagementPolicies", value))
        }
        (&Method::GET, [id]) => {
            let directory = read(&world.directory);
            may_read_policies(&directory, asker)?;
            let found = directory.management_policies.get(*id);
            let (_, policy) = found
                .filter(|(tenant, _)| *tenant == asker.tenant_id)
                .ok_or_else(|| GraphError::not_found(id))?;
            Ok(reply::json(200, &rendered(id, policy)))
        }
        (&Method::PATCH, [id]) => {
            asker.may_administer(world, Area::Policies, true)?;
            let mut directory = write(&world.directory);
            let found = directory.management_policies.get_mut(*id);
            let (_, policy) = found
                .filter(|(tenant, _)| *tenant == asker.tenant_id)
                .ok_or_else(|| GraphError::not_found(id))?;
            apply(policy, call.json()?)?;
            Ok(reply::bare(204))
        }
        (&Method::DELETE, [id]) => {
            asker.may_administer(world, Area::Policies, true)?;
            let mut directory = write(&world.directory);
            if directory.management_policies.remove(*id).is_none() {
                return Err(GraphError::not_found(id));
            }
            directory.app_policies.retain(|_, policy| policy != id);
            Ok(reply::bare(204))
        }
        (_, [] | [_]) => Err(GraphError::method(&call.method)),
        (_, [_, other, ..]) => Err(GraphError::no_resource(other)),
    }
}

/// Gives an application (object id) a policy of its own, or takes it away: `applications/{id}/appManagementPolicies/…$ref`.
pub(super) fn assign(world: &World, call: &Call, asker: &Asker, object_id: &str, rest: &[&str]) -> Answer {
    asker.may_administer(world, Area::Policies, true)?;
    match (&call.method, rest) {
        (&Method::POST, ["$ref"]) => {
            let sent: Reference = call.json()?;
            let id = sent.id.rsplit('/').next().unwrap_or_default().to_owned();
            let mut directory = write(&world.directory);
            let known = directory.management_policies.get(&id);
            if known.is_none_or(|(tenant, _)| *tenant != asker.tenant_id) {
                return Err(GraphError::not_found(&id));
            }
            directory.app_policies.insert(object_id.to_owned(), id);
            Ok(reply::bare(204))
        }
        (&Method::DELETE, [id, "$ref"]) => {
            let mut directory = write(&world.directory);
            match directory.app_policies.get(object_id) {
                Some(own) if own == id => {
                    directory.app_policies.remove(object_id);
                    Ok(reply::bare(204))
                }
                _ => Err(GraphError::not_found(id)),
            }
        }
        _ => Err(GraphError::method(&call.method)),
    }
}

/// Writes what was sent; a list of restrictions replaces the one before.
fn apply(policy: &mut AppManagementPolicy, sent: PolicyBody) -> Result<(), GraphError> {
    if let Some(name) = sent.display_name {
        policy.display_name = name;
    }
    if let Some(on) = sent.is_enabled {
        policy.enabled = on;
    }
    let Some(restrictions) = sent.application_restrictions.or(sent.restrictions) else {
        return Ok(());
    };
    policy.forbid_secrets = false;
    policy.secret_max_days = None;
    policy.key_max_days = None;
    policy.trusted_authorities_only = false;
    let all = restrictions
        .password_credentials
        .iter()
        .chain(&restrictions.key_credentials);
    for restriction in all.filter(|r| r.state.as_deref() != Some("disabled")) {
        match restriction.restriction_type.as_str() {
            "passwordAddition" => policy.forbid_secrets = true,
            "passwordLifetime" => policy.secret_max_days = Some(days(restriction)?),
            "asymmetricKeyLifetime" => policy.key_max_days = Some(days(restriction)?),
            "trustedCertificateAuthority" => policy.trusted_authorities_only = true,
            // They restrict what the simulator does not have: custom secrets, symmetric keys.
            "customPasswordAddition" | "symmetricKeyAddition" | "symmetricKeyLifetime" => {}
            other => {
                return Err(GraphError::bad(format!(
                    "Invalid value '{other}' specified for property 'restrictionType'."
                )));
            }
        }
    }
    Ok(())
}

/// A life as in `P90D`, in days.
fn days(restriction: &Restriction) -> Result<u32, GraphError> {
    let text = restriction.max_lifetime.as_deref().unwrap_or_default();
    text.strip_prefix('P')
        .and_then(|rest| rest.strip_suffix('D'))
        .and_then(|days| days.parse().ok())
        .ok_or_else(|| {
            GraphError::bad(format!(
                "Invalid value '{text}' specified for property 'maxLifetime': the simulator reads days, as in P90D."
            ))
        })
}
