//! A blob that a request is about to write: who may, what it will be, and how it takes its place.

use super::{
    conditions::Conditions,
    crypt::{self, Encryption},
    lease_check,
    need::{LOCK, WRITE, WRITE_TAGS},
    properties,
    protect::{self, Protection},
    reply::{Refusal, Reply},
    request::Ask,
    rights::{Rights, scope},
    writable::{check_no_pending_copy, check_online},
};
use crate::{
    storage::{
        container_state::ContainerBlobs,
        content::Content,
        record::{Blob, BlobType, Block, ContentHeaders, CopyState, Metadata, Rare, Tags},
        slot::Slot,
        tier::{Tier, Tiering},
    },
    world::StorageAccount,
};
use http::StatusCode;
use std::sync::Arc;

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
    /// Blocks appended to an append blob.
    pub(super) sequence: u32,
    /// Protection and encryption as the request wants them.
    pub(super) rare: Option<Box<Rare>>,
}

impl Draft {
    /// A block blob with the metadata, tags, tier, protection and encryption of the request.
    pub(super) fn of_request(
        ask: &Ask<'_>,
        admission: &Admission,
        content: Arc<Content>,
    ) -> Result<Self, Refusal> {
        let tags = properties::tags(ask)?;
        let mut rare = Rare::default();
        protect::of_creation(ask, &admission.protection, &mut rare)?;
        let plain = rare.retention.is_none() && !rare.legal_hold && admission.encryption.is_default();
        admission.encryption.clone().put_into(&mut rare);
        Ok(Self {
            kind: BlobType::Block,
            content,
            md5: None,
            headers: Arc::default(),
            metadata: properties::metadata(ask)?,
            tags: tags.unwrap_or_default(),
            tiering: match properties::tier(ask)? {
                None => Tiering::by_default(default_tier(&ask.account)),
                chosen => Tiering::on_write(chosen, ask.now_tick()),
            },
            blocks: None,
            copy: None,
            sequence: 0,
            rare: (!plain).then(|| Box::new(rare)),
        })
    }

    fn into_blob(self, ask: &Ask<'_>, protection: &Protection, existing: Option<&Blob>) -> Blob {
        let modified = ask.tick();
        let mut blob = Blob {
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
            sequence: self.sequence,
            rare: self.rare,
        };
        let inherited = protection.default_retention(modified);
        if inherited.is_some() && blob.rare().retention.is_none() {
            blob.rare_mut().retention = inherited;
        }
        blob
    }
}

/// The tier of blobs for which none was chosen.
pub(super) fn default_tier(account: &StorageAccount) -> Tier {
    let set = account.other.get("accessTier").and_then(|tier| tier.as_str());
    set.and_then(Tier::parse).unwrap_or(Tier::Hot)
}

/// Who may write, and under which conditions.
#[derive(Debug)]
pub(super) struct Admission {
    /// Whether it is Copy Blob that writes: to a blob of the same kind only, and to no lease with an end; without a tier
    /// of its own the copy has that of what it replaces
    /// (<https://learn.microsoft.com/rest/api/storageservices/copy-blob#remarks>).
    pub(super) copies: bool,
    rights: Rights,
    conditions: Conditions,
    pub(super) protection: Protection,
    pub(super) encryption: Encryption,
    container: Arc<ContainerBlobs>,
}

impl Admission {
    /// The headers of a request that writes the addressed blob. Permissions are checked before everything else, also
    /// whether they
    /// are enough for an existing blob: a caller that can only create learns nothing of it from a condition or a
    /// source that fails.
    pub(super) fn of(ask: &Ask<'_>) -> Result<Self, Refusal> {
        let rights = scope(ask).write_rights(&ask.caller)?;
        let copies_tags = ask.header("x-ms-copy-source-tag-option") == Some("COPY");
        if copies_tags || ask.header("x-ms-tags").is_some() {
            scope(ask).require(&ask.caller, WRITE_TAGS)?;
        }
        if protect::is_named(ask) {
            scope(ask).require(&ask.caller, LOCK)?;
        }
        let admission = Self::with(ask, rights)?;
        admission.check_overwriting(admission.container().read().get(ask.blob_name()))?;
        Ok(admission)
    }

