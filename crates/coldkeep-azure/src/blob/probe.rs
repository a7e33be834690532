//! Whether a right is there, tried by requests that cannot take effect.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::Method;
use md5::{Digest, Md5};

use super::{
    Container, CountsAs, Write, dates::http_date, error::is_absent, request::BlobRequest, write::block,
};
use crate::Error;

/// How long the lock that is tried would last, were there a blob to lock.
const LOCK_PROBED_FOR: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// What became of a probe that was not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probed {
    /// The permission exists, and nothing was created.
    Allowed,
    /// A service that did not verify the hash created a blob.
    Made,
}

impl Container {
    /// Whether the caller can create blobs, tested by one byte with the hash of another: a caller with the permission gets a
    /// hash mismatch, and nothing is created. `name`: an unused one.
    ///
    /// # Errors
    /// `AuthorizationPermissionMismatch` without the right.
    pub async fn probe_create(&self, name: &str) -> Result<Probed, Error> {
        let request = BlobRequest::blob(Method::PUT, name)
            .header("x-ms-blob-type", "BlockBlob")
            .write(&Write::default());
        self.probe_by_wrong_hash(request).await
    }

    /// Whether blobs can be written in blocks, tested by a block with the hash of another: the permission to create
    /// is not enough
    /// (<https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory#permissions-for-blob-service-operations>).
    /// `name`: one that no blob has, where blocks would be written.
    ///
    /// # Errors
    /// `AuthorizationPermissionMismatch` without the right.
    pub async fn probe_blocks(&self, name: &str) -> Result<Probed, Error> {
        self.probe_by_wrong_hash(block(name, &BASE64_STANDARD.encode("probe")))
            .await
    }

    async fn probe_by_wrong_hash(&self, request: BlobRequest) -> Result<Probed, Error> {
        let other = BASE64_STANDARD.encode(Md5::digest(b"other"));
        let request = request
            .body(Bytes::from_static(b"x"), CountsAs::Control)
            .header("content-md5", &other);
        match self.send_whole(request).await {
            Ok(_) => Ok(Probed::Made),
            Err(error) if error.status() == Some(400) && error.code() == Some("Md5Mismatch") => {
                Ok(Probed::Allowed)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the caller can delete, tested by a deletion that cannot take effect: of an unused name, and only
    /// if its ETag is one that no blob ever has. With `version`, the permission to delete previous versions.
    ///
    /// # Errors
    /// `AuthorizationPermissionMismatch` without the right.
    pub async fn probe_delete(&self, name: &str, version: bool) -> Result<(), Error> {
        let version = version.then_some("2000-01-01T00:00:00.0000000Z");
        let request = BlobRequest::blob(Method::DELETE, name)
            .version(version)
            .header("if-match", "\"0x0\"");
        match self.send_whole(request).await {
            Err(error) if is_absent(&error) || error.status() == Some(412) => Ok(()),
            other => other.map(drop),
        }
    }

    /// Whether the right to lock is there, by a lock on a blob that does not exist.
    /// <https://learn.microsoft.com/rest/api/storageservices/set-blob-immutability-policy>
    ///
    /// # Errors
    /// `AuthorizationPermissionMismatch` without the permission; other codes if the container does not support locks
    /// by version,
    /// which show nothing about the permission.
    pub async fn probe_lock(&self, name: &str) -> Result<(), Error> {
        // A time that has passed is refused before the blob is looked up.
        let until = self.azure.clock().now() + LOCK_PROBED_FOR;
        let request = BlobRequest::blob(Method::PUT, name)
            .query("comp", "immutabilityPolicies")
            .header("x-ms-immutability-policy-until-date", &http_date(until))
            .header("x-ms-immutability-policy-mode", "unlocked");
        match self.send_whole(request).await {
            Err(error) if is_absent(&error) => Ok(()),
            other => other.map(drop),
        }
    }
}
