//! Copies from another blob of this simulator: Put Blob From URL, Put Block From URL, Copy Blob From URL, Copy Blob.
//!
//! The source is authorised on its own: by the bearer token in `x-ms-copy-source-authorization`, by a signature in
//! its URL, or, within one account, by the request's own authorisation.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::StatusCode;

use super::auth::{self, Caller, READ, READ_TAGS, Scope, WRITE_TAGS};
use super::blocks::stage;
use super::change::{high_priority, rehydration};
use super::conditions::Conditions;
use super::content::Content;
use super::crypt::Encryption;
use super::moment::Tick;
use super::properties;
use super::put::{Admission, Draft, add_hashes, online, store, too_large, written};
use super::read::parse_range;
use super::reply::{Answer, Refusal, Reply};
use super::request::{Address, Ask, Query, header, which};
use super::state::{Blob, BlobType, CopyState};
use super::tier::{Tier, Tiering};
use super::{lease, sas, scope};

const SOURCE_URL_MAX_BYTES: usize = 2048;
const PUT_FROM_URL_MAX_BYTES: u64 = 5000 << 20;
const COPY_FROM_URL_MAX_BYTES: u64 = 256 << 20;

/// Put Blob From URL: <https://learn.microsoft.com/rest/api/storageservices/put-blob-from-url>.
pub(super) fn put_blob_from_url(ask: &Ask<'_>) -> Answer {
    if ask.header("x-ms-blob-type") != Some("BlockBlob") {
        return Err(Refusal::invalid_header("x-ms-blob-type"));
    }
    empty_body(ask)?;
    let admission = Admission::of(ask)?;
    let source = Source::find(ask, true)?;
    let blob = source.online(ask)?;
    if blob.length() > PUT_FROM_URL_MAX_BYTES {
        return Err(too_large());
    }
    check_source_hashes(ask, &blob.content)?;
    let mut draft = Draft::of_request(ask, &admission, Arc::clone(&blob.content))?;
    source.add_tags(ask, &mut draft)?;
    let with_properties = ask.header_as("x-ms-copy-source-blob-properties", |text| {
        text.to_ascii_lowercase().parse().ok()
    })?;
    if with_properties.unwrap_or(true) {
        draft.headers = shared_headers(ask, blob);
        if draft.metadata.is_empty() {
            draft.metadata = Arc::clone(&blob.metadata);
        }
    } else {
        draft.headers = properties::content_headers(ask, &properties::default_headers());
    }
    draft.md5 = properties::md5_header(ask, "x-ms-blob-content-md5")?
        .or(blob.content.md5_if_cheap())
        .or(blob.md5);
    let blob = store(ask, &admission, draft)?;
    let mut reply = written(StatusCode::CREATED, &blob);
    add_hashes(&mut reply, &blob.content);
    Ok(reply)
}

/// The source's headers, shared with it unless the request names others.
fn shared_headers(ask: &Ask<'_>, source: &Blob) -> Arc<super::state::ContentHeaders> {
    let headers = properties::content_headers(ask, &source.headers);
    if headers == source.headers {
        Arc::clone(&source.headers)
    } else {
        headers
    }
}

/// Put Block From URL: <https://learn.microsoft.com/rest/api/storageservices/put-block-from-url>.
pub(super) fn put_block_from_url(ask: &Ask<'_>) -> Answer {
    empty_body(ask)?;
    let admission = Admission::of(ask)?;
    let part = source_part(ask)?;
    stage(ask, &admission, part)
}

/// The bytes of the source that `x-ms-source-range` names, or all of them.
pub(super) fn source_part(ask: &Ask<'_>) -> Result<Arc<Content>, Refusal> {
    let source = Source::find(ask, true)?;
    let blob = source.online(ask)?;
    let range = match ask.header("x-ms-source-range") {
        None => None,
        Some(text) => {
            let range = parse_range(text, blob.length()).map_err(|refusal| cannot_verify(&refusal))?;
            Some(range.ok_or_else(|| Refusal::invalid_header("x-ms-source-range"))?)
        }
    };
    let (offset, length) = range.unwrap_or((0, blob.length()));
    let part = blob.content.slice(offset, length);
    check_source_hashes(ask, &part)?;
    Ok(part)
}

