//! Failed items by their reason: a million failures have a handful of causes, and people want to see those.

use crate::{Code, Problem};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The maximum number of separate reasons of a run; further items count as one of other reasons.
pub const REASONS_MAX: usize = 100;
/// The number of names that are kept of each reason.
pub const EXAMPLES_MAX: usize = 3;
/// What the items beyond that are counted under.
const OTHER_REASONS: &str = "Other reasons";
/// What is kept of a reason's words.
const WHAT_CHARS_MAX: usize = 300;

/// Items of a run that failed for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureReason {
    /// What sort of failure it is, for programs; `internal_error` for those beyond the limit.
    pub code: Code,
    /// What failed, with `…` for the names in it.
    pub what: String,
    /// How many items failed so.
    pub count: u64,
    /// The first of them by name.
    pub examples: Vec<String>,
    /// The first one's problem, whole.
    pub problem: Problem,
}

/// The reasons of one run, in the order in which they were seen.
#[derive(Debug, Default)]
pub struct Reasons {
    all: Vec<FailureReason>,
    places: BTreeMap<(Code, String), usize>,
    changed: BTreeSet<usize>,
}

impl Reasons {
    /// Counts a failed item.
    pub fn add(&mut self, name: &str, problem: &Problem) {
        // Room for the others is kept: the last place is theirs.
        let key = (problem.code, without_names(&problem.what));
        let key = match self.places.contains_key(&key) || self.all.len() + 1 < REASONS_MAX {
            true => key,
            false => (Code::InternalError, OTHER_REASONS.to_owned()),
        };
        let place = *self.places.entry(key).or_insert_with_key(|(code, what)| {
            self.all.push(FailureReason {
                code: *code,
                what: what.clone(),
                count: 0,
                examples: Vec::new(),
                problem: problem.clone(),
            });
            self.all.len() - 1
        });
        let reason = &mut self.all[place];
        reason.count += 1;
        if reason.examples.len() < EXAMPLES_MAX {
            reason.examples.push(name.to_owned());
        }
        self.changed.insert(place);
    }

    /// All of them.
    pub fn into_all(self) -> Vec<FailureReason> {
        self.all
    }

    /// Those that changed since this was asked last, with their places.
    pub fn take_changed(&mut self) -> Vec<(usize, FailureReason)> {
        let places = std::mem::take(&mut self.changed).into_iter();
        places.map(|place| (place, self.all[place].clone())).collect()
    }
}

/// The words of a problem without what is in backticks: names differ from item to item, and the reason does not.
fn without_names(what: &str) -> String {
    let mut words = String::new();
    for (number, piece) in what.split('`').enumerate() {
        match number % 2 {
            0 => words.push_str(piece),
            _ => words.push_str("`…`"),
        }
    }
    words.chars().take(WHAT_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(name: &str) -> Problem {
        Problem::new(
            Code::PermissionMissing,
            format!("`{name}` cannot be written as `b/{name}`"),
            "Grant it.",
        )
    }

    #[test]
    fn what_differs_in_names_alone_is_one_reason() {
        let mut reasons = Reasons::default();
        for name in ["a", "b", "c", "d"] {
            reasons.add(name, &denied(name));
        }
        reasons.add("e", &Problem::new(Code::BlobChanged, "`e` was changed", "Again."));
        let told = reasons.take_changed();
        let told: Vec<_> = told
            .iter()
            .map(|(_, r)| (r.code, r.what.as_str(), r.count))
            .collect();
        assert_eq!(
            told,
            [
                (Code::PermissionMissing, "`…` cannot be written as `…`", 4),
                (Code::BlobChanged, "`…` was changed", 1)
            ]
        );
        reasons.add("f", &denied("f"));
        let changed = reasons.take_changed();
        assert_eq!((changed.len(), changed[0].0, changed[0].1.count), (1, 0, 5));
        assert_eq!(changed[0].1.examples, ["a", "b", "c"]);
        assert_eq!(changed[0].1.problem, denied("a"));
        assert!(reasons.take_changed().is_empty());
    }

    #[test]
    fn memory_is_bounded_and_no_item_is_lost() {
        let mut reasons = Reasons::default();
        for number in 0..10_000 {
            reasons.add(
                "n",
                &Problem::new(Code::BlobChanged, format!("It is number {number}"), "Again."),
            );
        }
        let told = reasons.take_changed();
        assert_eq!(told.len(), REASONS_MAX);
        assert_eq!(told.iter().map(|(_, reason)| reason.count).sum::<u64>(), 10_000);
        assert_eq!(told[REASONS_MAX - 1].1.what, OTHER_REASONS);
        let long = Problem::new(Code::BlobChanged, "ä".repeat(5000), "Again.");
        assert_eq!(without_names(&long.what).chars().count(), WHAT_CHARS_MAX);
    }
}
