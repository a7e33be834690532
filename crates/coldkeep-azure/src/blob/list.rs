//! Reads the answers of List Blobs (<https://learn.microsoft.com/rest/api/storageservices/list-blobs>) and the other
//! XML documents of the Blob service.

use coldkeep_core::{
    SecretString, Timestamp,
    blob::{BlobType, ListedBlob},
};
use quick_xml::events::BytesStart;
use std::collections::BTreeMap;

use super::{
    StagedBlock, UserDelegationKey,
    dates::parse_http_date,
    names::decode,
    span::BLOB_BYTES_MAX,
    xml::{Malformed, Xml},
};

/// A page that is longer is asked for with fewer entries: five thousand with names of a hundred characters and a
/// kilobyte of metadata each are shorter.
pub(super) const PAGE_BYTES_MAX: usize = 24 * 1024 * 1024;
/// What the blobs of a page may take in memory.
const PAGE_WEIGHT_MAX: usize = 48 * 1024 * 1024;
/// The list of a blob with the most uncommitted blocks there can be, and their number.
pub(super) const BLOCK_LIST_BYTES_MAX: usize = 24 * 1024 * 1024;
const BLOCKS_MAX: usize = 100_000;
/// All text of one blob: its name, properties, metadata (8 KiB) and tags (10) are limited by the service.
const BLOB_TEXT_BYTES_MAX: usize = 128 * 1024;
/// Names and values of metadata or tags together; the service takes 8 KiB.
const PAIRS_BYTES_MAX: usize = 16 * 1024;
/// A marker is sent back in an address.
const MARKER_BYTES_MAX: usize = 32 * 1024;

/// Why a page was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unread {
    Malformed(Malformed),
    /// One with fewer entries may be.
    TooMuch,
}

impl<E: Into<Malformed>> From<E> for Unread {
    fn from(error: E) -> Self {
        Self::Malformed(error.into())
    }
}

/// A page of List Blobs: its blobs, at most `entries_max`, and where the next one begins. `versions`: whether
/// versions were asked for; if not, every blob is the current one.
pub(super) fn parse_page(
    document: &[u8],
    versions: bool,
    entries_max: usize,
) -> Result<(Vec<ListedBlob>, Option<String>), Unread> {
    let mut xml = Xml::open(document, "EnumerationResults")?;
    let mut blobs = Vec::new();
    let mut next_marker = None;
    let mut weight = 0;
    while let Some(part) = xml.child()? {
        match part.name().0 {
            "Blobs" => {
                while let Some(entry) = xml.child()? {
                    match entry.name().0 {
                        "Blob" => {
                            let blob = parse_blob(&mut xml, versions)?;
                            if blobs.len() >= entries_max {
                                let message = format!("it has more than the {entries_max} blobs requested");
                                return Err(Malformed(message).into());
                            }
                            weight += weigh(&blob)?;
                            if weight > PAGE_WEIGHT_MAX {
                                return Err(Unread::TooMuch);
                            }
                            blobs.push(blob);
                        }
                        _ => xml.skip()?,
                    }
                }
            }
            "NextMarker" => {
                next_marker = Some(xml.text()?.into_owned()).filter(|m| !m.is_empty());
                if next_marker.as_ref().is_some_and(|m| m.len() > MARKER_BYTES_MAX) {
                    return Err(Malformed("its marker is too long".into()).into());
                }
            }
            _ => xml.skip()?,
        }
    }
    Ok((blobs, next_marker))
}

/// About the memory it takes; refused if a blob cannot have that much.
fn weigh(blob: &ListedBlob) -> Result<usize, Malformed> {
    /// What an entry of a map takes besides its text.
    const PAIR: usize = 128;
    let h = &blob.headers;
    let optional = [
        &h.content_type,
        &h.content_encoding,
        &h.content_language,
        &h.content_disposition,
        &h.cache_control,
        &h.content_md5,
        &blob.archive_status,
        &blob.version_id,
    ];
    let pairs = || blob.metadata.iter().chain(&blob.tags);
    let text = blob.name.len()
        + blob.etag.len()
        + optional.into_iter().flatten().map(String::len).sum::<usize>()
        + pairs().map(|(key, value)| key.len() + value.len()).sum::<usize>();
    if text > BLOB_TEXT_BYTES_MAX {
        return Err(Malformed("a blob has more properties than one can have".into()));
    }
    Ok(size_of::<ListedBlob>() + text + PAIR * pairs().count())
}

