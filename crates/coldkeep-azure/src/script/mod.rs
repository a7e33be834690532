//! A script that sets up a service account where Coldkeep itself cannot sign in: what an administrator runs elsewhere. It
//! creates the same objects under the same ids as Coldkeep would, and holds no secret.

mod azure_cli;
mod powershell;
mod text;

use crate::arm::RoleDefinition;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use coldkeep_core::{Shell, Timestamp, cloud::Cloud, resource::ResourceId};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) use text::safe_json;

/// What the script is to do.
#[derive(Debug, Clone)]
pub struct Script<'a> {
    pub cloud: &'a Cloud,
    /// Where it must be run; none: wherever the person who runs it is signed in.
    pub tenant_id: Option<&'a str>,
    pub application: ScriptApplication<'a>,
    pub certificate: ScriptKey<'a>,
    pub roles: Vec<RoleDefinition>,
    pub grants: Vec<ScriptGrant<'a>>,
    /// What the script was written for, returned unchanged in the setup result line. Its strings can hold anything.
    pub made_for: Value,
}

/// Which application it is about.
#[derive(Debug, Clone)]
pub enum ScriptApplication<'a> {
    /// Registered unless its unique name is known.
    Register {
        unique_name: &'a str,
        display_name: &'a str,
        notes: &'a str,
    },
    /// By its client id.
    Existing { application_id: &'a str },
}

/// The public part of the certificate to register.
#[derive(Debug, Clone)]
pub struct ScriptKey<'a> {
    pub der: &'a [u8],
    pub name: &'a str,
    pub start: Timestamp,
    pub end: Timestamp,
}

/// A role to assign.
#[derive(Debug, Clone)]
pub struct ScriptGrant<'a> {
    pub scope: &'a ResourceId,
    pub role_definition_id: String,
    pub description: String,
    /// The rule that narrows it.
    pub condition: Option<String>,
}

/// What the line of ids begins with, on whichever shell.
pub const IDS_LINE: &str = "coldkeep-ids: ";

/// The ids that the script ends by printing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ScriptIds {
    pub made_for: Value,
    pub tenant_id: String,
    pub application_id: String,
    pub application_object_id: String,
    pub principal_id: String,
    /// One for each grant, in the script's order.
    pub assignment_ids: Vec<String>,
}

impl Script<'_> {
    /// The script's text.
    pub fn render(&self, shell: Shell) -> String {
        match shell {
            Shell::AzureCli => azure_cli::render(self),
            Shell::Powershell => powershell::render(self),
        }
    }

    /// `{graph}/v1.0`.
    fn graph(&self) -> String {
        format!("{}/v1.0", self.cloud.graph.trim_end_matches('/'))
    }

    /// The path of the application by the key that is known before it exists.
    fn application_path(&self) -> String {
        match &self.application {
            ScriptApplication::Register { unique_name, .. } => {
                format!(
                    "/applications(uniqueName='{}')",
                    crate::transport::address::segment(unique_name)
                )
            }
            ScriptApplication::Existing { application_id } => {
                format!(
                    "/applications(appId='{}')",
                    crate::transport::address::segment(application_id)
                )
            }
        }
    }

    /// The body that registers the application; none where it exists.
    fn registration(&self) -> Option<String> {
        match &self.application {
            ScriptApplication::Register {
                display_name, notes, ..
            } => Some(safe_json(&json!({
                "displayName": display_name,
                "signInAudience": "AzureADMyOrg",
                "notes": notes,
            }))),
            ScriptApplication::Existing { .. } => None,
        }
    }

    fn certificate_base64(&self) -> String {
        STANDARD.encode(self.certificate.der)
    }

    /// The entry of the application's key list.
    fn key(&self) -> String {
        let whole = |at: Timestamp| Timestamp::from_second(at.as_second()).unwrap_or(at).to_string();
        safe_json(&json!({
            "type": "AsymmetricX509Cert",
            "usage": "Verify",
            "key": self.certificate_base64(),
            "displayName": self.certificate.name,
            "startDateTime": whole(self.certificate.start),
            "endDateTime": whole(self.certificate.end),
        }))
    }
}

/// The ids in what a script printed, wherever they stand in it: the last line of them counts. None: there are none.
pub fn find_ids(said: &str) -> Option<ScriptIds> {
    said.lines()
        .rev()
        .filter_map(|line| line.split_once(IDS_LINE.trim_end()))
        .find_map(|(_, ids)| serde_json::from_str(ids.trim()).ok())
}

#[cfg(test)]
mod tests;
