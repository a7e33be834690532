//! Sequence numbers of page blobs.

use super::{
    reply::{Refusal, precondition_failed},
    request::Ask,
};
use crate::storage::record::Blob;

/// `x-ms-if-sequence-number-le`, `-lt` and `-eq`.
pub(super) fn check_sequence(ask: &Ask<'_>, number: u64) -> Result<(), Refusal> {
    let given = |name| ask.header_as(name, |text| text.parse::<u64>().ok());
    let unmet = given("x-ms-if-sequence-number-le")?.is_some_and(|limit| number > limit)
        || given("x-ms-if-sequence-number-lt")?.is_some_and(|limit| number >= limit)
        || given("x-ms-if-sequence-number-eq")?.is_some_and(|other| number != other);
    if unmet {
        return Err(precondition_failed(
            "SequenceNumberConditionNotMet",
            "The sequence number condition specified was not met.",
        ));
    }
    Ok(())
}

pub(super) const SEQUENCE_MAX: u64 = i64::MAX.unsigned_abs();

/// A sequence number as headers carry it: 0 to 2^63 - 1.
pub(super) fn sequence_number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number| *number <= SEQUENCE_MAX)
}

/// The sequence number after Set Blob Properties with `x-ms-sequence-number-action`.
pub(super) fn renumbered(ask: &Ask<'_>, blob: &Blob) -> Result<u64, Refusal> {
    let there = blob.rare().sequence_number;
    let given = ask.header_as("x-ms-blob-sequence-number", sequence_number)?;
    let needed = || given.ok_or_else(|| Refusal::missing_header("x-ms-blob-sequence-number"));
    match ask.header("x-ms-sequence-number-action") {
        None => Ok(there),
        Some("increment") if given.is_none() => Some(there + 1)
            .filter(|next| *next <= SEQUENCE_MAX)
            .ok_or_else(|| {
                Refusal::conflict(
                    "SequenceNumberIncrementTooLarge",
                    "The sequence number increment cannot be performed because it would result in overflow of the \
                     sequence number.",
                )
            }),
        Some("update") => needed(),
        Some("max") => Ok(there.max(needed()?)),
        Some(_) => Err(Refusal::invalid_header("x-ms-sequence-number-action")),
    }
}
