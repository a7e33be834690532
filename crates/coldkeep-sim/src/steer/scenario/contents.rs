//! Containers of a scenario and the blobs in them.

use super::error::ScenarioError;
use crate::{
    World,
    blob::{check_blob_name, check_container_name, is_plain_name},
    steer::blobs::Seed,
    wire::checked::{Check, Checked, each_once},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use std::{collections::BTreeMap, path::Path};

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Container {
    #[serde(deserialize_with = "each_once")]
    blobs: BTreeMap<String, Checked<Blob>>,
}

/// A blob: exactly one of `text`, `base64`, `file`.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Blob {
    text: Option<String>,
    base64: Option<String>,
    /// A file beside the scenario's.
    file: Option<String>,
    content_type: Option<String>,
    metadata: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
    /// `Hot`, `Cool`, `Cold`, `Archive`
    tier: Option<String>,
}

impl Check for Blob {
    fn check(&self) -> Result<(), String> {
        match (&self.text, &self.base64, &self.file) {
            (Some(_), None, None) | (None, None, Some(_)) => {}
            (None, Some(encoded), None) => {
                STANDARD.decode(encoded).map_err(|e| format!("base64: {e}"))?;
            }
            _ => return Err("a blob needs exactly one of text, base64 and file".to_owned()),
        }
        self.how().check()
    }
}

/// Why containers of an account cannot be called so.
pub(crate) fn check_names(containers: &BTreeMap<String, Container>) -> Result<(), String> {
    for (name, container) in containers {
        check_container_name(name).map_err(|bad| format!("container `{name}`: {}", bad.message()))?;
        for blob in container.blobs.keys() {
            check_blob_name(blob).map_err(|bad| format!("blob `{blob}`: {}", bad.message()))?;
            if !is_plain_name(blob) {
                return Err(format!("blob `{blob}`: Azure would write it under another name"));
            }
        }
    }
    Ok(())
}

impl Container {
    /// Creates it with its content.
    pub(crate) fn fill(
        &self,
        world: &World,
        account: &str,
        name: &str,
        folder: &Path,
    ) -> Result<(), ScenarioError> {
        let place = world.blobs_in(account, name);
        for (blob_name, Checked(blob)) in &self.blobs {
            let content = blob
                .content(folder)
                .map_err(|why| ScenarioError(format!("blob `{account}/{name}/{blob_name}`: {why}")))?;
            place.put(blob_name, content, &blob.how());
        }
        Ok(())
    }
}

impl Blob {
    fn how(&self) -> Seed {
        let lower = |(name, value): (&String, &String)| (name.to_ascii_lowercase(), value.clone());
        let mut how = Seed {
            metadata: self.metadata.iter().map(lower).collect(),
            tags: self.tags.clone(),
            tier: self.tier.clone(),
            ..Seed::default()
        };
        how.headers.content_type.clone_from(&self.content_type);
        how
    }

    fn content(&self, folder: &Path) -> Result<Vec<u8>, String> {
        match (&self.text, &self.base64, &self.file) {
            (_, Some(encoded), _) => STANDARD.decode(encoded).map_err(|e| e.to_string()),
            (_, _, Some(file)) => {
                let path = folder.join(file);
                std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))
            }
            (text, None, None) => Ok(text.clone().unwrap_or_default().into_bytes()),
        }
    }
}

/// Blobs of an account, by container.
pub(super) type Containers = BTreeMap<String, Container>;
