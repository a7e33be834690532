//! Leases, of blobs and of containers: what each action does in each state.
//!
//! <https://learn.microsoft.com/rest/api/storageservices/lease-blob>,
//! <https://learn.microsoft.com/rest/api/storageservices/lease-container>.

use super::{
    conditions::Conditions,
    need::{BREAK_CONTAINER_LEASE, BREAK_LEASE, WRITE, WRITE_CONTAINER},
    reply::{Answer, Refusal, Reply},
    request::Ask,
    rights::scope,
    writable::check_no_pending_copy,
};
use crate::storage::{
    lease::{Lease, LeaseState},
    moment::Tick,
};
use http::StatusCode;

/// Lease Blob.
pub(super) fn lease_blob(ask: &Ask<'_>) -> Answer {
    if is_break(ask) {
        scope(ask).require_either(&ask.caller, WRITE, BREAK_LEASE)?;
    } else {
        scope(ask).require(&ask.caller, WRITE)?;
    }
    let conditions = Conditions::of(ask)?;
    let container = ask.container()?;
    let mut slots = container.write();
    let slot = slots
        .get_mut(ask.blob_name())
        .filter(|slot| slot.current.is_some());
    let slot = slot.ok_or_else(Refusal::blob_not_found)?;
    conditions.for_write(slot.current.as_deref())?;
    if let Some(current) = &slot.current {
        check_no_pending_copy(ask, current)?;
    }
    let mut reply = act(ask, &mut slot.lease)?;
    if let Some(blob) = &slot.current {
        reply
            .set("etag", blob.modified.quoted_etag())
            .set("last-modified", blob.modified.http_date());
    }
    Ok(reply)
}

fn is_break(ask: &Ask<'_>) -> bool {
    ask.header("x-ms-lease-action")
        .is_some_and(|action| action.eq_ignore_ascii_case("break"))
}

/// Lease Container.
pub(super) fn lease_container(ask: &Ask<'_>) -> Answer {
    if is_break(ask) {
        scope(ask).require_either(&ask.caller, WRITE_CONTAINER, BREAK_CONTAINER_LEASE)?;
    } else {
        scope(ask).require(&ask.caller, WRITE_CONTAINER)?;
    }
    let conditions = Conditions::of(ask)?;
    ask.container()?.with_facts(|facts| {
        conditions.on_container(facts.modified)?;
        let mut reply = act(ask, &mut facts.lease)?;
        reply
            .set("etag", facts.modified.quoted_etag())
            .set("last-modified", facts.modified.http_date());
        Ok(reply)
    })
}

fn act(ask: &Ask<'_>, lease: &mut Option<Box<Lease>>) -> Answer {
    match ask.required("x-ms-lease-action")?.to_ascii_lowercase().as_str() {
        "acquire" => acquire(ask, lease),
        "renew" => renew(ask, lease),
        "change" => change(ask, lease),
        "release" => {
            held(ask, lease)?;
            *lease = None;
            Ok(Reply::new(StatusCode::OK))
        }
        "break" => break_it(ask, lease),
        _ => Err(Refusal::invalid_header("x-ms-lease-action")),
    }
}

fn acquire(ask: &Ask<'_>, lease: &mut Option<Box<Lease>>) -> Answer {
    let proposed = ask.header_as("x-ms-proposed-lease-id", guid)?;
    let duration_s = match ask.required("x-ms-lease-duration")?.parse::<i64>() {
        Ok(-1) => None,
        Ok(seconds @ 15..=60) => u32::try_from(seconds).ok(),
        _ => return Err(Refusal::invalid_header("x-ms-lease-duration")),
    };
    if let Some(there) = lease {
        let same = proposed.as_deref().is_some_and(|id| there.is(id));
        match there.state(ask.now_tick()) {
            LeaseState::Leased if same => {}
            LeaseState::Breaking if same => {
                return Err(conflict(
                    "LeaseIsBreakingAndCannotBeAcquired",
                    "The lease ID matched, but the lease is currently in breaking state.",
                ));
            }
            LeaseState::Leased | LeaseState::Breaking => {
                return Err(conflict(
                    "LeaseAlreadyPresent",
                    "There is already a lease present.",
                ));
            }
            LeaseState::Broken | LeaseState::Expired => {}
        }
    }
    let id = proposed.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    *lease = Some(Box::new(Lease {
        id: id.clone(),
        duration_s,
        until: end(ask, duration_s),
        broken: None,
    }));
    Ok(with_id(StatusCode::CREATED, &id))
}

