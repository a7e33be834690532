//! What an administrator should check although nothing failed: a point with less in it than was probably intended.

use super::filter::Filter;
use crate::{
    Fix, Problem, Timestamp, fix,
    point::Exactness,
    problem::{Field, Verb},
    repository::Repository,
    sas::SasEnd,
};
use serde::{Deserialize, Serialize};

/// A remark about a run, a plan or a restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Remark {
    /// No name that is taken matches this include.
    IncludeMatchesNothing { glob: String },
    /// The source's container or folder holds no blob at all.
    SourceHoldsNothing { container: String, folder: String },
    /// There are blobs, and the excludes leave none of them.
    ExcludesLeaveNothing,
    /// There are blobs, and includes and excludes together leave none of them.
    FilterLeavesNothing,
    /// The point holds no blob.
    EmptyPoint,
    /// The point has less than half of the blobs, or of the bytes, of the job's last one.
    Shrank {
        items_before: u64,
        items_now: u64,
        bytes_before: u64,
        bytes_now: u64,
    },
    /// What is restored is from a point that is not exact.
    NotExact { exactness: Exactness, doubt_count: u64 },
    /// The target's storage account takes copies from some accounts only.
    CopyScope { repository: String, from: String },
    /// The shared access signature of a repository ends soon.
    SasEndsSoon {
        repository: String,
        expires_at: Timestamp,
        days_left: i64,
    },
}

impl Remark {
    /// For people, as a sentence.
    pub fn words(&self) -> Fix {
        match self {
            Remark::IncludeMatchesNothing { glob } => {
                format!("No blob in the point matches the include `{glob}`.").into()
            }
            Remark::SourceHoldsNothing { container, folder } if folder.is_empty() => {
                format!("The source container `{container}` holds no blob.").into()
            }
            Remark::SourceHoldsNothing { container, folder } => format!(
                "The source folder `{folder}` of the container `{container}` holds no blob, or does not exist."
            )
            .into(),
            Remark::ExcludesLeaveNothing => {
                "The source holds blobs, but the job's excludes remove all of them.".into()
            }
            Remark::FilterLeavesNothing => {
                "The source holds blobs, but no blob is left after the job's includes and excludes.".into()
            }
            Remark::EmptyPoint => "The point is empty: it holds no blob.".into(),
            Remark::Shrank {
                items_before,
                items_now,
                bytes_before,
                bytes_now,
            } => format!(
                "The point is much smaller than the job's last one: {items_now} blobs instead of {items_before}, \
                 {bytes_now} bytes instead of {bytes_before}. Check the source before earlier points are deleted."
            )
            .into(),
            Remark::NotExact {
                exactness: Exactness::Incomplete,
                doubt_count,
            } => fix![
                format!("The point is incomplete: {doubt_count} blobs are missing or uncertain. List them: "),
                Verb::PointShow.any(),
                "."
            ],
            Remark::NotExact { doubt_count, .. } => fix![
                format!(
                    "The point is inexact: {doubt_count} blobs may differ from their state at the snapshot \
                    time. List them: "
                ),
                Verb::PointShow.any(),
                "."
            ],
            Remark::CopyScope { repository, from } => format!(
                "The storage account of the target `{repository}` accepts copies only from {from}: if the \
                service refuses the source, change this in the portal (Configuration, Permitted scope for \
                copy operations)."
            )
            .into(),
            Remark::SasEndsSoon {
                repository,
                expires_at,
                days_left,
            } => {
                let left = match days_left {
                    0 => "within a day".to_owned(),
                    1 => "in 1 day".to_owned(),
                    days => format!("in {days} days"),
                };
                fix![
                    format!(
                        "The shared access signature of the repository `{repository}` expires {left} \
                        ({expires_at}). Give the repository a new one: "
                    ),
                    Verb::RepositoryEdit.of(repository).with(Field::Sas),
                    "."
                ]
            }
        }
    }
}

/// How much is in a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub items: u64,
    pub bytes: u64,
}

/// The remark about the size of a point, compared with that of the job's last one.
pub fn about_size(before: Option<Size>, now: Size) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if now.items == 0 {
        remarks.push(Remark::EmptyPoint);
    }
    let halved = |before: u64, now: u64| now < before.div_ceil(2);
    if let Some(before) = before
        && (halved(before.items, now.items) || halved(before.bytes, now.bytes))
    {
        remarks.push(Remark::Shrank {
            items_before: before.items,
            items_now: now.items,
            bytes_before: before.bytes,
            bytes_now: now.bytes,
        });
    }
    remarks
}

/// Why a source of which nothing is taken gives nothing. `holds_any`: whether there is anything in the folder; `include`
/// and `exclude`: the job's globs.
pub fn about_nothing(
    holds_any: bool,
    container: &str,
    folder: &str,
    include: &[String],
    exclude: &[String],
) -> Vec<Remark> {
    match (holds_any, include, exclude) {
        (false, ..) => vec![Remark::SourceHoldsNothing {
            container: container.to_owned(),
            folder: folder.to_owned(),
        }],
        (true, [], [_, ..]) => vec![Remark::ExcludesLeaveNothing],
        (true, [_, ..], [_, ..]) => vec![Remark::FilterLeavesNothing],
        // Each include that matches nothing is reported separately.
        (true, _, []) => vec![],
    }
}

