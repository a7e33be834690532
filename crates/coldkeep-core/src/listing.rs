//! Cutting a long listing into ranges that can be read in parallel: by prefixes of names, since every
//! service supports them, in every order in which it lists.
//!
//! A listing with a delimiter shows one level: names, and groups of names that continue behind a delimiter.
//! The ranges built from these hold every one of them exactly once. A name that is none of them did not exist when the level
//! was read, so a listing that began before that need not show it.

use std::{
    collections::{BTreeSet, BinaryHeap},
    ops::Range,
};

/// Names are grouped at this one.
pub const DELIMITER: &str = "/";
/// About the largest number of ranges in a split.
pub const RANGES_MAX: usize = 64;

/// What there is on one level of names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Level {
    /// Names without a delimiter behind the level's own beginning.
    pub names: BTreeSet<String>,
    /// The beginnings of all others, up to and including the delimiter.
    pub groups: BTreeSet<String>,
}

/// A part of a listing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Every name that begins so.
    Beginning(String),
    /// This very name.
    Exactly(String),
}

/// What a name belongs to on the level of names that begin with `prefix`: its group, or itself.
pub fn key_of<'n>(name: &'n str, prefix: &str) -> &'n str {
    let rest = name.get(prefix.len()..).unwrap_or_default();
    match rest.find(DELIMITER) {
        Some(at) => &name[..prefix.len() + at + DELIMITER.len()],
        None => name,
    }
}

/// Whether it is worth the requests to look for groups: a page that shows many names of few groups.
pub fn is_promising<'n>(names: impl Iterator<Item = &'n str>, prefix: &str) -> bool {
    let (mut keys, mut count) = (0, 0);
    let mut last = None;
    for name in names {
        count += 1;
        let key = key_of(name, prefix);
        if last != Some(key) {
            (keys, last) = (keys + 1, Some(key));
        }
    }
    keys <= (count / 10).max(2)
}

impl Level {
    /// Its only group, if there is almost nothing else: the level below has more detail.
    pub fn only_group(&self) -> Option<&str> {
        let mut groups = self.groups.iter();
        match (groups.next(), groups.next()) {
            (Some(group), None) if self.names.len() < RANGES_MAX / 2 => Some(group),
            _ => None,
        }
    }

    /// What there is on the level of `prefix` besides that group, the entry of its folder included.
    pub fn beside(&self, prefix: &str, group: &str) -> Vec<Part> {
        let mut names: BTreeSet<&str> = self.names.iter().map(String::as_str).collect();
        names.extend(
            group
                .strip_suffix(DELIMITER)
                .filter(|name| !name.is_empty() && name.starts_with(prefix)),
        );
        let parts = names.into_iter().map(|name| Part::Exactly(name.to_owned()));
        parts.collect()
    }

    /// The parts of everything that begins with `prefix`; fewer than two: it cannot be cut.
    ///
    /// A folder may be shown as a group and have an entry of its own besides, which a level need not show: each group
    /// counts as that name, too.
    pub fn parts(&self, prefix: &str) -> Vec<Part> {
        let folders = self
            .groups
            .iter()
            .filter_map(|group| group.strip_suffix(DELIMITER).filter(|name| !name.is_empty()));
        let mut keys: BTreeSet<&str> = folders.filter(|name| name.starts_with(prefix)).collect();
        keys.extend(self.names.iter().map(String::as_str));
        keys.extend(self.groups.iter().map(String::as_str));
        let keys: Vec<&str> = keys.into_iter().collect();
        if keys.is_empty() {
            return Vec::new();
        }
        self.cut(&keys, prefix)
    }

    /// Cuts the piece with the most groups again and again. A piece is a run of keys that begin alike.
    fn cut(&self, keys: &[&str], prefix: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut pieces = BinaryHeap::from([Piece::new(self, keys, 0..keys.len(), prefix.to_owned())]);
        while let Some(piece) = pieces.pop() {
            let (exact, smaller) = piece.cut(keys);
            let many = parts.len() + pieces.len() + smaller.len() >= RANGES_MAX;
            let is_group = exact.is_some_and(|key| self.groups.contains(key));
            if many || is_group || piece.is_one(keys) {
                parts.push(Part::Beginning(piece.begins));
                continue;
            }
            parts.extend(exact.map(|name| Part::Exactly(name.to_owned())));
            let smaller = smaller.into_iter();
            pieces.extend(smaller.map(|(range, begins)| Piece::new(self, keys, range, begins)));
        }
        parts.extend(pieces.into_iter().map(|piece| Part::Beginning(piece.begins)));
        parts
    }
}

/// A run of sorted keys that all begin alike.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Piece {
    groups: usize,
    begins: String,
    /// From and to.
    keys: (usize, usize),
}

impl Piece {
    fn new(level: &Level, keys: &[&str], range: Range<usize>, begins: String) -> Self {
        let groups = keys[range.clone()]
            .iter()
            .filter(|key| level.groups.contains(**key))
            .count();
        Self {
            groups,
            begins,
            keys: (range.start, range.end),
        }
    }

    /// Whether it is best read as one: it has no groups, or one with its own name at most, which is cut when it is read.
    fn is_one(&self, keys: &[&str]) -> bool {
        let run = &keys[self.keys.0..self.keys.1];
        match run {
            [_] => true,
            [folder, group] => group.strip_suffix(DELIMITER) == Some(folder),
            _ => self.groups == 0,
        }
    }

