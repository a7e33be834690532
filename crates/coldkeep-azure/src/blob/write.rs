//! Creating containers and blobs through this host, committing, deleting, tags.
//!
//! Every write creates only (`If-None-Match: *`) unless it has to overwrite. A write is repeated if its answer was
//! lost: staging and overwriting are idempotent, and a creation that had taken effect is then refused with
//! `BlobAlreadyExists`, which its caller resolves by looking at the blob.

use bytes::Bytes;
use coldkeep_core::content_hash::ContentHashes;
use http::{HeaderMap, Method};
use std::{collections::BTreeMap, fmt::Write as _};

use super::{
    Container, CountsAs, Hashes, Write, Written, error::is_absent, headers, request::BlobRequest, xml::escape,
};
use crate::{Error, Meter, Streamed};

impl Container {
    /// Creates the container; false if it was there.
    /// <https://learn.microsoft.com/rest/api/storageservices/create-container>
    ///
    /// # Errors
    /// Any other refusal of the service, as `ContainerBeingDeleted` or a missing right.
    pub async fn create_container(&self) -> Result<bool, Error> {
        match self
            .send_whole(BlobRequest::container(Method::PUT).query("restype", "container"))
            .await
        {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some("ContainerAlreadyExists") => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Writes a whole block blob. <https://learn.microsoft.com/rest/api/storageservices/put-blob>
    ///
    /// # Errors
    /// `BlobAlreadyExists` unless it may overwrite (also when this very write took effect and its first answer was
    /// lost); `BlobArchived`, `Md5Mismatch`, a missing right.
    pub async fn create_blob(&self, name: &str, content: Bytes, how: &Write) -> Result<Written, Error> {
        self.count_copy(how.counts_as);
        let request = BlobRequest::blob(Method::PUT, name)
            .header("x-ms-blob-type", "BlockBlob")
            .body(content, how.counts_as)
            .content_headers(&how.headers)
            .write(how);
        let answer = self.send_whole(request).await?;
        Ok(written(answer.headers()))
    }

    /// Creates a blob from content that is not in memory, at most 5,000 MiB. The service compares it with the hash in
    /// `hashes`, if there is one; the hash that it computed is in the answer. Content that breaks off creates no
    /// blob.
    ///
    /// # Errors
    /// As [`Container::create_blob`], and any error of opening or reading the content.
    pub async fn create_blob_streamed(
        &self,
        name: &str,
        content: Streamed,
        hashes: &ContentHashes,
        how: &Write,
    ) -> Result<Written, Error> {
        self.count_copy(how.counts_as);
        let request = BlobRequest::blob(Method::PUT, name)
            .header("x-ms-blob-type", "BlockBlob")
            .stream(content, hashes, how.counts_as)
            .content_headers(&how.headers)
            .write(how);
        let answer = self.send_whole(request).await?;
        Ok(written(answer.headers()))
    }

    /// Stages one block. All ids of a blob have the same length before base64, at most 64 bytes.
    /// <https://learn.microsoft.com/rest/api/storageservices/put-block>
    ///
    /// # Errors
    /// `InvalidBlobOrBlock` (ids of another length are staged), `BlobArchived`, `Md5Mismatch`, a missing right.
    pub async fn stage_block(
        &self,
        name: &str,
        block_id: &str,
        content: Bytes,
        counts_as: CountsAs,
    ) -> Result<Hashes, Error> {
        self.count_copy(counts_as);
        let request = block(name, block_id).body(content, counts_as);
        let answer = self.send_whole(request).await?;
        Ok(hashes(answer.headers()))
    }

    /// Creates the blob from these blocks, in this order; a block can occur in the list several times.
    /// <https://learn.microsoft.com/rest/api/storageservices/put-block-list>
    ///
    /// # Errors
    /// `InvalidBlockList` (a block is not staged), `BlobAlreadyExists` unless it may overwrite (also when this very
    /// commit took effect and its first answer was lost); `BlobArchived`, a missing right.
    pub async fn commit_blocks(
        &self,
        name: &str,
        block_ids: &[String],
        how: &Write,
    ) -> Result<Written, Error> {
        self.count_copy(how.counts_as);
        let mut list = String::with_capacity(block_ids.len() * 64 + 64);
        list.push_str("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");
        for id in block_ids {
            // Latest: a repetition finds its blocks even where the first try committed them.
            let _ = write!(list, "<Latest>{}</Latest>", escape(id));
        }
        list.push_str("</BlockList>");
        // The list itself is not blob content.
        let request = BlobRequest::blob(Method::PUT, name)
            .query("comp", "blocklist")
            .header("content-type", "application/xml")
            .body(Bytes::from(list), CountsAs::Control)
            .content_headers(&how.headers)
            .write(how);
        let answer = self.send_whole(request).await?;
        // Hashes in this answer are the list's.
        Ok(Written {
            md5: None,
            crc64: None,
            ..written(answer.headers())
        })
    }

    /// Deletes a blob, or one version of it; false where there was nothing. Where the account keeps versions and none
    /// is named, the current one becomes a previous one.
    /// <https://learn.microsoft.com/rest/api/storageservices/delete-blob>
    ///
    /// # Errors
    /// `BlobImmutableDueToPolicy`, `SnapshotsPresent`, `LeaseIdMissing`, a missing right.
    pub async fn delete_blob(&self, name: &str, version_id: Option<&str>) -> Result<bool, Error> {
        match self
            .send_whole(BlobRequest::blob(Method::DELETE, name).version(version_id))
            .await
        {
            Ok(_) => Ok(true),
            Err(error) if is_absent(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Replaces a blob's index tags; none takes them all away. Allowed on archived blobs.
    /// <https://learn.microsoft.com/rest/api/storageservices/set-blob-tags>
    ///
    /// # Errors
    /// `BlobNotFound`, `InvalidTag`, a missing right.
    pub async fn set_tags(
        &self,
        name: &str,
        version_id: Option<&str>,
        tags: &BTreeMap<String, String>,
    ) -> Result<(), Error> {
        let mut document = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?><Tags><TagSet>");
        for (key, value) in tags {
            let _ = write!(
                document,
                "<Tag><Key>{}</Key><Value>{}</Value></Tag>",
                escape(key),
                escape(value)
            );
        }
        document.push_str("</TagSet></Tags>");
        let request = BlobRequest::blob(Method::PUT, name)
            .query("comp", "tags")
            .version(version_id)
            .header("content-type", "application/xml")
            .body(Bytes::from(document), CountsAs::Control);
        self.send_whole(request).await.map(drop)
    }

    /// A request that copies: by the service itself, or content that passes through this host.
    pub(super) fn count_copy(&self, counts_as: CountsAs) {
        if counts_as == CountsAs::Data {
            Meter::add(&self.azure.meter().copy_requests, 1);
        }
    }
}

/// The beginning of a request that stages a block.
pub(super) fn block(name: &str, block_id: &str) -> BlobRequest {
    BlobRequest::blob(Method::PUT, name)
        .query("comp", "block")
        .query("blockid", block_id)
}

pub(super) fn written(headers: &HeaderMap) -> Written {
    let Hashes { md5, crc64 } = hashes(headers);
    Written {
        etag: headers::etag(headers),
        last_modified: headers::date(headers, "last-modified"),
        version_id: headers::text(headers, "x-ms-version-id"),
        md5,
        crc64,
    }
}

pub(super) fn hashes(headers: &HeaderMap) -> Hashes {
    Hashes {
        md5: headers::md5(headers, "content-md5"),
        crc64: headers::crc64(headers, "x-ms-content-crc64"),
    }
}
