//! Block by block: Put Block, Put Block List, Get Block List; and how blobs of other kinds are changed in place.

use super::{
    conditions::Conditions,
    crypt::Encryption,
    draft::{Admission, Draft, store, written},
    hashes::{add_hashes, check_hashes},
    lease_check,
    limits::{self, too_large},
    need::READ,
    properties,
    protect::Protection,
    reply::{Answer, Refusal, Reply},
    request::Ask,
    rights::scope,
    writable::check_no_pending_copy,
    xml,
};
use crate::storage::{
    content::Content,
    moment::Tick,
    record::{Blob, BlobType, Block},
    slot::{Slot, Staged, Which},
};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::StatusCode;

const COMMITTED_BLOCKS_MAX: usize = 50_000;
const STAGED_BLOCKS_MAX: usize = 100_000;

/// Put Block: <https://learn.microsoft.com/rest/api/storageservices/put-block>.
pub(super) fn put_block(ask: &Ask<'_>) -> Answer {
    let admission = Admission::of_blocks(ask)?;
    let content = Content::new(ask.body.clone());
    check_hashes(ask, &content, "content-md5", "x-ms-content-crc64")?;
    stage(ask, &admission, content)
}

/// Keeps `content` as an uncommitted block of the name addressed.
pub(super) fn stage(ask: &Ask<'_>, admission: &Admission, content: Arc<Content>) -> Answer {
    let id = ask
        .query
        .some("blockid")
        .ok_or_else(|| Refusal::missing_query("blockid"))?;
    let decoded = BASE64_STANDARD
        .decode(id)
        .ok()
        .filter(|id| (1..=64).contains(&id.len()));
    let id_length = decoded.ok_or_else(|| Refusal::invalid_query("blockid"))?.len();
    if content.length() == 0 {
        return Err(Refusal::invalid_header("Content-Length"));
    }
    if content.length() > limits::block_max_bytes(ask) {
        return Err(too_large());
    }
    let mut reply = Reply::new(StatusCode::CREATED);
    reply.set_static("x-ms-request-server-encrypted", "true");
    add_hashes(&mut reply, &content);

    let key = admission.encryption.key_sha256();
    let mut slots = admission.container().write();
    let name = ask.blob_name();
    admission.check(ask, slots.get(name))?;
    let now = ask.now_tick();
    if let Some(slot) = slots.get(name) {
        check_block(slot, id, id_length, now)?;
        if let Some(staged) = slot.staged(now) {
            admission.encryption.fits_key(staged.key_sha256.as_deref())?;
        }
    }
    let slot = slots.ensure(name);
    slot.purge(now);
    let staged = slot.staged.get_or_insert_default();
    staged.key_sha256 = key;
    staged.last = now;
    staged.blocks.insert(id.to_owned(), content);
    Ok(reply)
}

fn check_block(slot: &Slot, id: &str, id_length: usize, now: Tick) -> Result<(), Refusal> {
    if slot
        .current
        .as_ref()
        .is_some_and(|blob| blob.kind != BlobType::Block)
    {
        return Err(Refusal::invalid_blob_type());
    }
    let Some(Staged { blocks, .. }) = slot.staged(now) else {
        return Ok(());
    };
    let other_length = blocks
        .keys()
        .next()
        .and_then(|other| BASE64_STANDARD.decode(other).ok());
    if other_length.is_some_and(|other| other.len() != id_length) {
        return Err(Refusal::bad_request(
            "InvalidBlobOrBlock",
            "The specified blob or block content is invalid.",
        ));
    }
    if blocks.len() >= STAGED_BLOCKS_MAX && !blocks.contains_key(id) {
        return Err(too_many_blocks());
    }
    Ok(())
}

fn too_many_blocks() -> Refusal {
    Refusal::conflict(
        "RequestEntityTooLargeBlockCountExceedsLimit",
        "The committed or uncommitted block count cannot exceed the maximum limit.",
    )
}

