//! The demo's Azure: the simulator, the files in its source container, and what people do to them between two runs.

use coldkeep_core::{Code, Problem, cloud::Cloud, resource::ResourceId};
use coldkeep_sim::{
    Options, Sim,
    blobs::{ContentHeaders, Seed, Seen},
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

pub const SOURCE_ACCOUNT: &str = "northsource";
pub const TARGET_ACCOUNT: &str = "northtarget";
pub const SOURCE_CONTAINER: &str = "backups";
pub const TARGET_CONTAINER: &str = "vault";
pub const RESTORE_CONTAINER: &str = "restored";
/// Above these the first files are taken.
const FILES_MAX: usize = 5_000;
const BYTES_MAX: u64 = 512 << 20;
const ADMIN: &str = "admin@northwind.example";

/// A blob's content and everything that a restore must bring back.
pub type Blobs = BTreeMap<String, Seen>;

/// What was uploaded.
#[derive(Debug)]
pub struct Uploaded {
    pub files: usize,
    pub bytes: u64,
    /// Files left out above the limits.
    pub left_out: usize,
}

/// The running simulator.
#[derive(Debug)]
pub struct SimulatedAzure {
    sim: Sim,
}

impl SimulatedAzure {
    /// A tenant, two subscriptions, a storage account in each, and the demo's three containers.
    pub async fn start() -> Result<Self, Problem> {
        let sim = Sim::start(Options::default()).await.map_err(|e| {
            Problem::new(
                Code::ListenAddressUnavailable,
                format!("The simulator cannot listen on loopback ({e})"),
                "Check that this machine has the address 127.0.0.1.",
            )
        })?;
        for (account, container) in [
            (SOURCE_ACCOUNT, SOURCE_CONTAINER),
            (TARGET_ACCOUNT, TARGET_CONTAINER),
            (TARGET_ACCOUNT, RESTORE_CONTAINER),
        ] {
            sim.world().blobs_in(account, container);
        }
        Ok(Self { sim })
    }

    /// The simulator as a custom cloud.
    pub fn cloud(&self, name: &str) -> Cloud {
        let endpoints = self.sim.endpoints();
        Cloud {
            name: name.into(),
            active_directory: endpoints.login,
            graph: endpoints.graph,
            resource_manager: endpoints.resource_manager,
            blob_endpoint: endpoints.blob,
            builtin: false,
            ..Cloud::builtin().remove(0)
        }
    }

    /// Where the control API listens.
    pub fn control(&self) -> String {
        self.sim.endpoints().control
    }

    /// Resource Manager's id of a container.
    pub fn container_id(&self, account: &str, container: &str) -> ResourceId {
        let found = self.sim.world().storage_account(account);
        ResourceId(found.map(|a| a.container_id(container)).unwrap_or_default())
    }

    /// Does what the administrator does in the browser: types the code in and agrees.
    pub fn approve(&self, user_code: &str) -> Result<(), Problem> {
        self.sim
            .world()
            .approve_device_code(user_code, ADMIN)
            .map_err(|e| Problem::internal(e.to_string()))
    }

    /// Puts the folder's files into the source container, each with properties, metadata and tags.
    pub fn upload(&self, folder: &Path) -> Result<Uploaded, Problem> {
        let (files, left_out) = choose(folder)?;
        let source = self.sim.world().blobs_in(SOURCE_ACCOUNT, SOURCE_CONTAINER);
        let mut bytes = 0;
        for (name, path) in &files {
            let content = fs::read(path).map_err(|e| unreadable(path, &e))?;
            bytes += content.len() as u64;
            source.put(name, content, &describe(name, path));
        }
        Ok(Uploaded {
            files: files.len(),
            bytes,
            left_out,
        })
    }

    /// Changes, adds and deletes some blobs; returns the number of each.
    pub fn change_some(&self) -> Changes {
        let source = self.sim.world().blobs_in(SOURCE_ACCOUNT, SOURCE_CONTAINER);
        let names = source.names();
        let mut changes = Changes::default();
        // A few, spread over the whole; small sources lose no more than a third.
        let few = (names.len() / 6).clamp(1, 5);
        let step = (names.len() / (few * 2)).max(1);
        for (i, name) in names.iter().step_by(step).take(few * 2).enumerate() {
            if i % 2 == 0 {
                source.put(
                    name,
                    format!("changed since the first run: {name}\n"),
                    &Seed::default(),
                );
                changes.changed += 1;
            } else {
                source.delete(name);
                changes.deleted += 1;
            }
        }
        for i in 0..few {
            source.put(
                &format!("added since/the first run {i}.txt"),
                format!("new {i}\n"),
                &Seed::default(),
            );
            changes.added += 1;
        }
        changes
    }

    /// Everything in a container as it is now.
    pub fn snapshot(&self, account: &str, container: &str) -> Blobs {
        let place = self.sim.world().blobs_in(account, container);
        place
            .names()
            .into_iter()
            .filter_map(|name| Some((name.clone(), place.get(&name)?)))
            .collect()
    }

    pub async fn stop(self) {
        // No folder keeps this world: there is nothing to save that could fail.
        let _ = self.sim.stop().await;
    }
}

/// What people did between two runs.
#[derive(Debug, Default, Clone, Copy, serde::Serialize)]
pub struct Changes {
    pub changed: u64,
    pub added: u64,
    pub deleted: u64,
}

/// The folder's files in the order of their names, without `.git`, `target` and links, and how many the limits left out.
fn choose(folder: &Path) -> Result<(Vec<(String, PathBuf)>, usize), Problem> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).map_err(|e| unreadable(&next, &e))? {
            let entry = entry.map_err(|e| unreadable(&next, &e))?;
            let kind = entry.file_type().map_err(|e| unreadable(&entry.path(), &e))?;
            let skipped = matches!(entry.file_name().to_str(), Some(".git" | "target"));
            if kind.is_dir() && !skipped {
                folders.push(entry.path());
            } else if kind.is_file() {
                let size = entry.metadata().map_err(|e| unreadable(&entry.path(), &e))?.len();
                found.push((entry.path(), size));
            }
        }
    }
    found.sort();
    let mut bytes = 0;
    let mut files = Vec::new();
    let all = found.len();
    for (path, size) in found {
        if files.len() == FILES_MAX || bytes + size > BYTES_MAX {
            break;
        }
        bytes += size;
        let name = path
            .strip_prefix(folder)
            .unwrap_or(&path)
            .to_string_lossy()
            .into_owned();
        files.push((name, path));
    }
    if files.is_empty() {
        return Err(Problem::new(
            Code::FileUnreadable,
            format!("There are no files in `{}` to copy", folder.display()),
            "Name a folder with some files: --source DIR.",
        ));
    }
    let left_out = all - files.len();
    Ok((files, left_out))
}

/// Properties, metadata and tags as an uploading program would set them.
fn describe(name: &str, path: &Path) -> Seed {
    let extension = path
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or("none")
        .to_ascii_lowercase();
    let modified = fs::metadata(path)
        .and_then(|m| m.modified())
        .ok()
        .and_then(|t| t.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |d| d.as_secs());
    let plain = extension.chars().all(|c| c.is_ascii_alphanumeric());
    let content_type = match extension.as_str() {
        "rs" | "md" | "toml" | "txt" | "lock" => "text/plain; charset=utf-8",
        "json" => "application/json",
        _ => "application/octet-stream",
    };
    Seed {
        headers: ContentHeaders {
            content_type: Some(content_type.into()),
            cache_control: Some("no-cache".into()),
            content_language: Some("en".into()),
            ..ContentHeaders::default()
        },
        metadata: BTreeMap::from([
            ("mtime".into(), modified.to_string()),
            ("depth".into(), name.matches('/').count().to_string()),
        ]),
        tags: BTreeMap::from([("kind".into(), if plain { extension } else { "other".into() })]),
        ..Seed::default()
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(
        Code::FileUnreadable,
        format!("`{}` cannot be read ({error})", path.display()),
        "Name a folder that can be read: --source DIR.",
    )
}
