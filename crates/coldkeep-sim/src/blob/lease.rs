//! Blob leases: <https://learn.microsoft.com/rest/api/storageservices/lease-blob>. A broken lease ends at once.

use http::StatusCode;

use super::auth::WRITE;
use super::moment::Tick;
use super::reply::{Answer, Refusal, Reply};
use super::request::Ask;
use super::state::Slot;
use super::{precondition_failed, scope};

/// A lease on a name.
#[derive(Debug, Clone)]
pub(super) struct Lease {
    id: String,
    /// None: it has no end.
    duration_s: Option<u32>,
    until: Option<Tick>,
}

impl Lease {
    fn is_active(&self, now: Tick) -> bool {
        self.until.is_none_or(|until| until > now)
    }
}

impl Slot {
    /// The lease in force at `now`.
    pub(super) fn active_lease(&self, now: Tick) -> Option<&Lease> {
        self.lease.as_deref().filter(|lease| lease.is_active(now))
    }
}

/// Refuses a write to a leased name without the lease's id.
pub(super) fn check(slot: Option<&Slot>, ask: &Ask<'_>) -> Result<(), Refusal> {
    let lease = slot.and_then(|slot| slot.active_lease(ask.now_tick()));
    match (lease, ask.header("x-ms-lease-id")) {
        (None, None) => Ok(()),
        (Some(lease), Some(id)) if lease.id.eq_ignore_ascii_case(id) => Ok(()),
        (Some(_), Some(_)) => Err(precondition_failed("LeaseIdMismatchWithBlobOperation")),
        (Some(_), None) => Err(precondition_failed("LeaseIdMissing")),
        (None, Some(_)) => Err(precondition_failed("LeaseNotPresentWithBlobOperation")),
    }
}

/// Lease Blob.
pub(super) fn lease(ask: &Ask<'_>) -> Answer {
    scope(ask).require(&ask.caller, WRITE)?;
    let container = ask.container()?;
    let mut slots = container.write();
    let slot = slots
        .get_mut(ask.blob_name())
        .filter(|slot| slot.current.is_some());
    let slot = slot.ok_or_else(Refusal::blob_not_found)?;
    let mut reply = match ask.required("x-ms-lease-action")? {
        "acquire" => acquire(ask, slot)?,
        "renew" => renew(ask, slot)?,
        "change" => change(ask, slot)?,
        "release" => {
            held(ask, slot)?;
            slot.lease = None;
            Reply::new(StatusCode::OK)
        }
        "break" => {
            if slot.active_lease(ask.now_tick()).is_none() {
                return Err(Refusal::conflict(
                    "LeaseNotPresentWithLeaseOperation",
                    "There is no lease on the blob.",
                ));
            }
            slot.lease = None;
            let mut reply = Reply::new(StatusCode::ACCEPTED);
            reply.set_static("x-ms-lease-time", "0");
            reply
        }
        _ => return Err(Refusal::invalid_header("x-ms-lease-action")),
    };
    if let Some(blob) = &slot.current {
        reply
            .set("etag", blob.modified.quoted_etag())
            .set("last-modified", blob.modified.http_date());
    }
    Ok(reply)
}

fn acquire(ask: &Ask<'_>, slot: &mut Slot) -> Answer {
    let proposed = ask.header("x-ms-proposed-lease-id");
    if slot
        .active_lease(ask.now_tick())
        .is_some_and(|lease| Some(lease.id.as_str()) != proposed)
    {
        return Err(Refusal::conflict(
            "LeaseAlreadyPresent",
            "There is already a lease present.",
        ));
    }
    let duration_s = match ask.required("x-ms-lease-duration")?.parse::<i64>() {
        Ok(-1) => None,
        Ok(seconds @ 15..=60) => u32::try_from(seconds).ok(),
        _ => return Err(Refusal::invalid_header("x-ms-lease-duration")),
    };
    let id = proposed.map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned);
    slot.lease = Some(Box::new(Lease {
        id: id.clone(),
        duration_s,
        until: end(ask, duration_s),
    }));
    Ok(with_id(StatusCode::CREATED, &id))
}

fn renew(ask: &Ask<'_>, slot: &mut Slot) -> Answer {
    let lease = held(ask, slot)?;
    lease.until = end(ask, lease.duration_s);
    Ok(with_id(StatusCode::OK, &lease.id))
}

fn change(ask: &Ask<'_>, slot: &mut Slot) -> Answer {
    let lease = held(ask, slot)?;
    lease.id = ask.required("x-ms-proposed-lease-id")?.to_owned();
    Ok(with_id(StatusCode::OK, &lease.id))
}

/// The lease whose id the request gives; an expired one can still be renewed.
fn held<'s>(ask: &Ask<'_>, slot: &'s mut Slot) -> Result<&'s mut Lease, Refusal> {
    let id = ask.required("x-ms-lease-id")?;
    slot.lease
        .as_deref_mut()
        .filter(|lease| lease.id.eq_ignore_ascii_case(id))
        .ok_or_else(|| {
            Refusal::conflict(
                "LeaseIdMismatchWithLeaseOperation",
                "The lease ID specified did not match.",
            )
        })
}

fn end(ask: &Ask<'_>, duration_s: Option<u32>) -> Option<Tick> {
    duration_s.map(|seconds| Tick::at(ask.now + jiff::SignedDuration::from_secs(seconds.into())))
}

fn with_id(status: StatusCode, id: &str) -> Reply {
    let mut reply = Reply::new(status);
    reply.set("x-ms-lease-id", id);
    reply
}
