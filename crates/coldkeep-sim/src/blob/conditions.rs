//! Conditional headers: <https://learn.microsoft.com/rest/api/storageservices/specifying-conditional-headers-for-blob-service-operations>.

use http::StatusCode;

use super::{reply::Refusal, request::Ask, tag_query::Expression};
use crate::storage::{
    moment::{Tick, parse_http_date},
    record::Blob,
};

/// The conditions of one request on one blob.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    if_match: Option<String>,
    if_none_match: Option<String>,
    modified_since_s: Option<i64>,
    unmodified_since_s: Option<i64>,
    tags: Option<Expression>,
}

/// What is done under the conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Read,
    Write,
}

/// Why a condition is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unmet {
    /// `If-None-Match: *`, and there is something.
    Exists,
    /// `If-None-Match` or `If-Modified-Since`: for a read, nothing new.
    NotModified,
    /// `If-Match` or `If-Unmodified-Since`.
    Changed,
}

impl Conditions {
    /// The conditions on the blob addressed.
    pub(super) fn of(ask: &Ask<'_>) -> Result<Self, Refusal> {
        Self::named(
            ask,
            [
                "if-match",
                "if-none-match",
                "if-modified-since",
                "if-unmodified-since",
                "x-ms-if-tags",
            ],
        )
    }

    /// The conditions on the source of a copy.
    pub(super) fn of_source(ask: &Ask<'_>) -> Result<Self, Refusal> {
        Self::named(
            ask,
            [
                "x-ms-source-if-match",
                "x-ms-source-if-none-match",
                "x-ms-source-if-modified-since",
                "x-ms-source-if-unmodified-since",
                "x-ms-source-if-tags",
            ],
        )
    }

    fn named(
        ask: &Ask<'_>,
        [matches, none_match, modified, unmodified, tags]: [&str; 5],
    ) -> Result<Self, Refusal> {
        let date = |text: &str| parse_http_date(text).map(|at| at.as_second());
        Ok(Self {
            if_match: ask.header(matches).map(str::to_owned),
            if_none_match: ask.header(none_match).map(str::to_owned),
            modified_since_s: ask.header_as(modified, date)?,
            unmodified_since_s: ask.header_as(unmodified, date)?,
            tags: ask.header_as(tags, Expression::condition)?,
        })
    }

    /// Whether the request can only create.
    pub(super) fn only_creates(&self) -> bool {
        self.if_none_match.as_deref() == Some("*")
    }

    /// Writes take one condition, or one of two pairs, of which the first of each decides.
    fn check_combination(&self) -> Result<(), Refusal> {
        let given = [
            self.if_match.is_some(),
            self.if_none_match.is_some(),
            self.modified_since_s.is_some(),
            self.unmodified_since_s.is_some(),
        ];
        let several = |list: &Option<String>| list.as_ref().is_some_and(|list| list.contains(','));
        let allowed = match given {
            [true, false, false, _] | [false, true, _, false] => true,
            [false, false, modified, unmodified] => !(modified && unmodified),
            _ => false,
        };
        if allowed && !several(&self.if_match) && !several(&self.if_none_match) {
            return Ok(());
        }
        Err(Refusal::bad_request(
            "MultipleConditionHeadersNotSupported",
            "Multiple condition headers are not supported.",
        ))
    }

    /// Tests the conditions on what is there. Reads: `If-Match && If-Unmodified-Since && (If-None-Match ||
    /// If-Modified-Since)`; for writes an ETag decides alone.
    fn test(&self, blob: Option<&Blob>, purpose: Use) -> Result<(), Unmet> {
        let Some(blob) = blob else {
            return if self.if_match.is_some() || self.tags.is_some() {
                Err(Unmet::Changed)
            } else {
                Ok(())
            };
        };
        let etag = blob.modified.etag();
        let names_it =
            |list: &str| list == "*" || list.split(',').any(|one| one.trim().trim_matches('"') == etag);
        if self.only_creates() {
            return Err(Unmet::Exists);
        }
        if self.if_match.as_deref().is_some_and(|list| !names_it(list)) {
            return Err(Unmet::Changed);
        }
        let by_date = |since: Option<i64>, by_etag: &Option<String>| {
            since.filter(|_| purpose == Use::Read || by_etag.is_none())
        };
        let unmodified = by_date(self.unmodified_since_s, &self.if_match);
        if unmodified.is_some_and(|since| blob.modified.seconds() > since) {
            return Err(Unmet::Changed);
        }
        let another = self.if_none_match.as_deref().map(|list| !names_it(list));
        let newer = by_date(self.modified_since_s, &self.if_none_match);
        let newer = newer.map(|since| blob.modified.seconds() > since);
        let wanted = another.is_some() || newer.is_some();
        if wanted && another != Some(true) && newer != Some(true) {
            return Err(Unmet::NotModified);
        }
        if self
            .tags
            .as_ref()
            .is_some_and(|tags| !tags.matches("", &blob.tags))
        {
            return Err(Unmet::Changed);
        }
        Ok(())
    }

    /// Tests the times on a container that was last changed at `modified`: containers know no other conditions.
    pub(super) fn on_container(&self, modified: Tick) -> Result<(), Refusal> {
        let changed = self
            .unmodified_since_s
            .is_some_and(|since| modified.seconds() > since);
        let unchanged = self
            .modified_since_s
            .is_some_and(|since| modified.seconds() <= since);
        if changed || unchanged {
            return Err(Refusal::condition_not_met());
        }
        Ok(())
    }

    /// Tests for a read.
    pub(super) fn for_read(&self, blob: &Blob) -> Result<(), Refusal> {
        self.test(Some(blob), Use::Read).map_err(|unmet| match unmet {
            Unmet::Changed => Refusal::condition_not_met(),
            Unmet::Exists | Unmet::NotModified => Refusal {
                status: StatusCode::NOT_MODIFIED,
                headers: vec![
                    ("etag", blob.modified.quoted_etag()),
                    ("last-modified", blob.modified.http_date()),
                ],
                ..Refusal::condition_not_met()
            },
        })
    }

    /// Tests for a write.
    pub(super) fn for_write(&self, blob: Option<&Blob>) -> Result<(), Refusal> {
        self.check_combination()?;
        self.test(blob, Use::Write).map_err(|unmet| match unmet {
            Unmet::Exists => Refusal::conflict("BlobAlreadyExists", "The specified blob already exists."),
            Unmet::Changed | Unmet::NotModified => Refusal::condition_not_met(),
        })
    }

    /// Tests on the source of a copy.
    pub(super) fn for_source(&self, blob: &Blob) -> Result<(), Refusal> {
        self.test(Some(blob), Use::Read).map_err(|_| Refusal {
            code: "SourceConditionNotMet",
            message: "The source condition specified using HTTP conditional header(s) is not met.".to_owned(),
            ..Refusal::condition_not_met()
        })
    }
}
