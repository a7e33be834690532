//! Blobs as a listing or a HEAD shows them.

use crate::{Timestamp, repository::Tier};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum BlobType {
    #[default]
    Block,
    Append,
    Page,
}

/// The content headers of a blob: everything a reader of the blob gets besides its bytes and metadata.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ContentHeaders {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_disposition: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    /// The stored Content-MD5 property, base64. The service never checks it after a block-list commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_md5: Option<String>,
}

/// One blob (or one version of it) of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListedBlob {
    pub name: String,
    /// Without quotes.
    pub etag: String,
    pub size_bytes: u64,
    /// When this content or its properties were last written; one-second resolution.
    pub last_modified: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    #[serde(default)]
    pub blob_type: BlobType,
    #[serde(default)]
    pub headers: ContentHeaders,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Names of metadata entries (the first few) that no request can carry; the service returns no values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unkept_metadata: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// `rehydrate-pending-to-hot` and the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive_status: Option<String>,
    /// Set where the account keeps versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// True for the version that the bare name shows; always true where no versions are kept.
    #[serde(default)]
    pub current: bool,
    /// The blob is encrypted with a key that only its owner has; the service cannot read it for a copy.
    #[serde(default)]
    pub customer_key: bool,
    /// A directory marker of an account with hierarchical namespace.
    #[serde(default)]
    pub directory: bool,
}
