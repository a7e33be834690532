//! The source of a copy: found, authorised, checked, all as the service that holds it would do.
//!
//! It is authorised on its own: by the bearer token in `x-ms-copy-source-authorization`, by a signature in its URL or by being
//! public. For Copy Blob alone the request's own authorisation, unless it is a signature, counts within one account
//! (<https://github.com/Azure/azure-sdk-for-python/pull/36227>); it takes no token for the source.

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::StatusCode;

use super::{
    address::{Address, Query, header, which},
    auth,
    caller::Caller,
    conditions::Conditions,
    crypt::Encryption,
    draft::Draft,
    hashes::crc64_mismatch,
    host,
    need::{READ, READ_TAGS, WRITE_TAGS},
    network, properties,
    range::parse_range,
    reply::Refusal,
    request::Ask,
    rights::{Scope, scope},
    sas,
    writable::check_online,
};
use crate::{
    storage::{
        content::Content,
        moment::Tick,
        pending::{CopyTarget, PendingCopy},
        record::{Blob, CopyState},
        slot::Which,
        tier::Tiering,
    },
    world::{StorageAccount, conditions::SubOperations},
};

const SOURCE_URL_MAX_BYTES: usize = 2048;
const SOURCE_AUTHORIZATION: &str = "x-ms-copy-source-authorization";

/// The version from which on what is archived can be copied to another account.
const OTHER_ACCOUNT_SINCE: &str = "2021-02-12";

/// The bytes of the source that `x-ms-source-range` names, or all of them.
pub(super) fn source_part(ask: &Ask<'_>) -> Result<Arc<Content>, Refusal> {
    let source = Source::find_source(ask, true)?;
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

pub(super) fn check_source_hashes(ask: &Ask<'_>, content: &Content) -> Result<(), Refusal> {
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
        return Err(crc64_mismatch());
    }
    Ok(())
}

/// The blob that a copy reads.
pub(super) struct Source {
    pub(super) blob: Arc<Blob>,
    place: CopyTarget,
    /// Where its account is.
    region: String,
    which: Which,
    /// Its URL without a signature.
    url: String,
    wants_tags: bool,
    may_read_tags: bool,
}

impl Source {
    /// Finds and authorises the source that `x-ms-copy-source` names.
    pub(super) fn find_source(ask: &Ask<'_>, takes_bearer: bool) -> Result<Self, Refusal> {
        let url = ask.required("x-ms-copy-source")?;
        if url.len() > SOURCE_URL_MAX_BYTES {
            return Err(Refusal::invalid_header("x-ms-copy-source"));
        }
        if !takes_bearer && ask.headers.contains_key(SOURCE_AUTHORIZATION) {
            return Err(Refusal::bad_request(
                "UnsupportedHeader",
                "One of the HTTP headers specified in the request is not supported.",
            )
            .detail("HeaderName", SOURCE_AUTHORIZATION));
        }
        let own = own_path(ask, url);
        check_copy_scope(ask, own.as_ref().map(|(path, _)| &**path))?;
        let (path, query) = own.ok_or_else(|| {
            Refusal::bad_request("CannotVerifyCopySource", "The copy source is not served here.")
        })?;
        let found = Self::read(ask, &path, query, takes_bearer);
        let found = found.map_err(|refusal| match refusal.code {
            "SourceConditionNotMet" => with_source(refusal.clone(), &refusal),
            _ => cannot_verify(&refusal),
        })?;
        Ok(Self {
            url: unsigned(url),
            ..found
        })
    }

