//! The cut: which state of a name counts as the one at the moment T of a point.
//!
//! Three looks are taken at the source: a plain listing that ends before T, the listing that is copied from (it
//! begins after T), and a plain listing after the copy. A blob that the first two show alike was there at T. The
//! services' Last-Modified has whole seconds, T is a whole second that had passed before the second look: what is
//! older than T was written before it, and everything else after it.
//!
//! Each look may be read in ranges side by side, and the same holds. A look begins at its first page's time and ends at the
//! latest time of any page, so T is later than all of the first one, and all of the second one is later than T. A name that
//! is there from before a look's first page until after its last one is in exactly one range ([`crate::listing`]), hence
//! shown. What a look need not show is what came or went while it was taken; that is so in any listing, since it may have
//! passed a name's place already. A name made during the first look is no older than it, and its not being shown says
//! nothing; one made during the second is newer than T; one that seems older than that (a directory was renamed) is what
//! the third look is for.

use crate::{DoubtKind, Timestamp, blob::ListedBlob};
use serde::{Deserialize, Serialize};

/// A blob as a plain listing shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glimpse {
    pub name: String,
    pub etag: String,
    pub last_modified: Timestamp,
}

/// When the looks were taken, by the service's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// The first look began no earlier.
    pub looked_at: Timestamp,
    /// T.
    pub at: Timestamp,
}

impl Cut {
    /// T after a first look that ended at `now` (whole seconds, rounded down) and saw nothing newer than `newest`.
    ///
    /// If the running second has seen no write, T is its beginning and has passed. Else T is its end, so that what
    /// was just written is part of the point, and the caller waits for it.
    pub fn after(looked_at: Timestamp, now: Timestamp, newest: Option<Timestamp>) -> (Cut, bool) {
        let second = Timestamp::from_second(now.as_second()).unwrap_or(now);
        if newest.is_some_and(|n| n >= second) {
            let next = Timestamp::from_second(second.as_second() + 1).unwrap_or(second);
            (Cut { looked_at, at: next }, true)
        } else {
            (
                Cut {
                    looked_at,
                    at: second,
                },
                false,
            )
        }
    }
}

/// What the first two looks showed of one name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sightings {
    /// By the look before T.
    pub before: Option<Glimpse>,
    /// The newest state older than T.
    pub older: Option<ListedBlob>,
    /// The newest state of T or later.
    pub newer: Option<ListedBlob>,
}

/// The state of a name at T.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtCut {
    /// This one, and what is not proven about it.
    Was(ListedBlob, Option<DoubtKind>),
    /// None: it was added after T.
    Added,
    /// Some state that is lost; this one came after it.
    Changed(ListedBlob),
    /// Perhaps some state; it was deleted around T and is lost.
    Vanished,
    /// None: it was deleted before.
    Absent,
}

impl Sightings {
    /// Adds one state of the name as the second look showed it.
    pub fn add(&mut self, blob: ListedBlob, cut: Cut) {
        let place = if blob.last_modified < cut.at {
            &mut self.older
        } else {
            &mut self.newer
        };
        // Of one second the later version counts; version ids are times of a finer resolution.
        let later = place.as_ref().is_none_or(|have| {
            (blob.last_modified, blob.current, &blob.version_id)
                >= (have.last_modified, have.current, &have.version_id)
        });
        if later {
            *place = Some(blob);
        }
    }

    /// What the name was at T.
    pub fn at_cut(self, cut: Cut) -> AtCut {
        let Sightings { before, older, newer } = self;
        match (older, newer) {
            (Some(older), None) if older.current => {
                let appeared = before.is_none() && older.last_modified < cut.looked_at;
                AtCut::Was(older, appeared.then_some(DoubtKind::AppearedLate))
            }
            // Only versions are left: deleted before the first look, or after it.
            (Some(older), None) => {
                if before.is_some() || older.last_modified >= cut.looked_at {
                    AtCut::Was(older, Some(DoubtKind::DeletedAroundCut))
                } else {
                    AtCut::Absent
                }
            }
            (Some(older), Some(newer)) => {
                let overwritten = older.created.is_some() && older.created == newer.created;
                let known = before.is_some() || older.last_modified >= cut.looked_at;
                match (overwritten, known) {
                    (true, _) => AtCut::Was(older, None),
                    (false, true) => AtCut::Was(older, Some(DoubtKind::RecreatedAroundCut)),
                    (false, false) => AtCut::Added,
                }
            }
            (None, Some(newer)) => {
                let made_after = newer.created.is_none_or(|created| created >= cut.at);
                if before.is_none() && made_after {
                    AtCut::Added
                } else {
                    AtCut::Changed(newer)
                }
            }
            (None, None) if before.is_some() => AtCut::Vanished,
            (None, None) => AtCut::Absent,
        }
    }
}

