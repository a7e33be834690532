//! A policy for credentials as it is shown, and who may read it.

use super::{
    asker::{Area, Asker},
    error::GraphError,
};
use crate::world::{directory::Directory, policies::AppManagementPolicy};
use serde_json::{Value, json};

/// A policy of single applications as Graph's JSON.
pub(super) fn rendered(id: &str, policy: &AppManagementPolicy) -> Value {
    json!({
        "id": id,
        "displayName": policy.display_name,
        "isEnabled": policy.enabled,
        "restrictions": restrictions(policy),
    })
}

/// `Policy.Read.All`: administrators have it here, and applications that were given it.
pub(super) fn may_read_policies(directory: &Directory, asker: &Asker) -> Result<(), GraphError> {
    asker.may_read(Area::Policies)?;
    match asker.person(directory) {
        None if asker.app_id.is_some() => Ok(()),
        Some(user) if user.admin => Ok(()),
        _ => Err(super::asker::denied()),
    }
}

pub(super) fn restrictions(policy: &AppManagementPolicy) -> Value {
    let one = |kind: &str, max_days: Option<u32>| {
        json!({
            "restrictionType": kind,
            "state": "enabled",
            "maxLifetime": max_days.map(|days| format!("P{days}D")),
            "restrictForAppsCreatedAfterDateTime": "2019-01-01T00:00:00Z",
        })
    };
    let mut passwords = vec![];
    if policy.forbid_secrets {
        passwords.push(one("passwordAddition", None));
    }
    if policy.secret_max_days.is_some() {
        passwords.push(one("passwordLifetime", policy.secret_max_days));
    }
    let mut keys = vec![];
    if policy.key_max_days.is_some() {
        keys.push(one("asymmetricKeyLifetime", policy.key_max_days));
    }
    if policy.trusted_authorities_only {
        keys.push(one("trustedCertificateAuthority", None));
    }
    json!({"passwordCredentials": passwords, "keyCredentials": keys})
}
