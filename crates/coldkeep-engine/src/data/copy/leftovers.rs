//! What a run leaves behind when it is cut short: a folder with a line for every blob it has copied, which the
//! job's next run reads instead of copying again.

use super::observe::SORT_ITEMS;
use crate::data::spool::{Sorted, Sorter};
use coldkeep_core::{
    Code, Problem,
    id::{JobId, RepositoryId, RunId},
    job::Job,
    point::Entry,
};
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::Instant;

const OWNER_FILE: &str = "job.json";
const DONE_FILE: &str = "done.jsonl";
/// What was copied since the last flush is copied again after a kill.
const FLUSH_ITEMS: u32 = 256;
const FLUSH_EVERY: Duration = Duration::from_secs(1);

/// Whose leftovers a folder holds; those for another target are of no use.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Owner {
    job_id: JobId,
    target_id: RepositoryId,
}

/// Entries of earlier runs of the job that created no point, and their folders.
#[derive(Debug)]
pub(super) struct Leftovers {
    entries: Sorted<Entry>,
    folders: Vec<PathBuf>,
}

impl Leftovers {
    /// `runs` is the folder of all runs' folders; `spool` takes the sorted entries.
    pub fn load(runs: &Path, job: &Job, not: Option<RunId>, spool: &Path) -> Result<Self, Problem> {
        let mut sorter = Sorter::new(spool, |entry: &Entry| entry.name.as_bytes(), SORT_ITEMS);
        let owner = Owner {
            job_id: job.id,
            target_id: job.target_id,
        };
        let own = not.map(|id| id.to_string());
        let mut folders = folders(runs).map_err(|e| folder_problem(runs, &e))?;
        // Run ids sort by time, so later entries come later.
        folders.sort();
        folders.retain(|folder| {
            folder.file_name().and_then(|n| n.to_str()) != own.as_deref()
                && owner_of(folder).as_ref() == Some(&owner)
        });
        for folder in &folders {
            let Ok(file) = File::open(folder.join(DONE_FILE)) else {
                continue;
            };
            for line in BufReader::new(file).split(b'\n') {
                let line = line.map_err(|e| folder_problem(folder, &e))?;
                // The last line may have been cut off in the middle.
                if let Ok(entry) = serde_json::from_slice(&line) {
                    sorter.push(entry)?;
                }
            }
        }
        Ok(Self {
            entries: sorter.finish()?,
            folders,
        })
    }

    pub fn iter(&self) -> Result<impl Iterator<Item = Result<Entry, Problem>> + use<>, Problem> {
        self.entries.iter()
    }

    /// The folders of those runs, oldest first.
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// After a point was committed: it knows all of them.
    pub fn remove(&self) {
        for folder in &self.folders {
            remove_folder(folder);
        }
    }
}

/// The list of what this run has copied.
#[derive(Debug)]
pub(super) struct Journal {
    folder: PathBuf,
    done: BufWriter<File>,
    unflushed: u32,
    flushed_at: Instant,
}

impl Journal {
    pub fn create(runs: &Path, run: RunId, job: &Job) -> Result<Self, Problem> {
        let folder = runs.join(run.to_string());
        let owner = Owner {
            job_id: job.id,
            target_id: job.target_id,
        };
        let create = || -> io::Result<File> {
            std::fs::create_dir_all(&folder)?;
            let done = File::create(folder.join(DONE_FILE))?;
            std::fs::write(folder.join(OWNER_FILE), serde_json::to_vec(&owner)?)?;
            Ok(done)
        };
        let done = BufWriter::new(create().map_err(|e| folder_problem(&folder, &e))?);
        Ok(Self {
            folder,
            done,
            unflushed: 0,
            flushed_at: Instant::now(),
        })
    }

