//! `.coldkeep/index.jsonl`: every blob of the restore with all that a file system does not keep.

use super::tree::Tree;
use coldkeep_core::{
    Code, Problem, Timestamp,
    blob::{BlobType, ContentHeaders},
    file_names::{FilePlace, OWN_FOLDER},
    fix,
    hash::Md5,
    point::Entry,
    problem::Allowance,
    repository::Tier,
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufWriter, Write},
};

/// The number files of the restore do not have: they count from 1.
const NUMBER: u64 = 0;

/// One line.
#[derive(Debug, Serialize)]
struct Line<'a> {
    name: &'a str,
    /// The path below the folder; null if there is no such file.
    file: Option<&'a str>,
    /// Instead of a file: the path of the folder that the blob stands for (`.`: the restored folder itself).
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    size_bytes: u64,
    md5: Option<Md5>,
    etag: &'a str,
    version_id: Option<&'a str>,
    last_modified: Timestamp,
    created: Option<Timestamp>,
    blob_type: BlobType,
    tier: Option<Tier>,
    headers: &'a ContentHeaders,
    metadata: &'a BTreeMap<String, String>,
    tags: &'a BTreeMap<String, String>,
}

#[derive(Debug)]
pub struct Index {
    file: BufWriter<File>,
}

impl Index {
    pub fn start(tree: &Tree) -> Result<Self, Problem> {
        Ok(Self {
            file: BufWriter::new(tree.start(NUMBER)?),
        })
    }

    /// Adds a blob: what it became, or the problem with which it failed.
    pub fn add(&mut self, entry: &Entry, restored: Result<&FilePlace, &Problem>) -> Result<(), Problem> {
        let path = restored.map(FilePlace::path).ok();
        let is_folder = matches!(restored, Ok(FilePlace::Folder(_)));
        let line = Line {
            name: &entry.name,
            file: path.as_deref().filter(|_| !is_folder),
            folder: path.as_deref().filter(|_| is_folder),
            problem: restored.err().map(ToString::to_string),
            size_bytes: entry.size_bytes,
            md5: entry.md5.map(|hash| hash.value),
            etag: &entry.source_etag,
            version_id: entry.source_version_id.as_deref(),
            last_modified: entry.last_modified,
            created: entry.created,
            blob_type: entry.blob_type,
            tier: entry.source_tier,
            headers: &entry.headers,
            metadata: &entry.metadata,
            tags: &entry.tags,
        };
        serde_json::to_writer(&mut self.file, &line)
            .map_err(io::Error::from)
            .and_then(|()| self.file.write_all(b"\n"))
            .map_err(|e| unwritable(&e))
    }

    /// Gives the list its place.
    pub fn finish(&mut self, tree: &Tree) -> Result<(), Problem> {
        self.file.flush().map_err(|e| unwritable(&e))?;
        tree.put(NUMBER, &format!("{OWN_FOLDER}/index.jsonl"))
    }
}

fn unwritable(error: &io::Error) -> Problem {
    Problem::new(
        Code::DiskFull,
        format!("The index of the restored files cannot be written ({error})"),
        fix![
            "Free some disk space and restore again, with ",
            Allowance::Overwrite,
            "."
        ],
    )
}
