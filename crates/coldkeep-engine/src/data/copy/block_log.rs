//! Blocks of large blobs that are staged and not yet committed, remembered on disk with the CRC-64 that the service
//! computed for each: an interrupted run is resumed, and a block is used only if this installation saw it written.

use super::leftovers::folder_problem;
use coldkeep_core::{DataName, Problem, hash::Crc64};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, VecDeque},
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

const BLOCKS_FILE: &str = "blocks.jsonl";
/// Blobs whose blocks are remembered from interrupted runs, the latest: far more than were ever in flight at once.
const BLOBS_MAX: usize = 1024;

/// The state of a source blob that blocks were staged of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BlobState {
    pub name: String,
    pub etag: String,
    pub version_id: Option<String>,
    pub size_bytes: u64,
}

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    #[serde(flatten)]
    blob: BlobState,
    target_name: DataName,
    index: usize,
    crc64: Crc64,
}

/// Blocks of one blob, by index, with their CRC-64.
pub(super) type Staged = BTreeMap<usize, Crc64>;

#[derive(Debug)]
struct BegunBlob {
    blob: BlobState,
    target_name: DataName,
    staged: Staged,
}

/// The log of a run, and what earlier runs left.
#[derive(Debug)]
pub(crate) struct BlockLog {
    folder: PathBuf,
    earlier: VecDeque<BegunBlob>,
    /// Created with the first block: most runs copy no blob in blocks.
    file: Mutex<Option<File>>,
}

/// The blocks of one blob in a [`BlockLog`].
#[derive(Debug)]
pub(crate) struct BlobBlocks<'a> {
    log: &'a BlockLog,
    blob: BlobState,
    target_name: &'a DataName,
}

impl BlockLog {
    /// `folder` is the run's; `earlier` are the folders of interrupted runs, oldest first. Lines that cannot be read (the
    /// last one may have been cut off) are passed over.
    pub(super) fn open(folder: &Path, earlier: &[PathBuf]) -> Self {
        let mut log = Self {
            folder: folder.to_owned(),
            earlier: VecDeque::new(),
            file: Mutex::default(),
        };
        for folder in earlier {
            let Ok(file) = File::open(folder.join(BLOCKS_FILE)) else {
                continue;
            };
            for line in BufReader::new(file).split(b'\n').map_while(Result::ok) {
                if let Ok(line) = serde_json::from_slice(&line) {
                    log.remember(line);
                }
            }
        }
        log
    }

    fn remember(&mut self, line: Line) {
        let known = self
            .earlier
            .iter_mut()
            .rev()
            .find(|begun| begun.target_name == line.target_name && begun.blob == line.blob);
        if let Some(begun) = known {
            begun.staged.insert(line.index, line.crc64);
            return;
        }
        if self.earlier.len() >= BLOBS_MAX {
            self.earlier.pop_front();
        }
        self.earlier.push_back(BegunBlob {
            blob: line.blob,
            target_name: line.target_name,
            staged: BTreeMap::from([(line.index, line.crc64)]),
        });
    }

    /// The name under which an interrupted run staged blocks of this very state of a blob.
    pub(super) fn target_name_of(&self, blob: &BlobState) -> Option<&DataName> {
        let begun = self.earlier.iter().rev().find(|begun| begun.blob == *blob)?;
        Some(&begun.target_name)
    }

    pub(super) fn of<'a>(&'a self, blob: BlobState, target_name: &'a DataName) -> BlobBlocks<'a> {
        BlobBlocks {
            log: self,
            blob,
            target_name,
        }
    }

    fn file(&self) -> MutexGuard<'_, Option<File>> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        let mut file = self.file();
        if file.is_none() {
            *file = Some(
                File::options()
                    .create(true)
                    .append(true)
                    .open(self.folder.join(BLOCKS_FILE))?,
            );
        }
        match file.as_mut() {
            // One write, so that a kill leaves a whole line or none.
            Some(file) => file.write_all(&text),
            None => Ok(()),
        }
    }
}

impl BlobBlocks<'_> {
    /// What earlier runs saw the service write.
    pub(super) fn staged(&self) -> Staged {
        let begun = self
            .log
            .earlier
            .iter()
            .rev()
            .find(|begun| begun.target_name == *self.target_name && begun.blob == self.blob);
        begun.map(|begun| begun.staged.clone()).unwrap_or_default()
    }

    pub(super) fn add(&self, index: usize, crc64: Crc64) -> Result<(), Problem> {
        let line = Line {
            blob: self.blob.clone(),
            target_name: self.target_name.clone(),
            index,
            crc64,
        };
        self.log
            .write(&line)
            .map_err(|e| folder_problem(&self.log.folder, &e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(name: &str) -> DataName {
        name.to_owned().try_into().unwrap()
    }

    fn state(name: &str, etag: &str) -> BlobState {
        BlobState {
            name: name.into(),
            etag: etag.into(),
            version_id: None,
            size_bytes: 3,
        }
    }

    #[test]
    fn blocks_are_those_of_the_same_state_and_the_same_name() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (dir.path().join("1"), dir.path().join("2"));
        std::fs::create_dir_all(&first).unwrap();
        std::fs::create_dir_all(&second).unwrap();
        let log = BlockLog::open(&first, &[]);
        log.of(state("a", "1"), &data("b/x"))
            .add(0, Crc64([1; 8]))
            .unwrap();
        log.of(state("a", "2"), &data("b/y"))
            .add(0, Crc64([2; 8]))
            .unwrap();
        let log = BlockLog::open(&second, std::slice::from_ref(&first));
        log.of(state("a", "1"), &data("b/x"))
            .add(3, Crc64([3; 8]))
            .unwrap();
        let mut cut = File::options()
            .append(true)
            .open(second.join(BLOCKS_FILE))
            .unwrap();
        cut.write_all(b"{\"name\":").unwrap();

        let log = BlockLog::open(dir.path(), &[first, second]);
        assert_eq!(log.target_name_of(&state("a", "1")), Some(&data("b/x")));
        assert_eq!(log.target_name_of(&state("a", "3")), None);
        let staged = log.of(state("a", "1"), &data("b/x")).staged();
        assert_eq!(staged, BTreeMap::from([(0, Crc64([1; 8])), (3, Crc64([3; 8]))]));
        assert!(log.of(state("a", "1"), &data("b/z")).staged().is_empty());
    }
}
