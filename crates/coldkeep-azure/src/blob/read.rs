//! Reading: a container's facts, a page of its list, a blob's head, tags and content, blocks that are staged.

use bytes::Bytes;
use coldkeep_core::{
    Timestamp,
    blob::{ContentHeaders, ListedBlob},
};
use http::{HeaderMap, Method};
use std::collections::BTreeMap;

use super::{
    BlobBody, BlobHead, Container, ContainerFacts, Include, ListPage, Read, StagedBlock,
    content::RemainingContent,
    error::is_absent,
    headers::{crc64, date, etag, flag, put_metadata, size, text},
    list,
    pages::PAGE_ENTRIES_MAX,
    request::{BlobRequest, quoted},
    span::{BLOB_BYTES_MAX, Span},
};
use crate::Error;

/// The version that brought `x-ms-resource-type`.
const RESOURCE_TYPE_SINCE: &str = "2020-10-02";

impl Container {
    /// The container's properties; proves that it exists and is readable.
    /// <https://learn.microsoft.com/rest/api/storageservices/get-container-properties>; whether names are hierarchical
    /// comes from <https://learn.microsoft.com/rest/api/storageservices/get-account-information>, for which a caller may
    /// lack the right.
    ///
    /// # Errors
    /// `ContainerNotFound`, a missing right, or no way to the service.
    pub async fn fetch_facts(&self) -> Result<ContainerFacts, Error> {
        let answer = self
            .send_whole(BlobRequest::container(Method::GET).query("restype", "container"))
            .await?;
        let account = BlobRequest::container(Method::GET)
            .query("restype", "account")
            .query("comp", "properties");
        let hns = match self.send_whole(account).await {
            Ok(answer) => flag(answer.headers(), "x-ms-is-hns-enabled"),
            Err(error) if error.status().is_some_and(|status| status < 500) => None,
            Err(error) => return Err(error),
        };
        let headers = answer.headers();
        Ok(ContainerFacts {
            service_time: self.service_time(headers),
            etag: etag(headers),
            last_modified: date(headers, "last-modified"),
            hns,
            immutable_versions: flag(headers, "x-ms-immutable-storage-with-versioning-enabled"),
        })
    }

    /// One page of the blobs whose names begin with `prefix`, at most `max_results` (the service's own limit is
    /// 5,000). `marker` is the `next_marker` of the page before. A page may be empty and not the last.
    /// [`Container::list`] reads one after another.
    /// <https://learn.microsoft.com/rest/api/storageservices/list-blobs>
    ///
    /// # Errors
    /// `ContainerNotFound`, a missing right (tags need one of their own), or no way to the service. A page that is too
    /// long for memory is not read ([`Error::is_too_long`]).
    pub async fn fetch_list_page(
        &self,
        prefix: &str,
        marker: Option<&str>,
        include: Include,
        max_results: Option<u32>,
    ) -> Result<ListPage, Error> {
        let mut request = BlobRequest::container(Method::GET)
            .query("restype", "container")
            .query("comp", "list");
        if !prefix.is_empty() {
            request = request.query("prefix", prefix);
        }
        if let Some(marker) = marker {
            request = request.query("marker", marker);
        }
        if let Some(max) = max_results {
            request = request.query("maxresults", max.to_string());
        }
        let wanted = [
            (include.metadata, "metadata"),
            (include.tags, "tags"),
            (include.versions, "versions"),
        ];
        let wanted: Vec<_> = wanted
            .iter()
            .filter(|(yes, _)| *yes)
            .map(|(_, word)| *word)
            .collect();
        if !wanted.is_empty() {
            request = request.query("include", wanted.join(","));
        }
        let answer = self
            .send_whole(request.answer_limit(list::PAGE_BYTES_MAX))
            .await?;
        let entries_max = max_results.unwrap_or(PAGE_ENTRIES_MAX) as usize;
        let (blobs, next_marker) = match list::parse_page(answer.body(), include.versions, entries_max) {
            Ok(page) => page,
            Err(list::Unread::Malformed(e)) => return Err(self.unreadable(answer.headers(), e)),
            Err(list::Unread::TooMuch) => {
                return Err(Error::too_long(&self.inner.service, list::PAGE_BYTES_MAX));
            }
        };
        Ok(ListPage {
            blobs,
            next_marker,
            service_time: self.service_time(answer.headers()),
        })
    }