/// What the look after the copy says against the second one, for a name that the point's filter takes: in what way it
/// is in doubt, if it is. `listed` are the ETags the second look showed for the name.
pub fn doubt_after(glimpse: &Glimpse, listed: &[String], cut: Cut) -> Option<DoubtKind> {
    if glimpse.last_modified >= cut.at || listed.contains(&glimpse.etag) {
        None
    } else if listed.is_empty() {
        Some(DoubtKind::ShownAfterCopyOnly)
    } else {
        Some(DoubtKind::OtherStateAfterCopy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }
    const LOOKED: i64 = 90;
    const CUT: i64 = 100;

    fn cut() -> Cut {
        Cut {
            looked_at: t(LOOKED),
            at: t(CUT),
        }
    }

    /// A state modified at a second, made at another, current or not.
    fn state(modified: i64, created: i64, current: bool) -> ListedBlob {
        ListedBlob {
            name: "n".into(),
            etag: format!("e{modified}"),
            last_modified: t(modified),
            created: Some(t(created)),
            current,
            version_id: (!current).then(|| format!("v{modified}")),
            ..Default::default()
        }
    }

    fn seen(before: bool, states: &[&ListedBlob]) -> AtCut {
        let before = before.then(|| Glimpse {
            name: "n".into(),
            etag: "e50".into(),
            last_modified: t(50),
        });
        let mut all = Sightings {
            before,
            ..Default::default()
        };
        for blob in states {
            all.add((*blob).clone(), cut());
        }
        all.at_cut(cut())
    }

    #[test]
    fn without_versions() {
        let old = state(50, 50, true);
        assert_eq!(seen(true, &[&old]), AtCut::Was(old.clone(), None));
        assert_eq!(
            seen(false, &[&old]),
            AtCut::Was(old, Some(DoubtKind::AppearedLate))
        );
        let between = state(95, 95, true);
        assert_eq!(seen(false, &[&between]), AtCut::Was(between, None));
        let on_the_second = state(CUT, CUT, true);
        assert_eq!(seen(false, &[&on_the_second]), AtCut::Added);
        let overwritten = state(101, 50, true);
        assert_eq!(seen(true, &[&overwritten]), AtCut::Changed(overwritten.clone()));
        assert_eq!(seen(false, &[&overwritten]), AtCut::Changed(overwritten));
        let made_again = state(101, 101, true);
        assert_eq!(seen(true, &[&made_again]), AtCut::Changed(made_again));
        assert_eq!(seen(true, &[]), AtCut::Vanished);
        assert_eq!(seen(false, &[]), AtCut::Absent);
    }

    #[test]
    fn with_versions() {
        let v1 = state(40, 40, false);
        let v2 = state(50, 40, false);
        let now = state(101, 40, true);
        assert_eq!(seen(true, &[&v1, &v2, &now]), AtCut::Was(v2.clone(), None));
        assert_eq!(seen(true, &[&now, &v2, &v1]), AtCut::Was(v2.clone(), None));
        assert_eq!(seen(false, &[&v1, &v2]), AtCut::Absent);
        assert_eq!(
            seen(true, &[&v1, &v2]),
            AtCut::Was(v2.clone(), Some(DoubtKind::DeletedAroundCut))
        );
        let again = state(101, 101, true);
        assert_eq!(
            seen(true, &[&v2, &again]),
            AtCut::Was(v2.clone(), Some(DoubtKind::RecreatedAroundCut))
        );
        assert_eq!(seen(false, &[&v2, &again]), AtCut::Added);
        assert_eq!(seen(false, &[&again]), AtCut::Added);
        let short_lived = state(95, 95, false);
        assert_eq!(
            seen(false, &[&short_lived]),
            AtCut::Was(short_lived, Some(DoubtKind::DeletedAroundCut))
        );
    }

    #[test]
    fn of_one_second_the_later_version_counts() {
        let mut a = state(50, 50, false);
        a.version_id = Some("2026-01-01T00:00:50.1000000Z".into());
        let mut b = a.clone();
        b.version_id = Some("2026-01-01T00:00:50.2000000Z".into());
        let mut all = Sightings::default();
        all.add(b.clone(), cut());
        all.add(a, cut());
        assert_eq!(all.older, Some(b));
    }

    #[test]
    fn the_cut_waits_only_for_a_second_that_saw_a_write() {
        assert_eq!(
            Cut::after(t(9), t(10), Some(t(9))),
            (
                Cut {
                    looked_at: t(9),
                    at: t(10)
                },
                false
            )
        );
        assert_eq!(
            Cut::after(t(9), t(10), None),
            (
                Cut {
                    looked_at: t(9),
                    at: t(10)
                },
                false
            )
        );
        assert_eq!(
            Cut::after(t(9), t(10), Some(t(10))),
            (
                Cut {
                    looked_at: t(9),
                    at: t(11)
                },
                true
            )
        );
    }

    #[test]
    fn the_look_after_the_copy() {
        let glimpse = |second| Glimpse {
            name: "n".into(),
            etag: "e".into(),
            last_modified: t(second),
        };
        assert_eq!(doubt_after(&glimpse(CUT), &[], cut()), None);
        assert_eq!(doubt_after(&glimpse(99), &["d".into(), "e".into()], cut()), None);
        assert_eq!(
            doubt_after(&glimpse(99), &[], cut()),
            Some(DoubtKind::ShownAfterCopyOnly)
        );
        assert_eq!(
            doubt_after(&glimpse(99), &["d".into()], cut()),
            Some(DoubtKind::OtherStateAfterCopy)
        );
    }
}
