//! The answers of a wizard that was left, kept beside the data of this machine until it is finished. No secret is
//! among them.

use super::typed::{self, Typed};
use crate::{cli::Global, session};
use coldkeep_core::wizard::Answers;
use serde::{Deserialize, Serialize};
use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::PathBuf};

const FILE: &str = "service-account-draft.json";

/// Where the answers are kept; nowhere, where there is no data folder on this machine.
#[derive(Debug)]
pub struct Draft(Option<PathBuf>);

/// What a draft holds.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct DraftContent {
    pub answers: Answers,
    #[serde(default)]
    pub typed: Typed,
}

impl Draft {
    pub fn of(global: &Global) -> Self {
        let folder = session::data_dir(global).ok().filter(|dir| dir.is_dir());
        Self(folder.map(|dir| dir.join(FILE)))
    }

    /// What was answered when the wizard was left; a draft that cannot be read is none.
    pub fn load(&self) -> Option<DraftContent> {
        let text = fs::read(self.0.as_ref()?).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Keeps the answers, and those of the unfinished page. It is a convenience: if it cannot be written, the wizard
    /// continues without.
    pub fn keep(&self, answers: &Answers) {
        let Some(path) = &self.0 else { return };
        let kept = DraftContent {
            answers: answers.clone(),
            typed: typed::all(),
        };
        let write = || -> std::io::Result<()> {
            let new = path.with_extension("new");
            let mut file = fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&new)?;
            file.write_all(&serde_json::to_vec(&kept)?)?;
            fs::rename(new, path)
        };
        let _ = write();
    }

    pub fn forget(&self) {
        if let Some(path) = &self.0 {
            let _ = fs::remove_file(path);
        }
    }
}