    /// The key that is what all begin with, if it is one of them, and the others by the character that follows.
    fn cut<'k>(&self, keys: &[&'k str]) -> (Option<&'k str>, Vec<(Range<usize>, String)>) {
        let run = &keys[self.keys.0..self.keys.1];
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            return (None, Vec::new());
        };
        let common = common_beginning(first, last);
        let exact = (first.len() == common).then_some(*first);
        let mut smaller: Vec<(Range<usize>, String)> = Vec::new();
        for (at, key) in run.iter().enumerate().skip(usize::from(exact.is_some())) {
            let next = key[common..].chars().next().map_or(0, char::len_utf8);
            let begins = &key[..common + next];
            let at = self.keys.0 + at;
            match smaller.last_mut() {
                Some((range, same)) if same == begins => range.end = at + 1,
                _ => smaller.push((at..at + 1, begins.to_owned())),
            }
        }
        (exact, smaller)
    }
}

/// The length of what both begin with, in bytes.
fn common_beginning(one: &str, other: &str) -> usize {
    let same = one.char_indices().zip(other.chars());
    let differs = same.clone().find(|((_, a), b)| a != b);
    match differs {
        Some(((at, _), _)) => at,
        None => one.len().min(other.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The level that a listing with a delimiter shows.
    fn level(names: &BTreeSet<String>, prefix: &str) -> Level {
        let mut level = Level::default();
        for name in names.iter().filter(|name| name.starts_with(prefix)) {
            let key = key_of(name, prefix);
            if key == name {
                level.names.insert(key.to_owned());
            } else {
                level.groups.insert(key.to_owned());
            }
        }
        level
    }

    fn holds(part: &Part, name: &str) -> bool {
        match part {
            Part::Beginning(beginning) => name.starts_with(beginning),
            Part::Exactly(exact) => name == exact,
        }
    }

    /// Equal numbers every time.
    struct Chance(u64);

    impl Chance {
        fn below(&mut self, n: u64) -> u64 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % n
        }
    }

    #[test]
    fn every_name_is_in_exactly_one_part() {
        let pieces = [
            "a",
            "b",
            "/",
            "/",
            "1",
            "10",
            "ä",
            "\u{10ffff}",
            "\u{ff01}",
            "-",
            ".",
            "folder",
        ];
        let mut chance = Chance(7);
        for _ in 0..400 {
            let mut names = BTreeSet::new();
            for _ in 0..=chance.below(60) {
                let mut name = String::new();
                for _ in 0..=chance.below(6) {
                    name.push_str(pieces[chance.below(pieces.len() as u64) as usize]);
                }
                names.insert(name);
            }
            for prefix in ["", "a", "a/", "1", "folder/", "/"] {
                let level = level(&names, prefix);
                let parts = level.parts(prefix);
                assert!(parts.len() <= RANGES_MAX * 2, "{}", parts.len());
                for name in names.iter().filter(|name| name.starts_with(prefix)) {
                    let held = parts.iter().filter(|part| holds(part, name)).count();
                    assert_eq!(held, 1, "`{name}` of {names:?} in {parts:?}");
                }
                // What stands for a folder, too, though no level shows it.
                for folder in level.groups.iter().filter_map(|group| group.strip_suffix('/')) {
                    if !folder.is_empty() && folder.starts_with(prefix) {
                        let held = parts.iter().filter(|part| holds(part, folder)).count();
                        assert_eq!(held, 1, "`{folder}` of {names:?} in {parts:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn folders_are_ranges_and_many_are_read_together() {
        let names = |count: u32| {
            (0..count)
                .map(|n| format!("mail/box-{n:04}/x"))
                .collect::<BTreeSet<_>>()
        };
        let level_of = |count| level(&names(count), "mail/");
        assert_eq!(level_of(1).only_group(), Some("mail/box-0000/"));
        assert_eq!(level_of(20).parts("mail/").len(), 20);
        let many = level_of(5000).parts("mail/");
        assert!((20..=RANGES_MAX).contains(&many.len()), "{many:?}");
        let top = level(&BTreeSet::from(["mail/a/x".to_owned(), "readme".to_owned()]), "");
        assert_eq!(top.only_group(), Some("mail/"));
        let exactly = |name: &str| Part::Exactly(name.to_owned());
        assert_eq!(top.beside("", "mail/"), [exactly("mail"), exactly("readme")]);
        let doubled = level(&BTreeSet::from(["/a".to_owned(), "/b".to_owned()]), "");
        assert!(doubled.beside("", "/").is_empty(), "nothing has an empty name");
    }

    #[test]
    fn what_has_no_folders_is_not_cut() {
        let names: BTreeSet<_> = (0..5000).map(|n| format!("{n:06}.vbk")).collect();
        assert_eq!(level(&names, "").parts(""), [Part::Beginning(String::new())]);
        assert!(Level::default().parts("").is_empty());
        assert!(!is_promising(names.iter().map(String::as_str), ""));
        let long: Vec<_> = (0..100).map(|n| format!("a/{n}")).collect();
        assert!(is_promising(long.iter().map(String::as_str), ""));
        assert!(!is_promising(long.iter().map(String::as_str), "a/"));
    }
}
