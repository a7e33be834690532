//! What a blob carries besides bytes: content headers, metadata, index tags, tier; read from and written to headers.

use super::{
    crypt, lease_check, protect,
    reply::{Refusal, Reply},
    request::Ask,
};
use crate::storage::{
    lease::Lease,
    moment::Tick,
    record::{Blob, BlobType, ContentHeaders, CopyState, Metadata, Tags},
    tier::{ArchiveRefusal, Tier},
};
use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

const METADATA_MAX_BYTES: usize = 8 << 10;
const TAGS_MAX: usize = 10;

/// What the names of headers with metadata begin with.
pub(super) const METADATA: &str = "x-ms-meta-";

/// `x-ms-meta-*`. Names keep their spelling, and differ in more than that:
/// <https://learn.microsoft.com/rest/api/storageservices/setting-and-retrieving-properties-and-metadata-for-blob-resources>.
pub(super) fn metadata(ask: &Ask<'_>) -> Result<Metadata, Refusal> {
    let invalid = || {
        Refusal::bad_request(
            "InvalidMetadata",
            "The metadata specified is invalid. It has characters that are not permitted.",
        )
    };
    let mut metadata = BTreeMap::new();
    let mut size_bytes = 0;
    for sent in &ask.metadata_names {
        let name = sent.get(METADATA.len()..).unwrap_or_default();
        if name.is_empty() {
            return Err(Refusal::bad_request(
                "EmptyMetadataKey",
                "The key for one of the metadata key-value pairs is empty.",
            ));
        }
        if !is_metadata_name(name) {
            return Err(invalid());
        }
        let mut values = ask.headers.get_all(sent).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return Err(invalid());
        };
        let value = value.to_str().map_err(|_| invalid())?;
        size_bytes += name.len() + value.len();
        metadata.insert(name.to_owned(), value.to_owned());
    }
    if size_bytes > METADATA_MAX_BYTES {
        return Err(Refusal::bad_request(
            "MetadataTooLarge",
            "The metadata specified exceeds the maximum permitted limit (8KB).",
        ));
    }
    Ok(Arc::new(metadata))
}

/// Names of metadata are C# identifiers; of ASCII alone, since they travel in headers.
pub(crate) fn is_metadata_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|other| other.is_ascii_alphanumeric() || other == '_')
}

/// `x-ms-tags`, encoded like a form.
pub(super) fn tags(ask: &Ask<'_>) -> Result<Option<Tags>, Refusal> {
    let Some(text) = ask.header("x-ms-tags") else {
        return Ok(None);
    };
    let pairs = || url::form_urlencoded::parse(text.as_bytes());
    let tags: BTreeMap<_, _> = pairs()
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    let each_once = tags.len() == pairs().count();
    checked_tags(tags)
        .filter(|_| each_once)
        .map(Some)
        .ok_or_else(|| Refusal::invalid_header("x-ms-tags"))
}

/// Tags within the service's limits.
pub(crate) fn checked_tags(tags: BTreeMap<String, String>) -> Option<Tags> {
    let allowed = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b" +-./:=_".contains(&byte))
    };
    let good = tags.iter().all(|(key, value)| {
        (1..=128).contains(&key.len()) && value.len() <= 256 && allowed(key) && allowed(value)
    });
    (good && tags.len() <= TAGS_MAX).then(|| Arc::new(tags))
}

