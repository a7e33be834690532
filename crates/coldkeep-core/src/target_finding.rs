//! What is strange in a target: blobs that Coldkeep did not write, or missing ones. Reported, without affecting
//! the intact points. The sentences are built only here.

use crate::{
    Code, Fix, fix,
    format::Newer,
    problem::{Field, Verb},
    writer_key::WriterPublicKey,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Something strange in a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetFinding {
    /// The repository, by Coldkeep's name for it.
    pub repository: String,
    pub code: FindingCode,
    /// The blob's name, whole; empty if it is not about one.
    pub name: String,
    /// The key that signed it, or that this is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer_key: Option<WriterPublicKey>,
    /// What it is, as a sentence without its full stop.
    pub what: String,
    /// What to do.
    pub fix: Fix,
}

/// What sort of finding it is, for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingCode {
    /// A blob among the records that is not a record.
    Stray,
    /// A record without a signature.
    Unsigned,
    /// A record whose signature is not of the key that it names, over these bytes.
    WrongSignature,
    /// A record signed with a key that is not trusted here.
    KeyNotTrusted,
    /// A copy of another record.
    Replayed,
    /// A record that was written for another target.
    OtherTarget,
    /// A record or marker of a later version of Coldkeep.
    Unsupported,
    /// A record that was there, or that another one names, is gone.
    RecordGone,
    /// A record was overwritten or deleted; its version is still there and is used.
    RecordReplaced,
    /// A record that does not name the one before it.
    ChainBroken,
    /// Too many blobs among the records to look at all.
    TooMany,
    MarkerLost,
    MarkerDamaged,
    /// The marker is another one than that seen earlier.
    MarkerChanged,
    /// This installation signs with a key that no trusted writer has admitted.
    OwnKeyNotAdmitted,
    /// Two repositories have different points of one id.
    SamePointId,
}

/// What is found, before it is put into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Anomaly {
    /// Why it is no record.
    Stray(String),
    Unsigned,
    WrongSignature(WriterPublicKey),
    KeyNotTrusted(WriterPublicKey),
    /// The number in it.
    Replayed(u64),
    OtherTarget,
    Unsupported(Newer),
    /// Named by this record, or seen earlier.
    RecordGone(Option<u64>),
    RecordReplaced,
    /// The record that it passes over.
    ChainBroken(u64),
    TooMany(usize),
    MarkerLost,
    MarkerDamaged(String),
    /// What of it is not known.
    MarkerUnsupported(String),
    MarkerChanged(String),
    OwnKeyNotAdmitted(WriterPublicKey),
    /// The other repository.
    SamePointId(String),
}

const DELETE_STRAY: &str = "It is ignored. Find out who is allowed to write into this container; delete the blob if it is not \
    yours.";

impl Anomaly {
    /// In words. `name`: the blob's name, whole.
    pub fn into_finding(self, repository: &str, name: &str) -> TargetFinding {
        let writer_key = match &self {
            Self::WrongSignature(key) | Self::KeyNotTrusted(key) | Self::OwnKeyNotAdmitted(key) => Some(*key),
            _ => None,
        };
        let (code, what, fix) = self.words(repository, name);
        TargetFinding {
            repository: repository.to_owned(),
            code,
            name: name.to_owned(),
            writer_key,
            what,
            fix,
        }
    }

