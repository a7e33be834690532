//! Block by block: Put Block, Put Block List, Get Block List; and the writes of append and page blobs.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::StatusCode;

use super::auth::{APPEND, READ, WRITE};
use super::conditions::Conditions;
use super::content::Content;
use super::properties;
use super::put::{Admission, Draft, add_hashes, check_hashes, online, store, too_large, written};
use super::reply::{Answer, Refusal, Reply};
use super::request::Ask;
use super::state::{Blob, BlobType, Block, Slot};
use super::{lease, scope, xml};

const BLOCK_MAX_BYTES: u64 = 4000 << 20;
const COMMITTED_BLOCKS_MAX: usize = 50_000;
const STAGED_BLOCKS_MAX: usize = 100_000;

/// Put Block: <https://learn.microsoft.com/rest/api/storageservices/put-block>.
pub(super) fn put_block(ask: &Ask<'_>) -> Answer {
    let content = Content::new(ask.body.clone());
    check_hashes(ask, &content, "content-md5", "x-ms-content-crc64")?;
    stage(ask, &Admission::of(ask)?, content)
}

/// Keeps `content` as an uncommitted block of the name addressed.
pub(super) fn stage(ask: &Ask<'_>, admission: &Admission, content: Arc<Content>) -> Answer {
    let id = ask
        .query
        .some("blockid")
        .ok_or_else(|| Refusal::invalid_query("blockid"))?;
    let decoded = BASE64_STANDARD
        .decode(id)
        .ok()
        .filter(|id| (1..=64).contains(&id.len()));
    let id_length = decoded.ok_or_else(|| Refusal::invalid_query("blockid"))?.len();
    if content.length() == 0 {
        return Err(Refusal::invalid_header("Content-Length"));
    }
    if content.length() > BLOCK_MAX_BYTES {
        return Err(too_large());
    }
    let mut reply = Reply::new(StatusCode::CREATED);
    reply.set_static("x-ms-request-server-encrypted", "true");
    add_hashes(&mut reply, &content);

    let container = ask.container()?;
    let mut slots = container.write();
    let name = ask.blob_name();
    admission.check(ask, slots.get(name))?;
    if let Some(slot) = slots.get(name) {
        check_block(slot, id, id_length)?;
    }
    let slot = slots.entry(Arc::from(name)).or_default();
    slot.staged.get_or_insert_default().insert(id.to_owned(), content);
    Ok(reply)
}

fn check_block(slot: &Slot, id: &str, id_length: usize) -> Result<(), Refusal> {
    if slot
        .current
        .as_ref()
        .is_some_and(|blob| blob.kind != BlobType::Block)
    {
        return Err(Refusal::invalid_blob_type());
    }
    let Some(staged) = &slot.staged else { return Ok(()) };
    let other_length = staged
        .keys()
        .next()
        .and_then(|other| BASE64_STANDARD.decode(other).ok());
    if other_length.is_some_and(|other| other.len() != id_length) {
        return Err(Refusal::bad_request(
            "InvalidBlobOrBlock",
            "The specified blob or block content is invalid.",
        ));
    }
    if staged.len() >= STAGED_BLOCKS_MAX && !staged.contains_key(id) {
        return Err(too_many_blocks());
    }
    Ok(())
}

fn too_many_blocks() -> Refusal {
    Refusal::conflict(
        "BlockCountExceedsLimit",
        "The committed or uncommitted block count cannot exceed the maximum limit.",
    )
}

/// Put Block List: <https://learn.microsoft.com/rest/api/storageservices/put-block-list>.
pub(super) fn put_block_list(ask: &Ask<'_>) -> Answer {
    let admission = Admission::of(ask)?;
    let document = Content::new(ask.body.clone());
    check_hashes(ask, &document, "content-md5", "x-ms-content-crc64")?;
    let wanted = parse_block_list(&ask.body)?;
    if wanted.len() > COMMITTED_BLOCKS_MAX {
        return Err(Refusal::bad_request(
            "BlockListTooLong",
            "The block list may not contain more than 50,000 blocks.",
        ));
    }
    let container = ask.container()?;
    let blocks = {
        let slots = container.read();
        let slot = slots.get(ask.blob_name());
        admission.check(ask, slot)?;
        resolve(slot, wanted)?
    };
    let content = Content::concat(blocks.iter().map(|block| &block.content));
    let mut draft = Draft::of_request(ask, content)?;
    draft.headers = properties::content_headers(ask, &properties::default_headers());
    draft.md5 = properties::md5_header(ask, "x-ms-blob-content-md5")?;
    draft.blocks = Some(Arc::new(blocks));
    let blob = store(ask, &admission, draft)?;
    let mut reply = written(StatusCode::CREATED, &blob);
    // The hashes are those of the list that was sent, not of the blob.
    add_hashes(&mut reply, &document);
    Ok(reply)
}

