//! Which blob names a file system can hold as they are. Every other blob is restored to `.coldkeep/names/N`.

/// The folder below the restored one that is Coldkeep's own.
pub const OWN_FOLDER: &str = ".coldkeep";

/// Octets of one component of a path: what ext4, XFS, btrfs and ZFS take.
const COMPONENT_MAX_BYTES: usize = 255;

/// Octets of a whole path, with its final NUL: Linux's `PATH_MAX`.
const PATH_MAX_BYTES: usize = 4096;

/// Where a blob goes below the restored folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// To the path that its name is.
    AsIs,
    /// To `.coldkeep/names/N`.
    Numbered(u64),
}

impl Place {
    /// The path below the restored folder, for a blob of this name.
    pub fn path(&self, name: &str) -> String {
        match self {
            Self::AsIs => name.to_owned(),
            Self::Numbered(number) => format!("{OWN_FOLDER}/names/{number}"),
        }
    }
}

/// Decides for one name after the other. The names must come in the order of their octets (as restore points list
/// them): then all names that begin with another one follow it directly, and memory does not grow with their number.
#[derive(Debug)]
pub struct FileNames {
    path_max_bytes: usize,
    folds_names: bool,
    /// Names given as they are that the current name begins with: the shortest first.
    begun: Vec<String>,
    numbered: u64,
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

    /// Where the next blob goes.
    pub fn place(&mut self, name: &str) -> Place {
        while self
            .begun
            .last()
            .is_some_and(|begun| !name.starts_with(begun.as_str()))
        {
            self.begun.pop();
        }
        // `a` is a file: `a/b` cannot be in a folder of that name.
        let below_a_file = self
            .begun
            .iter()
            .any(|file| name.as_bytes().get(file.len()) == Some(&b'/'));
        if below_a_file || !self.fits(name) {
            self.numbered += 1;
            return Place::Numbered(self.numbered);
        }
        self.begun.push(name.to_owned());
        Place::AsIs
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
mod tests {
    use super::*;

    fn is_as_is(name: &str) -> bool {
        FileNames::new(10, false).place(name) == Place::AsIs
    }

    #[test]
    fn names_a_file_system_holds_go_as_they_are() {
        let long = "x".repeat(255);
        for name in [
            "a",
            "a/b/c",
            "with space",
            "a\\b",
            "C:\\x",
            "%2e%2e",
            "a..b/..c",
            "...",
            "é",
            "e\u{301}",
            "a\nb",
            "-rf",
            "~",
            &long,
            ".coldkeeper/x",
            "x/.coldkeep/y",
        ] {
            assert!(is_as_is(name), "{name:?}");
        }
    }

    #[test]
    fn all_others_do_not() {
        let long = "x".repeat(256);
        let deep = "é/".repeat(1365) + "e";
        for name in [
            "",
            "/",
            "/etc/passwd",
            "//a",
            "a//b",
            "a/",
            "a/b/",
            ".",
            "..",
            "../a",
            "a/../b",
            "a/..",
            "a/./b",
            "./a",
            "a/.",
            "a\0b",
            ".coldkeep",
            ".coldkeep/index.jsonl",
            &long,
            &format!("a/{long}"),
            &deep,
        ] {
            assert!(!is_as_is(name), "{name:?}");
        }
        assert_eq!(deep.len(), 4096);
    }

    #[test]
    fn the_path_of_the_folder_counts() {
        let name = "a/".repeat(500) + "a";
        let names = |dir_bytes| FileNames::new(dir_bytes, false).place(&name);
        assert_eq!(names(4096 - 2 - name.len()), Place::AsIs);
        assert_eq!(names(4096 - 1 - name.len()), Place::Numbered(1));
        assert_eq!(names(10_000), Place::Numbered(1));
    }

    #[test]
    fn a_file_is_no_folder() {
        let mut names = FileNames::new(10, false);
        let sorted = [
            "a", "a!", "a!/x", "a.b/c", "a/b", "a/b/c", "a0", "b/c", "b/c/d", "b/cc/d",
        ];
        let mut check = sorted.to_vec();
        check.sort_unstable();
        assert_eq!(check, sorted);
        let places: Vec<_> = sorted.iter().map(|name| names.place(name)).collect();
        use Place::{AsIs, Numbered};
        let expected = [
            AsIs,
            AsIs,
            Numbered(1),
            AsIs,
            Numbered(2),
            Numbered(3),
            AsIs,
            AsIs,
            Numbered(4),
            AsIs,
        ];
        assert_eq!(places, expected);
        assert_eq!(places[4].path("a/b"), ".coldkeep/names/2");
        assert_eq!(places[0].path("a"), "a");
    }

    #[test]
    fn a_file_that_was_put_elsewhere_is_in_nobodys_way() {
        let mut names = FileNames::new(10, true);
        assert_eq!(names.place("A"), Place::Numbered(1));
        assert_eq!(names.place("A/b"), Place::Numbered(2));
        assert_eq!(names.place("a"), Place::AsIs);
        assert_eq!(names.place("é"), Place::Numbered(3));
        let mut names = FileNames::new(10, false);
        let long = "x".repeat(256);
        assert_eq!(names.place(&long), Place::Numbered(1));
        assert_eq!(names.place(&format!("{long}/a")), Place::Numbered(2));
    }
}
