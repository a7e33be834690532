//! The history of a target: its restore points as far as they are authentic, and what is strange beside them.
//!
//! Strange blobs do not affect intact ones. What is trusted: the first writer's key (as remembered; the marker
//! names it on first use), keys pinned by hand, this installation's own, and each key that a record signed with a trusted
//! key admits.

use super::{
    Commit, FoundMarker, Target,
    judge::Trusted,
    reading::Reading,
    records::{RecordNames, STRAYS_TOLD_MAX},
};
use crate::ground::Ground;
use coldkeep_core::{
    Code, Problem, WriterPublicKey,
    format::{ChainBreak, Link, Marker, Newer, Previous, check_chain},
    known_target::KnownTarget,
    target_finding::{Anomaly, TargetFinding},
};
use std::collections::BTreeSet;

/// What a target holds, as far as it is trusted.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// The restore points, oldest first.
    pub commits: Vec<Commit>,
    pub findings: Vec<TargetFinding>,
    /// None: no one has copied into this folder, or its writer is not known.
    pub known: Option<KnownTarget>,
    /// This installation's own key, if it has written here.
    pub own: Option<WriterPublicKey>,
    /// Keys that trusted records admit.
    pub admitted: BTreeSet<WriterPublicKey>,
    links: Vec<Link>,
    /// A trusted record's name, and in what it is newer than this Coldkeep, if it forbids older versions to write.
    newer: Option<(String, Newer)>,
    /// Numbers that something has, trusted or not.
    taken: BTreeSet<u64>,
}

impl History {
    /// The record that the next one names: the newest trusted one, also if it was only seen and is gone.
    pub(super) fn head(&self) -> Option<Previous> {
        let newest = self.links.last().map(Link::as_previous);
        let seen = self.known.as_ref().and_then(|known| known.head.clone());
        match (newest, seen) {
            (Some(newest), Some(seen)) if seen.sequence > newest.sequence => Some(seen),
            (None, seen) => seen,
            (newest, _) => newest,
        }
    }

    /// The first free number after the head. None: there is none.
    pub(super) fn next_sequence(&self) -> Option<u64> {
        let mut next = self.head().map_or(0, |head| head.sequence).checked_add(1)?;
        while self.taken.contains(&next) {
            next = next.checked_add(1)?;
        }
        Some(next)
    }

    pub(super) fn is_there(&self, record: &Previous) -> bool {
        self.links.iter().any(|link| link.is(record))
    }

    /// Whether there is any record that is trusted.
    pub(crate) fn has_records(&self) -> bool {
        !self.links.is_empty()
    }

    /// Whether a trusted record is signed with one of these keys.
    pub(crate) fn is_signed_by(&self, keys: &[WriterPublicKey]) -> bool {
        self.links.iter().any(|link| keys.contains(&link.key))
    }

    /// Whether anyone who follows the chain of admissions trusts this key.
    pub(crate) fn is_admitted(&self, key: &WriterPublicKey) -> bool {
        self.known.as_ref().is_some_and(|known| known.root == *key) || self.admitted.contains(key)
    }

    /// In what a marker is not that of the target that is remembered.
    pub(super) fn change_of_marker(&self, marker: &Marker) -> Option<String> {
        let known = self.known.as_ref()?;
        if marker.id != known.target_id {
            return Some(format!(
                "it is the marker of the target {}, but the target {} was seen earlier",
                marker.id, known.target_id
            ));
        }
        let key = &marker.writer_key;
        let trusted = self.is_admitted(key) || known.pinned.contains(key) || self.own == Some(*key);
        (!trusted).then(|| format!("it names the writer key {key} instead of {}", known.root))
    }
}

impl Target {
    /// Reads the existing records, and remembers the newest. A repository that has never been copied into has an empty
    /// history.
    pub(crate) async fn fetch_history(&self, ground: &Ground) -> Result<History, Problem> {
        // In this order: anyone who remembers a target has written or seen its marker before.
        let known = self.load_known(ground).await?;
        let marker = self.find_marker().await?;
        let known = match (known, &marker) {
            (Some(known), _) => known,
            (None, FoundMarker::Whole(marker)) => self.ensure_known(ground, marker).await?,
            (None, FoundMarker::Unsupported(problem)) => return Err(problem.clone()),
            (None, FoundMarker::Absent | FoundMarker::Damaged(_)) => {
                return self.unknown_history(marker).await;
            }
        };
        let own = ground.load_writer_key(known.target_id).await?;
        let names = self.list_records().await?;
        let history = self
            .read_history(names, known, own.map(|key| key.public()))
            .await?;
        self.remember_head(ground, history.links.last().map(Link::as_previous), |record| {
            history.is_there(record)
        })
        .await?;
        Ok(self.with_marker(history, marker))
    }

    /// The history of the target in `known`, independent of its marker. Nothing is remembered.
    pub(crate) async fn fetch_history_of(&self, known: KnownTarget) -> Result<History, Problem> {
        let names = self.list_records().await?;
        self.read_history(names, known, None).await
    }