    /// This run's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn add(&mut self, entry: &Entry) -> Result<(), Problem> {
        self.write(entry).map_err(|e| folder_problem(&self.folder, &e))
    }

    fn write(&mut self, entry: &Entry) -> io::Result<()> {
        serde_json::to_writer(&mut self.done, entry)?;
        self.done.write_all(b"\n")?;
        self.unflushed += 1;
        if self.unflushed >= FLUSH_ITEMS || self.flushed_at.elapsed() >= FLUSH_EVERY {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.unflushed > 0 {
            self.done.flush()?;
            self.unflushed = 0;
            self.flushed_at = Instant::now();
        }
        Ok(())
    }

    /// Hands everything to the system: now, while there is nothing else to do, or because the run ends without a point and
    /// the list stays for the next one.
    pub fn keep(&mut self) -> Result<(), Problem> {
        self.flush().map_err(|e| folder_problem(&self.folder, &e))
    }

    /// The run created a point.
    pub fn remove(self) {
        remove_folder(&self.folder);
    }
}

fn folders(runs: &Path) -> io::Result<Vec<PathBuf>> {
    match std::fs::read_dir(runs) {
        Ok(dir) => dir.map(|entry| Ok(entry?.path())).collect(),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(e),
    }
}

fn owner_of(folder: &Path) -> Option<Owner> {
    serde_json::from_slice(&std::fs::read(folder.join(OWNER_FILE)).ok()?).ok()
}

/// One that stays is read in vain by later runs, nothing more.
fn remove_folder(folder: &Path) {
    if let Err(e) = std::fs::remove_dir_all(folder) {
        tracing::warn!("the folder `{}` cannot be removed: {e}", folder.display());
    }
}

pub(super) fn folder_problem(folder: &Path, e: &io::Error) -> Problem {
    Problem::new(
        Code::FolderUnusable,
        format!("The folder `{}` cannot be used ({e})", folder.display()),
        "Free some disk space, or correct its permissions.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use coldkeep_core::{
        Timestamp,
        blob::ListedBlob,
        copy::diff::{PlacedContent, entry_of},
        job::OnChange,
    };

    fn job() -> Job {
        Job {
            id: JobId::new(),
            name: "copy".into(),
            source_id: RepositoryId::new(),
            target_id: RepositoryId::new(),
            include: vec![],
            exclude: vec![],
            on_change: OnChange::Fail,
            allow_incomplete: false,
            max_requests_per_second: None,
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn entry(name: &str, etag: &str) -> Entry {
        let blob = ListedBlob {
            name: name.into(),
            etag: etag.into(),
            ..ListedBlob::default()
        };
        entry_of(
            blob,
            PlacedContent {
                target_name: "b/aa/x".to_owned().try_into().unwrap(),
                ..PlacedContent::default()
            },
        )
    }

    fn leave(runs: &Path, job: &Job, entries: &[Entry]) {
        let mut journal = Journal::create(runs, RunId::new(), job).unwrap();
        entries.iter().for_each(|entry| journal.add(entry).unwrap());
        journal.keep().unwrap();
    }

    #[test]
    fn what_runs_leave_is_read_in_their_order_up_to_a_line_that_was_cut() {
        let dir = tempfile::tempdir().unwrap();
        let runs = dir.path().join("runs");
        let (job, other) = (job(), job());
        leave(&runs, &job, &[entry("b", "1"), entry("a", "1")]);
        leave(&runs, &other, &[entry("c", "1")]);
        leave(&runs, &job, &[entry("a", "2")]);
        let last = folders(&runs).unwrap().into_iter().max().unwrap().join(DONE_FILE);
        let mut file = File::options().append(true).open(last).unwrap();
        file.write_all(b"{\"name\":\"d\",\"sour").unwrap();

        let leftovers = Leftovers::load(&runs, &job, None, dir.path()).unwrap();
        let read: Vec<_> = leftovers
            .iter()
            .unwrap()
            .map(|e| e.map(|e| (e.name, e.source_etag)).unwrap())
            .collect();
        let own = |name: &str, etag: &str| (name.to_owned(), etag.to_owned());
        assert_eq!(read, [own("a", "1"), own("a", "2"), own("b", "1")]);
        assert_eq!(leftovers.folders().len(), 2);
        leftovers.remove();
        assert!(
            Leftovers::load(&runs, &job, None, dir.path())
                .unwrap()
                .folders()
                .is_empty()
        );
        assert!(
            !Leftovers::load(&runs, &other, None, dir.path())
                .unwrap()
                .folders()
                .is_empty(),
            "others are left alone"
        );
    }
}