    /// A blob's properties and metadata; none if it does not exist.
    /// <https://learn.microsoft.com/rest/api/storageservices/get-blob-properties>
    ///
    /// # Errors
    /// `ContainerNotFound`, a missing right, or no way to the service.
    pub async fn fetch_head(&self, name: &str, version_id: Option<&str>) -> Result<Option<BlobHead>, Error> {
        match self
            .send_streaming(BlobRequest::blob(Method::HEAD, name).version(version_id))
            .await
        {
            Ok(answer) => self.head(name, answer.headers()).map(Some),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A blob's index tags. <https://learn.microsoft.com/rest/api/storageservices/get-blob-tags>
    ///
    /// # Errors
    /// `BlobNotFound`, a missing right (reading tags is one of its own), or no way to the service.
    pub async fn fetch_tags(
        &self,
        name: &str,
        version_id: Option<&str>,
    ) -> Result<BTreeMap<String, String>, Error> {
        let request = BlobRequest::blob(Method::GET, name)
            .query("comp", "tags")
            .version(version_id);
        let answer = self.send_whole(request).await?;
        list::parse_tags(answer.body()).map_err(|e| self.unreadable(answer.headers(), e))
    }

    /// A blob's content, streamed; a broken connection is taken up again where it broke. <https://learn.microsoft.com/rest/api/storageservices/get-blob>
    ///
    /// # Errors
    /// `BlobNotFound`, `BlobArchived`, `ConditionNotMet` (its ETag is no longer `if_match`), `InvalidRange`.
    pub async fn fetch_blob(&self, name: &str, read: Read) -> Result<BlobBody, Error> {
        let mut request = BlobRequest::blob(Method::GET, name)
            .version(read.version_id.as_deref())
            .counts_as(read.counts_as);
        if let Some(range) = read.range {
            request = request.header("range", &format!("bytes={}-{}", range.offset, range.last()));
        }
        if let Some(etag) = &read.if_match {
            request = request.header("if-match", &quoted(etag));
        }
        let (head, body) = self.send_streaming(request).await?.into_parts();
        let span = Span::of(head.status, &head.headers, read.range)
            .map_err(|e| self.unreadable(&head.headers, e))?;
        let head = self.head(name, &head.headers)?;
        let remaining = RemainingContent {
            container: self.clone(),
            name: name.to_owned(),
            version_id: read.version_id,
            etag: head.blob.etag.clone(),
            counts_as: read.counts_as,
            next: span.begin,
            end: span.end,
            body,
        };
        Ok(BlobBody {
            head,
            stream: remaining.stream(),
        })
    }

    /// A small blob, whole: for what is kept in memory. A connection that breaks is a try that failed.
    ///
    /// # Errors
    /// As [`Container::fetch_blob`]; one that is longer than `limit_bytes` is not read ([`Error::is_too_long`]),
    /// independent of its headers.
    pub async fn fetch_small_blob(
        &self,
        name: &str,
        version_id: Option<&str>,
        limit_bytes: usize,
    ) -> Result<(BlobHead, Bytes), Error> {
        let request = BlobRequest::blob(Method::GET, name)
            .version(version_id)
            .answer_limit(limit_bytes);
        let answer = self.send_whole(request).await?;
        let headers = answer.headers();
        let span = Span::of(answer.status(), headers, None).map_err(|e| self.unreadable(headers, e))?;
        let head = self.head(name, headers)?;
        if span.end != answer.body().len() as u64 {
            return Err(self.unreadable(headers, "its length differs from its header"));
        }
        Ok((head, answer.into_body()))
    }

    /// Blocks staged for a blob and not committed, in the service's order; empty if nothing of that name exists.
    /// <https://learn.microsoft.com/rest/api/storageservices/get-block-list>
    ///
    /// # Errors
    /// `ContainerNotFound`, a missing right, or no way to the service.
    pub async fn fetch_staged_blocks(&self, name: &str) -> Result<Vec<StagedBlock>, Error> {
        let request = BlobRequest::blob(Method::GET, name)
            .query("comp", "blocklist")
            .query("blocklisttype", "uncommitted")
            .answer_limit(list::BLOCK_LIST_BYTES_MAX);
        match self.send_whole(request).await {
            Ok(answer) => {
                list::parse_staged_blocks(answer.body()).map_err(|e| self.unreadable(answer.headers(), e))
            }
            Err(error) if is_absent(&error) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    pub(super) fn unreadable(&self, headers: &HeaderMap, why: impl std::fmt::Display) -> Error {
        Error::unreadable(&self.inner.service, headers, why)
    }

    fn service_time(&self, headers: &HeaderMap) -> Timestamp {
        date(headers, "date").unwrap_or_else(|| self.azure.clock().now())
    }

    fn head(&self, name: &str, headers: &HeaderMap) -> Result<BlobHead, Error> {
        let missing = |what: &str| self.unreadable(headers, format_args!("it has no {what}"));
        let version_id = text(headers, "x-ms-version-id");
        let whole_md5 = text(headers, "x-ms-blob-content-md5");
        let content_md5 = whole_md5.or_else(|| {
            // On a range, Content-MD5 is the range's.
            headers
                .get("content-range")
                .is_none()
                .then(|| text(headers, "content-md5"))
                .flatten()
        });
        let mut blob = ListedBlob {
            name: name.to_owned(),
            etag: Some(etag(headers))
                .filter(|etag| !etag.is_empty())
                .ok_or_else(|| missing("ETag"))?,
            size_bytes: size(headers)
                .filter(|size| *size <= BLOB_BYTES_MAX)
                .ok_or_else(|| missing("Content-Length that a blob can have"))?,
            last_modified: date(headers, "last-modified").ok_or_else(|| missing("Last-Modified"))?,
            created: date(headers, "x-ms-creation-time"),
            blob_type: list::blob_type(text(headers, "x-ms-blob-type").as_deref().unwrap_or_default()),
            headers: ContentHeaders {
                content_type: text(headers, "content-type"),
                content_encoding: text(headers, "content-encoding"),
                content_language: text(headers, "content-language"),
                content_disposition: text(headers, "content-disposition"),
                cache_control: text(headers, "cache-control"),
                content_md5,
            },
            metadata: BTreeMap::new(),
            tags: BTreeMap::new(),
            unkept_metadata: Vec::new(),
            tier: text(headers, "x-ms-access-tier").and_then(|tier| tier.parse().ok()),
            archive_status: text(headers, "x-ms-archive-status"),
            current: version_id.is_none() || flag(headers, "x-ms-is-current-version") == Some(true),
            version_id,
            customer_key: headers.contains_key("x-ms-encryption-key-sha256"),
            directory: text(headers, "x-ms-resource-type").as_deref() == Some("directory"),
        };
        put_metadata(headers, &mut blob);
        let told = self.azure.cloud().api_version.as_str() >= RESOURCE_TYPE_SINCE;
        Ok(BlobHead {
            hierarchical: told.then(|| headers.contains_key("x-ms-resource-type")),
            blob,
            crc64: crc64(headers, "x-ms-content-crc64"),
        })
    }
}