    fn words(self, repository: &str, name: &str) -> (FindingCode, String, Fix) {
        use FindingCode as Code;
        let stray = |code, what: String| (code, what, DELETE_STRAY.into());
        match self {
            Self::Stray(why) => stray(Code::Stray, format!("`{name}` is not a commit record ({why})")),
            Self::Unsigned => stray(
                Code::Unsigned,
                format!("The commit record `{name}` is not signed"),
            ),
            Self::WrongSignature(key) => stray(
                Code::WrongSignature,
                format!(
                    "The commit record `{name}` has an invalid signature: the writer key {key} did not sign \
                    these bytes"
                ),
            ),
            Self::KeyNotTrusted(key) => (
                Code::KeyNotTrusted,
                format!(
                    "The commit record `{name}` is signed with the writer key {key}, which is not trusted here"
                ),
                fix![
                    "It is ignored. If that key belongs to another Coldkeep installation of yours (to see \
                    that installation's key: ",
                    Verb::RepositoryAttach.any(),
                    "), trust it on a machine whose key is already trusted: ",
                    Verb::RepositoryAdmit
                        .of(repository)
                        .with(Field::WriterKey.set(key)),
                    "; or for this machine only: ",
                    Verb::RepositoryAttach
                        .of(repository)
                        .with(Field::WriterKey.set(key)),
                    "."
                ],
            ),
            Self::Replayed(sequence) => stray(
                Code::Replayed,
                format!("`{name}` is a copy of the commit record {sequence} under another number"),
            ),
            Self::OtherTarget => stray(
                Code::OtherTarget,
                format!("The commit record `{name}` was written for another target"),
            ),
            Self::Unsupported(newer) => (
                Code::Unsupported,
                format!(
                    "The commit record `{name}` {newer}, which this version of Coldkeep does not know: a \
                    newer version wrote it"
                ),
                if newer.forbids_writing() {
                    "This version lists, verifies and restores the points that it knows, but copies nothing \
                    into the target. Use the version of Coldkeep that wrote the record, or a newer one."
                } else {
                    "Read it with the version of Coldkeep that wrote it, or a newer one."
                }
                .into(),
            ),
            Self::TooMany(n) => stray(
                Code::TooMany,
                format!(
                    "`{name}` holds more blobs than a target can have commit records; {n} of them were not \
                    read"
                ),
            ),
            other => other.words_of_loss(repository, name),
        }
    }

    /// About records that were there.
    fn words_of_loss(self, repository: &str, name: &str) -> (FindingCode, String, Fix) {
        use FindingCode as Code;
        let lost = "The other points are not affected. Find out who deletes blobs in this container; if the \
            account keeps deleted blobs or versions, restore it.";
        match self {
            Self::RecordGone(Some(by)) => (
                Code::RecordGone,
                format!(
                    "The commit record `{name}`, which the record {by} names, is missing or was replaced: \
                    its point is lost"
                ),
                lost.into(),
            ),
            Self::RecordGone(None) => (
                Code::RecordGone,
                format!(
                    "The commit record `{name}`, which was seen here earlier, is missing or was replaced: \
                    its point is lost"
                ),
                lost.into(),
            ),
            Self::RecordReplaced => (
                Code::RecordReplaced,
                format!(
                    "The commit record `{name}` was overwritten or deleted outside Coldkeep; the version \
                    that was written still exists and is used"
                ),
                "Find out who overwrites blobs in this container.".into(),
            ),
            Self::ChainBroken(skipped) => (
                Code::ChainBroken,
                format!("The commit record `{name}` does not name the record {skipped} before it"),
                "Its writer did not see that record, or its key is also used elsewhere: check both points."
                    .into(),
            ),
            other => other.words_of_target(repository, name),
        }
    }

