//! What crosses this host: requests and bytes, counted where they pass.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of one run (or of everything). Bytes are those of bodies, both ways.
#[derive(Default, Debug)]
pub struct Meter {
    /// Requests sent, repetitions included.
    pub requests: AtomicU64,
    /// Of these, the repetitions.
    pub retries: AtomicU64,
    /// Requests that a storage account refused because there were too many; each was sent again.
    pub throttled: AtomicU64,
    /// Bodies that are not blob content: listings, tokens, manifests, errors.
    pub control_bytes: AtomicU64,
    /// Blob content that passed through this host.
    pub data_bytes: AtomicU64,
    /// Requests for which the service copied.
    pub copy_requests: AtomicU64,
}

impl Meter {
    /// Adds to a counter; the order of additions does not matter.
    pub fn add(counter: &AtomicU64, by: u64) {
        counter.fetch_add(by, Ordering::Relaxed);
    }

    /// What a counter shows now.
    pub fn read(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::Relaxed)
    }
}

/// Which counter of the meter a body belongs to: `Data` is the content of blobs that are backed up, everything
/// else is `Control`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CountsAs {
    #[default]
    Control,
    Data,
}

impl CountsAs {
    pub(crate) fn counter(self, meter: &Meter) -> &AtomicU64 {
        match self {
            Self::Control => &meter.control_bytes,
            Self::Data => &meter.data_bytes,
        }
    }
}
