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
    xml::{Malformed, Xml},
};

/// A page of List Blobs: its blobs and where the next one begins. `versions` says whether versions were asked for;
/// if not, every blob is the current one.
pub(super) fn parse_page(
    document: &[u8],
    versions: bool,
) -> Result<(Vec<ListedBlob>, Option<String>), Malformed> {
    let mut xml = Xml::open(document, "EnumerationResults")?;
    let mut blobs = Vec::new();
    let mut next_marker = None;
    while let Some(part) = xml.child()? {
        match part.name().0 {
            "Blobs" => {
                while let Some(entry) = xml.child()? {
                    match entry.name().0 {
                        "Blob" => blobs.push(parse_blob(&mut xml, versions)?),
                        _ => xml.skip()?,
                    }
                }
            }
            "NextMarker" => next_marker = Some(xml.text()?.into_owned()).filter(|m| !m.is_empty()),
            _ => xml.skip()?,
        }
    }
    Ok((blobs, next_marker))
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

/// A name with characters that XML cannot hold comes percent-encoded, and says so.
fn parse_name(xml: &mut Xml<'_>, start: &BytesStart<'_>) -> Result<String, Malformed> {
    // Nearly every name has no attribute: the element's text is its name.
    let encoded = start.len() > "Name".len()
        && start
            .try_get_attribute("Encoded")?
            .is_some_and(|attribute| attribute.value.eq_ignore_ascii_case("true"));
    let text = xml.text()?;
    if !encoded {
        return Ok(text.into_owned());
    }
    decode(&text).ok_or_else(|| Malformed(format!("the encoded name `{text}` is not UTF-8")))
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
                    .map_err(|_| Malformed(format!("the length `{text}`")))?;
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
    parse_http_date(text).ok_or_else(|| Malformed(format!("the date `{text}`")))
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
    while let Some(entry) = xml.child()? {
        let text = xml.text()?.into_owned();
        match entry.name().0 {
            "x-ms-invalid-name" => note_unkept(blob, &text),
            name => drop(blob.metadata.insert(name.to_owned(), text)),
        }
    }
    Ok(())
}

/// So many unusable names of metadata are told of a blob, so long each.
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
                            .map_err(|_| Malformed(format!("the size `{text}`")))?;
                    }
                    _ => xml.skip()?,
                }
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
}

pub(super) fn parse_error(document: &[u8]) -> Option<ErrorBody> {
    let mut xml = Xml::open(document, "Error").ok()?;
    let mut body = ErrorBody::default();
    while let Ok(Some(part)) = xml.child() {
        let text = xml.text().ok()?.into_owned();
        match part.name().0 {
            "Code" => body.code = text,
            "Message" => body.message = text,
            "AuthenticationErrorDetail" => body.authentication_detail = text,
            _ => {}
        }
    }
    Some(body)
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
