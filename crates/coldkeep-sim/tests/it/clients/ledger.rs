//! Which of a peer's own tests pass, and why others do not: two lists that are kept beside its test, and that only grow better.

use std::{collections::BTreeMap, path::Path};

/// How one test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    /// It ran, and something was not as it expects.
    Failed,
    /// It says itself that it does not run.
    Skipped,
    /// We do not run it.
    LeftOut,
}

impl Outcome {
    pub fn of(word: &str) -> Self {
        match word {
            "passed" | "ok" => Self::Passed,
            "skipped" | "ignored" => Self::Skipped,
            "left-out" => Self::LeftOut,
            _ => Self::Failed,
        }
    }
}

/// What is known of a peer's tests.
#[derive(Debug)]
pub struct Ledger {
    passing: Vec<String>,
    /// The others: how they end, and why that is right or cannot be helped.
    others: BTreeMap<String, (Outcome, String)>,
}

impl Ledger {
    /// Reads `tests/clients/PEER/passing.txt`, a name a line, and `others.txt`: `OUTCOME NAME`, and the reason behind ` -- `.
    pub fn of(peer: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/clients")
            .join(peer);
        let lines = |file: &str| -> Vec<String> {
            let text = std::fs::read_to_string(folder.join(file)).unwrap();
            text.lines()
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
                .map(str::to_owned)
                .collect()
        };
        let others = lines("others.txt").into_iter().map(|line| {
            let (test, reason) = line
                .split_once(" -- ")
                .unwrap_or_else(|| panic!("no reason: {line}"));
            let (outcome, name) = test.split_once(' ').unwrap();
            (name.to_owned(), (Outcome::of(outcome), reason.to_owned()))
        });
        Self {
            passing: lines("passing.txt"),
            others: others.collect(),
        }
    }

    /// The names of the tests that are not run.
    pub fn left_out(&self) -> impl Iterator<Item = &str> {
        let unwanted = self
            .others
            .iter()
            .filter(|(_, (outcome, _))| *outcome == Outcome::LeftOut);
        unwanted.map(|(name, _)| name.as_str())
    }

    pub fn passing(&self) -> usize {
        self.passing.len()
    }

    /// Everything in which a run differs from the lists, a sentence each.
    pub fn differences(&self, run: &BTreeMap<String, Outcome>) -> Vec<String> {
        let mut found = Vec::new();
        for name in &self.passing {
            match run.get(name) {
                Some(Outcome::Passed) => {}
                Some(outcome) => found.push(format!("{name}: passed before, now {outcome:?}")),
                None => found.push(format!("{name}: did not run")),
            }
        }
        for (name, outcome) in run {
            match (self.others.get(name), outcome) {
                _ if self.passing.contains(name) => {}
                (Some((known, _)), outcome) if known == outcome => {}
                (_, Outcome::Passed) => {
                    found.push(format!("{name}: passes now, and belongs into passing.txt"))
                }
                (_, outcome) => found.push(format!("{name}: {outcome:?}, and others.txt does not say why")),
            }
        }
        let gone = self.others.keys().filter(|name| !run.contains_key(*name));
        found.extend(gone.map(|name| format!("{name}: there is no such test any more")));
        found
    }
}

/// Reads lines of `OUTCOME NAME`.
pub fn outcomes(text: &str) -> BTreeMap<String, Outcome> {
    let pairs = text.lines().filter_map(|line| line.split_once(' '));
    pairs
        .map(|(word, name)| (name.to_owned(), Outcome::of(word)))
        .collect()
}

#[test]
fn a_ledger_tells_every_difference() {
    let ledger = Ledger {
        passing: vec!["kept".into(), "broken".into(), "gone".into()],
        others: BTreeMap::from([
            ("hard".into(), (Outcome::Failed, "why".into())),
            ("mended".into(), (Outcome::Failed, "why".into())),
        ]),
    };
    let run = "passed kept\nfailed broken\nfailed hard\npassed mended\npassed fresh\nskipped odd";
    let differences = ledger.differences(&outcomes(run));
    let named: Vec<_> = differences
        .iter()
        .filter_map(|line| line.split(':').next())
        .collect();
    assert_eq!(
        named,
        ["broken", "gone", "fresh", "mended", "odd"],
        "{differences:?}"
    );
}
