//! Parts and records already seen, in the data folder, by the hash of their content. Losing it costs requests only.

use bytes::Bytes;
use coldkeep_core::{Code, Problem, hash::Sha256Digest};
use std::{
    io::Write,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// Oldest files beyond this go when the cache is opened.
const CACHE_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// A folder of files named by the SHA-256 of their content.
#[derive(Debug, Clone)]
pub(super) struct Cache {
    dir: PathBuf,
    /// Off where the target itself is to be proven.
    reading: bool,
}

impl Cache {
    pub(super) fn open(dir: &Path) -> Result<Self, Problem> {
        let dir = dir.join("parts");
        std::fs::create_dir_all(&dir).map_err(|e| {
            Problem::new(
                Code::FolderUnusable,
                format!("The folder `{}` cannot be created ({e})", dir.display()),
                "Free some disk space, or correct its permissions.",
            )
        })?;
        let cache = Self { dir, reading: true };
        cache.prune();
        Ok(cache)
    }

    /// The cache, never read from.
    pub(super) fn write_only(&self) -> Self {
        Self {
            reading: false,
            ..self.clone()
        }
    }

    /// Only what still has its hash.
    pub(super) fn load(&self, sha256: &Sha256Digest) -> Option<Bytes> {
        if !self.reading {
            return None;
        }
        let content = std::fs::read(self.path(sha256)).ok()?;
        (Sha256Digest::of(&content) == *sha256).then(|| content.into())
    }

    /// A cache that cannot be written is no reason to fail: the content is in the target.
    pub(super) fn save(&self, sha256: &Sha256Digest, content: &[u8]) {
        if let Err(e) = self.try_save(sha256, content) {
            tracing::debug!(error = %e, "a part was not cached");
        }
    }

    fn try_save(&self, sha256: &Sha256Digest, content: &[u8]) -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
        file.write_all(content)?;
        file.persist(self.path(sha256))?;
        Ok(())
    }

    fn path(&self, sha256: &Sha256Digest) -> PathBuf {
        self.dir.join(sha256.to_string())
    }

    fn prune(&self) {
        let Ok(dir) = std::fs::read_dir(&self.dir) else {
            return;
        };
        let mut files: Vec<(SystemTime, u64, PathBuf)> = dir
            .filter_map(Result::ok)
            .filter_map(|entry| {
                let meta = entry.metadata().ok()?;
                Some((meta.modified().ok()?, meta.len(), entry.path()))
            })
            .collect();
        files.sort();
        let mut excess = files
            .iter()
            .map(|f| f.1)
            .sum::<u64>()
            .saturating_sub(CACHE_BYTES_MAX);
        for (_, size_bytes, path) in files {
            if excess == 0 {
                break;
            }
            if std::fs::remove_file(path).is_ok() {
                excess = excess.saturating_sub(size_bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_in_the_cache_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(dir.path()).unwrap();
        let hash = Sha256Digest::of(b"content");
        assert_eq!(cache.load(&hash), None);
        cache.save(&hash, b"content");
        assert_eq!(cache.load(&hash).as_deref(), Some(&b"content"[..]));
        std::fs::write(dir.path().join("parts").join(hash.to_string()), b"contents").unwrap();
        assert_eq!(cache.load(&hash), None);
    }
}
