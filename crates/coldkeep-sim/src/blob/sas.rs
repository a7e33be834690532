//! Shared access signatures: of a user delegation key, of a service, of an account.
//!
//! What each refuses: <https://learn.microsoft.com/rest/api/storageservices/sas-error-codes>.

use super::{
    address::{Address, Query},
    caller::{Grant, Reach},
    refusals::key_not_permitted,
    reply::Refusal,
    sas_text::{self, account_text, delegated_text, moment, service_text},
    shared_key::{DETAIL, mac, refused, verify_mac},
    way::Way,
};
use crate::{
    storage::{
        container_state::StoredPolicy,
        moment::{http_date, parse_iso},
        state::Blobs,
    },
    world::{Principal, StorageAccount, state::World},
};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use coldkeep_core::Timestamp;
use hmac::Mac as _;

/// Checks the signature in a query. A copy's source has no `way`: the service itself reads it.
pub(super) fn verify(
    world: &World,
    account: &StorageAccount,
    address: &Address,
    query: &Query,
    way: Option<Way>,
) -> Result<Grant, Refusal> {
    let grant = verify_signature(world, account, address, query)?;
    match way {
        Some(way) => way.check(query).map(|()| grant),
        None => Ok(grant),
    }
}

fn verify_signature(
    world: &World,
    account: &StorageAccount,
    address: &Address,
    query: &Query,
) -> Result<Grant, Refusal> {
    sas_text::check_sas_fields(query)?;
    if query.some("skoid").is_some() {
        return verify_delegated(world, account, address, query);
    }
    if !account.allow_shared_key {
        return Err(key_not_permitted());
    }
    let (text, reach) = match query.some("ss") {
        Some(_) => (account_text(account, query), account_reach(query)?),
        None => (service_text(account, address, query)?, reach(address, query)?),
    };
    let terms = Terms::of(world, account, address, query)?;
    check_times(world.now(), terms.start.as_deref(), terms.expiry.as_deref())?;
    let signature = query.get("sig").unwrap_or_default();
    if !account.keys.iter().any(|key| verify_mac(key, &text, signature)) {
        return Err(does_not_fit(&text));
    }
    Ok(Grant {
        permissions: terms.permissions,
        reach,
        signer: None,
    })
}

/// When a signature is in force and for what. A missing value comes from the stored policy that it names.
struct Terms {
    start: Option<String>,
    expiry: Option<String>,
    permissions: String,
}

impl Terms {
    fn of(
        world: &World,
        account: &StorageAccount,
        address: &Address,
        query: &Query,
    ) -> Result<Self, Refusal> {
        let stored = match query.some("si") {
            None => None,
            Some(id) => Some(Self::stored(world, account, address, id).ok_or_else(refused)?),
        };
        // A value in both is an error: https://learn.microsoft.com/rest/api/storageservices/define-stored-access-policy.
        let pick = |name: &str, kept: fn(&StoredPolicy) -> &Option<String>| {
            let own = query.some(name).map(str::to_owned);
            match (own, stored.as_ref().and_then(|policy| kept(policy).clone())) {
                (Some(_), Some(_)) => Err(Refusal::invalid_query("si")),
                (own, stored) => Ok(own.or(stored)),
            }
        };
        Ok(Self {
            start: pick("st", |policy| &policy.start)?,
            expiry: pick("se", |policy| &policy.expiry)?,
            permissions: pick("sp", |policy| &policy.permission)?.unwrap_or_default(),
        })
    }

    fn stored(world: &World, account: &StorageAccount, address: &Address, id: &str) -> Option<StoredPolicy> {
        let container = world
            .blobs
            .container(&account.name, address.container.as_deref()?)?;
        container
            .facts()
            .policies
            .iter()
            .find(|policy| policy.id == id)
            .cloned()
    }
}

fn verify_delegated(
    world: &World,
    account: &StorageAccount,
    address: &Address,
    query: &Query,
) -> Result<Grant, Refusal> {
    check_times(world.now(), query.some("st"), query.some("se"))?;
    check_key_times(world.now(), query.some("skt"), query.some("ske"))?;
    let value = |name: &str| query.get(name).unwrap_or_default();
    let key = DelegationKey {
        account: &account.name,
        object_id: value("skoid"),
        tenant_id: value("sktid"),
        start: value("skt"),
        expiry: value("ske"),
        service: value("sks"),
        version: value("skv"),
        delegated_tenant_id: value("skdutid"),
    };
    let text = delegated_text(account, address, query)?;
    if key.service != "b" || !verify_mac(&key.value(&world.blobs), &text, value("sig")) {
        return Err(does_not_fit(&text));
    }
    let signer = Principal {
        tenant_id: key.tenant_id.to_owned(),
        object_id: key.object_id.to_owned(),
        app_id: None,
        name: key.object_id.to_owned(),
    };
    Ok(Grant {
        permissions: value("sp").to_owned(),
        reach: reach(address, query)?,
        signer: Some(signer),
    })
}