/// Copy Blob From URL (`x-ms-requires-sync`) and Copy Blob:
/// <https://learn.microsoft.com/rest/api/storageservices/copy-blob-from-url>,
/// <https://learn.microsoft.com/rest/api/storageservices/copy-blob>.
pub(super) fn copy_blob(ask: &Ask<'_>) -> Answer {
    empty_body(ask)?;
    let sync = ask
        .header("x-ms-requires-sync")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let admission = Admission::of(ask)?;
    let source = Source::find(ask, sync)?;
    let now = ask.now_tick();
    let archived = source.blob.tiering.tier(now) == Tier::Archive;
    if ask.header("x-ms-encryption-key").is_some() || (!sync && ask.header("x-ms-encryption-scope").is_some())
    {
        return Err(Refusal::invalid_header("x-ms-encryption-key"));
    }
    let blob = if sync { source.online(ask)? } else { &source.blob };
    if sync && blob.kind != BlobType::Block {
        return Err(Refusal::conflict(
            "InvalidSourceBlobType",
            "The copy source blob type is invalid.",
        ));
    }
    if sync && blob.length() > COPY_FROM_URL_MAX_BYTES {
        return Err(too_large());
    }
    if sync {
        check_source_hashes(ask, &blob.content)?;
    }
    let mut draft = Draft::of_request(ask, &admission, Arc::clone(&blob.content))?;
    if sync {
        source.add_tags(ask, &mut draft)?;
    }
    if archived {
        let to = properties::tier(ask)?.unwrap_or(Tier::Hot);
        if to == Tier::Archive {
            return Err(Refusal::archived());
        }
        draft.tiering = Tiering::pending(rehydration(ask, to, high_priority(ask)?), now);
    }
    if draft.metadata.is_empty() {
        draft.metadata = Arc::clone(&blob.metadata);
    }
    draft.kind = blob.kind;
    if blob.kind == BlobType::Page {
        draft.rare.get_or_insert_default().sequence_number = blob.rare().sequence_number;
    }
    draft.headers = Arc::clone(&blob.headers);
    draft.md5 = blob.md5;
    draft.blocks = blob.blocks.clone();
    let copy = Arc::new(source.copy_state(ask, &draft.tiering, sync));
    draft.copy = Some(Arc::clone(&copy));
    let blob = store(ask, &admission, draft).map_err(target_condition)?;
    let mut reply = written(StatusCode::ACCEPTED, &blob);
    reply.set("x-ms-copy-id", &copy.id);
    reply.set_static("x-ms-copy-status", copy.status(now));
    if sync {
        add_hashes(&mut reply, &blob.content);
    }
    Ok(reply)
}

/// Abort Copy Blob: <https://learn.microsoft.com/rest/api/storageservices/abort-copy-blob>. An empty blob with the
/// metadata stays.
pub(super) fn abort_copy(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, auth::WRITE)?;
    if ask.required("x-ms-copy-action")? != "abort" {
        return Err(Refusal::invalid_header("x-ms-copy-action"));
    }
    let now = ask.now_tick();
    let container = ask.container()?;
    let mut slots = container.write();
    let slot = slots
        .get_mut(ask.blob_name())
        .ok_or_else(Refusal::blob_not_found)?;
    lease::check(Some(slot), ask)?;
    let current = slot.current.as_deref().ok_or_else(Refusal::blob_not_found)?;
    let pending = current.copy.as_ref().filter(|copy| copy.is_pending(now));
    let Some(pending) = pending else {
        return Err(Refusal::conflict(
            "NoPendingCopyOperation",
            "There is currently no pending copy operation.",
        ));
    };
    if Some(pending.id.as_str()) != ask.query.get("copyid") {
        return Err(Refusal::conflict(
            "CopyIdMismatch",
            "The specified copy ID did not match the copy ID for the pending copy operation.",
        ));
    }
    let aborted = CopyState {
        completed: now,
        aborted: true,
        ..CopyState::clone(pending)
    };
    slot.amend(|blob| {
        blob.content = Arc::default();
        blob.md5 = None;
        blob.blocks = None;
        blob.copy = Some(Arc::new(aborted));
        blob.tiering = Tiering::on_write(None, now);
    });
    Ok(Reply::new(StatusCode::NO_CONTENT))
}

