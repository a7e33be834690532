//! The plan of one name: from the listings, the last point and interrupted runs.

use super::{
    classify::{obstacle, unkept},
    cut::{AtCut, Cut, Sightings},
};
use crate::{
    Code, DataName, DoubtKind, Problem,
    blob::ListedBlob,
    fix,
    hash::{Crc64, Hash, Md5},
    job::OnChange,
    point::Entry,
    problem::Field,
    repository::Tier,
};
use serde::{Deserialize, Serialize};

/// What holds for all names of a run.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    pub cut: Cut,
    pub on_change: OnChange,
    /// The listing carried index tags; else those of the last point stand.
    pub tags_read: bool,
}

/// Everything known of one name.
#[derive(Debug, Clone, Default)]
pub struct NameFacts {
    pub name: String,
    pub sightings: Sightings,
    /// From the last point of the job.
    pub base: Option<Entry>,
    /// From a run that did not get to its end.
    pub leftover: Option<Entry>,
    /// Target blobs of this name whose content is known to be gone or damaged.
    pub damaged: Vec<DataName>,
}

/// What to do about one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyStep {
    /// The target holds it already.
    Keep {
        entry: Box<Entry>,
        doubt: Option<DoubtKind>,
    },
    Copy {
        blob: Box<ListedBlob>,
        doubt: Option<DoubtKind>,
    },
    /// It cannot be part of the point, and the point is not whole without it; the reason is the short one.
    Fail {
        name: String,
        reason: String,
        problem: Problem,
    },
    /// It is not part of the point, and in doubt ([`DoubtKind::LeftOut`]).
    LeaveOut { name: String },
    /// A directory of an account with hierarchical namespace: nothing to copy.
    Directory { name: String },
}

impl CopyStep {
    pub fn name(&self) -> &str {
        match self {
            CopyStep::Keep { entry, .. } => &entry.name,
            CopyStep::Copy { blob, .. } => &blob.name,
            CopyStep::Fail { name, .. } | CopyStep::LeaveOut { name } | CopyStep::Directory { name } => name,
        }
    }

    /// The length of its content, where that is known.
    pub fn size_bytes(&self) -> u64 {
        match self {
            CopyStep::Keep { entry, .. } => entry.size_bytes,
            CopyStep::Copy { blob, .. } => blob.size_bytes,
            CopyStep::Fail { .. } | CopyStep::LeaveOut { .. } | CopyStep::Directory { .. } => 0,
        }
    }
}

/// Where a blob's content was put, and what was computed over it there.
#[derive(Debug, Clone, Default)]
pub struct PlacedContent {
    pub target_name: DataName,
    pub target_version_id: Option<String>,
    pub target_tier: Option<Tier>,
    pub md5: Option<Hash<Md5>>,
    pub crc64: Option<Hash<Crc64>>,
}

/// The manifest's row for a blob that was copied. The source's Content-MD5 is a property like others: it was never
/// computed over this content.
pub fn entry_of(blob: ListedBlob, placed: PlacedContent) -> Entry {
    Entry {
        name: blob.name,
        source_etag: blob.etag,
        source_version_id: blob.version_id,
        target_name: placed.target_name,
        target_version_id: placed.target_version_id,
        pack_offset: None,
        pack_length: None,
        size_bytes: blob.size_bytes,
        md5: placed.md5,
        crc64: placed.crc64,
        source_tier: blob.tier,
        target_tier: placed.target_tier,
        lock_until: None,
        lock_mode: None,
        blob_type: blob.blob_type,
        created: blob.created,
        last_modified: blob.last_modified,
        headers: blob.headers,
        metadata: blob.metadata,
        tags: blob.tags,
    }
}