/// What a user delegation key was given for. Its value is derived from these, so none is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct DelegationKey<'a> {
    pub(super) account: &'a str,
    pub(super) object_id: &'a str,
    pub(super) tenant_id: &'a str,
    pub(super) start: &'a str,
    pub(super) expiry: &'a str,
    pub(super) service: &'a str,
    pub(super) version: &'a str,
    pub(super) delegated_tenant_id: &'a str,
}

impl DelegationKey<'_> {
    /// The key in Base64.
    pub(super) fn value(&self, blobs: &Blobs) -> String {
        let facts = [
            self.account,
            self.object_id,
            self.tenant_id,
            self.start,
            self.expiry,
            self.service,
            self.version,
            self.delegated_tenant_id,
        ];
        BASE64_STANDARD.encode(
            mac(&blobs.delegation_secret, &facts.join("\n"))
                .finalize()
                .into_bytes(),
        )
    }
}

/// A signature of something else than what is asked for.
fn does_not_fit(text: &str) -> Refusal {
    refused().detail(
        DETAIL,
        format!("Signature did not match. String to sign used was {text}"),
    )
}

/// Without a start, the moment of the request is taken for it.
fn check_times(now: Timestamp, start: Option<&str>, expiry: Option<&str>) -> Result<(), Refusal> {
    let (start, expiry) = times(start, expiry)?;
    let (end, current) = (http_date(expiry), http_date(now));
    let detail = match start {
        Some(start) if start > now || now >= expiry => format!(
            "Signature not valid in the specified time frame: Start [{}] - Expiry [{end}] - Current [{current}]",
            http_date(start)
        ),
        None if now >= expiry => {
            format!("Signed expiry time [{end}] has to be after signed start time [{current}]")
        }
        _ => return Ok(()),
    };
    Err(refused().detail(DETAIL, detail))
}

fn check_key_times(now: Timestamp, start: Option<&str>, expiry: Option<&str>) -> Result<(), Refusal> {
    let (start, expiry) = times(start, expiry)?;
    let start = start.ok_or_else(refused)?;
    if start <= now && now < expiry {
        return Ok(());
    }
    let [start, expiry, now] = [start, expiry, now].map(http_date);
    let detail = format!(
        "Signature not valid in the specified key time frame: Key start [{start}] - Key expiry [{expiry}] - Current [{now}]"
    );
    Err(refused().detail(DETAIL, detail))
}

fn times(start: Option<&str>, expiry: Option<&str>) -> Result<(Option<Timestamp>, Timestamp), Refusal> {
    let read = |text: &str| parse_iso(text).ok_or_else(refused);
    Ok((start.map(read).transpose()?, read(expiry.unwrap_or_default())?))
}

fn account_reach(query: &Query) -> Result<Reach, Refusal> {
    if !query.get("ss").is_some_and(|services| services.contains('b')) {
        return Err(Refusal::forbidden(
            "AuthorizationServiceMismatch",
            "This request is not authorized to perform this operation using this service.",
        ));
    }
    Ok(Reach::Account {
        resources: query.get("srt").unwrap_or_default().to_owned(),
    })
}

/// How far a service's or user's signature reaches; a request elsewhere has another string to sign and fails there.
pub(super) fn reach(address: &Address, query: &Query) -> Result<Reach, Refusal> {
    let container = address.container.clone().ok_or_else(refused)?;
    let blob = || address.blob.clone().ok_or_else(refused);
    match query.get("sr") {
        Some("c") => Ok(Reach::Container(container)),
        Some("b") => Ok(Reach::Blob {
            container,
            blob: blob()?,
        }),
        Some(kind @ ("bv" | "bs")) => {
            let parameter = moment(kind);
            Ok(Reach::Moment {
                container,
                blob: blob()?,
                parameter,
                id: query.some(parameter).ok_or_else(refused)?.to_owned(),
            })
        }
        _ => Err(refused()),
    }
}

impl World {
    /// A container's shared access signature, created with the account's first key: `terms` are parameters
    /// such as `sp=rl&se=2030-01-01T00:00:00Z`, each of which may be missing. None for an unknown account.
    pub fn container_sas(&self, account: &str, container: &str, terms: &str) -> Option<String> {
        let account = self.storage_account(account)?;
        let text = format!("sv=2023-11-03&sr=c&{terms}");
        let address = Address::parse(&format!("/{}/{container}", account.name))?;
        let signed = service_text(&account, &address, &Query::parse(&text)?).ok()?;
        let key = BASE64_STANDARD.decode(&account.keys[0]).ok()?;
        let signature = BASE64_STANDARD.encode(mac(&key, &signed).finalize().into_bytes());
        let signature = percent_encoding::utf8_percent_encode(&signature, percent_encoding::NON_ALPHANUMERIC);
        Some(format!("{text}&sig={signature}"))
    }
}