fn parse_blob(xml: &mut Xml<'_>, versions: bool) -> Result<ListedBlob, Malformed> {
    let mut blob = ListedBlob::default();
    let mut marked_current = false;
    let mut named = false;
    while let Some(part) = xml.child()? {
        match part.name().0 {
            "Name" => {
                blob.name = parse_name(xml, &part)?;
                named = true;
            }
            "VersionId" => blob.version_id = Some(xml.text()?.into_owned()).filter(|v| !v.is_empty()),
            "IsCurrentVersion" => marked_current = xml.text()? == "true",
            "Properties" => parse_properties(xml, &mut blob)?,
            "Metadata" => parse_metadata(xml, &mut blob)?,
            "Tags" => blob.tags = parse_tag_set(xml)?,
            _ => xml.skip()?,
        }
    }
    if !named {
        return Err(Malformed("a blob has no name".into()));
    }
    blob.current = !versions || marked_current || blob.version_id.is_none();
    Ok(blob)
}

/// A name with characters that XML cannot hold comes percent-encoded, with an attribute for it.
pub(super) fn parse_name(xml: &mut Xml<'_>, start: &BytesStart<'_>) -> Result<String, Malformed> {
    // Nearly every name has no attribute: the element's text is its name.
    let encoded = start.len() > "Name".len()
        && start
            .try_get_attribute("Encoded")?
            .is_some_and(|attribute| attribute.value.eq_ignore_ascii_case("true"));
    let text = xml.text()?;
    if !encoded {
        return Ok(text.into_owned());
    }
    decode(&text).ok_or_else(|| Malformed(format!("the encoded name `{}` is not UTF-8", shortened(&text))))
}

fn parse_properties(xml: &mut Xml<'_>, blob: &mut ListedBlob) -> Result<(), Malformed> {
    while let Some(property) = xml.child()? {
        let headers = &mut blob.headers;
        let slot = match property.name().0 {
            "Last-Modified" => {
                blob.last_modified = date(&xml.text()?)?;
                continue;
            }
            "Creation-Time" => {
                blob.created = Some(date(&xml.text()?)?);
                continue;
            }
            "Etag" => {
                blob.etag = xml.text()?.trim_matches('"').to_owned();
                continue;
            }
            "Content-Length" => {
                let text = xml.text()?;
                blob.size_bytes = text
                    .parse()
                    .ok()
                    .filter(|size| *size <= BLOB_BYTES_MAX)
                    .ok_or_else(|| Malformed(format!("the length `{}`", shortened(&text))))?;
                continue;
            }
            "BlobType" => {
                blob.blob_type = blob_type(&xml.text()?);
                continue;
            }
            "AccessTier" => {
                blob.tier = xml.text()?.parse().ok();
                continue;
            }
            "CustomerProvidedKeySha256" => {
                blob.customer_key = !xml.text()?.is_empty();
                continue;
            }
            "ResourceType" => {
                blob.directory = xml.text()? == "directory";
                continue;
            }
            "Content-Type" => &mut headers.content_type,
            "Content-Encoding" => &mut headers.content_encoding,
            "Content-Language" => &mut headers.content_language,
            "Content-Disposition" => &mut headers.content_disposition,
            "Cache-Control" => &mut headers.cache_control,
            "Content-MD5" => &mut headers.content_md5,
            "ArchiveStatus" => &mut blob.archive_status,
            _ => {
                xml.skip()?;
                continue;
            }
        };
        *slot = Some(xml.text()?.into_owned()).filter(|text| !text.is_empty());
    }
    Ok(())
}

fn date(text: &str) -> Result<Timestamp, Malformed> {
    parse_http_date(text).ok_or_else(|| Malformed(format!("the date `{}`", shortened(text))))
}

/// For a message.
fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}

/// The length of names and values so far.
fn add_pair(bytes: &mut usize, key: &str, value: &str) -> Result<(), Malformed> {
    *bytes += key.len() + value.len();
    if *bytes > PAIRS_BYTES_MAX {
        return Err(Malformed(
            "a blob has more metadata or tags than one can have".into(),
        ));
    }
    Ok(())
}

/// Page blobs and append blobs by their names; all else is a block blob.
pub(super) fn blob_type(text: &str) -> BlobType {
    match text {
        "AppendBlob" => BlobType::Append,
        "PageBlob" => BlobType::Page,
        _ => BlobType::Block,
    }
}

/// An entry whose name is not valid any more comes as an element that holds the name, without the value.
fn parse_metadata(xml: &mut Xml<'_>, blob: &mut ListedBlob) -> Result<(), Malformed> {
    let mut bytes = 0;
    while let Some(entry) = xml.child()? {
        let text = xml.text()?.into_owned();
        add_pair(&mut bytes, entry.name().0, &text)?;
        match entry.name().0 {
            "x-ms-invalid-name" => note_unkept(blob, &text),
            name => drop(blob.metadata.insert(name.to_owned(), text)),
        }
    }
    Ok(())
}

/// The maximum number of unusable metadata names reported for one blob, and the maximum length of each.
const UNKEPT_MAX: usize = 8;
const UNKEPT_CHARS_MAX: usize = 64;

