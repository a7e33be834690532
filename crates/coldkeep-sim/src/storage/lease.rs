//! The lease of a blob or a container, and how it is shown.

use super::moment::Tick;
use serde::{Deserialize, Serialize};

/// A lease of a blob or a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lease {
    pub(crate) id: String,
    /// None: it has no end.
    pub(crate) duration_s: Option<u32>,
    pub(crate) until: Option<Tick>,
    /// When breaking it is over.
    pub(crate) broken: Option<Tick>,
}

/// What became of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeaseState {
    Leased,
    Breaking,
    Broken,
    Expired,
}

/// A lease as properties and listings show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeaseStatus {
    pub(crate) status: &'static str,
    pub(crate) state: &'static str,
    pub(crate) duration: Option<&'static str>,
}

impl Lease {
    pub(crate) fn state(&self, now: Tick) -> LeaseState {
        match (self.broken, self.until) {
            (Some(broken), _) if broken > now => LeaseState::Breaking,
            (Some(_), _) => LeaseState::Broken,
            (None, Some(until)) if until <= now => LeaseState::Expired,
            (None, _) => LeaseState::Leased,
        }
    }

    pub(crate) fn is_active(&self, now: Tick) -> bool {
        matches!(self.state(now), LeaseState::Leased | LeaseState::Breaking)
    }

    pub(crate) fn is(&self, id: &str) -> bool {
        self.id.eq_ignore_ascii_case(id)
    }
}

/// How a lease, or none, is shown.
pub(crate) fn lease_status(lease: Option<&Lease>, now: Tick) -> LeaseStatus {
    let unlocked = |state| LeaseStatus {
        status: "unlocked",
        state,
        duration: None,
    };
    let Some(lease) = lease else {
        return unlocked("available");
    };
    match lease.state(now) {
        LeaseState::Leased => LeaseStatus {
            status: "locked",
            state: "leased",
            duration: Some(if lease.duration_s.is_some() {
                "fixed"
            } else {
                "infinite"
            }),
        },
        LeaseState::Breaking => LeaseStatus {
            status: "locked",
            state: "breaking",
            duration: None,
        },
        LeaseState::Broken => unlocked("broken"),
        LeaseState::Expired => unlocked("expired"),
    }
}
