//! Writing whole blobs: the one place where a name gets a new current version, and Put Blob.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::StatusCode;

use super::auth::{Rights, WRITE_TAGS};
use super::conditions::Conditions;
use super::content::Content;
use super::properties::{self, md5_base64};
use super::reply::{Answer, Refusal, Reply};
use super::request::Ask;
use super::state::{Blob, BlobType, Block, ContentHeaders, CopyState, Metadata, Slot, Tags};
use super::tier::Tiering;
use super::{lease, scope};

const NAME_MAX_CHARS: usize = 1024;
const PUT_BLOB_MAX_BYTES: u64 = 5000 << 20;

/// A blob to be written.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) kind: BlobType,
    pub(super) content: Arc<Content>,
    pub(super) md5: Option<[u8; 16]>,
    pub(super) headers: Arc<ContentHeaders>,
    pub(super) metadata: Metadata,
    pub(super) tags: Tags,
    pub(super) tiering: Tiering,
    pub(super) blocks: Option<Arc<Vec<Block>>>,
    pub(super) copy: Option<Arc<CopyState>>,
}

impl Draft {
    /// A block blob with the metadata, tags and tier of the request.
    pub(super) fn of_request(ask: &Ask<'_>, content: Arc<Content>) -> Result<Self, Refusal> {
        let tags = properties::tags(ask)?;
        if tags.is_some() {
            scope(ask).require(&ask.caller, WRITE_TAGS)?;
        }
        Ok(Self {
            kind: BlobType::Block,
            content,
            md5: None,
            headers: Arc::default(),
            metadata: properties::metadata(ask)?,
            tags: tags.unwrap_or_default(),
            tiering: Tiering::on_write(properties::tier(ask)?, ask.now_tick()),
            blocks: None,
            copy: None,
        })
    }

    fn into_blob(self, ask: &Ask<'_>, existing: Option<&Blob>) -> Blob {
        let modified = ask.tick();
        Blob {
            kind: self.kind,
            content: self.content,
            md5: self.md5,
            headers: self.headers,
            metadata: self.metadata,
            tags: self.tags,
            tiering: self.tiering,
            created: existing.map_or(modified, |blob| blob.created),
            modified,
            version: ask.account.versioning.then_some(modified),
            blocks: self.blocks,
            copy: self.copy,
            sequence: 0,
        }
    }
}

/// Who may write, and under which conditions.
#[derive(Debug)]
pub(super) struct Admission {
    rights: Rights,
    conditions: Conditions,
}

impl Admission {
    /// What the request says about the blob it addresses.
    pub(super) fn of(ask: &Ask<'_>) -> Result<Self, Refusal> {
        if ask.blob_name().chars().count() > NAME_MAX_CHARS {
            return Err(Refusal::bad_request(
                "InvalidResourceName",
                "The specified resource name contains invalid characters.",
            ));
        }
        Ok(Self {
            rights: scope(ask).write_rights(&ask.caller)?,
            conditions: Conditions::of(ask)?,
        })
    }

    /// Refuses a write to `slot`. A request that can only create meets `BlobAlreadyExists` before its rights matter.
    pub(super) fn check(&self, ask: &Ask<'_>, slot: Option<&Slot>) -> Result<(), Refusal> {
        let existing = slot.and_then(|slot| slot.current.as_deref());
        if self.conditions.only_creates() {
            self.conditions.for_write(existing)?;
        }
        if existing.is_some() && !self.rights.overwrite {
            return Err(Refusal::forbidden(
                "UnauthorizedBlobOverwrite",
                "This request is not authorized to perform blob overwrites.",
            ));
        }
        self.conditions.for_write(existing)?;
        lease::check(slot, ask)?;
        existing.map_or(Ok(()), |blob| online(ask, blob))
    }
}

/// Refuses what cannot be done to an archived blob.
pub(super) fn online(ask: &Ask<'_>, blob: &Blob) -> Result<(), Refusal> {
    let now = ask.now_tick();
    if blob.tiering.rehydration(now).is_some() {
        return Err(Refusal::conflict(
            "BlobBeingRehydrated",
            "This operation is not permitted because the blob is being rehydrated.",
        ));
    }
    if blob.tiering.tier(now) == super::tier::Tier::Archive {
        Err(Refusal::archived())
    } else {
        Ok(())
    }
}

