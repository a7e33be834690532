//! Which name a blob of a restore point gets at a destination, or why it gets none.

use crate::{
    Code, Problem,
    blob_names::{UnfitName, check_blob_name},
    fix,
    problem::{Field, Verb},
};
use std::fmt;

/// How the names of one restore into a container are built: without the source's folder, below the destination's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RestoredNames {
    /// Empty, or the folder that was copied, with its slash.
    pub source_prefix: String,
    /// Empty, or the folder that is restored into, with its slash.
    pub to_prefix: String,
    /// The destination has real directories: it turns `a//b` into `a/b`.
    pub hierarchical: bool,
    /// Prefixes below the destination that are Coldkeep targets: nothing is restored into them.
    pub kept_out: Vec<String>,
}

/// Why a blob gets no name at the destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyNot {
    /// The point holds a folder, and this name is outside of it.
    Outside,
    /// It is the marker of the copied folder itself (`f/` of the folder `f`).
    NothingLeft,
    Unfit(String, UnfitName),
    /// With an empty segment, which directories cannot have.
    EmptySegment(String),
    /// It would lie in the Coldkeep target of that prefix.
    InTarget(String, String),
}

impl RestoredNames {
    /// The name of a blob at the destination. No two names of a point get the same one.
    ///
    /// # Errors
    /// Why it gets none.
    pub fn plan(&self, name: &str) -> Result<String, WhyNot> {
        let relative = name.strip_prefix(&self.source_prefix).ok_or(WhyNot::Outside)?;
        if relative.is_empty() && self.to_prefix.is_empty() {
            return Err(WhyNot::NothingLeft);
        }
        let planned = format!("{}{relative}", self.to_prefix);
        if let Err(unfit) = check_blob_name(&planned) {
            return Err(WhyNot::Unfit(planned, unfit));
        }
        if self.hierarchical && planned.split('/').any(str::is_empty) {
            return Err(WhyNot::EmptySegment(planned));
        }
        if let Some(target) = self
            .kept_out
            .iter()
            .find(|target| planned.starts_with(target.as_str()))
        {
            return Err(WhyNot::InTarget(planned, target.clone()));
        }
        Ok(planned)
    }
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outside => f.write_str("it is not in the folder that was copied"),
            Self::NothingLeft => f.write_str(
                "its name is that of the folder that was copied, so no name is left below that folder",
            ),
            Self::Unfit(planned, why) => {
                write!(f, "`{planned}` cannot be its name at the destination: {why}")
            }
            Self::EmptySegment(planned) => write!(
                f,
                "`{planned}` has an empty segment, which the destination's account drops because it has a \
                hierarchical namespace: it would write to another name"
            ),
            Self::InTarget(planned, target) => {
                write!(f, "`{planned}` would be in the Coldkeep target in `{target}`")
            }
        }
    }
}

