//! Which properties of an application can be written, and what they must look like
//! (<https://learn.microsoft.com/graph/api/application-update>).

use super::{
    error::GraphError,
    keys::{self, SentKey},
};
use crate::world::directory::Application;
use coldkeep_core::Timestamp;
use serde_json::{Map, Value};

/// What errors call the resource.
const APPLICATION: &str = "Application";

const AUDIENCES: [&str; 4] = [
    "AzureADMyOrg",
    "AzureADMultipleOrgs",
    "AzureADandPersonalMicrosoftAccount",
    "PersonalMicrosoftAccount",
];

/// What a property that is only kept looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Flag,
    /// A complex value; what a write does not name of it stays.
    Complex,
    Texts,
    Complexes,
}

/// Properties that are kept and given back without meaning anything to the simulator, or little.
const KEPT: [(&str, Shape); 25] = [
    ("addIns", Shape::Complexes),
    ("api", Shape::Complex),
    ("appRoles", Shape::Complexes),
    ("authenticationBehaviors", Shape::Complex),
    ("defaultRedirectUri", Shape::Text),
    ("description", Shape::Text),
    ("groupMembershipClaims", Shape::Text),
    ("identifierUris", Shape::Texts),
    ("info", Shape::Complex),
    ("isDeviceOnlyAuthSupported", Shape::Flag),
    ("nativeAuthenticationApisEnabled", Shape::Text),
    ("notes", Shape::Text),
    ("oauth2RequirePostResponse", Shape::Flag),
    ("optionalClaims", Shape::Complex),
    ("parentalControlSettings", Shape::Complex),
    ("publicClient", Shape::Complex),
    ("requestSignatureVerification", Shape::Complex),
    ("requiredResourceAccess", Shape::Complexes),
    ("samlMetadataUrl", Shape::Text),
    ("serviceManagementReference", Shape::Text),
    ("servicePrincipalLockConfiguration", Shape::Complex),
    ("spa", Shape::Complex),
    ("tags", Shape::Texts),
    ("tokenEncryptionKeyId", Shape::Text),
    ("web", Shape::Complex),
];

/// The longest name that an object can have.
pub(super) const DISPLAY_NAME_MAX_CHARS: usize = 256;

impl Shape {
    /// Whether a value is so. Collections cannot be null.
    fn fits(self, value: &Value) -> bool {
        let all = |is: fn(&Value) -> bool| value.as_array().is_some_and(|all| all.iter().all(is));
        match self {
            Self::Text => value.is_string() || value.is_null(),
            Self::Flag => value.is_boolean() || value.is_null(),
            Self::Complex => value.is_object() || value.is_null(),
            Self::Texts => all(Value::is_string),
            Self::Complexes => all(Value::is_object),
        }
    }
}

/// Keeps a property if it is one of `known` and looks as it must; answers whether it is one.
pub(super) fn keep(
    into: &mut Map<String, Value>,
    known: &[(&str, Shape)],
    name: &str,
    value: Value,
    resource: &str,
) -> Result<bool, GraphError> {
    let Some((_, shape)) = known.iter().find(|(known, _)| *known == name) else {
        return Ok(false);
    };
    if !shape.fits(&value) {
        return Err(invalid(name, resource));
    }
    if value.is_null() {
        into.remove(name);
    } else {
        merge(
            into.entry(name).or_insert(Value::Null),
            without_annotations(value),
        );
    }
    Ok(true)
}

/// Writes a value over another: complex ones member by member, anything else whole.
pub(super) fn merge(into: &mut Value, value: Value) {
    match (into, value) {
        (Value::Object(into), Value::Object(value)) => {
            for (name, member) in value {
                merge(into.entry(name).or_insert(Value::Null), member);
            }
        }
        (into, value) => *into = value,
    }
}

/// A value that the property cannot have.
pub(super) fn invalid(name: &str, resource: &str) -> GraphError {
    GraphError::bad(format!(
        "Invalid value specified for property '{name}' of resource '{resource}'."
    ))
}

/// Annotations name the type that the client expects; Microsoft's own libraries send them with every object.
pub(super) fn is_annotation(name: &str) -> bool {
    name.contains("@odata.")
}

fn without_annotations(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(name, _)| !is_annotation(name));
            Value::Object(
                members
                    .map(|(name, value)| (name, without_annotations(value)))
                    .collect(),
            )
        }
        Value::Array(all) => Value::Array(all.into_iter().map(without_annotations).collect()),
        other => other,
    }
}

/// Writes the properties sent; an unknown one is refused, so that a misspelt name is noticed.
pub(super) fn apply(
    app: &mut Application,
    body: Map<String, Value>,
    now: Timestamp,
    usable_at: Timestamp,
) -> Result<(), GraphError> {
    for (name, value) in body {
        let wrong = || invalid(&name, APPLICATION);
        let text = || value.as_str().map(str::to_owned).ok_or_else(wrong);
        match name.as_str() {
            annotation if is_annotation(annotation) => {}
            "displayName" => {
                app.display_name = text()?;
                if app.display_name.chars().count() > DISPLAY_NAME_MAX_CHARS {
                    return Err(wrong());
                }
            }
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
            "isFallbackPublicClient" if value.is_null() => app.public_client = false,
            "isFallbackPublicClient" => app.public_client = value.as_bool().ok_or_else(wrong)?,
            "keyCredentials" => {
                let sent: Vec<SentKey> = serde_json::from_value(value)?;
                app.key_credentials = keys::replace(&app.key_credentials, sent, now, usable_at)?;
            }
            "passwordCredentials" => {
                return Err(GraphError::bad(
                    "Property 'passwordCredentials' cannot be set: use addPassword and removePassword.",
                ));
            }
            _ => {
                if !keep(&mut app.other, &KEPT, &name, value, APPLICATION)? {
                    return Err(GraphError::bad(format!(
                        "Property '{name}' does not exist or cannot be written on resource 'Application'."
                    )));
                }
            }
        }
    }
    Ok(())
}
