//! What a lease forbids to requests without its id.

use super::{
    reply::{Refusal, Reply, precondition_failed},
    request::Ask,
};
use crate::storage::{
    lease::{Lease, lease_status},
    moment::Tick,
    slot::Slot,
};

/// Adds a lease to an answer.
pub(super) fn describe(reply: &mut Reply, lease: Option<&Lease>, now: Tick) {
    let shown = lease_status(lease, now);
    reply
        .set_static("x-ms-lease-status", shown.status)
        .set_static("x-ms-lease-state", shown.state)
        .set_some("x-ms-lease-duration", shown.duration);
}

/// Whether blobs or containers are leased: they have error codes of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LeasedKind {
    Blob,
    Container,
}

/// Refuses a write to a leased name without the lease's id.
pub(super) fn check_write(slot: Option<&Slot>, ask: &Ask<'_>) -> Result<(), Refusal> {
    let lease = slot.and_then(|slot| slot.lease.as_deref());
    guard(lease, ask, LeasedKind::Blob, true)
}

/// Refuses a read with the id of another lease. A read without an id is always let through.
pub(super) fn check_read(slot: &Slot, ask: &Ask<'_>) -> Result<(), Refusal> {
    guard(slot.lease.as_deref(), ask, LeasedKind::Blob, false)
}

/// Refuses to delete a leased container without the lease's id, or to touch one with another's.
pub(super) fn check_container(lease: Option<&Lease>, ask: &Ask<'_>, needed: bool) -> Result<(), Refusal> {
    guard(lease, ask, LeasedKind::Container, needed)
}

pub(super) fn guard(
    lease: Option<&Lease>,
    ask: &Ask<'_>,
    kind: LeasedKind,
    needed: bool,
) -> Result<(), Refusal> {
    let now = ask.now_tick();
    let active = lease.filter(|lease| lease.is_active(now));
    match (active, ask.header("x-ms-lease-id")) {
        (Some(_), None) if needed => Err(precondition_failed(
            "LeaseIdMissing",
            "There is currently a lease on the resource and no lease ID was specified in the request.",
        )),
        (_, None) => Ok(()),
        (Some(lease), Some(id)) if lease.is(id) => Ok(()),
        (Some(_), Some(_)) => Err(precondition_failed(
            match kind {
                LeasedKind::Blob => "LeaseIdMismatchWithBlobOperation",
                LeasedKind::Container => "LeaseIdMismatchWithContainerOperation",
            },
            "The lease ID specified did not match the lease ID for the resource.",
        )),
        (None, Some(id)) if lease.is_some_and(|lease| lease.is(id)) => Err(precondition_failed(
            "LeaseLost",
            "A lease ID was specified, but the lease for the resource has expired.",
        )),
        (None, Some(_)) => Err(precondition_failed(
            match kind {
                LeasedKind::Blob => "LeaseNotPresentWithBlobOperation",
                LeasedKind::Container => "LeaseNotPresentWithContainerOperation",
            },
            "There is currently no lease on the resource.",
        )),
    }
}

/// After a write, an expired or broken lease cannot be renewed any more.
pub(super) fn after_write(slot: &mut Slot, now: Tick) {
    slot.lease.take_if(|lease| !lease.is_active(now));
}

/// Refuses to copy to a name whose lease has an end:
/// <https://learn.microsoft.com/rest/api/storageservices/copy-blob#remarks>.
pub(super) fn refuse_finite(slot: Option<&Slot>, ask: &Ask<'_>) -> Result<(), Refusal> {
    let lease = slot.and_then(|slot| slot.lease.as_deref());
    match lease.filter(|lease| lease.is_active(ask.now_tick())) {
        Some(lease) if lease.duration_s.is_some() => Err(precondition_failed(
            "InfiniteLeaseDurationRequired",
            "The lease ID matched, but the specified lease must be an infinite-duration lease.",
        )),
        _ => Ok(()),
    }
}
