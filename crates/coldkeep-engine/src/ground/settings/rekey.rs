//! Changing the master key: a note of what is under way is written first, both keys are known until nothing is sealed with
//! the old one, and anyone who finds the note continues.

use super::place;
use crate::{
    Config,
    ground::{Ground, leases::HeldLease},
};
use coldkeep_api::Rekey;
use coldkeep_core::{Code, Problem, fix, lease::LeaseKind, problem::Field};
use coldkeep_keys::{Vault, create_new_key_file, is_credential, is_key_file, replace_key_file};
use coldkeep_store::{Sealed, Store};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The setting that names the master key every process seals with.
const KEY_IN_USE: &str = "master-key-in-use";

/// Called before each step that leaves something behind; its error stops there (only tests use that).
pub(super) type StepHook<'a> = &'a (dyn Fn(&'static str) -> Result<(), Problem> + Sync);

/// The note in the data folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Rekeying {
    old: PathBuf,
    /// The path of the new key while both are needed.
    new: PathBuf,
    /// Where it is to lie in the end: at `old`, or where `new` is.
    to: PathBuf,
}

impl Rekeying {
    fn file(config: &Config) -> PathBuf {
        config.data_dir.join("rekeying.json")
    }

    fn load(config: &Config) -> Result<Option<Self>, Problem> {
        let file = Self::file(config);
        match std::fs::read(&file) {
            Ok(note) => serde_json::from_slice(&note).map(Some).map_err(|e| {
                Problem::new(
                    Code::MasterKeyNoteDamaged,
                    format!("The note `{}` cannot be read ({e})", file.display()),
                    "Restore it from a copy of the data folder: it names the files of the two master keys.",
                )
            }),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(place::failed("read", &file, &e)),
        }
    }

    fn save(&self, config: &Config) -> Result<(), Problem> {
        let note = serde_json::to_vec(self)
            .map_err(|e| Problem::internal(format!("A note could not be written ({e})")))?;
        place::write_whole(&Self::file(config), &note)
    }

    /// Opens the vault with every key that is still needed. After `new` was put at `to` there is only that. None where
    /// the new key is not there and nothing was sealed with it: then the change never began.
    fn open(&self, sealed: &[Sealed]) -> Result<Option<Vault>, Problem> {
        let there = |path: &Path| path.exists();
        if !there(&self.new) && (self.to == self.old || there(&self.old)) {
            let vault = Vault::open_existing(&self.old)?;
            let all = sealed.iter().all(|s| vault.is_current(&s.sealed));
            if self.to == self.old {
                return Ok(Some(vault));
            }
            return if all { Ok(None) } else { Err(self.lost()) };
        }
        if !there(&self.new) {
            return Err(self.lost());
        }
        if !there(&self.old) {
            return Vault::open_existing(&self.new).map(Some);
        }
        let vault = Vault::open_existing(&self.old)?;
        vault.take_up(&self.new)?;
        Ok(Some(vault))
    }

    /// The new key is not where it was put, and secrets are sealed with it.
    fn lost(&self) -> Problem {
        Problem::new(
            Code::MasterKeyMissing,
            format!(
                "A change of the master key is in progress, and the new key is no longer at `{}`",
                self.new.display()
            ),
            "Restore that file (or mount its file system): secrets are already sealed with it. Then the \
             change continues.",
        )
    }

    /// Seals again what is not, puts the new key in its place, and forgets the old one.
    async fn finish(
        &self,
        config: &Config,
        store: &Store,
        vault: &Vault,
        before: StepHook<'_>,
    ) -> Result<(), Problem> {
        loop {
            let all = store.list_sealed().await?;
            let left: Vec<&Sealed> = all.iter().filter(|s| !vault.is_current(&s.sealed)).collect();
            if left.is_empty() {
                break;
            }
            for old in left {
                let sealed = vault.seal_again(&old.owner.to_string(), &old.sealed)?;
                before("seal a secret again")?;
                store.replace_sealed(old, &sealed).await?;
            }
        }
        before("make it lasting")?;
        store.make_lasting().await?;
        if self.to == self.old {
            before("put the new key in the old one's place")?;
            if self.new.exists() {
                replace_key_file(&self.new, &self.to)?;
            }
        } else {
            before("remember where the new key is")?;
            place::remember(config, &self.to)?;
            // Elsewhere it may belong to a service manager, or be on removable media.
            if place::is_within(&self.old, &config.data_dir) {
                before("take the old key away")?;
                place::remove(&self.old)?;
            }
        }
        before("take the note away")?;
        place::remove(&Self::file(config))?;
        vault.drop_old_key(&self.to)
    }
}

/// The vault of a data folder; a change of the master key that was interrupted is brought to its end.
pub(crate) async fn open_vault(config: &Config, store: &Store) -> Result<Vault, Problem> {
    if let Some(rekeying) = Rekeying::load(config)? {
        let sealed = store.list_sealed().await?;
        if let Some(vault) = rekeying.open(&sealed)? {
            tracing::info!("a change of the master key is resumed");
            rekeying.finish(config, store, &vault, &|_| Ok(())).await?;
            store.save_setting(KEY_IN_USE, &vault.key_id()).await?;
            return Ok(vault);
        }
        tracing::warn!("a change of the master key had not begun; the old key stays in use");
        place::remove(&Rekeying::file(config))?;
    }
    let file = place::key_file(config)?;
    let sealed = store.list_sealed().await?;
    place::refuse_missing(&file, &sealed)?;
    let vault = Vault::open(&file)?;
    place::check_belongs(&vault, &sealed)?;
    if config.master_key_file.is_some() {
        place::remember(config, &file)?;
    }
    store.save_setting(KEY_IN_USE, &vault.key_id()).await?;
    Ok(vault)
}

impl Ground {
    fn is_noted(config: &Config) -> bool {
        Rekeying::file(config).exists()
    }

    pub(super) async fn rekey_with(&self, request: Rekey, before: StepHook<'_>) -> Result<(), Problem> {
        let held = self.hold(LeaseKind::MasterKey, "").await?;
        let rekeying = match Rekeying::load(&self.config)? {
            Some(interrupted) => interrupted,
            None => self.start_rekeying(&request, before)?,
        };
        self.vault.take_up(if rekeying.new.exists() {
            &rekeying.new
        } else {
            &rekeying.to
        })?;
        before("say which key is in use")?;
        self.store.save_setting(KEY_IN_USE, &self.vault.key_id()).await?;
        rekeying
            .finish(&self.config, &self.store, &self.vault, before)
            .await?;
        held.release().await;
        Ok(())
    }

    /// The lease to seal a secret and save it: no process replaces the master key meanwhile.
    ///
    /// # Errors
    /// `Conflict` if another process has replaced it since this one started.
    pub(crate) async fn hold_master_key(&self) -> Result<HeldLease, Problem> {
        let held = self.hold(LeaseKind::MasterKey, "").await?;
        let in_use: Option<String> = self.store.load_setting(KEY_IN_USE).await?;
        match in_use {
            Some(id) if !self.vault.knows(&id) => Err(Problem::new(
                Code::MasterKeyReplaced,
                format!(
                    "Another process replaced the master key: this one has {}, and {id} is in use",
                    self.vault.key_id()
                ),
                "Give this server the file of the new master key, and restart it. Nothing was saved.",
            )),
            _ => Ok(held),
        }
    }

    fn start_rekeying(&self, request: &Rekey, before: StepHook<'_>) -> Result<Rekeying, Problem> {
        let old = self.vault.key_file();
        let to = match &request.to_file {
            Some(file) => crate::ground::paths::absolute(file)?,
            None => old.clone(),
        };
        if to != old {
            place::check_new(&to, &self.config.data_dir)?;
        }
        if to == old && is_credential(&old) {
            return Err(Problem::new(
                Code::MasterKeyInvalid,
                "The master key is a systemd credential, which Coldkeep cannot replace",
                fix![
                    "Name a new file (",
                    Field::NewMasterKeyFile,
                    "), then give that file to the service (LoadCredential=coldkeep-master-key:FILE)."
                ],
            ));
        }
        let mut new = to.clone().into_os_string();
        if to == old {
            new.push(".new");
        }
        let rekeying = Rekeying {
            old,
            new: new.into(),
            to,
        };
        before("make the new key")?;
        if rekeying.to == rekeying.old && is_key_file(&rekeying.new) {
            // Of an attempt that was cut short before its note: it has sealed nothing yet.
            place::remove(&rekeying.new)?;
        }
        create_new_key_file(&rekeying.new)?;
        let noted = before("write the note").and_then(|()| rekeying.save(&self.config));
        if noted.is_err() && !Self::is_noted(&self.config) {
            // So that the same can be tried again.
            place::remove(&rekeying.new)?;
        }
        noted.map(|()| rekeying)
    }
}