/// For Copy Blob, what fails at the target has a code of its own.
fn target_condition(refusal: Refusal) -> Refusal {
    match refusal.code {
        "ConditionNotMet" => Refusal {
            code: "TargetConditionNotMet",
            ..refusal
        },
        _ => refusal,
    }
}

fn empty_body(ask: &Ask<'_>) -> Result<(), Refusal> {
    if ask.body.is_empty() {
        Ok(())
    } else {
        Err(Refusal::invalid_header("Content-Length"))
    }
}

fn check_source_hashes(ask: &Ask<'_>, content: &Content) -> Result<(), Refusal> {
    if properties::md5_header(ask, "x-ms-source-content-md5")?
        .is_some_and(|expected| expected != content.md5())
    {
        return Err(Refusal::bad_request(
            "Md5Mismatch",
            "The MD5 value specified in the request did not match with the MD5 value calculated by the server.",
        ));
    }
    let crc64 = ask.header_as("x-ms-source-content-crc64", |text| {
        BASE64_STANDARD.decode(text).ok()
    })?;
    if crc64.is_some_and(|expected| expected != content.crc64().to_le_bytes()) {
        return Err(Refusal::bad_request(
            "Crc64Mismatch",
            "The CRC64 value specified in the request did not match with the CRC64 value calculated by the server.",
        ));
    }
    Ok(())
}

/// The blob that a copy reads.
struct Source {
    blob: Arc<Blob>,
    /// Its URL without a signature.
    url: String,
    may_read_tags: bool,
}

impl Source {
    /// Finds and authorises the source that `x-ms-copy-source` names.
    fn find(ask: &Ask<'_>, takes_bearer: bool) -> Result<Self, Refusal> {
        let url = ask.required("x-ms-copy-source")?;
        if url.len() > SOURCE_URL_MAX_BYTES {
            return Err(Refusal::invalid_header("x-ms-copy-source"));
        }
        let (path, query) = own_path(ask, url).ok_or_else(|| {
            Refusal::bad_request("CannotVerifyCopySource", "The copy source is not served here.")
        })?;
        let found = Self::read(ask, path, query, takes_bearer);
        let (blob, may_read_tags) = found.map_err(|refusal| match refusal.code {
            "SourceConditionNotMet" => with_source(refusal.clone(), &refusal),
            _ => cannot_verify(&refusal),
        })?;
        Ok(Self {
            blob,
            url: unsigned(url),
            may_read_tags,
        })
    }

    /// What the service that holds the source would do with the copying service's request.
    fn read(
        ask: &Ask<'_>,
        path: &str,
        query: &str,
        takes_bearer: bool,
    ) -> Result<(Arc<Blob>, bool), Refusal> {
        let bad_url = || {
            Refusal::bad_request(
                "InvalidUri",
                "The requested URI does not represent any resource on the server.",
            )
        };
        let address = Address::parse(path).ok_or_else(bad_url)?;
        let query = Query::parse(query).ok_or_else(bad_url)?;
        let account = ask.world.storage_account(&address.account).ok_or_else(bad_url)?;
        let (Some(container), Some(name)) = (&address.container, &address.blob) else {
            return Err(bad_url());
        };
        let bearer = header(ask.headers, "x-ms-copy-source-authorization").filter(|_| takes_bearer);
        let caller = if let Some(bearer) = bearer {
            let token = bearer.strip_prefix("Bearer ").unwrap_or_default();
            Caller::Bearer(auth::bearer(ask.world, &account, token)?)
        } else if query.some("sig").is_some() {
            Caller::Signature(Box::new(sas::verify(ask.world, &account, &address, &query)?))
        } else if account.name == ask.account.name {
            ask.caller.clone()
        } else if let Some(access) = auth::public_access(ask.world, &account, &address) {
            Caller::Anonymous(access)
        } else {
            return Err(Refusal::new(
                StatusCode::UNAUTHORIZED,
                "NoAuthenticationInformation",
                "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
            ));
        };
        let scope = Scope {
            world: ask.world,
            account: &account,
            address: &address,
            query: &query,
        };
        scope.require(&caller, READ)?;
        let which = which(&query)?;
        let container = ask
            .world
            .blobs
            .container(&account.name, container)
            .ok_or_else(Refusal::container_not_found)?;
        let blob = container
            .find(name, which, ask.now_tick())
            .ok_or_else(Refusal::blob_not_found)?;
        Encryption::of_source(ask)?.fits(&blob)?;
        if blob.copy_pending(ask.now_tick()) {
            return Err(Refusal::conflict(
                "PendingCopyOperation",
                "There is currently a pending copy operation.",
            ));
        }
        Conditions::of_source(ask)?.for_source(&blob)?;
        let wants_tags = ask.header("x-ms-copy-source-tag-option") == Some("COPY");
        Ok((blob, wants_tags && scope.allows(&caller, READ_TAGS)))
    }

