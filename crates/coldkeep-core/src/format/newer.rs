//! What a newer Coldkeep wrote: reported as newer, never as damage, and what is still allowed in such a target.

use super::VERSION;
use crate::{Code, Problem};
use std::fmt;

/// Features of the format that this Coldkeep knows.
const KNOWN_FEATURES: [&str; 0] = [];
/// Words for reserved features: they mean what `docs/format.md` defines, and nothing else.
pub const RESERVED_FEATURES: [&str; 3] = ["packs", "retire", "lock"];
/// Kinds of records that nothing writes yet, each with the feature that such a record requires.
pub const RESERVED_KINDS: [(&str, &str); 2] = [("retire", "retire"), ("lock", "lock")];

/// The features and kind of a commit record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordKind {
    /// A restore point exists.
    Point,
    /// A further writer is admitted.
    Writer,
}

impl RecordKind {
    pub fn word(self) -> &'static str {
        match self {
            RecordKind::Point => "point",
            RecordKind::Writer => "writer",
        }
    }

    /// None: this Coldkeep does not know it.
    pub fn parse(word: &str) -> Option<Self> {
        [RecordKind::Point, RecordKind::Writer]
            .into_iter()
            .find(|kind| kind.word() == word)
    }
}

/// In what a document is newer than what this Coldkeep reads. Unknown members and columns alone are ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Newer {
    /// It has this version of the format.
    Format(u32),
    /// It is a record of this kind.
    Kind(String),
    /// It requires this feature.
    Feature(String),
}

impl Newer {
    /// Whether a reader that does not know it must not write into the target any more. A feature changes the one record that
    /// requires it; an unknown kind or format can change the meaning of existing data, for example that blobs
    /// which earlier points refer to are about to be deleted.
    pub fn forbids_writing(&self) -> bool {
        match self {
            Newer::Format(_) | Newer::Kind(_) => true,
            Newer::Feature(_) => false,
        }
    }
}

impl fmt::Display for Newer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Newer::Format(format) => write!(f, "has format {format}"),
            Newer::Kind(kind) => write!(f, "is of the kind `{kind}`"),
            Newer::Feature(feature) => write!(f, "needs the feature `{feature}`"),
        }
    }
}

/// In what a document of this format, kind (none: it is no record) and these features is newer.
pub fn newer(format: u32, kind: Option<&str>, requires: &[String]) -> Option<Newer> {
    if format != VERSION {
        return Some(Newer::Format(format));
    }
    // The kind comes first: an unknown kind is more general than an unknown feature.
    if let Some(kind) = kind
        && RecordKind::parse(kind).is_none()
    {
        return Some(Newer::Kind(kind.to_owned()));
    }
    let unknown = requires.iter().find(|f| !KNOWN_FEATURES.contains(&f.as_str()));
    unknown.map(|feature| Newer::Feature(feature.clone()))
}

/// Refuses a document that is no record, where a newer Coldkeep wrote it and this one cannot read it whole.
pub fn check_readable(what: &str, format: u32, requires: &[String]) -> Result<(), Problem> {
    let Some(newer) = newer(format, None, requires) else {
        return Ok(());
    };
    Err(Problem::new(
        Code::FormatUnsupported,
        format!("{what} {newer}, which this Coldkeep does not know"),
        "Read it with the version of Coldkeep that wrote it, or a newer one.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_newer_is_refused() {
        assert!(check_readable("The marker", 1, &[]).is_ok());
        assert_eq!(
            check_readable("The marker", 2, &[]).unwrap_err().code,
            Code::FormatUnsupported
        );
        let problem = check_readable("The marker", 1, &["packs2".into()]).unwrap_err();
        assert!(problem.what.contains("packs2"), "{problem}");
    }

    #[test]
    fn only_a_feature_leaves_others_free_to_write() {
        for (format, kind, requires, found) in [
            (1, Some("point"), vec![], None),
            (1, Some("writer"), vec![], None),
            (
                1,
                Some("point"),
                vec!["moods"],
                Some((Newer::Feature("moods".into()), false)),
            ),
            (
                1,
                Some("retire"),
                vec!["retire"],
                Some((Newer::Kind("retire".into()), true)),
            ),
            (1, Some("lock"), vec![], Some((Newer::Kind("lock".into()), true))),
            (2, Some("point"), vec![], Some((Newer::Format(2), true))),
        ] {
            let requires: Vec<String> = requires.into_iter().map(Into::into).collect();
            let newer = newer(format, kind, &requires);
            let seen = newer.map(|newer| (newer.clone(), newer.forbids_writing()));
            assert_eq!(seen, found, "{format} {kind:?} {requires:?}");
        }
    }

    #[test]
    fn what_is_reserved_is_described_and_not_known() {
        let page = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/format.md"));
        for word in RESERVED_FEATURES {
            assert!(!KNOWN_FEATURES.contains(&word), "{word}");
            assert!(page.contains(&format!("`{word}`")), "{word}");
        }
        for (kind, feature) in RESERVED_KINDS {
            assert_eq!(RecordKind::parse(kind), None);
            assert!(RESERVED_FEATURES.contains(&feature), "{feature}");
            assert!(page.contains(&format!("`{kind}`")), "{kind}");
        }
    }
}