/// The step for one name, or none where it was not there at the cut.
pub fn plan_step(known: NameFacts, rules: &Rules) -> Option<CopyStep> {
    let NameFacts {
        name,
        sightings,
        base,
        leftover,
        damaged,
    } = known;
    let (blob, doubt) = match sightings.at_cut(rules.cut) {
        AtCut::Was(blob, doubt) => (blob, doubt),
        AtCut::Added | AtCut::Absent => return None,
        AtCut::Changed(blob) => match rules.on_change {
            OnChange::TakeNew => (blob, Some(DoubtKind::NewStateTaken)),
            OnChange::Fail => return Some(fail("it was changed after the cut", changed(&name), name)),
        },
        AtCut::Vanished => {
            return Some(match rules.on_change {
                OnChange::TakeNew => CopyStep::LeaveOut { name },
                OnChange::Fail => fail("it was deleted around the cut", vanished(&name), name),
            });
        }
    };
    if blob.directory {
        return Some(CopyStep::Directory { name });
    }
    let doubt = doubt.or_else(|| unkept(&blob));
    if let Some(entry) = [base, leftover]
        .into_iter()
        .flatten()
        .find(|entry| holds(entry, &blob) && !damaged.contains(&entry.target_name))
    {
        return Some(CopyStep::Keep {
            entry: Box::new(refreshed(entry, blob, rules.tags_read)),
            doubt,
        });
    }
    if let Some(obstacle) = obstacle(&blob) {
        let (what, next) = obstacle.words();
        let problem = Problem::new(
            obstacle.code(),
            format!("`{name}` cannot be copied: {what}"),
            next,
        );
        return Some(fail(what, problem, name));
    }
    Some(CopyStep::Copy {
        blob: Box::new(blob),
        doubt,
    })
}

fn fail(reason: &str, problem: Problem, name: String) -> CopyStep {
    CopyStep::Fail {
        name,
        reason: reason.to_owned(),
        problem,
    }
}

/// The failure of a blob that was changed after the cut.
pub fn changed(name: &str) -> Problem {
    Problem::new(
        Code::BlobChanged,
        format!("`{name}` was changed after the snapshot time, and its state at that time is lost"),
        fix![
            "Run the job when the source is quiet, turn on versioning at the source account, or let the job take the new state (",
            Field::OnChange.set("take-new"),
            ")."
        ],
    )
}

/// The failure of a blob that was deleted before it could be copied.
pub fn vanished(name: &str) -> Problem {
    Problem::new(
        Code::BlobDeleted,
        format!("`{name}` was deleted around or after the snapshot time, before it could be copied"),
        fix![
            "Run the job when the source is quiet, turn on versioning at the source account, or let the job continue without it (",
            Field::OnChange.set("take-new"),
            ")."
        ],
    )
}

/// Whether an entry is the content of this blob.
fn holds(entry: &Entry, blob: &ListedBlob) -> bool {
    let same_version = match (&entry.source_version_id, &blob.version_id) {
        (Some(a), Some(b)) => a == b,
        // Versioning was turned on or off since; only the ETag is reliable.
        _ => true,
    };
    same_version && entry.source_etag == blob.etag && entry.size_bytes == blob.size_bytes
}

