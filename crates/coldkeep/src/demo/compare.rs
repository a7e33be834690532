//! Holding what was restored against the originals: every byte, property, metadata entry and tag.

use super::azure::Blobs;
use coldkeep_core::{Code, Problem};
use coldkeep_sim::blobs::Seen;
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path};

/// The maximum number of differences shown; one is enough to fail.
const TOLD_MAX: usize = 5;

/// What differs, in words; empty if nothing does.
#[derive(Debug, Default, serde::Serialize)]
pub struct Differences {
    pub compared: u64,
    pub told: Vec<String>,
}

impl Differences {
    fn add(&mut self, text: String) {
        if self.told.len() < TOLD_MAX {
            self.told.push(text);
        }
    }

    pub fn none(&self) -> bool {
        self.told.is_empty() && self.compared > 0
    }
}

/// A container against the originals.
pub fn containers(originals: &Blobs, restored: &Blobs) -> Differences {
    let mut differences = Differences::default();
    for (name, original) in originals {
        differences.compared += 1;
        match restored.get(name) {
            None => differences.add(format!("`{name}` is missing")),
            Some(blob) => compare(name, original, blob, &mut differences),
        }
    }
    for name in restored.keys().filter(|n| !originals.contains_key(*n)) {
        differences.add(format!("`{name}` was not in the point"));
    }
    differences
}

fn compare(name: &str, a: &Seen, b: &Seen, differences: &mut Differences) {
    for (what, same) in [
        ("content", a.content == b.content),
        ("properties", a.headers == b.headers),
        ("metadata", a.metadata == b.metadata),
        ("tags", a.tags == b.tags),
    ] {
        if !same {
            differences.add(format!("the {what} of `{name}` differ"));
        }
    }
}

/// A folder, with its index, against the originals.
pub fn folder(originals: &Blobs, folder: &Path) -> Result<Differences, Problem> {
    let mut differences = Differences::default();
    let index = fs::read_to_string(folder.join(".coldkeep/index.jsonl")).map_err(|e| unreadable(&e))?;
    let mut missing: BTreeMap<&String, &Seen> = originals.iter().collect();
    for line in index.lines() {
        let line: Value = serde_json::from_str(line).map_err(|e| unreadable(&e))?;
        let name = line["name"].as_str().unwrap_or_default().to_owned();
        let Some(original) = missing.remove(&name) else {
            differences.add(format!("`{name}` was not in the point"));
            continue;
        };
        differences.compared += 1;
        let content =
            fs::read(folder.join(line["file"].as_str().unwrap_or_default())).map_err(|e| unreadable(&e))?;
        let entries = |key: &str| -> BTreeMap<String, String> {
            serde_json::from_value(line[key].clone()).unwrap_or_default()
        };
        let header = |key: &str| line["headers"][key].as_str().map(str::to_owned);
        let h = &original.headers;
        for (what, same) in [
            ("content", content == original.content),
            ("metadata", entries("metadata") == original.metadata),
            ("tags", entries("tags") == original.tags),
            ("content type", header("content_type") == h.content_type),
            (
                "content encoding",
                header("content_encoding") == h.content_encoding,
            ),
            (
                "content language",
                header("content_language") == h.content_language,
            ),
            (
                "content disposition",
                header("content_disposition") == h.content_disposition,
            ),
            ("cache control", header("cache_control") == h.cache_control),
        ] {
            if !same {
                differences.add(format!("the {what} of `{name}` in the folder differ"));
            }
        }
    }
    for name in missing.keys() {
        differences.add(format!("`{name}` is missing in the folder"));
    }
    Ok(differences)
}

fn unreadable(error: &dyn std::fmt::Display) -> Problem {
    Problem::new(
        Code::ContentDamaged,
        format!("The restored folder cannot be read ({error})"),
        "Run the demo again.",
    )
}
