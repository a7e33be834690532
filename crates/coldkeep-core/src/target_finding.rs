//! What is strange in a target: something that Coldkeep did not write, or that is gone. Told, and never in the way of
//! the points that are whole. The sentences are made here and nowhere else.

use crate::{format::Newer, writer_key::WriterPublicKey};
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
    /// What to do, as a sentence.
    pub fix: String,
}

/// What sort of finding it is, for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingCode {
    /// Among the records lies what is none.
    Stray,
    /// A record without a signature.
    Unsigned,
    /// A record whose signature is not of the key that it names, over these bytes.
    WrongSignature,
    /// A record signed with a key that nobody here trusts.
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
pub enum Strange {
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

const DELETE_STRAY: &str =
    "It is ignored. Find out who may write into this container; delete the blob if it is not yours.";

impl Strange {
    /// In words. `name`: the blob's name, whole.
    pub fn told(self, repository: &str, name: &str) -> TargetFinding {
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

    fn words(self, repository: &str, name: &str) -> (FindingCode, String, String) {
        use FindingCode as Code;
        let stray = |code, what: String| (code, what, DELETE_STRAY.to_owned());
        match self {
            Self::Stray(why) => stray(Code::Stray, format!("`{name}` is not a commit record ({why})")),
            Self::Unsigned => stray(
                Code::Unsigned,
                format!("The commit record `{name}` is not signed"),
            ),
            Self::WrongSignature(key) => stray(
                Code::WrongSignature,
                format!(
                    "The commit record `{name}` has a wrong signature: the writer key {key} did not sign these bytes"
                ),
            ),
            Self::KeyNotTrusted(key) => (
                Code::KeyNotTrusted,
                format!(
                    "The commit record `{name}` is signed with the writer key {key}, which is not trusted here"
                ),
                format!(
                    "It is ignored. If that key is another Coldkeep's of yours (there `coldkeep repository attach` shows \
                     its own key): `coldkeep repository admit {repository} --writer-key {key}` on a machine whose key is \
                     trusted, or `coldkeep repository attach {repository} --writer-key {key}` for this machine alone."
                ),
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
                format!("The commit record `{name}` {newer}, which this Coldkeep does not know: a newer one wrote it"),
                if newer.forbids_writing() {
                    "This one lists, verifies and restores the points that it knows, and copies nothing into the target. Use \
                     the version of Coldkeep that wrote the record, or a newer one."
                } else {
                    "Read it with the version of Coldkeep that wrote it, or a newer one."
                }
                .into(),
            ),
            Self::TooMany(n) => stray(
                Code::TooMany,
                format!(
                    "`{name}` holds more blobs than can be commit records; {n} of them were not looked at"
                ),
            ),
            other => other.words_of_loss(repository, name),
        }
    }

    /// About what was there, and about the target as a whole.
    fn words_of_loss(self, repository: &str, name: &str) -> (FindingCode, String, String) {
        use FindingCode as Code;
        let lost = "The other points are not touched by that. Find out who deletes in this container; where the account \
                    keeps deleted blobs or versions, bring it back."
            .to_owned();
        match self {
            Self::RecordGone(Some(by)) => (
                Code::RecordGone,
                format!("The commit record `{name}`, which the record {by} names, is gone or is another one: its point is lost"),
                lost,
            ),
            Self::RecordGone(None) => (
                Code::RecordGone,
                format!("The commit record `{name}`, which was seen here earlier, is gone or is another one: its point is lost"),
                lost,
            ),
            Self::RecordReplaced => (
                Code::RecordReplaced,
                format!("Somebody has overwritten or deleted the commit record `{name}`; the version that was written is still there and is used"),
                "Find out who overwrites in this container.".into(),
            ),
            Self::ChainBroken(skipped) => (
                Code::ChainBroken,
                format!("The commit record `{name}` does not name the record {skipped} before it"),
                "Whoever wrote it did not see that record, or somebody else has its key: look at both points.".into(),
            ),
            Self::MarkerDamaged(why) => (
                Code::MarkerDamaged,
                format!("The marker `{name}` is damaged ({why})"),
                format!(
                    "Delete that blob (with a right that Coldkeep's own credential should not have), then \
                     `coldkeep repository attach {repository}` writes it again."
                ),
            ),
            Self::MarkerUnsupported(what) => (
                Code::Unsupported,
                what,
                "Use the version of Coldkeep that wrote it, or a newer one.".into(),
            ),
            Self::MarkerChanged(why) => (
                Code::MarkerChanged,
                format!("The marker `{name}` is not the one that was seen here earlier: {why}"),
                format!(
                    "Nothing is taken from it. If the target was made again on purpose, remove the repository `{repository}` \
                     and add it again; else bring the earlier marker back, or delete this one and use \
                     `coldkeep repository attach {repository}`."
                ),
            ),
            Self::OwnKeyNotAdmitted(key) => (
                Code::OwnKeyNotAdmitted,
                format!("This Coldkeep signs its points in `{repository}` with the writer key {key}, which no earlier writer has admitted: other machines do not list them yet"),
                format!(
                    "On the machine that wrote here first: `coldkeep repository admit {repository} --writer-key {key}` (with \
                     its own name for the repository). A machine that only reads can use `repository attach --writer-key` instead."
                ),
            ),
            Self::SamePointId(other) => (
                Code::SamePointId,
                format!("The restore point {name} is in `{repository}` and in `{other}`, with different records"),
                "Name the one that is meant as REPOSITORY/POINT.".into(),
            ),
            // MarkerLost; the rest has its words above.
            _ => (
                Code::MarkerLost,
                format!("The marker `{name}` is gone"),
                format!("`coldkeep repository attach {repository}` proves whose records these are and writes it again."),
            ),
        }
    }
}

impl fmt::Display for TargetFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", self.what, self.fix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_an_unknown_key_says_which_commands_would_trust_it() {
        let key = WriterPublicKey([7; 32]);
        let finding = Strange::KeyNotTrusted(key).told("vault", "f/commits/1.json");
        assert_eq!(finding.code, FindingCode::KeyNotTrusted);
        let text = finding.to_string();
        for part in [
            "`f/commits/1.json`".to_owned(),
            format!("repository admit vault --writer-key {key}"),
            format!("repository attach vault --writer-key {key}"),
        ] {
            assert!(text.contains(&part), "{part}: {text}");
        }
    }

    #[test]
    fn every_finding_names_what_it_is_about() {
        for strange in [
            Strange::Stray("it is empty".into()),
            Strange::Replayed(3),
            Strange::RecordGone(None),
            Strange::MarkerLost,
            Strange::ChainBroken(2),
        ] {
            let finding = strange.told("vault", "the/name");
            assert!(finding.what.contains("`the/name`"), "{finding}");
            assert!(
                finding.fix.ends_with('.') && !finding.what.ends_with('.'),
                "{finding}"
            );
        }
    }
}
