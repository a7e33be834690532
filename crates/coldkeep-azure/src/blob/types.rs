//! The words of the Blob data plane: what goes into its calls and what comes out.

use bytes::Bytes;
use coldkeep_core::{
    ByteRange, SecretString, Timestamp,
    blob::{ContentHeaders, ListedBlob},
    hash::{Crc64, Md5},
    repository::Tier,
};
use futures::stream::BoxStream;
use std::{collections::BTreeMap, fmt};

use crate::{CountsAs, Error, TokenSource};

/// Who opens a container.
#[derive(Clone, Debug)]
pub enum BlobAuth {
    /// Bearer tokens of an application or a person
    /// (<https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory>).
    Token(TokenSource),
    /// The storage account's key, base64 (Shared Key).
    Key(SecretString),
    /// A shared access signature: the query string, without `?`.
    Sas(SecretString),
}

/// A container's properties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerFacts {
    /// The service's clock when it answered; one-second resolution.
    pub service_time: Timestamp,
    /// Without quotes.
    pub etag: String,
    pub last_modified: Option<Timestamp>,
    /// Whether the account has a hierarchical namespace; none where the service does not tell this caller.
    pub hns: Option<bool>,
    /// Whether versions in this container can carry immutability policies; none where the service does not tell.
    pub immutable_versions: Option<bool>,
}

/// What a listing carries besides names and properties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Include {
    pub metadata: bool,
    pub tags: bool,
    pub versions: bool,
}

/// One page of a listing. A page may be empty and still have a successor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListPage {
    /// In the order of the service: by the bytes of the name, versions of one name oldest first.
    pub blobs: Vec<ListedBlob>,
    /// Where the next page begins; none at the end.
    pub next_marker: Option<String>,
    /// The service's clock when it answered; one-second resolution.
    pub service_time: Timestamp,
}

/// The properties that HEAD and GET return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobHead {
    /// Without tags (see [`fetch_tags`](super::Container::fetch_tags)). Metadata names come in lower case here:
    /// they are HTTP header names; only a listing shows their stored case.
    pub blob: ListedBlob,
    /// CRC64 of the answered range, where the service gives one.
    pub crc64: Option<Crc64>,
    /// Whether the account has a hierarchical namespace: only there the service returns the resource type of a name.
    /// None where the version of the protocol is too old to tell
    /// (<https://learn.microsoft.com/rest/api/storageservices/get-blob-properties>: `x-ms-resource-type`).
    pub hierarchical: Option<bool>,
}

/// How a blob is read. The default reads the whole current version, counted as control.
#[derive(Clone, Debug, Default)]
pub struct Read {
    pub version_id: Option<String>,
    /// None: all of it.
    pub range: Option<ByteRange>,
    /// ETag without quotes: the answer is of this content or an error (`ConditionNotMet`).
    pub if_match: Option<String>,
    pub counts_as: CountsAs,
}

/// A blob being read.
pub struct BlobBody {
    pub head: BlobHead,
    /// The content, or the range asked for. Broken connections are taken up again a few times, at the same ETag; then
    /// it ends with an error.
    pub stream: BoxStream<'static, Result<Bytes, Error>>,
}

impl fmt::Debug for BlobBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlobBody")
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}

/// The source of a server-side copy, and the credential that the service presents to it.
#[derive(Clone, Debug, Default)]
pub struct CopySource {
    /// Percent-encoded, without a credential, as [`blob_url`](super::Container::blob_url) gives it.
    pub url: String,
    /// Appended to the URL as its query.
    pub sas: Option<SecretString>,
    /// Goes into `x-ms-copy-source-authorization`.
    pub bearer: Option<SecretString>,
    /// ETag without quotes that the source must still have (else `SourceConditionNotMet`).
    pub if_match: Option<String>,
    /// MD5 that the copied bytes must have (else `Md5Mismatch`, and nothing is written).
    pub md5: Option<Md5>,
    /// CRC-64 that the bytes of a block must have (else `Crc64Mismatch`): Put Block From URL alone takes it.
    pub crc64: Option<Crc64>,
}

/// How a blob is written. The default creates (never overwrites), counted as control.
#[derive(Clone, Debug, Default)]
pub struct Write {
    pub headers: ContentHeaders,
    /// Names are sent in lower case, as HTTP libraries do; the service keeps the case it is sent.
    pub metadata: BTreeMap<String, String>,
    /// At most 10.
    pub tags: BTreeMap<String, String>,
    /// None: the account's default tier.
    pub tier: Option<Tier>,
    /// False sends `If-None-Match: *`: an existing blob is left alone and the answer is the error
    /// `BlobAlreadyExists`.
    pub overwrite: bool,
    pub counts_as: CountsAs,
    /// Put Blob From URL only: take the content headers from the source (and its metadata, if `metadata` is empty).
    /// False: exactly `headers` and `metadata` are set.
    pub copy_source_properties: bool,
}

/// The service's answer to a write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Without quotes.
    pub etag: String,
    pub last_modified: Option<Timestamp>,
    /// Where the account keeps versions.
    pub version_id: Option<String>,
    /// As computed by the service over what it wrote; Put Block List gives none of the content.
    pub md5: Option<Md5>,
    pub crc64: Option<Crc64>,
}

/// The hashes the service computed over a block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hashes {
    pub md5: Option<Md5>,
    pub crc64: Option<Crc64>,
}

/// A block that is staged and not committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedBlock {
    /// As it was given when staged (base64).
    pub id: String,
    pub size_bytes: u64,
}

/// A key that signs SAS in the name of an Entra principal
/// (<https://learn.microsoft.com/rest/api/storageservices/get-user-delegation-key>). Lives at most 7 days.
#[derive(Clone, Debug)]
pub struct UserDelegationKey {
    pub signed_oid: String,
    pub signed_tid: String,
    pub signed_start: Timestamp,
    pub signed_expiry: Timestamp,
    pub signed_service: String,
    pub signed_version: String,
    pub value: SecretString,
}

/// What signs a SAS.
#[derive(Clone, Copy, Debug)]
pub enum SasKey<'a> {
    /// The account's key, base64.
    Account(&'a SecretString),
    Delegation(&'a UserDelegationKey),
}
