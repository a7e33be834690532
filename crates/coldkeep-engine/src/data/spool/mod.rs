//! Sorting more items than memory holds: an external sort over files that vanish with the process.
//!
//! Items that arrive in order go straight to one file; the others are collected, sorted and spilled in chunks,
//! and merged when read.

mod file;

use coldkeep_core::{Code, Problem};
use file::{Records, SpoolFile, Writer};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    cmp::Ordering,
    collections::BinaryHeap,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Where an item's sort key is found; keys compare as bytes.
pub(crate) type Key<T> = for<'a> fn(&'a T) -> &'a [u8];

/// More spilled chunks than this are merged into one, so that open files stay few.
const CHUNKS_MAX: usize = 64;
/// Items held in memory are spilled earlier when their text is so long: some come with kilobytes of metadata.
const BUFFER_TEXT_MAX: usize = 8 * 1024 * 1024;

/// Takes items in any order. Equal keys keep the order in which they came.
pub(crate) struct Sorter<T> {
    dir: PathBuf,
    key: Key<T>,
    buffer_items: usize,
    in_order: Option<Writer>,
    last_key: Vec<u8>,
    buffer: Vec<T>,
    /// How long the buffered items are as text.
    buffer_text: usize,
    chunks: Vec<Arc<SpoolFile>>,
    len: u64,
}

impl<T: Serialize + DeserializeOwned> Sorter<T> {
    /// `buffer_items`: the number of items that came out of order and are held in memory at once.
    pub(crate) fn new(dir: &Path, key: Key<T>, buffer_items: usize) -> Self {
        Self {
            dir: dir.to_owned(),
            key,
            buffer_items: buffer_items.max(1),
            in_order: None,
            last_key: Vec::new(),
            buffer: Vec::new(),
            buffer_text: 0,
            chunks: Vec::new(),
            len: 0,
        }
    }

    pub(crate) fn push(&mut self, item: T) -> Result<(), Problem> {
        self.add(item).map_err(|e| spool_problem(&self.dir, &e))
    }

    /// The number of items that were pushed.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn finish(mut self) -> Result<Sorted<T>, Problem> {
        self.close().map_err(|e| spool_problem(&self.dir, &e))
    }

    fn add(&mut self, item: T) -> io::Result<()> {
        self.len += 1;
        let key = (self.key)(&item);
        if key < self.last_key.as_slice() {
            self.buffer_text += text_length(&item)?;
            self.buffer.push(item);
            let full = self.buffer.len() >= self.buffer_items || self.buffer_text >= BUFFER_TEXT_MAX;
            return if full { self.spill() } else { Ok(()) };
        }
        self.last_key.clear();
        self.last_key.extend_from_slice(key);
        if self.in_order.is_none() {
            self.in_order = Some(Writer::create(&self.dir)?);
        }
        match &mut self.in_order {
            Some(writer) => writer.write(&item),
            None => Ok(()),
        }
    }

    fn spill(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let key = self.key;
        self.buffer.sort_by(|a, b| key(a).cmp(key(b)));
        self.buffer_text = 0;
        let mut writer = Writer::create(&self.dir)?;
        for item in self.buffer.drain(..) {
            writer.write(&item)?;
        }
        self.chunks.push(Arc::new(writer.finish()?));
        if self.chunks.len() >= CHUNKS_MAX {
            self.merge_chunks()?;
        }
        Ok(())
    }

    fn merge_chunks(&mut self) -> io::Result<()> {
        let mut writer = Writer::create(&self.dir)?;
        for item in Merge::<T>::new(&self.chunks, self.key)? {
            writer.write(&item?)?;
        }
        self.chunks = vec![Arc::new(writer.finish()?)];
        Ok(())
    }

    fn close(&mut self) -> io::Result<Sorted<T>> {
        self.spill()?;
        let mut files = Vec::with_capacity(self.chunks.len() + 1);
        if let Some(writer) = self.in_order.take() {
            files.push(Arc::new(writer.finish()?));
        }
        files.append(&mut self.chunks);
        Ok(Sorted {
            dir: self.dir.clone(),
            files: files.into(),
            key: self.key,
            len: self.len,
        })
    }
}