    /// Admits blocks and block lists: who may only create has no right to either
    /// (<https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory#permissions-for-blob-service-operations>).
    pub(super) fn of_blocks(ask: &Ask<'_>) -> Result<Self, Refusal> {
        scope(ask).require(&ask.caller, WRITE)?;
        Self::of(ask)
    }

    fn with(ask: &Ask<'_>, rights: Rights) -> Result<Self, Refusal> {
        super::check_blob_name(ask.blob_name())?;
        let conditions = Conditions::of(ask)?;
        let container = ask.container()?;
        let facts = container.facts();
        Ok(Self {
            copies: false,
            rights,
            conditions,
            protection: Protection::of(ask, &facts),
            encryption: Encryption::of(ask)?.within(&facts)?,
            container,
        })
    }

    /// The container addressed.
    pub(super) fn container(&self) -> &Arc<ContainerBlobs> {
        &self.container
    }

    fn check_overwriting(&self, slot: Option<&Slot>) -> Result<(), Refusal> {
        if slot.is_some_and(|slot| slot.current.is_some()) && !self.rights.overwrite {
            return Err(Refusal::forbidden(
                "UnauthorizedBlobOverwrite",
                "This request is not authorized to perform blob overwrites.",
            ));
        }
        Ok(())
    }

    /// Refuses a write to `slot`: for its rights, for a lease, for its conditions, in this order.
    pub(super) fn check(&self, ask: &Ask<'_>, slot: Option<&Slot>) -> Result<(), Refusal> {
        let existing = slot.and_then(|slot| slot.current.as_deref());
        self.check_overwriting(slot)?;
        lease_check::check_write(slot, ask)?;
        if self.copies {
            lease_check::refuse_finite(slot, ask)?;
        }
        self.conditions.for_write(existing)?;
        match existing {
            None => Ok(()),
            Some(blob) => {
                check_no_pending_copy(ask, blob)?;
                check_online(ask, blob)
            }
        }
    }

    /// Refuses to put a blob of kind `kind` in place of what is there: that may be protected, and versions of one name
    /// are all of one kind (<https://learn.microsoft.com/azure/storage/blobs/versioning-overview#versioning-on-write-operations>).
    fn check_replace(&self, slot: Option<&Slot>, kind: BlobType) -> Result<(), Refusal> {
        let Some(slot) = slot else { return Ok(()) };
        if slot.current.is_some() {
            self.protection.check_overwrite()?;
        }
        let of_another = |blob: &Arc<Blob>| blob.kind != kind;
        let replaced = slot.current.as_ref().filter(|_| self.copies);
        if replaced.is_some_and(of_another) || slot.previous.last().is_some_and(of_another) {
            return Err(Refusal::invalid_blob_type());
        }
        Ok(())
    }
}

/// Makes `draft` the current version of the name addressed.
pub(super) fn store(ask: &Ask<'_>, admission: &Admission, mut draft: Draft) -> Result<Arc<Blob>, Refusal> {
    let mut slots = admission.container().write();
    let name = ask.blob_name();
    let found = slots.get(name);
    admission.check(ask, found)?;
    admission.check_replace(found, draft.kind)?;
    let now = ask.now_tick();
    let slot = slots.ensure(name);
    slot.purge(now);
    lease_check::after_write(slot, now);
    slot.staged = None;
    if admission.copies
        && draft.tiering.changed().is_none()
        && let Some(current) = &slot.current
    {
        draft.tiering = current.tiering;
    }
    let blob = draft.into_blob(ask, &admission.protection, slot.current.as_deref());
    Ok(slot.replace(blob, ask.keeping()))
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
            blob.version.map(crate::storage::moment::Tick::version_id),
        );
    crypt::describe(&mut reply, blob);
    reply
}
