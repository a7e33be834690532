//! The options of a write, as each client takes them.

use std::collections::{BTreeMap, HashMap};

use azure_storage_blob::models::{
    AccessTier, BlobTags, BlockBlobClientCommitBlockListOptions, BlockBlobClientUploadBlobFromUrlOptions,
    BlockBlobClientUploadOptions,
};
use coldkeep_azure::blob::{CopySource, Write};
use coldkeep_core::{SecretString, blob::ContentHeaders, repository::Tier};

/// The MD5 of `hello`, computed with Python's hashlib.
pub(crate) const HELLO_MD5: &str = "XUFAKrxLKna5cZ2REBfFkg==";
pub(crate) const SOURCE: &str = "https://south.blob.core.windows.net/c/a%20b?versionid=1";

pub(crate) fn md5() -> Vec<u8> {
    azure_core::base64::decode(HELLO_MD5).unwrap()
}

const METADATA: &[(&str, &str)] = &[("key", "a value, with = and +"), ("other_key", "2")];
/// Characters that tags may hold (<https://learn.microsoft.com/rest/api/storageservices/set-blob-tags>).
const TAGS: &[(&str, &str)] = &[("a b", "1+2=3:4/5"), ("k.-_", "")];

pub(crate) fn tags() -> BTreeMap<String, String> {
    TAGS.iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

fn their_map(list: &[(&str, &str)]) -> HashMap<String, String> {
    list.iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

pub(crate) fn their_tags() -> BlobTags {
    let mut tags = BlobTags::from(their_map(TAGS));
    // A hash map's order is none.
    if let Some(set) = &mut tags.blob_tag_set {
        set.sort_by(|a, b| a.key.cmp(&b.key));
    }
    tags
}

fn metadata() -> Option<HashMap<String, String>> {
    Some(their_map(METADATA))
}

/// A creation with everything that can be said of a blob.
pub(crate) fn everything() -> Write {
    Write {
        headers: ContentHeaders {
            content_type: Some("text/plain; charset=utf-8".into()),
            content_encoding: Some("gzip".into()),
            content_language: Some("de-DE".into()),
            content_disposition: Some("attachment; filename=\"a b.txt\"".into()),
            cache_control: Some("no-cache".into()),
            content_md5: Some(HELLO_MD5.into()),
        },
        metadata: METADATA
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
        tags: tags(),
        tier: Some(Tier::Cool),
        ..Write::default()
    }
}

pub(crate) fn source() -> CopySource {
    CopySource {
        url: SOURCE.into(),
        sas: Some(SecretString::from("sig=x%2By")),
        bearer: Some(SecretString::from("token")),
        if_match: Some("0x1".into()),
        md5: coldkeep_core::hash::Md5::of_bytes(&md5()),
        crc64: None,
    }
}

pub(crate) fn their_source() -> String {
    format!("{SOURCE}&sig=x%2By")
}

/// The same for Microsoft's options of one operation: they have the same names in each.
macro_rules! their_everything {
    ($options:ident { $($more:tt)* }) => {
        $options {
            blob_content_type: Some("text/plain; charset=utf-8".into()),
            blob_content_encoding: Some("gzip".into()),
            blob_content_language: Some("de-DE".into()),
            blob_content_disposition: Some("attachment; filename=\"a b.txt\"".into()),
            blob_cache_control: Some("no-cache".into()),
            blob_content_md5: Some(md5()),
            metadata: metadata(),
            if_none_match: Some("*".into()),
            tier: Some(AccessTier::Cool),
            $($more)*
            ..Default::default()
        }
        .with_tags(their_tags())
    };
}

pub(crate) fn their_upload() -> BlockBlobClientUploadOptions<'static> {
    their_everything!(BlockBlobClientUploadOptions {})
}

pub(crate) fn their_commit() -> BlockBlobClientCommitBlockListOptions<'static> {
    their_everything!(BlockBlobClientCommitBlockListOptions {})
}

pub(crate) fn their_copy() -> BlockBlobClientUploadBlobFromUrlOptions<'static> {
    their_everything!(BlockBlobClientUploadBlobFromUrlOptions {
        copy_source_authorization: Some("Bearer token".into()),
        copy_source_blob_properties: Some(false),
        source_if_match: Some("\"0x1\"".into()),
        source_content_md5: Some(md5()),
    })
}