    /// About the marker, and what is of no single record.
    fn words_of_target(self, repository: &str, name: &str) -> (FindingCode, String, Fix) {
        use FindingCode as Code;
        match self {
            Self::MarkerDamaged(why) => (
                Code::MarkerDamaged,
                format!("The marker `{name}` is damaged ({why})"),
                fix![
                    "Delete that blob (with a permission that Coldkeep's own credential should not have), then write it \
                     again: ",
                    Verb::RepositoryAttach.of(repository),
                    "."
                ],
            ),
            Self::MarkerUnsupported(what) => (
                Code::Unsupported,
                what,
                "Use the version of Coldkeep that wrote it, or a newer one.".into(),
            ),
            Self::MarkerChanged(why) => (
                Code::MarkerChanged,
                format!("The marker `{name}` is not the one that was seen here earlier: {why}"),
                fix![
                    format!(
                        "It is not used. If the target was created again intentionally, remove the \
                        repository `{repository}` and add it again; otherwise restore the earlier marker, \
                         or delete this one and write it again: "
                    ),
                    Verb::RepositoryAttach.of(repository),
                    "."
                ],
            ),
            Self::OwnKeyNotAdmitted(key) => (
                Code::OwnKeyNotAdmitted,
                format!(
                    "This installation signs its points in `{repository}` with the writer key {key}, which \
                    no earlier writer has admitted: other machines do not list these points yet"
                ),
                fix![
                    "On the machine that wrote here first (with its own name for the repository): ",
                    Verb::RepositoryAdmit
                        .of(repository)
                        .with(Field::WriterKey.set(key)),
                    ". A machine that only reads can use this instead: ",
                    Verb::RepositoryAttach.any().with(Field::WriterKey),
                    "."
                ],
            ),
            Self::SamePointId(other) => (
                Code::SamePointId,
                format!(
                    "The restore point {name} is in `{repository}` and in `{other}`, with different records"
                ),
                "Choose one of them with REPOSITORY/POINT.".into(),
            ),
            // MarkerLost; the rest has its words above.
            _ => (
                Code::MarkerLost,
                format!("The marker `{name}` is missing"),
                fix![
                    "Prove which writer the records belong to, and write the marker again: ",
                    Verb::RepositoryAttach.of(repository),
                    "."
                ],
            ),
        }
    }
}

impl FindingCode {
    /// The word under which it is a problem, or a finding of `doctor`.
    pub fn code(self) -> Code {
        match self {
            Self::Stray
            | Self::Unsigned
            | Self::WrongSignature
            | Self::KeyNotTrusted
            | Self::Replayed
            | Self::OtherTarget
            | Self::TooMany => Code::RecordNotTrusted,
            Self::Unsupported => Code::FormatUnsupported,
            Self::RecordGone | Self::RecordReplaced | Self::ChainBroken => Code::TargetDamaged,
            Self::MarkerLost | Self::MarkerDamaged | Self::MarkerChanged => Code::MarkerDamaged,
            Self::OwnKeyNotAdmitted => Code::WriterNotAdmitted,
            Self::SamePointId => Code::PointAmbiguous,
        }
    }
}

impl TargetFinding {
    /// What it is, and what to do.
    pub fn words(&self) -> Fix {
        Fix::from(format!("{}.", self.what)).then(self.fix.clone())
    }
}

impl fmt::Display for TargetFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.words().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_an_unknown_key_says_what_would_trust_it() {
        let key = WriterPublicKey([7; 32]);
        let finding = Anomaly::KeyNotTrusted(key).into_finding("vault", "f/commits/1.json");
        assert_eq!(finding.code, FindingCode::KeyNotTrusted);
        assert!(finding.what.contains("`f/commits/1.json`"), "{finding}");
        let given = Field::WriterKey.set(key);
        for action in [
            Verb::RepositoryAdmit.of("vault").with(given.clone()),
            Verb::RepositoryAttach.of("vault").with(given),
        ] {
            assert!(finding.fix.actions().any(|named| *named == action), "{finding}");
        }
    }

    #[test]
    fn every_finding_names_what_it_is_about() {
        for strange in [
            Anomaly::Stray("it is empty".into()),
            Anomaly::Replayed(3),
            Anomaly::RecordGone(None),
            Anomaly::MarkerLost,
            Anomaly::ChainBroken(2),
        ] {
            let finding = strange.into_finding("vault", "the/name");
            assert!(finding.what.contains("`the/name`"), "{finding}");
            assert!(
                finding.fix.to_string().ends_with('.') && !finding.what.ends_with('.'),
                "{finding}"
            );
        }
    }
}
