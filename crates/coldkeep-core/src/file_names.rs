//! Which blob names a file system can hold as they are, and which blobs stand for folders. Every other blob is restored
//! to `.coldkeep/names/N`.

use std::collections::BTreeMap;

/// The folder below the restored one that is Coldkeep's own.
pub const OWN_FOLDER: &str = ".coldkeep";

/// Metadata of blobs that stand for folders.
const FOLDER_METADATA: &str = "hdi_isfolder";

/// Octets of one component of a path: what ext4, XFS, btrfs and ZFS take.
const COMPONENT_MAX_BYTES: usize = 255;

/// Octets of a whole path, with its final NUL: Linux's `PATH_MAX`.
const PATH_MAX_BYTES: usize = 4096;

/// What of a blob decides whether it is a file or stands for a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// It has content: a file, independent of its other properties.
    Content,
    /// Without content: a file, unless other names need a folder of its name.
    Empty,
    /// Without content, and its metadata mark it as a folder.
    Marker,
}

impl Shape {
    /// Tools that know folders (and accounts with directories) leave `hdi_isfolder` behind, in any letter case.
    pub fn of(size_bytes: u64, metadata: &BTreeMap<String, String>) -> Self {
        let says_so = |(key, value): (&String, &String)| {
            key.eq_ignore_ascii_case(FOLDER_METADATA) && value.trim().eq_ignore_ascii_case("true")
        };
        match size_bytes {
            0 if metadata.iter().any(says_so) => Self::Marker,
            0 => Self::Empty,
            _ => Self::Content,
        }
    }
}

/// Where a blob goes below the restored folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilePlace {
    /// A file of this path.
    File(String),
    /// No file, but a folder of this path (`.`: the restored folder itself).
    Folder(String),
    /// `.coldkeep/names/N`.
    Numbered(u64),
}

impl FilePlace {
    /// The path below the restored folder.
    pub fn path(&self) -> String {
        match self {
            Self::File(path) | Self::Folder(path) => path.clone(),
            Self::Numbered(number) => format!("{OWN_FOLDER}/names/{number}"),
        }
    }
}

/// Decides for one name after the other. The names must come in the order of their octets (as restore points list
/// them): then all names that begin with another one follow it directly, and memory does not grow with their number.
///
/// Whether `dir` can be a file is known only when all names that begin with it have passed (`dir-x` comes before
/// `dir/f`), so a decision may come later than its name: each name has an item number, under which its path is reported.
#[derive(Debug)]
pub struct FileNames {
    path_max_bytes: usize,
    folds_names: bool,
    /// Names that fit and that the current name begins with, the shortest first: files unless `name/…` comes.
    begun: Vec<BegunName>,
    numbered: u64,
}

#[derive(Debug)]
struct BegunName {
    item: u64,
    name: String,
    shape: Shape,
}

impl FileNames {
    /// For a folder whose own path has `dir_bytes` octets. `folds_names`: its file system takes some different names
    /// for the same one (those that differ in case, or in how an accent is written).
    pub fn new(dir_bytes: usize, folds_names: bool) -> Self {
        // The folder, a slash, the path, a NUL.
        let path_max_bytes = PATH_MAX_BYTES.saturating_sub(dir_bytes + 2);
        Self {
            path_max_bytes,
            folds_names,
            begun: Vec::new(),
            numbered: 0,
        }
    }

    /// Takes the next name and answers with what is decided now: of this item, or of earlier ones, by their numbers.
    pub fn decide(&mut self, item: u64, name: &str, shape: Shape) -> Vec<(u64, FilePlace)> {
        let mut decided = Vec::new();
        while let Some(begun) = self.begun.pop() {
            if name.starts_with(begun.name.as_str()) {
                self.begun.push(begun);
                break;
            }
            decided.push((begun.item, FilePlace::File(begun.name)));
        }
        if let Some(folder) = self.folder_of(name, shape) {
            self.make_way(&folder, &mut decided);
            decided.push((item, FilePlace::Folder(folder)));
        } else if self.fits(name) {
            self.make_way(name, &mut decided);
            self.begun.push(BegunName {
                item,
                name: name.to_owned(),
                shape,
            });
        } else {
            decided.push((item, self.number()));
        }
        decided
    }

    /// No name follows: what was left open is decided.
    pub fn finish(&mut self) -> Vec<(u64, FilePlace)> {
        let left = self.begun.drain(..);
        left.map(|begun| (begun.item, FilePlace::File(begun.name)))
            .collect()
    }

    /// The folder that the blob stands for, and nothing else: `dir` marked as one, `dir/` without content.
    fn folder_of(&self, name: &str, shape: Shape) -> Option<String> {
        if shape == Shape::Content {
            return None;
        }
        if name.is_empty() {
            return Some(".".to_owned());
        }
        let folder = match name.strip_suffix('/') {
            Some(folder) => folder,
            None if shape == Shape::Marker => name,
            None => return None,
        };
        self.fits(folder).then(|| folder.to_owned())
    }

    /// `path` needs its parents as folders, and itself: files of these names go elsewhere, empty ones become them.
    fn make_way(&mut self, path: &str, decided: &mut Vec<(u64, FilePlace)>) {
        let mut index = 0;
        while index < self.begun.len() {
            let file = self.begun[index].name.as_str();
            let is_needed = path == file || path.as_bytes().get(file.len()) == Some(&b'/');
            if !is_needed {
                index += 1;
                continue;
            }
            let begun = self.begun.remove(index);
            let place = match begun.shape {
                Shape::Content => self.number(),
                Shape::Empty | Shape::Marker => FilePlace::Folder(begun.name),
            };
            decided.push((begun.item, place));
        }
    }

    fn number(&mut self) -> FilePlace {
        self.numbered += 1;
        FilePlace::Numbered(self.numbered)
    }

    fn fits(&self, name: &str) -> bool {
        let whole = name.len() <= self.path_max_bytes && !name.contains('\0');
        let parts = name
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != ".." && part.len() <= COMPONENT_MAX_BYTES);
        let own = name.split('/').next().is_some_and(|first| first == OWN_FOLDER);
        let folded = self.folds_names && name.chars().any(|c| c.is_ascii_uppercase() || !c.is_ascii());
        whole && parts && !own && !folded
    }
}

#[cfg(test)]
mod tests;