/// `x-ms-access-tier`: <https://learn.microsoft.com/rest/api/storageservices/set-blob-tier>. Tiers of premium page blobs are
/// refused with a code of their own. Smart needs an account whose default tier it is, and none here is one.
pub(super) fn tier(ask: &Ask<'_>) -> Result<Option<Tier>, Refusal> {
    let Some(text) = ask.header("x-ms-access-tier") else {
        return Ok(None);
    };
    if text
        .strip_prefix('P')
        .is_some_and(|size| size.parse::<u8>().is_ok())
    {
        return Err(Refusal::bad_request(
            "InvalidBlobTier",
            "The specified blob tier is invalid.",
        ));
    }
    if text == "Smart" {
        return Err(tier_not_here());
    }
    let tier = Tier::parse(text).ok_or_else(|| Refusal::invalid_header("x-ms-access-tier"))?;
    let version = ask
        .header("x-ms-version")
        .unwrap_or(super::versions::DEFAULT_VERSION);
    if tier == Tier::Cold && version < COLD_SINCE {
        return Err(Refusal::invalid_header("x-ms-access-tier"));
    }
    if ask.account.sku.starts_with("Premium") {
        return Err(tier_not_here());
    }
    if tier == Tier::Archive && ask.account.sku.contains("ZRS") {
        return Err(match ask.world.blobs.archive_refusal() {
            ArchiveRefusal::BlobAccessTierNotSupportedForAccountType => tier_not_here(),
            ArchiveRefusal::InvalidHeaderValue => Refusal::invalid_header("x-ms-access-tier"),
        });
    }
    Ok(Some(tier))
}

/// The version that brought Cold: <https://learn.microsoft.com/rest/api/storageservices/set-blob-tier>.
const COLD_SINCE: &str = "2021-12-02";

fn tier_not_here() -> Refusal {
    Refusal::bad_request(
        "BlobAccessTierNotSupportedForAccountType",
        "The access tier is not supported by this account's redundancy.",
    )
}

/// `x-ms-blob-content-*` and `x-ms-blob-cache-control`; what is missing is taken from `otherwise`.
pub(super) fn content_headers(ask: &Ask<'_>, otherwise: &ContentHeaders) -> Arc<ContentHeaders> {
    let value = |name: &str, other: &Option<String>| match ask.header(name) {
        Some(value) => Some(value.to_owned()).filter(|value| !value.is_empty()),
        None => other.clone(),
    };
    Arc::new(ContentHeaders {
        content_type: value("x-ms-blob-content-type", &otherwise.content_type),
        content_encoding: value("x-ms-blob-content-encoding", &otherwise.content_encoding),
        content_language: value("x-ms-blob-content-language", &otherwise.content_language),
        content_disposition: value("x-ms-blob-content-disposition", &otherwise.content_disposition),
        cache_control: value("x-ms-blob-cache-control", &otherwise.cache_control),
    })
}

/// The request's own content headers: what Put Blob falls back to.
pub(super) fn request_headers(ask: &Ask<'_>) -> ContentHeaders {
    let value = |name: &str| ask.header(name).map(str::to_owned);
    ContentHeaders {
        content_type: value("content-type").or_else(default_type),
        content_encoding: value("content-encoding"),
        content_language: value("content-language"),
        content_disposition: None,
        cache_control: value("cache-control"),
    }
}

/// The default type of a blob.
pub(crate) fn default_headers() -> ContentHeaders {
    ContentHeaders {
        content_type: default_type(),
        ..ContentHeaders::default()
    }
}

fn default_type() -> Option<String> {
    Some("application/octet-stream".to_owned())
}

/// A Base64 MD5 in a header.
pub(super) fn md5_header(ask: &Ask<'_>, name: &str) -> Result<Option<[u8; 16]>, Refusal> {
    let decode = |text: &str| BASE64_STANDARD.decode(text).ok()?.try_into().ok();
    ask.header(name)
        .map(|text| {
            decode(text).ok_or_else(|| {
                Refusal::bad_request("InvalidMd5", "The MD5 value specified in the request is invalid.")
            })
        })
        .transpose()
}

/// A stored MD5 as headers and listings carry it.
pub(super) fn md5_base64(md5: [u8; 16]) -> String {
    BASE64_STANDARD.encode(md5)
}

