//! Containers of a scenario and the blobs in them.

use super::ScenarioError;
use crate::{World, blob::seed::Seed};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use std::{collections::BTreeMap, path::Path};

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Container {
    blobs: BTreeMap<String, Blob>,
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

impl Container {
    /// Makes it and what is in it.
    pub(super) fn fill(
        &self,
        world: &World,
        account: &str,
        name: &str,
        folder: &Path,
    ) -> Result<(), ScenarioError> {
        let place = world.blobs_in(account, name);
        for (blob_name, blob) in &self.blobs {
            let content = blob
                .content(folder)
                .map_err(|why| ScenarioError(format!("blob `{account}/{name}/{blob_name}`: {why}")))?;
            let mut how = Seed {
                metadata: blob.metadata.clone(),
                tags: blob.tags.clone(),
                tier: blob.tier.clone(),
                ..Seed::default()
            };
            how.headers.content_type.clone_from(&blob.content_type);
            place.put(blob_name, content, &how);
        }
        Ok(())
    }
}

impl Blob {
    fn content(&self, folder: &Path) -> Result<Vec<u8>, String> {
        match (&self.text, &self.base64, &self.file) {
            (Some(text), None, None) => Ok(text.clone().into_bytes()),
            (None, Some(encoded), None) => STANDARD.decode(encoded).map_err(|e| e.to_string()),
            (None, None, Some(file)) => {
                let path = folder.join(file);
                std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))
            }
            _ => Err("it needs exactly one of text, base64 and file".to_owned()),
        }
    }
}
