//! The state of all services, and the small questions every service asks it.

use super::{
    clock::{KeptClock, SimClock},
    directory::Directory,
    endpoints::Endpoints,
    faults::Faults,
    hosts,
    log::RequestLog,
    manner::manner,
    registered::RegisteredApp,
    resources::Resources,
    roles::Roles,
    sign_in_rules::SignInRules,
    start::Start,
    throttle::Throttle,
    tokens::Tokens,
};
use crate::{
    Options,
    storage::state::Blobs,
    wire::{NameOrder, Service, read, write},
};
use coldkeep_core::{Clock as _, SystemClock, Timestamp};
use jiff::SignedDuration;
use std::{
    net::Ipv4Addr,
    sync::{
        RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

/// The state of all services and what watches over them.
#[derive(Debug)]
pub struct World {
    pub blobs: Blobs,
    pub(crate) directory: RwLock<Directory>,
    pub(crate) resources: RwLock<Resources>,
    pub(crate) roles: RwLock<Roles>,
    pub(crate) tokens: Tokens,
    pub(crate) ready_app: RwLock<Option<RegisteredApp>>,
    options: Options,
    clock: SimClock,
    /// Seconds, in the order of [`Service::index`].
    skews_s: [AtomicI64; 4],
    /// Milliseconds, in the same order.
    latencies_ms: [AtomicU32; 4],
    faults: Faults,
    throttle: Throttle,
    log: RequestLog,
    endpoints: Endpoints,
    public_endpoints: Endpoints,
    replication_lag_s: AtomicU32,
    request_ids: AtomicU64,
    name_order: RwLock<NameOrder>,
    sign_in_rules: RwLock<SignInRules>,
    client_address: RwLock<Option<Ipv4Addr>>,
    /// Held for reading while a request is answered, for writing while nothing may change.
    pause: RwLock<()>,
}

impl World {
    pub(crate) fn new(options: Options, endpoints: Endpoints, start: Start) -> Self {
        Self {
            blobs: start.blobs,
            directory: RwLock::new(start.directory),
            resources: RwLock::new(start.resources),
            roles: RwLock::new(start.roles),
            tokens: start.tokens,
            ready_app: RwLock::new(start.ready_app),
            clock: start.clock,
            pause: RwLock::default(),
            skews_s: Default::default(),
            latencies_ms: std::array::from_fn(|_| AtomicU32::new(options.latency_ms)),
            faults: Faults::default(),
            throttle: Throttle::default(),
            log: RequestLog::new(options.log_capacity),
            public_endpoints: hosts::public(&endpoints),
            endpoints,
            replication_lag_s: AtomicU32::new(options.replication_lag_s),
            request_ids: AtomicU64::new(1),
            name_order: RwLock::new(options.name_order),
            sign_in_rules: RwLock::new(options.sign_in),
            client_address: RwLock::new(options.client_address),
            options,
        }
    }

    /// To be held while a request changes the world, and across no wait.
    pub(crate) fn busy(&self) -> RwLockReadGuard<'_, ()> {
        read(&self.pause)
    }

    /// Waits for the requests under way, and lets no other begin.
    pub(crate) fn pause(&self) -> RwLockWriteGuard<'_, ()> {
        write(&self.pause)
    }

    /// The clock as a folder keeps it.
    pub(crate) fn kept_clock(&self) -> KeptClock {
        self.clock.kept()
    }

    /// The simulated time, as the service that answers the current request has it.
    pub fn now(&self) -> Timestamp {
        let now = self.clock.now();
        match manner().skew_s {
            0 => now,
            skew_s => now.checked_add(SignedDuration::from_secs(skew_s)).unwrap_or(now),
        }
    }

    /// The time up to which the replica that answers the current request has all objects: now, unless it lags behind.
    pub(crate) fn seen_until(&self) -> Timestamp {
        let now = self.now();
        match manner().stale_s {
            0 => now,
            stale_s => now.checked_sub(SignedDuration::from_secs(stale_s)).unwrap_or(now),
        }
    }

    /// Whether the current request is answered by a replica that lags behind.
    pub(crate) fn is_stale(&self) -> bool {
        manner().stale_s != 0
    }

    /// The machine's time, as the service that answers the current request has it: what a client's own clock is held against.
    pub(crate) fn machine_now(&self) -> Timestamp {
        let skew = SignedDuration::from_secs(manner().skew_s);
        SystemClock.now().saturating_add(skew).unwrap_or(Timestamp::MAX)
    }

    /// Moves the simulated time forward (negative: back).
    pub fn advance_clock(&self, seconds: i64) {
        self.clock.advance(seconds);
    }

    /// Lets the simulated time be this from now on.
    pub fn set_clock(&self, to: Timestamp) {
        self.clock.set(to);
    }

    /// Stops or resumes the simulated time.
    pub fn freeze_clock(&self, on: bool) {
        self.clock.freeze(on);
    }

    /// Whether the simulated time stands still.
    pub fn clock_is_frozen(&self) -> bool {
        self.clock.is_frozen()
    }

    /// How many seconds the clock of a service is ahead.
    pub(crate) fn skew_s(&self, service: Service) -> i64 {
        let skew = service.index().and_then(|at| self.skews_s.get(at));
        skew.map_or(0, |skew| skew.load(Ordering::Relaxed))
    }

    /// Puts the clock of a service ahead by this many seconds (negative: behind).
    pub(crate) fn set_skew(&self, service: Service, seconds: i64) {
        if let Some(skew) = service.index().and_then(|at| self.skews_s.get(at)) {
            skew.store(seconds, Ordering::Relaxed);
        }
    }

    /// How much longer every answer of a service takes; none: no longer than it must.
    pub(crate) fn latency(&self, service: Service) -> Option<Duration> {
        let latency = service.index().and_then(|at| self.latencies_ms.get(at))?;
        let ms = latency.load(Ordering::Relaxed);
        (ms > 0).then(|| Duration::from_millis(ms.into()))
    }

    /// Delays every answer of a service by this many milliseconds from now on.
    pub(crate) fn set_latency(&self, service: Service, ms: u32) {
        if let Some(latency) = service.index().and_then(|at| self.latencies_ms.get(at)) {
            latency.store(ms, Ordering::Relaxed);
        }
    }

    /// Limits on demand.
    pub fn throttle(&self) -> &Throttle {
        &self.throttle
    }

    /// A fresh id for a reply's `x-ms-request-id`, in a GUID's form.
    pub fn next_request_id(&self) -> String {
        let n = self.request_ids.fetch_add(1, Ordering::Relaxed);
        format!("{:08x}-5150-4c0d-8eee-{n:012x}", n & 0xffff_ffff)
    }

    /// Faults on demand.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// What was asked of all services.
    pub fn log(&self) -> &RequestLog {
        &self.log
    }

    /// The options of the world.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Where the services listen, in the names that the current request came by.
    pub fn endpoints(&self) -> &Endpoints {
        if manner().public_names {
            &self.public_endpoints
        } else {
            &self.endpoints
        }
    }

    /// The order in which blobs are listed.
    pub fn name_order(&self) -> NameOrder {
        *read(&self.name_order)
    }

    /// Lists blobs in another order from now on.
    pub fn set_name_order(&self, order: NameOrder) {
        *write(&self.name_order) = order;
    }

    /// What policies ask of people who sign in.
    pub fn sign_in_rules(&self) -> SignInRules {
        *read(&self.sign_in_rules)
    }

    /// Puts other rules for signing in in force.
    pub fn set_sign_in_rules(&self, rules: SignInRules) {
        *write(&self.sign_in_rules) = rules;
    }

    /// The address that firewalls see instead of that of the connection; `None`: no other.
    pub fn client_address(&self) -> Option<Ipv4Addr> {
        *read(&self.client_address)
    }

    /// Has firewalls see all clients at this address from now on.
    pub fn set_client_address(&self, address: Option<Ipv4Addr>) {
        *write(&self.client_address) = address;
    }

    /// From now on, new identities, credentials and assignments stay unseen for this many simulated seconds.
    pub fn set_replication_lag(&self, seconds: u32) {
        self.replication_lag_s.store(seconds, Ordering::Relaxed);
    }

    /// When a new object is visible everywhere.
    pub(crate) fn replicated_at(&self) -> Timestamp {
        let lag = SignedDuration::from_secs(self.replication_lag_s.load(Ordering::Relaxed).into());
        self.now().checked_add(lag).unwrap_or(Timestamp::MAX)
    }
}
