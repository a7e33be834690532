//! Which properties of an application can be written, and what they must look like
//! (<https://learn.microsoft.com/graph/api/application-update>).

use super::{
    error::GraphError,
    keys::{self, SentKey},
};
use crate::world::directory::Application;
use coldkeep_core::Timestamp;
use serde_json::{Map, Value};

const AUDIENCES: [&str; 4] = [
    "AzureADMyOrg",
    "AzureADMultipleOrgs",
    "AzureADandPersonalMicrosoftAccount",
    "PersonalMicrosoftAccount",
];

/// Properties that are kept and given back without meaning anything to the simulator.
const KEPT: [&str; 18] = [
    "addIns",
    "api",
    "appRoles",
    "description",
    "groupMembershipClaims",
    "identifierUris",
    "info",
    "isDeviceOnlyAuthSupported",
    "notes",
    "optionalClaims",
    "parentalControlSettings",
    "publicClient",
    "requiredResourceAccess",
    "samlMetadataUrl",
    "serviceManagementReference",
    "spa",
    "tags",
    "web",
];

/// Writes the properties sent; an unknown one is refused, so that a misspelt name is noticed.
pub(super) fn apply(
    app: &mut Application,
    body: Map<String, Value>,
    now: Timestamp,
    usable_at: Timestamp,
) -> Result<(), GraphError> {
    for (name, value) in body {
        let text = || {
            value.as_str().map(str::to_owned).ok_or_else(|| {
                GraphError::bad(format!(
                    "Invalid value specified for property '{name}' of resource 'Application'."
                ))
            })
        };
        match name.as_str() {
            "displayName" => app.display_name = text()?,
            "signInAudience" => {
                let audience = text()?;
                if !AUDIENCES.contains(&audience.as_str()) {
                    return Err(GraphError::bad(format!(
                        "Invalid value '{audience}' specified for property 'signInAudience' of resource 'Application'."
                    )));
                }
                app.sign_in_audience = audience;
            }
            "uniqueName" => {
                let wanted = text()?;
                if app.unique_name.as_ref().is_some_and(|u| *u != wanted) {
                    return Err(GraphError::bad(
                        "Property 'uniqueName' is immutable once it is set.",
                    ));
                }
                app.unique_name = Some(wanted);
            }
            "isFallbackPublicClient" => app.public_client = value.as_bool().unwrap_or(false),
            "keyCredentials" => {
                let sent: Vec<SentKey> = serde_json::from_value(value)?;
                app.key_credentials = keys::replace(&app.key_credentials, sent, now, usable_at)?;
            }
            "passwordCredentials" => {
                return Err(GraphError::bad(
                    "Property 'passwordCredentials' cannot be set: use addPassword and removePassword.",
                ));
            }
            kept if KEPT.contains(&kept) => {
                app.other.insert(name, value);
            }
            _ => {
                return Err(GraphError::bad(format!(
                    "Property '{name}' does not exist or cannot be written on resource 'Application'."
                )));
            }
        }
    }
    Ok(())
}
