//! What the certificate store is asked for, and what it answers besides certificates.

use coldkeep_core::{SecretString, Timestamp};
use serde::{Deserialize, Serialize};

/// `certificate generate --token`.
#[derive(Debug, Deserialize)]
pub struct GenerateInToken {
    pub name: String,
    /// Common name; default: the friendly name.
    #[serde(default)]
    pub subject: Option<String>,
    /// 2048, 3072 or 4096.
    pub key_bits: u32,
    pub valid_days: u32,
    /// RFC 7512, naming the token.
    pub uri: String,
    #[serde(default)]
    pub pin: Option<SecretString>,
}

/// `certificate link`.
#[derive(Debug, Deserialize)]
pub struct LinkCertificate {
    /// Default: what the token calls it, else its subject.
    #[serde(default)]
    pub name: Option<String>,
    pub key: LinkedKey,
}

/// Where the key is that a certificate is linked with.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum LinkedKey {
    Token {
        /// RFC 7512, naming one key of one token.
        uri: String,
        #[serde(default)]
        pin: Option<SecretString>,
    },
    /// Absolute paths on the machine Coldkeep runs on.
    Pem {
        certificate_path: String,
        key_path: String,
    },
}

/// `certificate export --with-private-key`.
#[derive(Debug, Deserialize)]
pub struct ExportPfx {
    pub password: SecretString,
}

/// A PFX file, encrypted under the password that was asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExportedPfx {
    pub pfx_base64: String,
}

/// Which keys does this PFX file hold?
#[derive(Debug, Deserialize)]
pub struct LookIntoPfx {
    /// The file, base64.
    pub pfx_base64: SecretString,
    #[serde(default)]
    pub password: Option<SecretString>,
}

/// A usable key of a PFX file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PfxKey {
    #[serde(default)]
    pub friendly_name: Option<String>,
    pub issued_to: String,
    pub not_after: Timestamp,
    pub thumbprint_sha1: String,
}

/// A folder that is looked through for certificates with their keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateFolder {
    /// Absolute.
    pub path: String,
    /// How many pairs in it can sign.
    pub usable: usize,
    /// What has a key and cannot be used, and why.
    pub refused: Vec<String>,
}

/// `certificate folder add` and `remove`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NameFolder {
    /// Absolute.
    pub path: String,
}
