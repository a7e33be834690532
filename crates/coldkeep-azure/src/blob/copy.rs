//! Server-side copies: the service fetches the bytes itself, none pass through this host.

use http::Method;

use super::{
    Container, CopySource, CountsAs, Hashes, Write, Written,
    request::BlobRequest,
    write::{block, hashes, written},
};
use crate::Error;
use coldkeep_core::ByteRange;

impl Container {
    /// Creates a block blob from another blob's content (at most 5,000 MiB), in one request.
    /// <https://learn.microsoft.com/rest/api/storageservices/put-blob-from-url>
    ///
    /// # Errors
    /// `BlobAlreadyExists` unless it may overwrite (also when this very copy took effect and its first answer was
    /// lost); `SourceConditionNotMet`, `CannotVerifyCopySource` (see [`Error::method_obstacle`]),
    /// `Md5Mismatch`, a missing right.
    pub async fn create_blob_from_url(
        &self,
        name: &str,
        source: &CopySource,
        how: &Write,
    ) -> Result<Written, Error> {
        self.count_copy(CountsAs::Data);
        let mut request = BlobRequest::blob(Method::PUT, name)
            .header("x-ms-blob-type", "BlockBlob")
            .copy_source(source);
        request = if how.copy_source_properties {
            request.header("x-ms-copy-source-blob-properties", "true")
        } else {
            request
                .header("x-ms-copy-source-blob-properties", "false")
                .content_headers(&how.headers)
        };
        let answer = self.send_whole(request.write(how)).await?;
        Ok(written(answer.headers()))
    }

    /// Copies a block blob of at most 256 MiB with its content headers; its metadata too, if `how` has none.
    /// For services without Put Blob From URL. <https://learn.microsoft.com/rest/api/storageservices/copy-blob-from-url>
    ///
    /// # Errors
    /// As [`Container::create_blob_from_url`].
    pub async fn copy_blob_from_url(
        &self,
        name: &str,
        source: &CopySource,
        how: &Write,
    ) -> Result<Written, Error> {
        self.count_copy(CountsAs::Data);
        let request = BlobRequest::blob(Method::PUT, name)
            .header("x-ms-requires-sync", "true")
            .copy_source(source)
            .write(how);
        let answer = self.send_whole(request).await?;
        let headers = answer.headers();
        match headers.get("x-ms-copy-status").map(http::HeaderValue::as_bytes) {
            Some(b"success") | None => Ok(written(headers)),
            Some(other) => {
                let status = String::from_utf8_lossy(other);
                Err(self.unreadable(headers, format_args!("the copy's status is `{status}`")))
            }
        }
    }

    /// Stages a block of a range of another blob, at most 4,000 MiB.
    /// <https://learn.microsoft.com/rest/api/storageservices/put-block-from-url>
    ///
    /// # Errors
    /// `SourceConditionNotMet`, `CannotVerifyCopySource` (see [`Error::method_obstacle`]), `Md5Mismatch`,
    /// `InvalidBlobOrBlock` (ids of another length are staged), a missing right.
    pub async fn stage_block_from_url(
        &self,
        name: &str,
        block_id: &str,
        source: &CopySource,
        range: ByteRange,
    ) -> Result<Hashes, Error> {
        self.count_copy(CountsAs::Data);
        let request = block(name, block_id)
            .header(
                "x-ms-source-range",
                &format!("bytes={}-{}", range.offset, range.last()),
            )
            .copy_source(source);
        let answer = self.send_whole(request).await?;
        Ok(hashes(answer.headers()))
    }
}