impl WhyNot {
    /// As the failure of the item of that name.
    pub fn problem(&self, name: &str) -> Problem {
        let (code, fix) = match self {
            Self::Outside => (
                Code::PointDamaged,
                fix![
                    "Check what else is damaged, and restore from another point if necessary: ",
                    Verb::PointVerify.any(),
                    "."
                ],
            ),
            Self::NothingLeft => (
                Code::BlobNameNotRestorable,
                fix![
                    "Restore into a folder (",
                    Field::To.set("REPOSITORY/FOLDER"),
                    "): it becomes the marker of that folder."
                ],
            ),
            Self::Unfit(_, UnfitName::TooLong | UnfitName::TooDeep) => (
                Code::BlobNameNotRestorable,
                fix![
                    "Restore into a folder with a shorter name, or into a folder of this machine (",
                    Field::ToDir,
                    ")."
                ],
            ),
            Self::Unfit(..) | Self::EmptySegment(_) => (
                Code::BlobNameNotRestorable,
                fix![
                    "Restore it into a folder of this machine (",
                    Field::ToDir,
                    "), which keeps every name, and upload it under a name of your choice."
                ],
            ),
            Self::InTarget(..) => (
                Code::RestoreDestinationInTarget,
                "Restore into another container or folder.".into(),
            ),
        };
        Problem::new(code, format!("`{name}` is not restored: {self}"), fix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source_prefix: &str, to_prefix: &str) -> RestoredNames {
        RestoredNames {
            source_prefix: source_prefix.into(),
            to_prefix: to_prefix.into(),
            ..RestoredNames::default()
        }
    }

    #[test]
    fn the_copied_folder_goes_off_and_the_destinations_before() {
        assert_eq!(names("", "").plan("a/b"), Ok("a/b".into()));
        assert_eq!(names("f/", "").plan("f/a/b"), Ok("a/b".into()));
        assert_eq!(names("f/", "g/h/").plan("f/a"), Ok("g/h/a".into()));
        assert_eq!(names("f/", "").plan("f//a"), Ok("/a".into()));
    }

    #[test]
    fn the_folders_own_marker_is_no_other_address() {
        assert_eq!(names("f/", "").plan("f/"), Err(WhyNot::NothingLeft));
        assert_eq!(names("f/", "g/").plan("f/"), Ok("g/".into()));
        assert_eq!(names("", "").plan(""), Err(WhyNot::NothingLeft));
        assert_eq!(names("f/", "").plan("f"), Err(WhyNot::Outside));
        assert_eq!(names("f/", "g/").plan("a"), Err(WhyNot::Outside));
    }

    #[test]
    fn what_the_service_would_write_elsewhere_is_refused_with_its_reason() {
        for (name, why) in [
            ("f/./key", UnfitName::DotSegment),
            ("f/../../x", UnfitName::DotSegment),
            ("f/..", UnfitName::DotSegment),
            ("f/key.", UnfitName::TrailingDot),
            ("f/a./b", UnfitName::TrailingDot),
            ("f/a\\b", UnfitName::Backslash),
        ] {
            let refused = names("f/", "g/").plan(name).unwrap_err();
            assert!(
                matches!(&refused, WhyNot::Unfit(_, unfit) if *unfit == why),
                "{name}: {refused:?}"
            );
            let problem = refused.problem(name);
            assert!(problem.what.contains(name), "{problem}");
        }
    }

    #[test]
    fn the_destinations_folder_counts_in_length_and_depth() {
        let (long, deep) = ("x".repeat(1022), format!("{}e", "d/".repeat(252)));
        assert!(names("", "g/").plan(&long).is_ok());
        assert!(matches!(
            names("", "gg/").plan(&long),
            Err(WhyNot::Unfit(_, UnfitName::TooLong))
        ));
        assert!(names("", "g/").plan(&deep).is_ok());
        assert!(matches!(
            names("", "g/h/").plan(&deep),
            Err(WhyNot::Unfit(_, UnfitName::TooDeep))
        ));
    }

    #[test]
    fn directories_have_no_empty_segments() {
        let hierarchical = RestoredNames {
            hierarchical: true,
            ..names("", "")
        };
        assert_eq!(hierarchical.plan("a/b"), Ok("a/b".into()));
        for name in ["a//b", "/a", "a/"] {
            assert_eq!(hierarchical.plan(name), Err(WhyNot::EmptySegment(name.into())));
        }
    }

    #[test]
    fn nothing_goes_into_a_target_below_the_destination() {
        let beside = RestoredNames {
            kept_out: vec!["vault/".into()],
            ..names("", "")
        };
        for name in ["vaults/a", "vault"] {
            assert_eq!(beside.plan(name), Ok(name.into()));
        }
        for name in ["vault/a", "vault/"] {
            let expected = WhyNot::InTarget(name.into(), "vault/".into());
            assert_eq!(beside.plan(name), Err(expected));
        }
    }

    #[test]
    fn no_two_names_become_one() {
        let parts = ["", "a", "f", ".", "..", "a.", "/", "a/"];
        for (source, to) in [("", ""), ("f/", ""), ("f/", "g/")] {
            let names = names(source, to);
            let mut seen = std::collections::BTreeMap::new();
            for one in parts {
                for two in parts {
                    let name = format!("{one}/{two}");
                    let Ok(planned) = names.plan(&name) else { continue };
                    let before = seen.insert(planned, name.clone());
                    assert!(before.is_none_or(|before| before == name), "{name}");
                }
            }
        }
    }
}