fn renew(ask: &Ask<'_>, lease: &mut Option<Box<Lease>>) -> Answer {
    let now = ask.now_tick();
    let lease = held(ask, lease)?;
    if matches!(lease.state(now), LeaseState::Breaking | LeaseState::Broken) {
        return Err(conflict(
            "LeaseIsBrokenAndCannotBeRenewed",
            "The lease ID matched, but the lease has been broken explicitly and cannot be renewed.",
        ));
    }
    lease.until = end(ask, lease.duration_s);
    Ok(with_id(StatusCode::OK, &lease.id))
}

fn change(ask: &Ask<'_>, lease: &mut Option<Box<Lease>>) -> Answer {
    let id = ask.required("x-ms-lease-id")?;
    let proposed = ask
        .header_as("x-ms-proposed-lease-id", guid)?
        .ok_or_else(|| Refusal::missing_header("x-ms-proposed-lease-id"))?;
    let now = ask.now_tick();
    let there = lease.as_deref_mut().filter(|lease| lease.is_active(now));
    let there = there.ok_or_else(not_present)?;
    if !there.is(id) && !there.is(&proposed) {
        return Err(mismatch());
    }
    if there.state(now) == LeaseState::Breaking {
        return Err(conflict(
            "LeaseIsBreakingAndCannotBeChanged",
            "The lease ID matched, but the lease is currently in breaking state.",
        ));
    }
    there.id = proposed;
    Ok(with_id(StatusCode::OK, &there.id))
}

/// Without a period, a lease runs out its time, and one without end breaks at once.
fn break_it(ask: &Ask<'_>, lease: &mut Option<Box<Lease>>) -> Answer {
    let period_s = ask.header_as("x-ms-lease-break-period", |text| {
        text.parse::<i64>()
            .ok()
            .filter(|seconds| (0..=60).contains(seconds))
    })?;
    let now = ask.now_tick();
    let lease = lease.as_deref_mut().ok_or_else(not_present)?;
    let left_s = |until: Tick| (until.seconds() - now.seconds()).max(0);
    let wait_s = match lease.state(now) {
        LeaseState::Leased => match (period_s, lease.until.map(left_s)) {
            (Some(period), Some(left)) => period.min(left),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => 0,
        },
        LeaseState::Breaking => {
            let left = lease.broken.map_or(0, left_s);
            period_s.map_or(left, |period| period.min(left))
        }
        LeaseState::Broken | LeaseState::Expired => 0,
    };
    lease.broken = Some(Tick::at(ask.now + jiff::SignedDuration::from_secs(wait_s)));
    let mut reply = Reply::new(StatusCode::ACCEPTED);
    reply.set("x-ms-lease-time", wait_s.to_string());
    Ok(reply)
}

/// The lease whose id the request gives, in any state.
fn held<'l>(ask: &Ask<'_>, lease: &'l mut Option<Box<Lease>>) -> Result<&'l mut Lease, Refusal> {
    let id = ask.required("x-ms-lease-id")?;
    lease
        .as_deref_mut()
        .filter(|lease| lease.is(id))
        .ok_or_else(mismatch)
}

fn guid(text: &str) -> Option<String> {
    uuid::Uuid::parse_str(text).ok().map(|_| text.to_owned())
}

fn mismatch() -> Refusal {
    conflict(
        "LeaseIdMismatchWithLeaseOperation",
        "The lease ID specified did not match the lease ID for the resource.",
    )
}

fn not_present() -> Refusal {
    conflict(
        "LeaseNotPresentWithLeaseOperation",
        "There is currently no lease on the resource.",
    )
}

fn conflict(code: &'static str, message: &'static str) -> Refusal {
    Refusal::conflict(code, message)
}

pub(super) fn end(ask: &Ask<'_>, duration_s: Option<u32>) -> Option<Tick> {
    duration_s.map(|seconds| Tick::at(ask.now + jiff::SignedDuration::from_secs(seconds.into())))
}

fn with_id(status: StatusCode, id: &str) -> Reply {
    let mut reply = Reply::new(status);
    reply.set("x-ms-lease-id", id);
    reply
}