    /// The source, unless it is archived.
    fn online(&self, ask: &Ask<'_>) -> Result<&Arc<Blob>, Refusal> {
        match online(ask, &self.blob) {
            Ok(()) => Ok(&self.blob),
            Err(refusal) => Err(cannot_verify(&refusal)),
        }
    }

    /// Copies the source's tags if the request says so.
    fn add_tags(&self, ask: &Ask<'_>, draft: &mut Draft) -> Result<(), Refusal> {
        if ask.header("x-ms-copy-source-tag-option") != Some("COPY") {
            return Ok(());
        }
        if ask.header("x-ms-tags").is_some() {
            return Err(Refusal::invalid_header("x-ms-copy-source-tag-option"));
        }
        scope(ask).require(&ask.caller, WRITE_TAGS)?;
        if !self.may_read_tags {
            return Err(cannot_verify(&Refusal::forbidden(
                "AuthorizationPermissionMismatch",
                "This request is not authorized to perform this operation using this permission.",
            )));
        }
        draft.tags = Arc::clone(&self.blob.tags);
        Ok(())
    }

    /// Bytes of Copy Blob take their time where the world says so; out of Archive they come all at once, and late.
    fn copy_state(&self, ask: &Ask<'_>, tiering: &Tiering, sync: bool) -> CopyState {
        let now = ask.now_tick();
        let (length, rate) = (self.blob.length(), ask.world.blobs.copy_bytes_per_s());
        let rehydrated = tiering.rehydration(now).map(|rehydration| rehydration.ready);
        let gradual = rehydrated.is_none() && !sync && rate > 0 && length > 0;
        let seconds = length.div_ceil(rate.max(1));
        let arrives = jiff::SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        CopyState {
            id: uuid::Uuid::new_v4().to_string(),
            source: self.url.clone(),
            started: now,
            completed: match rehydrated {
                Some(ready) => ready,
                None if gradual => Tick::at(ask.now.checked_add(arrives).unwrap_or(ask.now)),
                None => now,
            },
            aborted: false,
            length,
            gradual,
        }
    }
}

/// Path and query of a URL, if it leads to this simulator's own Blob service.
fn own_path<'u>(ask: &Ask<'_>, url: &'u str) -> Option<(&'u str, &'u str)> {
    let rest = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"))?;
    let (authority, path_and_query) = rest.split_at(rest.find('/')?);
    let own = ask.world.endpoints().blob.as_str();
    let own = own.split_once("://").map_or(own, |(_, rest)| rest);
    let ours = own.split('/').next() == Some(authority) || ask.header("host") == Some(authority);
    ours.then(|| path_and_query.split_once('?').unwrap_or((path_and_query, "")))
}

/// A source's URL without its signature; the version or snapshot stays.
fn unsigned(url: &str) -> String {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    match query
        .split('&')
        .find(|pair| pair.starts_with("versionid=") || pair.starts_with("snapshot="))
    {
        Some(version) => format!("{address}?{version}"),
        None => address.to_owned(),
    }
}

/// How a copy reports that its source refused.
fn cannot_verify(source: &Refusal) -> Refusal {
    let refusal = Refusal::new(source.status, "CannotVerifyCopySource", source.message.clone());
    with_source(refusal, source)
}

fn with_source(refusal: Refusal, source: &Refusal) -> Refusal {
    refusal
        .with("x-ms-copy-source-status-code", source.status.as_u16().to_string())
        .with("x-ms-copy-source-error-code", source.code)
}