pub(super) fn note_unkept(blob: &mut ListedBlob, name: &str) {
    if blob.unkept_metadata.len() < UNKEPT_MAX {
        let name = name.chars().take(UNKEPT_CHARS_MAX).collect();
        blob.unkept_metadata.push(name);
    }
}

/// The inside of `<Tags>`.
fn parse_tag_set(xml: &mut Xml<'_>) -> Result<BTreeMap<String, String>, Malformed> {
    let mut tags = BTreeMap::new();
    let mut bytes = 0;
    while let Some(set) = xml.child()? {
        if set.name().0 != "TagSet" {
            xml.skip()?;
            continue;
        }
        while xml.child()?.is_some() {
            let (mut key, mut value) = (String::new(), String::new());
            while let Some(part) = xml.child()? {
                match part.name().0 {
                    "Key" => key = xml.text()?.into_owned(),
                    "Value" => value = xml.text()?.into_owned(),
                    _ => xml.skip()?,
                }
            }
            add_pair(&mut bytes, &key, &value)?;
            tags.insert(key, value);
        }
    }
    Ok(tags)
}

/// Get Blob Tags (<https://learn.microsoft.com/rest/api/storageservices/get-blob-tags>).
pub(super) fn parse_tags(document: &[u8]) -> Result<BTreeMap<String, String>, Malformed> {
    parse_tag_set(&mut Xml::open(document, "Tags")?)
}

/// The uncommitted half of Get Block List
/// (<https://learn.microsoft.com/rest/api/storageservices/get-block-list>).
pub(super) fn parse_staged_blocks(document: &[u8]) -> Result<Vec<StagedBlock>, Malformed> {
    let mut xml = Xml::open(document, "BlockList")?;
    let mut blocks = Vec::new();
    while let Some(half) = xml.child()? {
        if half.name().0 != "UncommittedBlocks" {
            xml.skip()?;
            continue;
        }
        while xml.child()?.is_some() {
            let mut block = StagedBlock {
                id: String::new(),
                size_bytes: 0,
            };
            while let Some(part) = xml.child()? {
                match part.name().0 {
                    "Name" => block.id = xml.text()?.into_owned(),
                    "Size" => {
                        let text = xml.text()?;
                        block.size_bytes = text
                            .parse()
                            .map_err(|_| Malformed(format!("the size `{}`", shortened(&text))))?;
                    }
                    _ => xml.skip()?,
                }
            }
            if blocks.len() >= BLOCKS_MAX || block.id.len() > PAIRS_BYTES_MAX {
                return Err(Malformed("it has more blocks than a blob can have".into()));
            }
            blocks.push(block);
        }
    }
    Ok(blocks)
}

/// Get User Delegation Key (<https://learn.microsoft.com/rest/api/storageservices/get-user-delegation-key>).
pub(super) fn parse_delegation_key(document: &[u8]) -> Result<UserDelegationKey, Malformed> {
    let mut xml = Xml::open(document, "UserDelegationKey")?;
    let mut fields = BTreeMap::new();
    while let Some(part) = xml.child()? {
        // There are seven.
        if fields.len() > 100 {
            return Err(Malformed("it has too many fields".into()));
        }
        let text = xml.text()?.into_owned();
        fields.insert(part.name().0.to_owned(), text);
    }
    let mut take = |name: &str| {
        fields
            .remove(name)
            .ok_or_else(|| Malformed(format!("it has no <{name}>")))
    };
    let time = |text: String| {
        text.parse::<Timestamp>()
            .map_err(|_| Malformed(format!("the time `{text}`")))
    };
    Ok(UserDelegationKey {
        signed_oid: take("SignedOid")?,
        signed_tid: take("SignedTid")?,
        signed_start: time(take("SignedStart")?)?,
        signed_expiry: time(take("SignedExpiry")?)?,
        signed_service: take("SignedService")?,
        signed_version: take("SignedVersion")?,
        value: SecretString::from(take("Value")?),
    })
}

/// An error body, as far as it has these.
#[derive(Debug, Default)]
pub(super) struct ErrorBody {
    pub(super) code: String,
    pub(super) message: String,
    /// Never shown as it is: it may quote a signature and what was signed.
    pub(super) authentication_detail: String,
    /// Which header an `InvalidHeaderValue` is about.
    pub(super) header_name: String,
}

pub(super) fn parse_error(document: &[u8]) -> Option<ErrorBody> {
    let mut xml = Xml::open(document, "Error").ok()?;
    let mut body = ErrorBody::default();
    while let Ok(Some(part)) = xml.child() {
        let text = xml.text().ok()?.into_owned();
        match part.name().0 {
            "Code" => body.code = text,
            "Message" => body.message = text,
            "HeaderName" => body.header_name = text,
            "AuthenticationErrorDetail" => body.authentication_detail = text,
            _ => {}
        }
    }
    Some(body)
}

#[cfg(test)]
mod tests;