/// What a restore from a point has to tell of the point itself.
pub fn about_point(exactness: Exactness, doubt_count: u64, item_count: u64) -> Vec<Remark> {
    let empty = (item_count == 0).then_some(Remark::EmptyPoint);
    let not_exact = (exactness != Exactness::Exact).then_some(Remark::NotExact {
        exactness,
        doubt_count,
    });
    empty.into_iter().chain(not_exact).collect()
}

/// Whether the signature that opens a repository ends soon.
pub fn about_sas(repository: &Repository, now: Timestamp) -> Option<Remark> {
    match SasEnd::of(&repository.access, now)? {
        SasEnd::Soon { at, days_left } => Some(Remark::SasEndsSoon {
            repository: repository.name.clone(),
            expires_at: at,
            days_left,
        }),
        SasEnd::Unknown { .. } | SasEnd::Ended { .. } | SasEnd::Later { .. } => None,
    }
}

/// Includes that no name has matched yet.
#[derive(Debug, Default)]
pub struct Unmatched(Vec<(String, Filter)>);

impl Unmatched {
    /// Fails naming the glob that cannot be read.
    pub fn new(include: &[String]) -> Result<Self, Problem> {
        let compiled = |glob: &String| Ok((glob.clone(), Filter::new(std::slice::from_ref(glob), &[])?));
        Ok(Self(
            include.iter().map(compiled).collect::<Result<_, Problem>>()?,
        ))
    }

    /// A name that is taken, relative to the repository's folder.
    pub fn note_name(&mut self, relative: &str) {
        self.0.retain(|(_, glob)| !glob.takes(relative));
    }

    /// Whether every include has matched something.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One remark for each include that is left.
    pub fn remarks(self) -> Vec<Remark> {
        let left = self.0.into_iter();
        left.map(|(glob, _)| Remark::IncludeMatchesNothing { glob })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(items: u64, bytes: u64) -> Size {
        Size { items, bytes }
    }

    #[test]
    fn a_point_that_shrank_sharply_is_remarked() {
        let codes = |before, now| {
            about_size(before, now)
                .iter()
                .map(|r| matches!(r, Remark::Shrank { .. }))
                .collect::<Vec<_>>()
        };
        for (before, now, told) in [
            (None, size(5, 5), vec![]),
            (None, size(0, 0), vec![false]),
            (Some(size(10, 100)), size(10, 100), vec![]),
            (Some(size(10, 100)), size(5, 50), vec![]),
            (Some(size(10, 100)), size(4, 100), vec![true]),
            (Some(size(10, 100)), size(10, 49), vec![true]),
            (Some(size(3, 0)), size(1, 0), vec![true]),
            (Some(size(10, 100)), size(0, 0), vec![false, true]),
            (Some(size(0, 0)), size(0, 0), vec![false]),
            (Some(size(0, 0)), size(7, 7), vec![]),
            (Some(size(u64::MAX, u64::MAX)), size(u64::MAX, u64::MAX), vec![]),
        ] {
            assert_eq!(codes(before, now), told, "{before:?} {now:?}");
        }
    }

    #[test]
    fn why_nothing_is_taken_is_told() {
        let globs = ["*.vbk".to_owned()];
        let about =
            |any, include: &[String], exclude: &[String]| about_nothing(any, "data", "f", include, exclude);
        assert!(matches!(
            &about(false, &globs, &globs)[..],
            [Remark::SourceHoldsNothing { .. }]
        ));
        assert_eq!(about(true, &[], &globs), [Remark::ExcludesLeaveNothing]);
        assert_eq!(about(true, &globs, &globs), [Remark::FilterLeavesNothing]);
        assert!(about(true, &globs, &[]).is_empty());
        assert!(about(true, &[], &[]).is_empty());
    }

    #[test]
    fn includes_that_match_nothing_are_named() {
        let mut unmatched = Unmatched::new(&["*.vbk".into(), "*.vib".into(), "d/**".into()]).unwrap();
        unmatched.note_name("a.vbk");
        assert!(!unmatched.is_empty());
        unmatched.note_name("d/e");
        unmatched.note_name("a.vbk");
        assert_eq!(
            unmatched.remarks(),
            [Remark::IncludeMatchesNothing { glob: "*.vib".into() }]
        );
        assert!(Unmatched::new(&[]).unwrap().is_empty());
        assert!(Unmatched::new(&["a[".into()]).is_err());
    }

    #[test]
    fn a_remark_is_data_with_a_code() {
        let remark = Remark::Shrank {
            items_before: 4,
            items_now: 1,
            bytes_before: 40,
            bytes_now: 10,
        };
        let json = serde_json::to_value(&remark).unwrap();
        assert_eq!(
            (&json["code"], &json["items_before"]),
            (&"shrank".into(), &4.into())
        );
        assert_eq!(serde_json::from_value::<Remark>(json).unwrap(), remark);
        assert_eq!(
            serde_json::to_value(Remark::EmptyPoint).unwrap(),
            serde_json::json!({"code": "empty_point"})
        );
    }
}