    /// What the service that holds the source would do with the copying service's request.
    fn read(ask: &Ask<'_>, path: &str, query: &str, takes_bearer: bool) -> Result<Self, Refusal> {
        let bad_url = || {
            Refusal::bad_request(
                "InvalidUri",
                "The requested URI does not represent any resource on the server.",
            )
        };
        let address = Address::parse(path).ok_or_else(bad_url)?;
        let query = Query::parse(query).ok_or_else(bad_url)?;
        let account = ask.world.storage_account(&address.account).ok_or_else(bad_url)?;
        not_too_many(ask, path)?;
        let address = if account.hns {
            address
        } else {
            address.walked().ok_or_else(bad_url)?
        };
        let address = address.in_root(false);
        // Both ends have to be reachable for the client that asks:
        // https://learn.microsoft.com/azure/storage/common/storage-use-azcopy-blobs-copy
        network::admit(&account, ask.client)?;
        let (Some(container), Some(name)) = (&address.container, &address.blob) else {
            return Err(bad_url());
        };
        let caller = caller(ask, &account, &address, &query, takes_bearer)?;
        let scope = Scope {
            world: ask.world,
            account: &account,
            address: &address,
            query: &query,
            does: SubOperations::default(),
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
        let wants_tags = ask.header_as("x-ms-copy-source-tag-option", |option| match option {
            "COPY" => Some(true),
            "REPLACE" => Some(false),
            _ => None,
        })?;
        let wants_tags = wants_tags.unwrap_or_default();
        Ok(Self {
            blob,
            place: CopyTarget {
                account: account.name.clone(),
                container: container.name.clone(),
                blob: name.clone(),
            },
            region: account.location.clone(),
            which,
            url: String::new(),
            wants_tags,
            may_read_tags: wants_tags && scope.allows(&caller, READ_TAGS),
        })
    }

    /// Whether it is a version or a snapshot of what the request writes.
    pub(super) fn is_of_target(&self, ask: &Ask<'_>) -> bool {
        self.which != Which::Current
            && self.place.account == ask.account.name
            && self.place.container == ask.container_name()
            && self.place.blob == ask.blob_name()
    }

    /// Whether its account is the one written to, or of the same region: from elsewhere nothing is copied out of Archive. That
    /// accounts can differ came with a version
    /// (<https://learn.microsoft.com/azure/storage/blobs/archive-rehydrate-overview#copy-an-archived-blob-to-an-online-tier>).
    pub(super) fn is_near(&self, ask: &Ask<'_>) -> bool {
        let version = ask
            .header("x-ms-version")
            .unwrap_or(super::versions::DEFAULT_VERSION);
        let may_differ = version >= OTHER_ACCOUNT_SINCE && self.region == ask.account.location;
        self.place.account == ask.account.name || may_differ
    }

    /// The source, unless it is archived.
    pub(super) fn online(&self, ask: &Ask<'_>) -> Result<&Arc<Blob>, Refusal> {
        match check_online(ask, &self.blob) {
            Ok(()) => Ok(&self.blob),
            Err(refusal) => Err(cannot_verify(&refusal)),
        }
    }

    /// Copies the source's tags if the request asks for it.
    pub(super) fn add_tags(&self, ask: &Ask<'_>, draft: &mut Draft) -> Result<(), Refusal> {
        if !self.wants_tags {
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

    /// The copy `copy` of it to what the request addresses, to be watched.
    pub(super) fn pending(&self, ask: &Ask<'_>, copy: &CopyState) -> PendingCopy {
        PendingCopy {
            id: copy.id.clone(),
            source: self.place.clone(),
            which: self.which,
            pinned: self.blob.modified,
            target: CopyTarget {
                account: ask.account.name.clone(),
                container: ask.container_name().to_owned(),
                blob: ask.blob_name().to_owned(),
            },
            completed: copy.completed,
        }
    }

    /// Bytes of Copy Blob take time if the world is configured so; out of Archive they come all at once, and late.
    pub(super) fn copy_state(&self, ask: &Ask<'_>, tiering: &Tiering, sync: bool) -> CopyState {
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
            failed: None,
            length,
            gradual,
        }
    }
}

/// On whose behalf the source is read.
fn caller(
    ask: &Ask<'_>,
    account: &StorageAccount,
    address: &Address,
    query: &Query,
    takes_bearer: bool,
) -> Result<Caller, Refusal> {
    if let Some(bearer) = header(ask.headers, SOURCE_AUTHORIZATION) {
        let token = bearer.strip_prefix("Bearer ").unwrap_or_default();
        return auth::bearer(ask.world, account, token).map(Caller::Bearer);
    }
    if query.some("sig").is_some() {
        let grant = sas::verify(ask.world, account, address, query, None)?;
        return Ok(Caller::Signature(Box::new(grant)));
    }
    // A signature is for what it was put behind:
    // https://learn.microsoft.com/rest/api/storageservices/copy-blob#authorization
    if !takes_bearer && account.name == ask.account.name && !matches!(ask.caller, Caller::Signature(_)) {
        return Ok(ask.caller.clone());
    }
    let access = auth::public_access(ask.world, account, address);
    access.map(Caller::Anonymous).ok_or_else(|| {
        Refusal::new(
            StatusCode::UNAUTHORIZED,
            "NoAuthenticationInformation",
            "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
        )
    })
}

/// Refuses sources that the account written to does not take: `AAD` takes those of its own tenant; `PrivateLink` those with a
/// private endpoint in its own network, and there are none here
/// (<https://learn.microsoft.com/azure/storage/common/security-restrict-copy-operations>).
fn check_copy_scope(ask: &Ask<'_>, path: Option<&str>) -> Result<(), Refusal> {
    let Some(allowed) = &ask.account.allowed_copy_scope else {
        return Ok(());
    };
    let source = path
        .and_then(Address::parse)
        .and_then(|address| ask.world.storage_account(&address.account));
    if allowed == "AAD" && source.is_some_and(|source| source.tenant_id == ask.account.tenant_id) {
        return Ok(());
    }
    Err(Refusal::forbidden(
        "AuthorizationFailure",
        "This request is not authorized to perform this operation.",
    ))
}

/// Path and query of a URL, if it leads to this simulator's own Blob service.
fn own_path<'u>(ask: &Ask<'_>, url: &'u str) -> Option<(Cow<'u, str>, &'u str)> {
    let rest = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"))?;
    let (authority, path_and_query) = rest.split_at(rest.find('/')?);
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    if let Some(account) = host::account_of(authority) {
        return Some((Cow::Owned(format!("/{account}{path}")), query));
    }
    let own = ask.world.endpoints().blob.as_str();
    let own = own.split_once("://").map_or(own, |(_, rest)| rest);
    let ours = own.split('/').next() == Some(authority) || ask.header("host") == Some(authority);
    ours.then_some((Cow::Borrowed(path), query))
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

/// Reading a source is a request to its account.
fn not_too_many(ask: &Ask<'_>, path: &str) -> Result<(), Refusal> {
    match ask.world.throttle().refuse("blob", path, ask.world.now()) {
        None => Ok(()),
        Some(_) => Err(Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServerBusy",
            "Operations per second is over the account limit.",
        )),
    }
}
