//! The Blob service at one moment, for the simulator's folder, and the service restored from it.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, RwLock};

use serde::{Deserialize, Serialize};

use super::{
    container_state::{ContainerBlobs, ContainerCopy},
    files::at,
    moment::{Tick, Ticker},
    packs::Packs,
    pending::{PendingCopies, PendingCopy},
    record::Deletion,
    sections::Sections,
    state::{AccountBlobs, Blobs, DeletedContainer},
    stored::{self, Reader},
};
use crate::wire::read;

/// All but the content of the containers, each of which has its own file.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeptBlobs {
    delegation_secret: [u8; 32],
    last_tick: Tick,
    #[serde(default)]
    pending: Vec<PendingCopy>,
    accounts: BTreeMap<String, KeptAccount>,
}

impl KeptBlobs {
    /// The names of the containers' files.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        let containers = self.accounts.values().flat_map(|account| &account.containers);
        containers.map(|container| container.file.as_str())
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptAccount {
    service: Sections,
    containers: Vec<KeptContainer>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptContainer {
    name: String,
    file: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deleted: Option<KeptDeletion>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptDeletion {
    version: String,
    deletion: Deletion,
}

/// The service at one moment.
#[derive(Debug)]
pub(crate) struct BlobsCopy {
    pub(crate) kept: KeptBlobs,
    /// The containers that no file holds as they are.
    pub(crate) changed: Vec<ChangedContainer>,
}

/// A container to be written.
#[derive(Debug)]
pub(crate) struct ChangedContainer {
    pub(crate) stamp: u64,
    /// The name of its file.
    pub(crate) file: String,
    copy: ContainerCopy,
}

impl ChangedContainer {
    /// Writes it; the bytes of its blobs go into packs.
    pub(crate) fn write(&self, out: &mut impl Write, packs: &mut Packs) -> io::Result<()> {
        let slots = self.copy.slots.iter().map(|(name, slot)| (name, slot));
        stored::write(out, packs, &self.copy.facts, slots)
    }
}

/// Which file holds a container, by the container's stamp.
pub(crate) type Files = HashMap<u64, String>;

impl Blobs {
    /// The service as it is now. A container whose stamp is not in `files` is to be written, to a file that `name` names.
    pub(crate) fn copy(&self, files: &Files, mut name: impl FnMut() -> String) -> BlobsCopy {
        let mut changed = Vec::new();
        let mut keep = |container: &ContainerBlobs, deleted| {
            // The stamp first: what changes after it changes the stamp too.
            let stamp = container.stamp();
            let file = files.get(&stamp).cloned().unwrap_or_else(|| {
                let file = name();
                changed.push(ChangedContainer {
                    stamp,
                    file: file.clone(),
                    copy: container.copy(),
                });
                file
            });
            KeptContainer {
                name: container.name.clone(),
                file,
                deleted,
            }
        };
        let mut accounts = BTreeMap::new();
        for (name, account) in &*read(&self.accounts) {
            let mut containers: Vec<_> = account.all().iter().map(|one| keep(one, None)).collect();
            containers.extend(read(&account.deleted).iter().map(|deleted| {
                let deletion = KeptDeletion {
                    version: deleted.version.clone(),
                    deletion: deleted.deletion,
                };
                keep(&deleted.container, Some(deletion))
            }));
            let service = account.service();
            accounts.insert(name.clone(), KeptAccount { service, containers });
        }
        let kept = KeptBlobs {
            delegation_secret: self.delegation_secret,
            last_tick: self.ticker.last(),
            pending: self.pending.all(),
            accounts,
        };
        BlobsCopy { kept, changed }
    }

    /// The service as it was kept, with its containers' files in `folder`.
    pub(crate) fn of(kept: KeptBlobs, folder: &Path, reader: &mut Reader) -> io::Result<(Self, Files)> {
        let mut files = Files::new();
        let mut accounts = HashMap::new();
        for (name, account) in kept.accounts {
            let (mut containers, mut deleted) = (BTreeMap::new(), Vec::new());
            for one in account.containers {
                let container = Arc::new(load(&one, folder, reader)?);
                files.insert(container.stamp(), one.file);
                match one.deleted {
                    None => drop(containers.insert(one.name, container)),
                    Some(KeptDeletion { version, deletion }) => deleted.push(Arc::new(DeletedContainer {
                        container,
                        version,
                        deletion,
                    })),
                }
            }
            let account = AccountBlobs {
                containers: RwLock::new(containers),
                deleted: RwLock::new(deleted),
                service: RwLock::new(account.service),
            };
            accounts.insert(name, Arc::new(account));
        }
        let blobs = Self {
            accounts: RwLock::new(accounts),
            ticker: Ticker::after(kept.last_tick),
            pending: PendingCopies::of(kept.pending),
            copy_bytes_per_s: AtomicU64::new(0),
            archive_refusal: RwLock::default(),
            delegation_secret: kept.delegation_secret,
        };
        Ok((blobs, files))
    }
}

fn load(container: &KeptContainer, folder: &Path, reader: &mut Reader) -> io::Result<ContainerBlobs> {
    let path = folder.join(&container.file);
    let read = File::open(&path).and_then(|file| stored::read(BufReader::new(file), reader));
    let (facts, slots) = read.map_err(|e| at(&path, e))?;
    Ok(ContainerBlobs::of(&container.name, facts, slots))
}
