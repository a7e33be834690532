//! A certificate as Coldkeep keeps it: everything but the key.

use crate::{Timestamp, id::CertificateId, moment::days_until};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest validity of a generated certificate, in days.
pub const VALID_DAYS_MAX: u32 = 3650;

/// A self-signed certificate that is to be created, with its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCertificate {
    /// Friendly name. Default: derived from the name of its service account; without one, it is required.
    #[serde(default)]
    pub name: Option<String>,
    /// Common name, without `CN=`: 1 to 64 characters. Default: the friendly name.
    #[serde(default)]
    pub subject: Option<String>,
    /// 2048, 3072 or 4096.
    pub key_bits: u32,
    /// 1 to [`VALID_DAYS_MAX`], counted from its creation.
    pub valid_days: u32,
}

impl NewCertificate {
    /// The friendly name; empty where none is given.
    pub fn friendly_name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// The subject's common name; empty where neither it nor a friendly name is given.
    pub fn common_name(&self) -> &str {
        self.subject.as_deref().unwrap_or(self.friendly_name())
    }
}

/// Where the private key is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum KeyLocation {
    /// In Coldkeep's own encrypted store.
    Store,
    /// In a PKCS#11 token, which signs with it and never gives it away.
    Token {
        /// RFC 7512, naming one key of one token; without a PIN.
        uri: String,
    },
    /// In a PEM file of the machine Coldkeep runs on, read again for each use.
    Pem {
        /// Absolute.
        certificate_path: String,
        /// Absolute; may be the same file.
        key_path: String,
    },
}

impl fmt::Display for KeyLocation {
    /// For people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store => f.write_str("Coldkeep's store"),
            Self::Token { uri } => f.write_str(uri),
            Self::Pem { key_path, .. } => f.write_str(key_path),
        }
    }
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
    /// How it came: `generated`, `imported` or `linked`.
    pub origin: String,
    pub created_at: Timestamp,
}

impl Certificate {
    /// Whole days until it expires; negative once it has.
    pub fn days_left(&self, now: Timestamp) -> i64 {
        days_until(self.not_after, now)
    }

    /// The public part as PEM (RFC 7468).
    pub fn pem(&self) -> String {
        let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
        let mut rest = self.der_base64.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at(rest.len().min(64));
            pem.push_str(line);
            pem.push('\n');
            rest = after;
        }
        pem + "-----END CERTIFICATE-----\n"
    }

    /// Whether a column of the list contains `text`, without regard to case. Thumbprints and serials can be
    /// written with colons and spaces.
    pub fn matches(&self, text: &str) -> bool {
        let wanted = text.trim().to_lowercase();
        let digits = wanted.replace([':', ' '], "");
        let words = [
            &self.name,
            &self.issued_to,
            &self.issued_by,
            &self.key,
            &self.key_location.to_string(),
        ];
        let numbers = [&self.thumbprint_sha1, &self.thumbprint_sha256, &self.serial];
        words.iter().any(|word| word.to_lowercase().contains(&wanted))
            || !digits.is_empty() && numbers.iter().any(|n| n.to_lowercase().contains(&digits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_looks_at_what_a_list_shows() {
        let certificate = Certificate {
            id: CertificateId::new(),
            name: "Nightly Backups".into(),
            issued_to: "CN=coldkeep".into(),
            issued_by: "CN=Northwind Root".into(),
            not_before: Timestamp::UNIX_EPOCH,
            not_after: Timestamp::UNIX_EPOCH,
            key: "RSA 3072".into(),
            key_location: KeyLocation::Token {
                uri: "pkcs11:token=vault;id=%01".into(),
            },
            thumbprint_sha1: "AB12".repeat(10),
            thumbprint_sha256: "CD34".repeat(16),
            serial: "4711".into(),
            der_base64: String::new(),
            origin: "linked".into(),
            created_at: Timestamp::UNIX_EPOCH,
        };
        for (text, found) in [
            ("nightly", true),
            (" COLDKEEP ", true),
            ("northwind", true),
            ("token=VAULT", true),
            ("ab:12:ab", true),
            ("cd34", true),
            ("47 11", true),
            ("rsa 3072", true),
            ("", true),
            ("weekly", false),
            ("::", false),
            ("AB13", false),
        ] {
            assert_eq!(certificate.matches(text), found, "{text:?}");
        }
    }
}