/// Where a block of a list is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Committed,
    Uncommitted,
    Latest,
}

fn parse_block_list(document: &[u8]) -> Result<Vec<(Place, String)>, Refusal> {
    let elements = xml::parse_elements(document).ok_or_else(Refusal::invalid_xml)?;
    let mut elements = elements.into_iter();
    if elements.next().is_none_or(|(_, name, _)| name != "BlockList") {
        return Err(Refusal::invalid_xml());
    }
    elements
        .map(|(_, name, id)| match name.as_str() {
            "Committed" => Ok((Place::Committed, id)),
            "Uncommitted" => Ok((Place::Uncommitted, id)),
            "Latest" => Ok((Place::Latest, id)),
            _ => Err(Refusal::invalid_xml()),
        })
        .collect()
}

fn resolve(slot: Option<&Slot>, wanted: Vec<(Place, String)>) -> Result<Vec<Block>, Refusal> {
    let none = BTreeMap::new();
    let staged = slot.and_then(|slot| slot.staged.as_ref()).unwrap_or(&none);
    let current = slot.and_then(|slot| slot.current.as_deref());
    let committed: HashMap<&str, &Arc<Content>> = current
        .and_then(|blob| blob.blocks.as_deref())
        .into_iter()
        .flatten()
        .map(|block| (&*block.id, &block.content))
        .collect();
    let find = |place: Place, id: &str| match place {
        Place::Committed => committed.get(id).copied(),
        Place::Uncommitted => staged.get(id),
        Place::Latest => staged.get(id).or_else(|| committed.get(id).copied()),
    };
    wanted
        .into_iter()
        .map(|(place, id)| {
            let content = find(place, &id).cloned().ok_or_else(|| {
                Refusal::bad_request("InvalidBlockList", "The specified block list is invalid.")
            })?;
            Ok(Block {
                id: id.into(),
                content,
            })
        })
        .collect()
}

/// Get Block List: <https://learn.microsoft.com/rest/api/storageservices/get-block-list>.
pub(super) fn get_block_list(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, READ)?;
    let kind = ask.query.some("blocklisttype").unwrap_or("committed");
    let version = ask.version()?;
    let container = ask.container()?;
    let slots = container.read();
    let slot = slots.get(ask.blob_name()).ok_or_else(Refusal::blob_not_found)?;
    let blob = match version {
        Some(version) => slot.version(version),
        None => slot.current.as_ref(),
    };
    if blob.is_none() && (slot.staged.is_none() || version.is_some()) {
        return Err(Refusal::blob_not_found());
    }
    if blob.is_some_and(|blob| blob.kind != BlobType::Block) {
        return Err(Refusal::invalid_blob_type());
    }
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");
    if matches!(kind, "committed" | "all") {
        let blocks = blob.and_then(|blob| blob.blocks.as_deref()).into_iter().flatten();
        push_blocks(
            &mut text,
            "CommittedBlocks",
            blocks.map(|block| (&*block.id, &block.content)),
        );
    }
    if matches!(kind, "uncommitted" | "all") {
        let staged = slot.staged.iter().flat_map(|staged| staged.iter());
        push_blocks(
            &mut text,
            "UncommittedBlocks",
            staged.map(|(id, content)| (id.as_str(), content)),
        );
    }
    text.push_str("</BlockList>");
    let mut reply = Reply::xml(text);
    if let Some(blob) = blob {
        reply
            .set("etag", blob.modified.quoted_etag())
            .set("last-modified", blob.modified.http_date())
            .set("x-ms-blob-content-length", blob.length().to_string());
    }
    Ok(reply)
}

