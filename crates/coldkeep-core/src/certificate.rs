//! A certificate as Coldkeep keeps it: everything but the key.

use crate::{Timestamp, id::CertificateId};
use serde::{Deserialize, Serialize};

/// Where the private key is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum KeyLocation {
    /// In Coldkeep's own encrypted store.
    Store,
}

/// An entry of the certificate store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    pub id: CertificateId,
    /// The friendly name.
    pub name: String,
    /// The subject, RFC 4514: `CN=coldkeep`.
    pub issued_to: String,
    pub issued_by: String,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    /// `RSA 3072`.
    pub key: String,
    pub key_location: KeyLocation,
    /// SHA-1 of the DER, 40 upper-case hex digits, as Entra shows it.
    pub thumbprint_sha1: String,
    /// SHA-256 of the DER, 64 upper-case hex digits.
    pub thumbprint_sha256: String,
    pub serial: String,
    /// The certificate itself, DER in base64: the public part.
    pub der_base64: String,
    /// How it came: `generated` or `imported`.
    pub origin: String,
    pub created_at: Timestamp,
}

impl Certificate {
    /// Whole days until it expires; negative once it has.
    pub fn days_left(&self, now: Timestamp) -> i64 {
        (self.not_after.as_second() - now.as_second()).div_euclid(86_400)
    }
}