/// The headers of every answer about one version.
pub(super) fn describe(reply: &mut Reply, blob: &Blob, current: bool, lease: Option<&Lease>, now: Tick) {
    reply
        .set("etag", blob.modified.quoted_etag())
        .set("last-modified", blob.modified.http_date())
        .set("x-ms-creation-time", blob.created.http_date())
        .set_static("x-ms-blob-type", blob.kind.as_str())
        .set_static("accept-ranges", "bytes")
        .set_static("x-ms-server-encrypted", "true")
        .set_some("content-type", blob.headers.content_type.as_deref())
        .set_some("content-encoding", blob.headers.content_encoding.as_deref())
        .set_some("content-language", blob.headers.content_language.as_deref())
        .set_some("content-disposition", blob.headers.content_disposition.as_deref())
        .set_some("cache-control", blob.headers.cache_control.as_deref())
        .set_some("x-ms-version-id", blob.version.map(Tick::version_id));
    if blob.version.is_some() && current {
        reply.set_static("x-ms-is-current-version", "true");
    }
    if current {
        lease_check::describe(reply, lease, now);
    }
    crypt::describe(reply, blob);
    protect::describe(reply, blob);
    if !blob.tags.is_empty() {
        reply.set("x-ms-tag-count", blob.tags.len().to_string());
    }
    describe_metadata(reply, &blob.metadata);
    describe_tier(reply, blob, now);
    match blob.kind {
        BlobType::Block => {}
        BlobType::Append => {
            reply.set("x-ms-blob-committed-block-count", blob.sequence.to_string());
            if blob.rare().sealed {
                reply.set_static("x-ms-blob-sealed", "true");
            }
        }
        BlobType::Page => {
            reply.set(
                "x-ms-blob-sequence-number",
                blob.rare().sequence_number.to_string(),
            );
        }
    }
    if let Some(copy) = &blob.copy {
        describe_copy(reply, copy, now);
    }
}

/// `x-ms-meta-*`.
pub(super) fn describe_metadata(reply: &mut Reply, metadata: &Metadata) {
    for (name, value) in metadata.iter() {
        let spelled = format!("{METADATA}{name}");
        let name = http::HeaderName::try_from(spelled.as_str());
        if let (Ok(name), Ok(value)) = (name, http::HeaderValue::from_str(value)) {
            if name.as_str() != spelled {
                reply.spelled.push(spelled);
            }
            reply.headers.insert(name, value);
        }
    }
}

fn describe_tier(reply: &mut Reply, blob: &Blob, now: Tick) {
    if blob.kind != BlobType::Block {
        return;
    }
    reply.set_static("x-ms-access-tier", blob.tiering.tier(now).as_str());
    match blob.tiering.changed() {
        Some(changed) => reply.set("x-ms-access-tier-change-time", changed.http_date()),
        None => reply.set_static("x-ms-access-tier-inferred", "true"),
    };
    if let Some(rehydration) = blob.tiering.rehydration(now) {
        reply.set("x-ms-archive-status", archive_status(rehydration.to));
        reply.set_static("x-ms-rehydrate-priority", priority(rehydration.high_priority));
    }
}

fn describe_copy(reply: &mut Reply, copy: &CopyState, now: Tick) {
    reply
        .set("x-ms-copy-id", &copy.id)
        .set("x-ms-copy-source", &copy.source)
        .set("x-ms-copy-progress", copy.progress(now))
        .set_static("x-ms-copy-status", copy.status(now))
        .set_some("x-ms-copy-status-description", copy.failed.as_deref());
    if !copy.is_pending(now) {
        reply.set("x-ms-copy-completion-time", copy.completed.http_date());
    }
}

/// `rehydrate-pending-to-hot` and the like.
pub(super) fn archive_status(to: Tier) -> String {
    format!("rehydrate-pending-to-{}", to.as_str().to_ascii_lowercase())
}

/// `x-ms-rehydrate-priority`.
pub(super) fn priority(high: bool) -> &'static str {
    if high { "High" } else { "Standard" }
}
