//! How the request at hand is to be answered, where that is not the same for all: by which clock, and in whose names.

/// What the service and the host that a request came to make of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Manner {
    /// How many seconds the clock of the service is ahead.
    pub(crate) skew_s: i64,
    /// Whether it came by one of Microsoft's own hosts: addresses in the answer are Microsoft's then, too.
    pub(crate) public_names: bool,
    /// How many seconds the replica is behind: it has no later objects.
    pub(crate) stale_s: i64,
}

tokio::task_local! {
    /// That of this task's request. Not set if it has the defaults: most requests.
    pub(crate) static MANNER: Manner;
}

/// That of this task's request.
pub(crate) fn manner() -> Manner {
    MANNER.try_with(|manner| *manner).unwrap_or_default()
}