/// Tags and tier change without changing the ETag: those of today belong to the point.
fn refreshed(entry: Entry, blob: ListedBlob, tags_read: bool) -> Entry {
    let tags = if tags_read { blob.tags } else { entry.tags };
    Entry {
        tags,
        source_tier: blob.tier,
        ..entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Timestamp, blob::BlobType, copy::cut::Glimpse, hash::HashOrigin};

    fn data(name: &str) -> DataName {
        name.to_owned().try_into().unwrap()
    }

    fn t(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn blob(modified: i64) -> ListedBlob {
        ListedBlob {
            name: "n".into(),
            etag: format!("e{modified}"),
            size_bytes: 3,
            last_modified: t(modified),
            created: Some(t(50)),
            current: true,
            ..Default::default()
        }
    }

    fn entry(of: &ListedBlob) -> Entry {
        entry_of(
            of.clone(),
            PlacedContent {
                target_name: data("b/aa/x"),
                ..Default::default()
            },
        )
    }

    fn rules(on_change: OnChange) -> Rules {
        Rules {
            cut: Cut {
                looked_at: t(90),
                at: t(100),
            },
            on_change,
            tags_read: true,
        }
    }

    fn known(seen: Option<ListedBlob>, base: Option<Entry>, leftover: Option<Entry>) -> NameFacts {
        let before = Some(Glimpse {
            name: "n".into(),
            etag: "e50".into(),
            last_modified: t(50),
        });
        let mut sightings = Sightings {
            before,
            ..Default::default()
        };
        if let Some(blob) = seen {
            sightings.add(blob, rules(OnChange::Fail).cut);
        }
        NameFacts {
            name: "n".into(),
            sightings,
            base,
            leftover,
            damaged: Vec::new(),
        }
    }

    #[test]
    fn what_is_damaged_in_the_target_is_copied_again() {
        let old = blob(50);
        let rules = rules(OnChange::Fail);
        let damaged = NameFacts {
            damaged: vec![data("b/aa/x")],
            ..known(Some(old.clone()), Some(entry(&old)), Some(entry(&old)))
        };
        assert!(matches!(plan_step(damaged, &rules), Some(CopyStep::Copy { .. })));
        let other = NameFacts {
            damaged: vec![data("b/aa/y")],
            ..known(Some(old.clone()), Some(entry(&old)), None)
        };
        assert!(matches!(plan_step(other, &rules), Some(CopyStep::Keep { .. })));
    }

    #[test]
    fn unchanged_is_kept_and_changed_is_copied() {
        let old = blob(50);
        let rules = rules(OnChange::Fail);
        let plan = |base, leftover| plan_step(known(Some(old.clone()), base, leftover), &rules).unwrap();
        assert!(matches!(plan(Some(entry(&old)), None), CopyStep::Keep { .. }));
        assert!(matches!(plan(None, Some(entry(&old))), CopyStep::Keep { .. }));
        assert!(matches!(
            plan(Some(entry(&blob(40))), Some(entry(&old))),
            CopyStep::Keep { .. }
        ));
        assert!(matches!(
            plan(Some(entry(&blob(40))), None),
            CopyStep::Copy { .. }
        ));
        assert!(matches!(plan(None, None), CopyStep::Copy { .. }));
    }

    #[test]
    fn tags_and_tier_of_today_are_kept() {
        let mut today = blob(50);
        today.tags.insert("k".into(), "v".into());
        today.tier = Some(Tier::Archive);
        let step = plan_step(
            known(Some(today.clone()), Some(entry(&blob(50))), None),
            &rules(OnChange::Fail),
        );
        let Some(CopyStep::Keep { entry: kept, .. }) = step else {
            panic!("{step:?}")
        };
        assert_eq!((kept.tags, kept.source_tier), (today.tags, Some(Tier::Archive)));
    }

    #[test]
    fn a_property_of_the_source_is_no_hash() {
        let mut blob = blob(50);
        blob.headers.content_md5 = Some("1B2M2Y8AsgTpgAmY7PhCfg==".into());
        assert_eq!(entry(&blob).md5, None);
        let md5 = Some(Hash {
            value: Md5([1; 16]),
            origin: HashOrigin::TargetService,
        });
        let placed = PlacedContent {
            md5,
            ..Default::default()
        };
        assert_eq!(entry_of(blob, placed).md5, md5);
    }

    #[test]
    fn metadata_that_cannot_be_kept_is_a_doubt_also_about_what_is_held() {
        let odd = ListedBlob {
            unkept_metadata: vec!["a-b".into()],
            ..blob(50)
        };
        let doubt = |base| match plan_step(known(Some(odd.clone()), base, None), &rules(OnChange::Fail)) {
            Some(CopyStep::Copy { doubt, .. } | CopyStep::Keep { doubt, .. }) => doubt,
            step => panic!("{step:?}"),
        };
        let not_kept = Some(DoubtKind::MetadataNotKept {
            keys: vec!["a-b".into()],
        });
        assert_eq!(doubt(None), not_kept);
        assert_eq!(doubt(Some(entry(&odd))), not_kept);
    }

    #[test]
    fn the_rule_decides_what_was_lost() {
        let new = blob(101);
        let plan = |seen, rule| plan_step(known(seen, None, None), &rules(rule)).unwrap();
        assert!(matches!(
            plan(Some(new.clone()), OnChange::Fail),
            CopyStep::Fail { .. }
        ));
        assert!(matches!(
            plan(Some(new), OnChange::TakeNew),
            CopyStep::Copy { doubt: Some(_), .. }
        ));
        assert!(matches!(plan(None, OnChange::Fail), CopyStep::Fail { .. }));
        assert!(matches!(plan(None, OnChange::TakeNew), CopyStep::LeaveOut { .. }));
    }

    #[test]
    fn what_cannot_be_read_fails_unless_it_is_held() {
        let archived = ListedBlob {
            tier: Some(Tier::Archive),
            ..blob(50)
        };
        let rules = rules(OnChange::Fail);
        assert!(matches!(
            plan_step(known(Some(archived.clone()), None, None), &rules),
            Some(CopyStep::Fail { .. })
        ));
        let held = Some(entry(&archived));
        assert!(matches!(
            plan_step(known(Some(archived), held, None), &rules),
            Some(CopyStep::Keep { .. })
        ));
        let page = ListedBlob {
            blob_type: BlobType::Page,
            ..blob(50)
        };
        assert!(matches!(
            plan_step(known(Some(page), None, None), &rules),
            Some(CopyStep::Fail { .. })
        ));
    }
}
