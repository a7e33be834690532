//! A repository seen as a target: its marker, its chain of commit records, its manifests. The one module that
//! knows the stored format, version 1 (`docs/format.md`; pure pieces: `coldkeep_core::format`).

mod ahead;
mod cache;
mod chain;
mod columns;
mod doubts;
mod found;
mod history;
mod judge;
mod known;
mod list;
mod listing;
mod marker;
mod namespace;
mod parts;
mod presence;
mod reading;
mod records;
mod rows;
mod signed;
mod table;
mod target;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use chain::{Commit, CommitFacts};
pub(crate) use found::{TargetsBelow, fetch_marker_id, find_target_around, find_targets_below};
pub(crate) use history::History;
pub(crate) use list::Entries;
pub(crate) use listing::Listing;
pub(crate) use marker::{FoundMarker, refusal};
pub(crate) use namespace::fetch_hierarchical;
pub(crate) use parts::PartKind;
pub(crate) use presence::{Presence, listed_md5};
pub(crate) use rows::IndexRow;
pub(crate) use target::Target;
pub(crate) use writer::{Manifest, ManifestWriter, SharedParts};
