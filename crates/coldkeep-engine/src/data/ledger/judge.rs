//! What a blob among the commit records is: a record that a trusted key signed for this place in this target, or
//! something strange.

use super::{records::RawRecord, signed};
use coldkeep_core::{
    WriterPublicKey,
    format::{self, CommitRecord, DOMAIN_RECORD, Link, RecordHead, RecordKind, WriterRecord},
    id::TargetId,
    target_finding::Anomaly,
};
use std::collections::BTreeSet;

/// A record that is trusted.
#[derive(Debug)]
pub(super) struct Trusted {
    pub link: Link,
    /// The point of the record.
    pub point: Option<Box<CommitRecord>>,
    /// A finding about a trusted record.
    pub strange: Option<Anomaly>,
}

/// What a blob is.
#[derive(Debug)]
pub(super) enum JudgedRecord {
    Trusted(Box<Trusted>),
    /// Well signed, with a key that is not trusted (yet). Nothing in it was read.
    Untrusted(WriterPublicKey),
    Strange(Anomaly),
}

/// Judges the blob with the name of the record `sequence` of a target. Bytes that no trusted key signed are not
/// parsed.
pub(super) fn judge(
    raw: &RawRecord,
    sequence: u64,
    target_id: TargetId,
    trusted: &BTreeSet<WriterPublicKey>,
) -> JudgedRecord {
    let Some(signed) = signed::open(DOMAIN_RECORD, &raw.content) else {
        return JudgedRecord::Strange(if raw.content.starts_with(b"{") {
            Anomaly::Unsigned
        } else {
            Anomaly::Stray("it is not a signed document".into())
        });
    };
    if !signed.genuine {
        return JudgedRecord::Strange(Anomaly::WrongSignature(signed.key));
    }
    if !trusted.contains(&signed.key) {
        return JudgedRecord::Untrusted(signed.key);
    }
    match read(signed.document, sequence, target_id) {
        Ok(read) => JudgedRecord::Trusted(Box::new(Trusted {
            link: Link {
                sequence,
                sha256: raw.sha256,
                version_id: raw.version_id.clone(),
                key: signed.key,
                previous: read.head.previous,
                admits: read.admits,
            },
            point: read.point,
            strange: read.strange,
        })),
        Err(strange) => JudgedRecord::Strange(strange),
    }
}

/// The target that a record was written for, and its key, if that is one of these.
pub(super) fn signed_for(
    raw: &RawRecord,
    sequence: u64,
    keys: &[WriterPublicKey],
) -> Option<(TargetId, WriterPublicKey)> {
    let signed = signed::open(DOMAIN_RECORD, &raw.content)?;
    if !signed.genuine || !keys.contains(&signed.key) {
        return None;
    }
    let head: RecordHead = serde_json::from_slice(signed.document).ok()?;
    (head.sequence == sequence).then_some((head.target_id, signed.key))
}

struct ReadDocument {
    head: RecordHead,
    point: Option<Box<CommitRecord>>,
    admits: Option<WriterPublicKey>,
    strange: Option<Anomaly>,
}

fn read(document: &[u8], sequence: u64, target_id: TargetId) -> Result<ReadDocument, Anomaly> {
    let garbage = |e: serde_json::Error| Anomaly::Stray(e.to_string());
    let head: RecordHead = match serde_json::from_slice(document) {
        Ok(head) => head,
        Err(e) => return Err(newer(document).unwrap_or_else(|| garbage(e))),
    };
    if head.target_id != target_id {
        return Err(Anomaly::OtherTarget);
    }
    if head.sequence != sequence {
        return Err(Anomaly::Replayed(head.sequence));
    }
    if head.previous.as_ref().is_some_and(|p| p.sequence >= sequence) {
        return Err(Anomaly::Stray(
            "it names a later record as its predecessor".into(),
        ));
    }
    let newer = format::newer(head.format, Some(&head.kind), &head.requires);
    let mut read = ReadDocument {
        strange: newer.map(Anomaly::Unsupported),
        point: None,
        admits: None,
        head,
    };
    if read.strange.is_some() {
        return Ok(read);
    }
    match RecordKind::parse(&read.head.kind) {
        Some(RecordKind::Point) => read.point = Some(serde_json::from_slice(document).map_err(garbage)?),
        Some(RecordKind::Writer) => {
            let admission: WriterRecord = serde_json::from_slice(document).map_err(garbage)?;
            read.admits = Some(admission.admits);
        }
        None => {}
    }
    Ok(read)
}

/// In what a record is newer whose other members are not known either.
fn newer(document: &[u8]) -> Option<Anomaly> {
    #[derive(serde::Deserialize)]
    struct Words {
        format: u32,
        #[serde(default)]
        kind: Option<String>,
        #[serde(default)]
        requires: Vec<String>,
    }
    let words: Words = serde_json::from_slice(document).ok()?;
    format::newer(words.format, words.kind.as_deref(), &words.requires).map(Anomaly::Unsupported)
}
