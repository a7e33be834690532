//! Keys that customers bring and encryption scopes: kept with what is written, demanded of who reads.
//!
//! Nothing is really encrypted; of a key only its hash is kept.
//! <https://learn.microsoft.com/azure/storage/blobs/encryption-customer-provided-keys>,
//! <https://learn.microsoft.com/azure/storage/blobs/encryption-scope-overview>.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use super::{
    reply::{Refusal, Reply},
    request::Ask,
};
use crate::storage::{
    container_state::ContainerFacts,
    record::{Blob, Rare},
};

/// How a request wants its blob encrypted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Encryption {
    key_sha256: Option<Box<str>>,
    scope: Option<Box<str>>,
}

impl Encryption {
    /// The key in the request.
    pub(super) fn of(ask: &Ask<'_>) -> Result<Self, Refusal> {
        let key_sha256 = key(
            ask,
            [
                "x-ms-encryption-key",
                "x-ms-encryption-key-sha256",
                "x-ms-encryption-algorithm",
            ],
        )?;
        let scope = ask.header("x-ms-encryption-scope").map(Box::from);
        if key_sha256.is_some() && scope.is_some() {
            return Err(Refusal::invalid_header("x-ms-encryption-scope"));
        }
        Ok(Self { key_sha256, scope })
    }

    /// The key for the source of a copy in the request.
    pub(super) fn of_source(ask: &Ask<'_>) -> Result<Self, Refusal> {
        let key_sha256 = key(
            ask,
            [
                "x-ms-source-encryption-key",
                "x-ms-source-encryption-key-sha256",
                "x-ms-source-encryption-algorithm",
            ],
        )?;
        Ok(Self {
            key_sha256,
            scope: None,
        })
    }

    /// Falls back to the container's own scope, and refuses another where that one is fixed.
    pub(super) fn within(mut self, container: &ContainerFacts) -> Result<Self, Refusal> {
        let Some(own) = &container.encryption_scope else {
            return Ok(self);
        };
        let other = self.key_sha256.is_some() || self.scope.as_deref().is_some_and(|scope| scope != &**own);
        if container.scope_is_fixed && other {
            return Err(Refusal::forbidden(
                "RequestForbiddenByContainerEncryptionPolicy",
                "This request is forbidden by the container's encryption policy.",
            ));
        }
        if self.key_sha256.is_none() && self.scope.is_none() {
            self.scope = Some(Box::from(&**own));
        }
        Ok(self)
    }

    /// Refuses a key that is not the one `blob` was written with.
    pub(super) fn fits(&self, blob: &Blob) -> Result<(), Refusal> {
        self.fits_key(blob.rare().key_sha256.as_deref())
    }

    /// Checks a stored hash of a key.
    pub(super) fn fits_key(&self, there: Option<&str>) -> Result<(), Refusal> {
        match (there, self.key_sha256.as_deref()) {
            (None, None) => Ok(()),
            (Some(there), Some(given)) if there == given => Ok(()),
            (Some(_), Some(_)) => Err(Refusal::conflict(
                "BlobCustomerSpecifiedEncryptionMismatch",
                "The given customer specified encryption does not match the encryption used to encrypt the blob.",
            )),
            (Some(_), None) => Err(Refusal::conflict(
                "BlobUsesCustomerSpecifiedEncryption",
                "The blob is encrypted with customer specified encryption, but it was not provided in the request.",
            )),
            (None, Some(_)) => Err(Refusal::conflict(
                "BlobDoesNotUseCustomerSpecifiedEncryption",
                "The blob is not encrypted with customer specified encryption, but it was provided in the request.",
            )),
        }
    }

    pub(super) fn key_sha256(&self) -> Option<Box<str>> {
        self.key_sha256.clone()
    }

    /// Keeps it with what is written.
    pub(super) fn put_into(self, rare: &mut Rare) {
        rare.key_sha256 = self.key_sha256;
        rare.encryption_scope = self.scope;
    }

    pub(super) fn is_default(&self) -> bool {
        self.key_sha256.is_none() && self.scope.is_none()
    }
}

/// The hash of a customer's key, checked: 256 bits, and the hash that was sent along with it.
fn key(ask: &Ask<'_>, [key, hash, algorithm]: [&'static str; 3]) -> Result<Option<Box<str>>, Refusal> {
    let Some(bytes) = ask.header_as(key, |text| BASE64_STANDARD.decode(text).ok())? else {
        return Ok(None);
    };
    if bytes.len() != 32 {
        return Err(Refusal::invalid_header(key));
    }
    if ask.required(algorithm)? != "AES256" {
        return Err(Refusal::invalid_header(algorithm));
    }
    let digest = BASE64_STANDARD.encode(Sha256::digest(&bytes));
    if ask.required(hash)? != digest {
        return Err(Refusal::invalid_header(hash));
    }
    Ok(Some(digest.into()))
}

/// Shows how a blob is encrypted.
pub(super) fn describe(reply: &mut Reply, blob: &Blob) {
    reply
        .set_some("x-ms-encryption-key-sha256", blob.rare().key_sha256.as_deref())
        .set_some("x-ms-encryption-scope", blob.rare().encryption_scope.as_deref());
}