fn push_blocks<'b>(text: &mut String, list: &str, blocks: impl Iterator<Item = (&'b str, &'b Arc<Content>)>) {
    text.push_str(&format!("<{list}>"));
    for (id, content) in blocks {
        text.push_str("<Block>");
        xml::push_element(text, "Name", id);
        xml::push_element(text, "Size", &content.length().to_string());
        text.push_str("</Block>");
    }
    text.push_str(&format!("</{list}>"));
}

/// Append Block: <https://learn.microsoft.com/rest/api/storageservices/append-block>.
pub(super) fn append_block(ask: &Ask<'_>) -> Answer {
    let scope = scope(ask);
    if !scope.allows(&ask.caller, WRITE) {
        scope.require(&ask.caller, APPEND)?;
    }
    let content = Content::new(ask.body.clone());
    check_hashes(ask, &content, "content-md5", "x-ms-content-crc64")?;
    let position = ask.header_as("x-ms-blob-condition-appendpos", |text| text.parse::<u64>().ok())?;
    let limit = ask.header_as("x-ms-blob-condition-maxsize", |text| text.parse::<u64>().ok())?;
    let (offset, blob) = amend(ask, BlobType::Append, |blob| {
        let offset = blob.length();
        if position.is_some_and(|position| position != offset) {
            return Err(super::precondition_failed("AppendPositionConditionNotMet"));
        }
        if limit.is_some_and(|limit| offset + content.length() > limit) {
            return Err(super::precondition_failed("MaxBlobSizeConditionNotMet"));
        }
        blob.content = Content::concat([&blob.content, &content].into_iter());
        blob.sequence += 1;
        Ok(offset)
    })?;
    let mut reply = written(StatusCode::CREATED, &blob);
    reply
        .set("x-ms-blob-append-offset", offset.to_string())
        .set("x-ms-blob-committed-block-count", blob.sequence.to_string());
    add_hashes(&mut reply, &content);
    Ok(reply)
}

/// Put Page: <https://learn.microsoft.com/rest/api/storageservices/put-page>.
pub(super) fn put_page(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, WRITE)?;
    let clear = ask.required("x-ms-page-write")? == "clear";
    let range = ask
        .header("x-ms-range")
        .or_else(|| ask.header("range"))
        .unwrap_or_default();
    let bounds = range
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'));
    let bounds =
        bounds.and_then(|(start, end)| Some((start.parse::<u64>().ok()?, end.parse::<u64>().ok()? + 1)));
    let (start, end) = bounds
        .filter(|(start, end)| start < end && start % 512 == 0 && end % 512 == 0)
        .ok_or_else(|| Refusal::invalid_header("x-ms-range"))?;
    let bytes = if clear {
        vec![0; usize::try_from(end - start).unwrap_or_default()].into()
    } else {
        ask.body.clone()
    };
    if bytes.len() as u64 != end - start {
        return Err(Refusal::invalid_header("Content-Length"));
    }
    let ((), blob) = amend(ask, BlobType::Page, |blob| {
        if end > blob.length() {
            return Err(Refusal::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "InvalidPageRange",
                "The page range specified is invalid.",
            ));
        }
        blob.content = blob.content.overlay(start, &bytes);
        blob.sequence += 1;
        Ok(())
    })?;
    let mut reply = written(StatusCode::CREATED, &blob);
    reply.set_static("x-ms-blob-sequence-number", "0");
    Ok(reply)
}

/// Changes the content of an append or page blob in place, which makes no version.
fn amend<T>(
    ask: &Ask<'_>,
    kind: BlobType,
    change: impl FnOnce(&mut Blob) -> Result<T, Refusal>,
) -> Result<(T, Arc<Blob>), Refusal> {
    let conditions = Conditions::of(ask)?;
    let container = ask.container()?;
    let mut slots = container.write();
    let slot = slots
        .get_mut(ask.blob_name())
        .ok_or_else(Refusal::blob_not_found)?;
    let current = slot.current.as_deref().ok_or_else(Refusal::blob_not_found)?;
    if current.kind != kind {
        return Err(Refusal::invalid_blob_type());
    }
    conditions.for_write(Some(current))?;
    lease::check(Some(slot), ask)?;
    online(ask, current)?;
    let mut changed = current.clone();
    let result = change(&mut changed)?;
    changed.modified = ask.tick();
    let blob = Arc::new(changed);
    slot.current = Some(Arc::clone(&blob));
    Ok((result, blob))
}
