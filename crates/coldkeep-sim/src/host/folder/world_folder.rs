//! The simulator's folder: the world is read from it at the start, and written to it while it changes and at the end.
//!
//! `world.json` has everything but the contents of containers, and names the files that have them:
//! `containers/*.jsonl`, one for each,
//! and `contents/*.pack` with the bytes. What `world.json` counts on is never changed, and that file itself is replaced in
//! one step: whenever the simulator is killed, the folder holds the world of one moment.

use super::document::Document;
use crate::{
    World,
    host::tls::Certificate,
    storage::{
        files::{at, create, private},
        kept::{ChangedContainer, Files},
        packs::{PackReader, Packs, Sizes, sweep as sweep_packs},
        stored::Reader,
    },
    world::Start,
};
use std::{
    collections::HashSet,
    fs::{self, DirBuilder, File, TryLockError},
    io::{self, BufWriter, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock, PoisonError},
};
use tokio::sync::watch;

const WORLD: &str = "world.json";
/// What is about to take its place.
const WORLD_NEW: &str = "world.new";
const LOCK: &str = "lock";
const CONTAINERS: &str = "containers";
const CONTENTS: &str = "contents";
/// How the names of containers' files end.
const CONTAINER: &str = ".jsonl";

/// A folder that no other simulator has.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// Held as long as this lives.
    _lock: File,
    state: Mutex<FolderState>,
    /// What HTTPS is served under, so that clients' trust outlives a restart.
    certificate: OnceLock<Certificate>,
    /// Why the last save failed, if it did.
    pub(crate) failure: watch::Sender<Option<String>>,
}

/// What the folder holds.
#[derive(Debug)]
struct FolderState {
    files: Files,
    packs: Packs,
    /// The number of the last save, also of one that failed; names of files begin with it.
    serial: u64,
    /// The content of `world.json`.
    written: Vec<u8>,
}

impl Folder {
    /// Takes a folder, created if missing, and reads the world in it, if there is one. Errors: it is in use, it holds
    /// other things, or its content cannot be read; nothing is changed then.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, Option<Start>)> {
        let lock = take(path)?;
        for inner in [CONTAINERS, CONTENTS] {
            ensure_folder(&path.join(inner))?;
        }
        let mut folder = Self {
            path: path.to_owned(),
            _lock: lock,
            state: Mutex::new(FolderState {
                files: Files::new(),
                packs: Packs::new(path.join(CONTENTS), Sizes::new()),
                serial: 0,
                written: vec![],
            }),
            certificate: OnceLock::new(),
            failure: watch::Sender::new(None),
        };
        let start = match fs::read(path.join(WORLD)) {
            Ok(written) => Some(folder.resume(written)?),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => return Err(at(&path.join(WORLD), e)),
        };
        Ok((folder, start))
    }

    /// Reads the world that `world.json` describes.
    fn resume(&mut self, written: Vec<u8>) -> io::Result<Start> {
        let document = Document::parse(&written).map_err(|e| at(&self.path.join(WORLD), e))?;
        let serial = document.serial;
        let packs = PackReader::new(self.path.join(CONTENTS), document.packs.clone());
        let mut reader = Reader::new(packs);
        let (start, certificate, files) = document.start(&self.path.join(CONTAINERS), &mut reader)?;
        self.certificate = certificate.map(OnceLock::from).unwrap_or_default();
        let (packs, rewrite) = reader.packs.finish();
        self.state = Mutex::new(FolderState {
            files: if rewrite { Files::new() } else { files },
            packs,
            serial,
            written,
        });
        Ok(start)
    }

    /// The earlier HTTPS certificate, if there is one; else `make` creates one.
    pub(crate) fn certificate(
        &self,
        make: impl FnOnce() -> io::Result<Certificate>,
    ) -> io::Result<Certificate> {
        match self.certificate.get() {
            Some(kept) => Ok(kept.clone()),
            None => {
                let made = make()?;
                Ok(self.certificate.get_or_init(|| made).clone())
            }
        }
    }

    /// Writes what has changed since the last time; false: nothing has. A failure leaves the folder as it was.
    pub(crate) fn save(&self, world: &World) -> io::Result<bool> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let sizes = state.packs.sizes().clone();
        let saved = self.write(&mut state, world);
        if saved.is_err() {
            state.packs.give_up(sizes);
            let serial = state.serial;
            // What cannot be deleted only takes space.
            let _ = fs::remove_file(self.path.join(WORLD_NEW));
            let _ = sweep(&self.path.join(CONTAINERS), |name| begins_with(name, serial));
        }
        let why = saved.as_ref().err().map(ToString::to_string);
        self.failure.send_if_modified(|known| {
            let news = *known != why;
            *known = why;
            news
        });
        saved
    }

    fn write(&self, state: &mut FolderState, world: &World) -> io::Result<bool> {
        let before = state.serial;
        state.serial += 1;
        let (serial, mut count) = (state.serial, 0);
        let (mut document, changed) = Document::of(world, &state.files, || {
            count += 1;
            format!("{serial:08}-{count:05}{CONTAINER}")
        });
        document.certificate = self.certificate.get().cloned();
        document.packs.clone_from(state.packs.sizes());
        if changed.is_empty() {
            document.serial = before;
            if document.text()? == state.written {
                state.serial = before;
                return Ok(false);
            }
        }
        let containers = self.path.join(CONTAINERS);
        for container in &changed {
            // Without the file's name: it differs at every attempt, and one problem is reported once.
            write_container(container, &containers, &mut state.packs).map_err(|e| at(&containers, e))?;
        }
        let contents = self.path.join(CONTENTS);
        document
            .packs
            .clone_from(state.packs.finish().map_err(|e| at(&contents, e))?);
        document.serial = serial;
        let written = document.text()?;
        replace(&self.path, &written)?;
        state.packs.commit();
        state.written = written;
        let names: HashSet<_> = document.blobs.files().collect();
        state.files.retain(|_, file| names.contains(file.as_str()));
        state
            .files
            .extend(changed.iter().map(|one| (one.stamp, one.file.clone())));
        // What is left lying is not counted on, and swept the next time.
        let _ = sweep(&containers, |name| !names.contains(name))
            .and_then(|()| sweep_packs(&contents, state.packs.sizes()));
        Ok(true)
    }
}

