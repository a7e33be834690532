//! The point that a run builds on: the newest one of the same source whose list can be read, and which of its parts are
//! still whole in the target.

use crate::data::ledger::{Commit, SharedParts, Target};
use coldkeep_core::{
    Problem,
    id::{JobId, TargetId},
    point::SourceAddress,
};
use coldkeep_store::{DAMAGES_PAGE, Store};
use std::{cmp::Reverse, collections::HashSet};

/// The number of points that are tried before a run copies everything again.
const CANDIDATES_MAX: usize = 16;

/// A point to build on.
#[derive(Debug, Clone)]
pub(super) struct Base {
    pub commit: Commit,
    /// Its parts that a listing shows whole in the target; the others are written again.
    pub shared: SharedParts,
}

/// Points of the same source, the best first. The job's own come first, then those of the same folder (a job that was added
/// again, a new installation), then those of a folder around it.
pub(super) fn candidates(commits: Vec<Commit>, job_id: JobId, source: &SourceAddress) -> Vec<Commit> {
    let rank = |commit: &Commit| {
        let from = &commit.record.source;
        let same_container = from.endpoint.eq_ignore_ascii_case(&source.endpoint)
            && from.account == source.account
            && from.container == source.container;
        let around = from.folder.is_empty() || source.folder.starts_with(&format!("{}/", from.folder));
        match () {
            () if !same_container => None,
            () if from.folder == source.folder => Some(u8::from(commit.record.job_id != job_id)),
            () => around.then_some(2),
        }
    };
    let mut ranked: Vec<_> = commits
        .into_iter()
        .filter_map(|commit| Some((rank(&commit)?, Reverse(commit.record.sequence), commit)))
        .collect();
    ranked.sort_by_key(|(rank, sequence, _)| (*rank, *sequence));
    ranked
        .into_iter()
        .take(CANDIDATES_MAX)
        .map(|(_, _, commit)| commit)
        .collect()
}

impl Base {
    /// Whether the target kept versions when the point was created.
    pub fn keeps_versions(&self) -> bool {
        let record = &self.commit.record;
        let mut parts = record.parts.iter().chain(&record.index_parts);
        parts.any(|part| part.version_id.is_some())
    }

    /// None where the list cannot be read: a part is neither in the target nor on this host.
    pub async fn of(target: &Target, commit: Commit, store: &Store) -> Result<Option<Base>, Problem> {
        let missing = target.fetch_missing_parts(&commit).await?;
        let record = &commit.record;
        let known = damaged_parts(store, record.target_id).await?;
        let missing = missing.iter().map(|part| part.name.as_str());
        let gone: HashSet<_> = missing.chain(known.iter().map(String::as_str)).collect();
        let unreadable = record
            .parts
            .iter()
            .any(|part| gone.contains(part.name.as_str()) && !target.has_cached(part));
        if unreadable {
            return Ok(None);
        }
        let whole = |parts: &[coldkeep_core::format::PartRef]| {
            let parts = parts.iter().filter(|part| !gone.contains(part.name.as_str()));
            parts.cloned().collect()
        };
        let shared = SharedParts {
            manifest: whole(&record.parts),
            index: whole(&record.index_parts),
        };
        Ok(Some(Base { commit, shared }))
    }
}

/// Parts of lists that verifications found damaged in the target, even if a listing shows them as intact.
async fn damaged_parts(store: &Store, target_id: TargetId) -> Result<Vec<String>, Problem> {
    let mut parts = Vec::new();
    for folder in ["i/", "m/"] {
        let mut after = (folder.to_owned(), String::new());
        loop {
            let page = store.list_damages(target_id, &after.0, &after.1).await?;
            let in_folder = page.iter().map(|damage| damage.target_name.clone());
            let found: Vec<_> = in_folder.take_while(|name| name.starts_with(folder)).collect();
            let more = found.len() == DAMAGES_PAGE;
            parts.extend(found);
            match page.last().filter(|_| more) {
                Some(last) => {
                    let version = last.target_version_id.clone().unwrap_or_default();
                    after = (last.target_name.clone(), version);
                }
                None => break,
            }
        }
    }
    Ok(parts)
}
