//! What a listing is asked for: prefix, delimiter, what is included, and where it starts.

use super::{reply::Refusal, request::Ask};
use crate::storage::moment::Tick;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

pub(super) const PAGE_MAX: usize = 5000;

/// What can be included; `permissions` has an effect in a hierarchical namespace only.
pub(super) const INCLUDED: [&str; 11] = [
    "snapshots",
    "metadata",
    "uncommittedblobs",
    "copy",
    "deleted",
    "tags",
    "versions",
    "deletedwithversions",
    "immutabilitypolicy",
    "legalhold",
    "permissions",
];

/// The words of `include`, which must be some of these.
pub(super) fn include<'q>(ask: &'q Ask<'_>, known: &[&str]) -> Result<Vec<&'q str>, Refusal> {
    let words = ask
        .query
        .get("include")
        .unwrap_or_default()
        .split(',')
        .map(str::trim);
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    let is_known = |word: &&str| known.iter().any(|one| one.eq_ignore_ascii_case(word));
    if words.iter().all(is_known) {
        Ok(words)
    } else {
        Err(Refusal::invalid_query("include"))
    }
}

/// What a listing asks for.
#[derive(Debug)]
pub(super) struct ListingRequest<'q> {
    pub(super) prefix: &'q str,
    pub(super) delimiter: &'q str,
    pub(super) marker: &'q str,
    /// As the query had it; the page is never longer than [`PAGE_MAX`].
    pub(super) max_results: Option<usize>,
    pub(super) start_from: &'q str,
    include: Vec<&'q str>,
}

impl<'q> ListingRequest<'q> {
    pub(super) fn of(ask: &'q Ask<'_>) -> Result<Self, Refusal> {
        let value = |name: &str| ask.query.get(name).unwrap_or_default();
        let max_results = match ask.query.some("maxresults").map(str::parse::<usize>) {
            None => None,
            Some(Ok(0)) => {
                return Err(Refusal::bad_request(
                    "OutOfRangeQueryParameterValue",
                    "One of the query parameters specified in the request URI is outside the permissible range.",
                ));
            }
            Some(number) => Some(number.map_err(|_| Refusal::invalid_query("maxresults"))?),
        };
        Ok(Self {
            prefix: value("prefix"),
            delimiter: value("delimiter"),
            marker: value("marker"),
            max_results,
            // Microsoft's clients have it since version 2026-02-06, but others rely on it with older ones, and the service
            // does not mind: https://github.com/apache/arrow-rs-object-store/pull/623
            start_from: value("startFrom"),
            include: include(ask, &INCLUDED)?,
        })
    }

    pub(super) fn includes(&self, what: &str) -> bool {
        self.include.iter().any(|one| one.eq_ignore_ascii_case(what))
    }

    pub(super) fn page_length(&self) -> usize {
        self.max_results.unwrap_or(PAGE_MAX).min(PAGE_MAX)
    }
}

/// Where a listing continues: at a name, after a version or snapshot of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) name: String,
    pub(super) after: Option<Tick>,
}

impl Position {
    pub(super) fn marker(&self) -> String {
        let after = self.after.map_or(0, Tick::to_bits);
        format!(
            "2!{}",
            BASE64_URL_SAFE_NO_PAD.encode(format!("{after:x}:{}", self.name))
        )
    }

    pub(super) fn parse(marker: &str) -> Option<Self> {
        let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(marker.strip_prefix("2!")?).ok()?).ok()?;
        let (after, name) = text.split_once(':')?;
        let after = u64::from_str_radix(after, 16).ok()?;
        Some(Self {
            name: name.to_owned(),
            after: (after > 0).then(|| Tick::from_bits(after)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_holds_any_place() {
        let place = Position {
            name: "a:b/\0ä".to_owned(),
            after: Some(Tick::from_bits(77)),
        };
        assert_eq!(Position::parse(&place.marker()), Some(place));
        assert_eq!(Position::parse("nonsense"), None);
    }
}
