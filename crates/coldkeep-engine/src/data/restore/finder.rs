//! Where the content of an entry is now: the ETag that pins a copy of it, by a listing or, for few entries, blob by
//! blob.

use crate::data::ledger::{Listing, Target};
use coldkeep_core::{Code, Problem, blob::ListedBlob, fix, point::Entry, problem::Verb, repository::Tier};

/// The number of names on a page of a listing.
const PAGE_NAMES: u64 = 5000;

/// Looks up the target blobs of entries that come in the order of target names.
pub(super) struct Finder {
    target: Target,
    listing: Option<Listing>,
}

/// What was found.
pub(super) enum Found {
    /// It can be copied from there while it has this ETag.
    At {
        etag: String,
    },
    Not(Problem),
}

impl Finder {
    /// `selected` of the `items` of a point will be asked for; `versions`: by their version ids.
    pub(super) fn new(target: &Target, selected: u64, items: u64, versions: bool) -> Self {
        let listing_is_cheaper = selected > items.div_ceil(PAGE_NAMES);
        Self {
            target: target.clone(),
            listing: listing_is_cheaper.then(|| target.data_blobs(versions)),
        }
    }

    pub(super) async fn find(&mut self, entry: &Entry) -> Result<Found, Problem> {
        if entry.size_bytes == 0 {
            // Nothing is read from there.
            return Ok(Found::At { etag: String::new() });
        }
        let blob = match &mut self.listing {
            Some(listing) => {
                let there = listing.seek(&entry.target_name).await?;
                there.version(entry.target_version_id.as_deref()).cloned()
            }
            None => self.head(entry).await?,
        };
        Ok(judge(entry, blob))
    }

    async fn head(&self, entry: &Entry) -> Result<Option<ListedBlob>, Problem> {
        let name = self.target.blob_name(&entry.target_name);
        let head = self
            .target
            .container()
            .fetch_head(&name, entry.target_version_id.as_deref())
            .await;
        head.map(|head| head.map(|h| h.blob))
            .map_err(|e| e.problem(format!("`{name}` cannot be looked up in the target")))
    }
}

fn judge(entry: &Entry, blob: Option<ListedBlob>) -> Found {
    let damaged = |why: String| {
        Found::Not(Problem::new(
            Code::ContentDamaged,
            format!(
                "`{}` is not restored: its content `{}` {why}",
                entry.name, entry.target_name
            ),
            fix![
                "Restore it from another point. To check what else is damaged: ",
                Verb::PointVerify.any(),
                "."
            ],
        ))
    };
    let Some(blob) = blob else {
        return damaged("is no longer in the target".into());
    };
    if blob.tier == Some(Tier::Archive) {
        return Found::Not(Problem::new(
            Code::BlobOffline,
            format!(
                "`{}` is not restored: its content is in the Archive tier",
                entry.name
            ),
            "Move it to an online tier first (Set Blob Tier), then restore again.",
        ));
    }
    if entry.pack_offset.is_some() {
        return Found::Not(Problem::new(
            Code::BlobPacked,
            format!("`{}` is not restored: it is in a pack", entry.name),
            "Restore it with the version of Coldkeep that wrote the pack.",
        ));
    }
    if blob.size_bytes != entry.size_bytes {
        return damaged(format!(
            "has {} bytes instead of {}",
            blob.size_bytes, entry.size_bytes
        ));
    }
    Found::At { etag: blob.etag }
}

#[cfg(test)]
mod tests {
    use super::*;
    use coldkeep_core::Kind;

    fn entry() -> Entry {
        Entry {
            name: "a".into(),
            target_name: "b/00/x".to_owned().try_into().unwrap(),
            size_bytes: 3,
            ..Entry::default()
        }
    }

    fn blob() -> ListedBlob {
        ListedBlob {
            name: "b/00/x".into(),
            size_bytes: 3,
            etag: "0x1".into(),
            ..ListedBlob::default()
        }
    }

    fn kind(found: Found) -> Option<Kind> {
        match found {
            Found::At { .. } => None,
            Found::Not(problem) => Some(problem.kind),
        }
    }

    #[test]
    fn only_what_is_whole_and_online_is_restored() {
        assert_eq!(kind(judge(&entry(), Some(blob()))), None);
        assert_eq!(kind(judge(&entry(), None)), Some(Kind::Corrupt));
        let short = ListedBlob {
            size_bytes: 2,
            ..blob()
        };
        assert_eq!(kind(judge(&entry(), Some(short))), Some(Kind::Corrupt));
        let archived = ListedBlob {
            tier: Some(Tier::Archive),
            ..blob()
        };
        assert_eq!(kind(judge(&entry(), Some(archived))), Some(Kind::Unsupported));
        let packed = Entry {
            pack_offset: Some(0),
            pack_length: Some(3),
            ..entry()
        };
        assert_eq!(kind(judge(&packed, Some(blob()))), Some(Kind::Unsupported));
    }
}