/// Put Block List: <https://learn.microsoft.com/rest/api/storageservices/put-block-list>.
pub(super) fn put_block_list(ask: &Ask<'_>) -> Answer {
    let admission = Admission::of_blocks(ask)?;
    let document = Content::new(ask.body.clone());
    check_hashes(ask, &document, "content-md5", "x-ms-content-crc64")?;
    let wanted = parse_block_list(&ask.body)?;
    if wanted.len() > COMMITTED_BLOCKS_MAX {
        return Err(Refusal::bad_request(
            "BlockListTooLong",
            "The block list may not contain more than 50,000 blocks.",
        ));
    }
    let blocks = {
        let slots = admission.container().read();
        let slot = slots.get(ask.blob_name());
        admission.check(ask, slot)?;
        let staged = slot.and_then(|slot| slot.staged(ask.now_tick()));
        if let Some(staged) = staged {
            admission.encryption.fits_key(staged.key_sha256.as_deref())?;
        }
        let current = slot.and_then(|slot| slot.current.as_deref());
        resolve(staged, current, wanted)?
    };
    let content = Content::concat(blocks.iter().map(|block| &block.content));
    let mut draft = Draft::of_request(ask, &admission, content)?;
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
enum BlockOrigin {
    Committed,
    Uncommitted,
    Latest,
}

fn parse_block_list(document: &[u8]) -> Result<Vec<(BlockOrigin, String)>, Refusal> {
    let elements = xml::parse_elements(document).ok_or_else(Refusal::invalid_xml)?;
    let mut elements = elements.into_iter();
    if elements.next().is_none_or(|(_, name, _)| name != "BlockList") {
        return Err(Refusal::invalid_xml());
    }
    elements
        .map(|(_, name, id)| match name.as_str() {
            "Committed" => Ok((BlockOrigin::Committed, id)),
            "Uncommitted" => Ok((BlockOrigin::Uncommitted, id)),
            "Latest" => Ok((BlockOrigin::Latest, id)),
            _ => Err(Refusal::invalid_xml()),
        })
        .collect()
}

fn resolve(
    staged: Option<&Staged>,
    current: Option<&Blob>,
    wanted: Vec<(BlockOrigin, String)>,
) -> Result<Vec<Block>, Refusal> {
    let none = BTreeMap::new();
    let staged = staged.map_or(&none, |staged| &staged.blocks);
    let committed: HashMap<&str, &Arc<Content>> = current
        .and_then(|blob| blob.blocks.as_deref())
        .into_iter()
        .flatten()
        .map(|block| (&*block.id, &block.content))
        .collect();
    let find = |place: BlockOrigin, id: &str| match place {
        BlockOrigin::Committed => committed.get(id).copied(),
        BlockOrigin::Uncommitted => staged.get(id),
        BlockOrigin::Latest => staged.get(id).or_else(|| committed.get(id).copied()),
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
    if !["committed", "uncommitted", "all"].contains(&kind) {
        return Err(Refusal::invalid_query("blocklisttype"));
    }
    let which = ask.which()?;
    let conditions = Conditions::of(ask)?;
    let container = ask.container()?;
    let slots = container.read();
    let slot = slots.get(ask.blob_name()).ok_or_else(Refusal::blob_not_found)?;
    let blob = slot.get(which, ask.now_tick());
    let staged = slot.staged(ask.now_tick());
    if blob.is_none() && (staged.is_none() || which != Which::Current) {
        return Err(Refusal::blob_not_found());
    }
    if let Some(blob) = blob {
        conditions.for_read(blob)?;
    }
    lease_check::check_read(slot, ask)?;
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
        let staged = staged.iter().flat_map(|staged| &staged.blocks);
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

/// Changes the content of an append or page blob in place, which creates no version.
pub(super) fn amend<T>(
    ask: &Ask<'_>,
    kind: BlobType,
    change: impl FnOnce(&mut Blob) -> Result<T, Refusal>,
) -> Result<(T, Arc<Blob>), Refusal> {
    let conditions = Conditions::of(ask)?;
    let encryption = Encryption::of(ask)?;
    let container = ask.container()?;
    let protection = Protection::of(ask, &container.facts());
    let mut slots = container.write();
    let slot = slots
        .get_mut(ask.blob_name())
        .ok_or_else(Refusal::blob_not_found)?;
    let current = slot.current.as_deref().ok_or_else(Refusal::blob_not_found)?;
    if current.kind != kind {
        return Err(Refusal::invalid_blob_type());
    }
    conditions.for_write(Some(current))?;
    lease_check::check_write(Some(slot), ask)?;
    check_no_pending_copy(ask, current)?;
    encryption.fits(current)?;
    match kind {
        BlobType::Append => protection.check_append(current)?,
        BlobType::Block | BlobType::Page => protection.check_change(current)?,
    }
    let mut changed = current.clone();
    let result = change(&mut changed)?;
    changed.modified = ask.tick();
    let blob = Arc::new(changed);
    slot.current = Some(Arc::clone(&blob));
    lease_check::after_write(slot, ask.now_tick());
    Ok((result, blob))
}
