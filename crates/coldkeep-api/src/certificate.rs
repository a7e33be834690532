//! Requests about certificates and their keys, and what the certificate store answers besides certificates.

use crate::Given;
use coldkeep_core::{SecretSlice, SecretString, Timestamp, certificate::NewCertificate};
use serde::{Deserialize, Serialize};

/// A PFX (PKCS#12) file, and which of its keys to use.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PfxFile {
    /// The file, base64.
    pub pfx_base64: Given,
    #[serde(default)]
    pub password: Option<Given>,
    /// Friendly name or thumbprint of the key to take, where the file holds several.
    #[serde(default)]
    pub which: Option<String>,
}

impl PfxFile {
    /// A file as it was read.
    pub fn new(octets: &SecretSlice<u8>, password: Option<SecretString>, which: Option<String>) -> Self {
        Self {
            pfx_base64: Given::file(octets),
            password: password.map(Given::from),
            which,
        }
    }
}

/// `POST /certificates/import` and `…/inspect`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportPfx {
    /// Friendly name; default: the one in the file.
    #[serde(default)]
    pub name: Option<String>,
    #[serde(flatten)]
    pub file: PfxFile,
}

/// The new credential of an application.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum NewCredential {
    /// A new self-signed certificate.
    GenerateCertificate(NewCertificate),
    /// An entry of the certificate store: id, name or thumbprint.
    Certificate { certificate: String },
    /// Out of a PFX file. It is stored once everything else has been checked.
    Pfx(PfxFile),
    /// A client secret that was created in the portal.
    Secret { secret: Given },
}

impl NewCredential {
    /// Whether it is created here.
    pub fn is_generated(&self) -> bool {
        matches!(self, Self::GenerateCertificate(_))
    }
}

/// `POST /certificates/in-token`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GenerateInToken {
    #[serde(flatten)]
    pub certificate: NewCertificate,
    /// RFC 7512, naming the token.
    pub uri: String,
    #[serde(default)]
    pub pin: Option<Given>,
}

/// `POST /certificates/link`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LinkCertificate {
    /// Default: what the token calls it, else its subject.
    #[serde(default)]
    pub name: Option<String>,
    pub key: LinkedKey,
}

/// Where the key is that a certificate is linked with.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum LinkedKey {
    Token {
        /// RFC 7512, naming one key of one token.
        uri: String,
        #[serde(default)]
        pin: Option<Given>,
    },
    /// Absolute paths on the machine Coldkeep runs on.
    Pem {
        certificate_path: String,
        key_path: String,
    },
}

/// `POST /certificates/{key}/export-pfx`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExportPfx {
    pub password: Given,
}

/// A PFX file, encrypted under the password that was given.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExportedPfx {
    pub pfx_base64: String,
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

/// A folder that is searched for certificates with their keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateFolder {
    /// Absolute.
    pub path: String,
    /// How many pairs in it can sign.
    pub usable: usize,
    /// What has a key and cannot be used, and why.
    pub refused: Vec<String>,
}

/// `POST /certificate-folders` and `DELETE /certificate-folders`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NameFolder {
    /// Absolute.
    pub path: String,
}
