//! App management policies: what a tenant allows of the credentials of applications
//! (<https://learn.microsoft.com/graph/api/resources/tenantappmanagementpolicy>).

use super::Graph;
use crate::{Error, transport::address::segment};
use coldkeep_core::{
    Timestamp,
    app_policy::AppPolicy,
    moment::{lenient, parse_moment},
};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Policy {
    display_name: Option<String>,
    is_enabled: bool,
    application_restrictions: Restrictions,
    /// A policy of single applications has them under this name.
    restrictions: Restrictions,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Restrictions {
    password_credentials: Vec<Restriction>,
    key_credentials: Vec<Restriction>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Restriction {
    restriction_type: String,
    state: Option<String>,
    max_lifetime: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    restrict_for_apps_created_after_date_time: Option<Timestamp>,
}

impl Graph {
    /// The policy for an application (object id; none: a new one). None if the caller is not allowed to
    /// read policies: then the result shows when a credential is added.
    pub async fn fetch_app_management_policy(
        &self,
        object_id: Option<&str>,
    ) -> Result<Option<AppPolicy>, Error> {
        let tenant = "/policies/defaultAppManagementPolicy";
        let Some(tenants) = readable(self.api.get::<Policy>(tenant).await)? else {
            return Ok(None);
        };
        let Some(object_id) = object_id else {
            return Ok(Some(understand(
                &tenants,
                &tenants.application_restrictions,
                None,
            )));
        };
        let path = format!("/applications/{}", segment(object_id));
        let of_app = format!("{path}/appManagementPolicies");
        let own = readable(self.api.list::<Policy>(&of_app).await)?.unwrap_or_default();
        let made = readable(
            self.api
                .get::<Value>(&format!("{path}?$select=createdDateTime"))
                .await,
        )?;
        let made_at = made.and_then(|app| parse_moment(app["createdDateTime"].as_str()?));
        Ok(Some(match own.iter().find(|p| p.is_enabled) {
            Some(own) => understand(own, &own.restrictions, made_at),
            None => understand(&tenants, &tenants.application_restrictions, made_at),
        }))
    }
}

fn readable<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.status(), Some(403 | 404)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn understand(policy: &Policy, restrictions: &Restrictions, made_at: Option<Timestamp>) -> AppPolicy {
    if !policy.is_enabled {
        return AppPolicy::default();
    }
    let counts = |r: &&Restriction| {
        let applies_from = r.restrict_for_apps_created_after_date_time;
        r.state.as_deref() != Some("disabled")
            && match (made_at, applies_from) {
                (Some(made), Some(from)) => made >= from,
                _ => true,
            }
    };
    let find = |all: &[Restriction], kind: &str| -> Option<Option<i64>> {
        let found = all.iter().filter(counts).find(|r| r.restriction_type == kind)?;
        Some(found.max_lifetime.as_deref().and_then(seconds))
    };
    let (keys, passwords) = (&restrictions.key_credentials, &restrictions.password_credentials);
    AppPolicy {
        name: policy.display_name.clone().unwrap_or_default(),
        secrets_forbidden: find(passwords, "passwordAddition").is_some(),
        secret_max_s: find(passwords, "passwordLifetime").flatten(),
        certificate_max_s: find(keys, "asymmetricKeyLifetime").flatten(),
        trusted_authorities_only: find(keys, "trustedCertificateAuthority").is_some(),
    }
}

/// An ISO 8601 duration in seconds, its days of 24 hours.
fn seconds(duration: &str) -> Option<i64> {
    let span: jiff::Span = duration.parse().ok()?;
    let start = Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
    let end = start.checked_add(span).ok()?;
    Some(end.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_enabled_restrictions_that_reach_the_application_count() {
        let policy: Policy = serde_json::from_value(serde_json::json!({
            "displayName": "strict", "isEnabled": true,
            "applicationRestrictions": {
                "passwordCredentials": [
                    {"restrictionType": "passwordAddition", "state": "enabled", "maxLifetime": null,
                     "restrictForAppsCreatedAfterDateTime": "2020-01-01T00:00:00Z"},
                    {"restrictionType": "passwordLifetime", "state": "disabled", "maxLifetime": "P4D"}],
                "keyCredentials": [{"restrictionType": "asymmetricKeyLifetime", "maxLifetime": "P90D"}]}
        }))
        .unwrap();
        let at = |year: &str| format!("{year}-06-01T00:00:00Z").parse::<Timestamp>().ok();
        let new = understand(&policy, &policy.application_restrictions, None);
        assert_eq!((new.secrets_forbidden, new.secret_max_s), (true, None));
        assert_eq!(new.certificate_max_s, Some(90 * 86_400));
        let old = understand(&policy, &policy.application_restrictions, at("2019"));
        assert!(!old.secrets_forbidden && old.certificate_max_s.is_some());
        assert!(understand(&policy, &policy.application_restrictions, at("2021")).secrets_forbidden);
        let off = Policy {
            is_enabled: false,
            ..policy
        };
        assert_eq!(
            understand(&off, &off.application_restrictions, None),
            AppPolicy::default()
        );
    }
}