/// How long an item is as text, without making it.
fn text_length(item: &impl Serialize) -> io::Result<usize> {
    struct Length(usize);
    impl io::Write for Length {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut length = Length(0);
    serde_json::to_writer(&mut length, item)?;
    Ok(length.0)
}

impl<T> std::fmt::Debug for Sorter<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sorter")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

/// Sorted items on disk; may be read any number of times, also at once.
pub(crate) struct Sorted<T> {
    dir: PathBuf,
    files: Arc<[Arc<SpoolFile>]>,
    key: Key<T>,
    len: u64,
}

impl<T> Clone for Sorted<T> {
    fn clone(&self) -> Self {
        Self {
            dir: self.dir.clone(),
            files: self.files.clone(),
            key: self.key,
            len: self.len,
        }
    }
}

impl<T> std::fmt::Debug for Sorted<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sorted")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

impl<T: DeserializeOwned> Sorted<T> {
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// From the first item on. The iterator is independent of `self`.
    pub(crate) fn iter(&self) -> Result<SortedIter<T>, Problem> {
        let merge = Merge::new(&self.files, self.key).map_err(|e| spool_problem(&self.dir, &e))?;
        Ok(SortedIter {
            dir: self.dir.clone(),
            merge,
        })
    }
}

/// Reads sorted items in order.
pub(crate) struct SortedIter<T> {
    dir: PathBuf,
    merge: Merge<T>,
}

impl<T: DeserializeOwned> Iterator for SortedIter<T> {
    type Item = Result<T, Problem>;
    fn next(&mut self) -> Option<Self::Item> {
        Some(self.merge.next()?.map_err(|e| spool_problem(&self.dir, &e)))
    }
}

impl<T> std::fmt::Debug for SortedIter<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SortedIter").finish_non_exhaustive()
    }
}

/// A k-way merge of sorted files; of equal keys, the earlier file's comes first.
struct Merge<T> {
    sources: Vec<Records<T>>,
    heads: BinaryHeap<Head<T>>,
}

struct Head<T> {
    item: T,
    source: usize,
    key: Key<T>,
}

impl<T: DeserializeOwned> Merge<T> {
    fn new(files: &[Arc<SpoolFile>], key: Key<T>) -> io::Result<Self> {
        let mut sources: Vec<_> = files.iter().map(|f| Records::new(f.clone())).collect();
        let mut heads = BinaryHeap::with_capacity(sources.len());
        for (source, records) in sources.iter_mut().enumerate() {
            if let Some(item) = records.next() {
                heads.push(Head {
                    item: item?,
                    source,
                    key,
                });
            }
        }
        Ok(Self { sources, heads })
    }
}

impl<T: DeserializeOwned> Iterator for Merge<T> {
    type Item = io::Result<T>;
    fn next(&mut self) -> Option<Self::Item> {
        let Head { item, source, key } = self.heads.pop()?;
        match self.sources[source].next() {
            Some(Ok(next)) => self.heads.push(Head {
                item: next,
                source,
                key,
            }),
            Some(Err(e)) => return Some(Err(e)),
            None => {}
        }
        Some(Ok(item))
    }
}

impl<T> Ord for Head<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        // Turned round: the heap gives its greatest first, the merge wants the least.
        (other.key)(&other.item)
            .cmp((self.key)(&self.item))
            .then(other.source.cmp(&self.source))
    }
}

impl<T> PartialOrd for Head<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Head<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Head<T> {}

fn spool_problem(dir: &Path, e: &io::Error) -> Problem {
    Problem::new(
        Code::FolderUnusable,
        format!("The spool folder `{}` cannot be used ({e})", dir.display()),
        "Free some disk space, or correct its permissions.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    type Item = (String, u32);

    fn key(item: &Item) -> &[u8] {
        item.0.as_bytes()
    }

    fn sort(items: impl IntoIterator<Item = Item>, buffer_items: usize) -> (Sorted<Item>, usize) {
        let dir = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::new(dir.path(), key, buffer_items);
        for item in items {
            sorter.push(item).unwrap();
        }
        let sorted = sorter.finish().unwrap();
        let files = sorted.files.len();
        (sorted, files)
    }

    fn all(sorted: &Sorted<Item>) -> Vec<Item> {
        sorted.iter().unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn what_arrives_in_order_is_one_file() {
        let items: Vec<Item> = (0..1000).map(|i| (format!("{i:05}"), i)).collect();
        let (sorted, files) = sort(items.clone(), 10);
        assert_eq!((files, sorted.len()), (1, 1000));
        assert_eq!(all(&sorted), items);
        assert_eq!(all(&sorted), items, "a second reading gives the same");
    }

    #[test]
    fn any_order_is_sorted_and_equal_keys_keep_theirs() {
        // A linear congruence: every number below 5003 once, scrambled; every third key twice.
        let scrambled = (0..5003u32).map(|i| (i * 2741 + 17) % 5003);
        let items: Vec<Item> = scrambled
            .enumerate()
            .map(|(n, i)| (format!("{:05}", i / 3), n as u32))
            .collect();
        let mut expected = items.clone();
        expected.sort_by(|a, b| a.0.cmp(&b.0));
        let (sorted, files) = sort(items, 20);
        assert!(files <= CHUNKS_MAX + 1, "{files}");
        assert_eq!(all(&sorted), expected);
    }

    #[test]
    fn nothing_is_sorted_too() {
        assert!(all(&sort([], 10).0).is_empty());
    }
}
