//! A blob that is at the destination already: it stays, and counts as restored only if it is proven to be the same.

use crate::data::copy::hash_blob;
use coldkeep_azure::blob::{Container, CountsAs, Read};
use coldkeep_core::{
    Code, Problem,
    blob::{ContentHeaders, ListedBlob},
    content_hash::Agreement,
    fix,
    point::Entry,
    problem::Allowance,
    repository::Tier,
};
use std::collections::BTreeMap;

/// What the service gives a blob that was written without a content type.
const DEFAULT_CONTENT_TYPE: &str = "application/octet-stream";

/// Refuses what is there unless everything of it is what the point holds. Its content is read and hashed: no property of a
/// blob proves its content.
pub(super) async fn check_same(
    destination: &Container,
    name: &str,
    entry: &Entry,
    tier: Option<Tier>,
) -> Result<(), Problem> {
    let cannot = || format!("`{name}` exists at the destination and cannot be compared");
    let head = destination.fetch_head(name, None).await;
    let Some(head) = head.map_err(|e| e.problem(cannot()))? else {
        return Err(Problem::new(
            Code::RestoreDestinationOccupied,
            format!("`{name}` existed at the destination a moment ago and is now missing"),
            "Find out who else writes to the destination; then restore again.",
        ));
    };
    if let Some(what) = difference(entry, tier, &head.blob) {
        return Err(other(name, what));
    }
    let tags = destination.fetch_tags(name, None).await;
    if tags.map_err(|e| e.problem(cannot()))? != entry.tags {
        return Err(other(name, "tags"));
    }
    if entry.size_bytes == 0 {
        return Ok(());
    }
    let read = Read {
        if_match: Some(head.blob.etag),
        counts_as: CountsAs::Data,
        ..Read::default()
    };
    let (size_bytes, hashes) = hash_blob(destination, name, read)
        .await
        .map_err(|e| e.problem(cannot()))?;
    match entry.hashes().agreement(&hashes) {
        Agreement::Same if size_bytes == entry.size_bytes => Ok(()),
        _ => Err(other(name, "content")),
    }
}

fn other(name: &str, what: &str) -> Problem {
    Problem::new(
        Code::RestoreDestinationOccupied,
        format!("`{name}` exists at the destination with different {what}"),
        fix![
            "Restore into an empty folder, or overwrite (",
            Allowance::Overwrite,
            ")."
        ],
    )
}

/// The first difference between a blob and the point, as far as its head shows.
fn difference(entry: &Entry, tier: Option<Tier>, there: &ListedBlob) -> Option<&'static str> {
    if there.size_bytes != entry.size_bytes {
        return Some("content");
    }
    if lower_names(&there.metadata) != lower_names(&entry.metadata) {
        return Some("metadata");
    }
    if !same_headers(&entry.headers, &there.headers) {
        return Some("properties");
    }
    (tier.is_some() && there.tier != tier).then_some("tier")
}

/// Names of metadata are compared without regard to case, as the service does.
fn lower_names(metadata: &BTreeMap<String, String>) -> BTreeMap<String, &str> {
    metadata
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()))
        .collect()
}

fn same_headers(wanted: &ContentHeaders, there: &ContentHeaders) -> bool {
    let type_of = |headers: &ContentHeaders| {
        let given = headers.content_type.clone();
        given.unwrap_or_else(|| DEFAULT_CONTENT_TYPE.to_owned())
    };
    // Where none was stored, the service stores the one it computes.
    let same_md5 = wanted.content_md5.is_none() || wanted.content_md5 == there.content_md5;
    same_md5
        && type_of(wanted) == type_of(there)
        && wanted.content_encoding == there.content_encoding
        && wanted.content_language == there.content_language
        && wanted.content_disposition == there.content_disposition
        && wanted.cache_control == there.cache_control
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            size_bytes: 4,
            headers: ContentHeaders {
                content_type: Some("text/plain".into()),
                ..ContentHeaders::default()
            },
            metadata: BTreeMap::from([("Owner".to_owned(), "North".to_owned())]),
            ..Entry::default()
        }
    }

    fn there() -> ListedBlob {
        ListedBlob {
            size_bytes: 4,
            headers: ContentHeaders {
                content_md5: Some("computed".into()),
                ..entry().headers
            },
            metadata: BTreeMap::from([("owner".to_owned(), "North".to_owned())]),
            tier: Some(Tier::Hot),
            ..ListedBlob::default()
        }
    }

    #[test]
    fn every_part_of_a_blob_counts() {
        assert_eq!(difference(&entry(), None, &there()), None);
        assert_eq!(difference(&entry(), Some(Tier::Hot), &there()), None);
        assert_eq!(difference(&entry(), Some(Tier::Cool), &there()), Some("tier"));
        let longer = ListedBlob {
            size_bytes: 5,
            ..there()
        };
        assert_eq!(difference(&entry(), None, &longer), Some("content"));
        let renamed = ListedBlob {
            metadata: BTreeMap::from([("owner".to_owned(), "north".to_owned())]),
            ..there()
        };
        assert_eq!(difference(&entry(), None, &renamed), Some("metadata"));
        let plain = ListedBlob {
            headers: ContentHeaders::default(),
            ..there()
        };
        assert_eq!(difference(&entry(), None, &plain), Some("properties"));
        let stored = Entry {
            headers: ContentHeaders {
                content_md5: Some("stored".into()),
                ..entry().headers
            },
            ..entry()
        };
        assert_eq!(difference(&stored, None, &there()), Some("properties"));
    }
}