    /// Of a folder without a whole marker that was never seen before.
    async fn unknown_history(&self, marker: FoundMarker) -> Result<History, Problem> {
        let mut history = History::default();
        let names = self.list_records().await?;
        let strange = match marker {
            FoundMarker::Damaged(why) => Anomaly::MarkerDamaged(why),
            _ if names.records.is_empty() => return Ok(history),
            _ => Anomaly::MarkerLost,
        };
        history.findings.push(self.of_marker(strange));
        Ok(history)
    }

    /// Refuses to write into a target with a newer record that this version does not understand. Its blobs may be
    /// about to be deleted, so a point that counts on it would be false.
    pub(crate) fn check_writable(&self, history: &History) -> Result<(), Problem> {
        let Some((name, newer)) = &history.newer else {
            return Ok(());
        };
        Err(Problem::new(
            Code::FormatUnsupported,
            self.what(&format!(
                "was written by a newer version of Coldkeep: its commit record `{name}` {newer}, which this \
                 version does not know"
            )),
            "Copy into it with that version or a newer one. This version can list, verify and restore its \
             existing points.",
        ))
    }

    /// Reports it if other machines do not trust the writer key of this installation.
    pub(crate) fn own_key_finding(&self, history: &History) -> Option<TargetFinding> {
        let own = history.own.filter(|own| !history.is_admitted(own))?;
        Some(Anomaly::OwnKeyNotAdmitted(own).into_finding(&self.repository, ""))
    }

    fn with_marker(&self, mut history: History, marker: FoundMarker) -> History {
        let strange = match marker {
            FoundMarker::Absent => Some(Anomaly::MarkerLost),
            FoundMarker::Damaged(why) => Some(Anomaly::MarkerDamaged(why)),
            FoundMarker::Unsupported(problem) => Some(Anomaly::MarkerUnsupported(problem.what)),
            FoundMarker::Whole(marker) => history.change_of_marker(&marker).map(Anomaly::MarkerChanged),
        };
        if let Some(strange) = strange {
            history.findings.insert(0, self.of_marker(strange));
        }
        history
    }

    async fn read_history(
        &self,
        names: RecordNames,
        known: KnownTarget,
        own: Option<WriterPublicKey>,
    ) -> Result<History, Problem> {
        let keys = known.pinned.iter().copied().chain([known.root]).chain(own);
        let mut reading = Reading::new(self, known.target_id, keys.collect());
        reading.read_all(&names).await?;
        let mut seen = known.lost.clone();
        seen.extend(known.head.clone());
        reading.find_versions(&seen).await?;
        let Reading {
            admitted,
            trusted,
            strange,
            ..
        } = reading;

        let mut history = History {
            taken: names.records.keys().copied().collect(),
            own,
            admitted,
            ..History::default()
        };
        history.newer = strange.iter().find_map(|(sequence, strange)| match strange {
            Anomaly::Unsupported(newer) if newer.forbids_writing() => {
                Some((self.record_name(*sequence), newer.clone()))
            }
            _ => None,
        });
        let strange = strange.into_iter().map(|(n, s)| (self.record_name(n), s));
        let strays = names.strays.into_iter().map(|name| {
            let why = "no record has such a name".to_owned();
            (format!("{}{name}", self.prefix), Anomaly::Stray(why))
        });
        self.tell(&mut history, strange.chain(strays).collect(), names.left_out);
        for (_, Trusted { link, point, .. }) in trusted {
            if let Some(record) = point {
                history.commits.push(Commit {
                    record: *record,
                    sha256: link.sha256,
                    version_id: link.version_id.clone(),
                });
            }
            history.links.push(link);
        }
        self.tell_broken(&mut history, &known, &seen);
        history.known = Some(known);
        Ok(history)
    }

    fn tell(&self, history: &mut History, strange: Vec<(String, Anomaly)>, left_out: usize) {
        let untold = left_out + strange.len().saturating_sub(STRAYS_TOLD_MAX);
        let told = strange.into_iter().take(STRAYS_TOLD_MAX);
        let told = told.map(|(name, strange)| strange.into_finding(&self.repository, &name));
        history.findings.extend(told);
        if untold > 0 {
            let name = format!("{}commits/", self.prefix);
            let told = Anomaly::TooMany(untold).into_finding(&self.repository, &name);
            history.findings.push(told);
        }
    }

    fn tell_broken(&self, history: &mut History, known: &KnownTarget, seen: &[Previous]) {
        let broken = check_chain(&history.links, known.root, seen);
        let told = broken.into_iter().take(STRAYS_TOLD_MAX).map(|broken| {
            let (sequence, strange) = match broken {
                ChainBreak::Gone { sequence, by } => (sequence, Anomaly::RecordGone(by)),
                ChainBreak::Unlinked { sequence, skipped } => (sequence, Anomaly::ChainBroken(skipped)),
            };
            strange.into_finding(&self.repository, &self.record_name(sequence))
        });
        history.findings.extend(told);
    }
}