/// Takes the folder into use.
fn take(path: &Path) -> io::Result<File> {
    ensure_folder(path)?;
    let ours = [WORLD, WORLD_NEW, LOCK, CONTAINERS, CONTENTS];
    let listed = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let names: Vec<_> = listed
        .map_err(|e| at(path, e))?
        .into_iter()
        .map(|entry| entry.file_name())
        .collect();
    let is_ours = names.iter().any(|name| name == WORLD);
    let other = names.iter().find(|name| !ours.iter().any(|own| *name == own));
    if let Some(other) = other.filter(|_| !is_ours) {
        let why = format!("it holds {}: name a new or an empty folder", other.display());
        return Err(at(path, why));
    }
    let lock = private()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path.join(LOCK))
        .map_err(|e| at(path, e))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(at(path, "another simulator uses it")),
        Err(TryLockError::Error(e)) => Err(at(path, e)),
    }
}

fn ensure_folder(path: &Path) -> io::Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|e| at(path, e))
}

fn write_container(container: &ChangedContainer, folder: &Path, packs: &mut Packs) -> io::Result<()> {
    let mut out = BufWriter::new(create(&folder.join(&container.file))?);
    container.write(&mut out, packs)?;
    out.flush()?;
    out.get_ref().sync_data()
}

/// Puts a new `world.json` in the place of the old one in one step.
fn replace(folder: &Path, content: &[u8]) -> io::Result<()> {
    let (new, path) = (folder.join(WORLD_NEW), folder.join(WORLD));
    let written = create(&new).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_data()?;
        fs::rename(&new, &path)
    });
    written.map_err(|e| at(&path, e))
}

/// Whether a container's file was written by that save.
fn begins_with(name: &str, serial: u64) -> bool {
    name.split_once('-')
        .is_some_and(|(number, _)| number.parse() == Ok(serial))
}

/// Deletes the containers' files with such names.
fn sweep(folder: &Path, unneeded: impl Fn(&str) -> bool) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let gone = name
            .to_str()
            .is_some_and(|name| name.ends_with(CONTAINER) && unneeded(name));
        if gone {
            fs::remove_file(folder.join(name))?;
        }
    }
    Ok(())
}