/// Makes `draft` the current version of the name addressed.
pub(super) fn store(ask: &Ask<'_>, admission: &Admission, draft: Draft) -> Result<Arc<Blob>, Refusal> {
    let container = ask.container()?;
    let mut slots = container.write();
    let name = ask.blob_name();
    admission.check(ask, slots.get(name))?;
    let slot = slots.entry(Arc::from(name)).or_default();
    slot.staged = None;
    let blob = draft.into_blob(ask, slot.current.as_deref());
    Ok(slot.replace(blob, ask.account.versioning))
}

/// The answer to a write.
pub(super) fn written(status: StatusCode, blob: &Blob) -> Reply {
    let mut reply = Reply::new(status);
    reply
        .set("etag", blob.modified.quoted_etag())
        .set("last-modified", blob.modified.http_date())
        .set_static("x-ms-request-server-encrypted", "true")
        .set_some(
            "x-ms-version-id",
            blob.version.map(super::moment::Tick::version_id),
        );
    reply
}

/// Adds the hashes of `content`: the CRC-64, and the MD5 if asked for or cheap.
pub(super) fn add_hashes(reply: &mut Reply, content: &Content) {
    reply.set("x-ms-content-crc64", content.crc64_base64());
    reply.set_some("content-md5", content.md5_if_cheap().map(md5_base64));
}

/// Compares what arrived with the hashes sent in the headers named.
pub(super) fn check_hashes(ask: &Ask<'_>, content: &Content, md5: &str, crc64: &str) -> Result<(), Refusal> {
    if properties::md5_header(ask, md5)?.is_some_and(|expected| expected != content.md5()) {
        return Err(Refusal::bad_request(
            "Md5Mismatch",
            "The MD5 value specified in the request did not match with the MD5 value calculated by the server.",
        ));
    }
    let Some(crc) = ask.header(crc64) else {
        return Ok(());
    };
    if BASE64_STANDARD
        .decode(crc)
        .is_ok_and(|crc| crc == content.crc64().to_le_bytes())
    {
        return Ok(());
    }
    Err(Refusal::bad_request(
        "Crc64Mismatch",
        "The CRC64 value specified in the request did not match with the CRC64 value calculated by the server.",
    ))
}

/// Put Blob: <https://learn.microsoft.com/rest/api/storageservices/put-blob>.
pub(super) fn put_blob(ask: &Ask<'_>) -> Answer {
    let kind = ask.required("x-ms-blob-type")?;
    let admission = Admission::of(ask)?;
    let content = Content::new(ask.body.clone());
    if content.length() > PUT_BLOB_MAX_BYTES {
        return Err(too_large());
    }
    check_hashes(ask, &content, "content-md5", "x-ms-content-crc64")?;
    let mut draft = Draft::of_request(ask, content)?;
    draft.headers = properties::content_headers(ask, &properties::request_headers(ask));
    match kind {
        "BlockBlob" => {
            draft.md5 = Some(draft.content.md5());
            check_hashes(
                ask,
                &draft.content,
                "x-ms-blob-content-md5",
                "x-ms-blob-content-crc64",
            )?;
        }
        "AppendBlob" => {
            draft.kind = BlobType::Append;
            draft.content = Content::new(bytes::Bytes::new());
        }
        "PageBlob" => {
            draft.kind = BlobType::Page;
            draft.content = Content::new(vec![0; page_blob_length(ask)?].into());
        }
        _ => return Err(Refusal::invalid_header("x-ms-blob-type")),
    }
    let blob = store(ask, &admission, draft)?;
    let mut reply = written(StatusCode::CREATED, &blob);
    add_hashes(&mut reply, &blob.content);
    Ok(reply)
}

/// What is larger than its operation takes.
pub(super) fn too_large() -> Refusal {
    Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "RequestBodyTooLarge",
        "The request body is too large and exceeds the maximum permissible limit.",
    )
}

/// Page blobs are held whole, so their size is bounded here and not by the service's 8 TiB.
fn page_blob_length(ask: &Ask<'_>) -> Result<usize, Refusal> {
    const MAX_BYTES: usize = 1 << 30;
    let length = ask.required("x-ms-blob-content-length")?.parse::<usize>().ok();
    length
        .filter(|length| length % 512 == 0 && *length <= MAX_BYTES)
        .ok_or_else(|| Refusal::invalid_header("x-ms-blob-content-length"))
}
