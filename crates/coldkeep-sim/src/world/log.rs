//! What was asked of the services: a bounded ring of entries without secrets.

use crate::wire::Service;
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// One request and how it ended.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// Counts requests of all services from 1, in the order in which they came in.
    pub seq: u64,
    pub service: &'static str,
    pub method: String,
    /// Path and query as sent, signatures blanked.
    pub path: String,
    /// `None`: no reply was sent (held, lost, or the client went away).
    pub status: Option<u16>,
    pub principal: Option<String>,
    /// `x-ms-copy-source`, signatures blanked.
    pub copy_source: Option<String>,
    pub error_code: Option<String>,
    /// Body sizes as the headers state them.
    pub bytes_in: u64,
    pub bytes_out: u64,
}

/// Which entries to show.
#[derive(Debug, Clone, Copy)]
pub struct LogFilter<'a> {
    pub service: Option<&'a str>,
    pub method: Option<&'a str>,
    /// A part of path and query.
    pub path_contains: Option<&'a str>,
    pub status: Option<u16>,
    /// Only later ones than the request with this number.
    pub since: u64,
    /// How many at most, the oldest first.
    pub limit: usize,
}

impl LogFilter<'_> {
    fn takes(&self, entry: &Entry) -> bool {
        entry.seq > self.since
            && self.service.is_none_or(|s| s == entry.service)
            && self.method.is_none_or(|m| m.eq_ignore_ascii_case(&entry.method))
            && self.path_contains.is_none_or(|p| entry.path.contains(p))
            && self.status.is_none_or(|s| entry.status == Some(s))
    }
}

/// The last requests, oldest first.
#[derive(Debug)]
pub struct RequestLog {
    entries: Mutex<VecDeque<Entry>>,
    capacity: usize,
    enabled: AtomicBool,
    seq: AtomicU64,
    /// In the order of [`Service::index`].
    by_service: [AtomicU64; 4],
}

impl RequestLog {
    /// A ring of at most `capacity` entries; 0 keeps none.
    pub fn new(capacity: usize) -> Self {
        Self {
            entries: Mutex::new(VecDeque::new()),
            capacity,
            enabled: AtomicBool::new(capacity > 0),
            seq: AtomicU64::new(0),
            by_service: Default::default(),
        }
    }

    /// Starts or stops keeping entries; counting continues.
    pub fn set_enabled(&self, on: bool) {
        self.enabled.store(on && self.capacity > 0, Ordering::Relaxed);
    }

    /// Whether entries are kept.
    pub fn is_enabled(&self) -> bool {
        self.enabled.load(Ordering::Relaxed)
    }

    /// The number of the request that just came in.
    pub(crate) fn next_seq(&self, service: Service) -> u64 {
        if let Some(counter) = service.index().and_then(|at| self.by_service.get(at)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        self.seq.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// How many requests have come in since the start.
    pub fn count(&self) -> u64 {
        self.seq.load(Ordering::Relaxed)
    }

    /// How many requests each service got since the counters were reset.
    pub fn counters(&self) -> Value {
        let count = |at: usize| self.by_service[at].load(Ordering::Relaxed);
        json!({"login": count(0), "graph": count(1), "arm": count(2), "blob": count(3)})
    }

    /// Counts each service's requests from 0 again; numbers in the log continue.
    pub fn reset_counters(&self) {
        for counter in &self.by_service {
            counter.store(0, Ordering::Relaxed);
        }
    }

    /// Keeps an entry, dropping the oldest where the ring is full.
    pub fn push(&self, entry: Entry) {
        if !self.is_enabled() {
            return;
        }
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= self.capacity {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    /// All entries kept.
    pub fn entries(&self) -> Vec<Entry> {
        self.entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }

    /// The entries wanted.
    pub fn find_entries(&self, wanted: &LogFilter<'_>) -> Vec<Entry> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let found = entries.iter().filter(|entry| wanted.takes(entry));
        found.take(wanted.limit).cloned().collect()
    }

    /// Forgets the entries, not the count.
    pub fn clear(&self) {
        self.entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

/// Blanks the values of `sig` parameters: anyone who reads a log must not be able to use them.
pub fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = find_signature(rest) {
        let (head, tail) = rest.split_at(at);
        out.push_str(head);
        out.push_str("REDACTED");
        rest = tail.find('&').map_or("", |end| &tail[end..]);
    }
    out.push_str(rest);
    out
}

/// Where the value of the first `sig` parameter starts.
fn find_signature(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(found) = text[from..].find("sig=") {
        let at = from + found;
        if at == 0 || matches!(bytes[at - 1], b'?' | b'&') {
            return Some(at + 4);
        }
        from = at + 4;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_blanked_and_nothing_else() {
        assert_eq!(redact("/a?sv=1&sig=abc%3D&sp=r"), "/a?sv=1&sig=REDACTED&sp=r");
        assert_eq!(redact("/a?sig=abc"), "/a?sig=REDACTED");
        assert_eq!(redact("/sig=x/a?design=3"), "/sig=x/a?design=3");
    }

    #[test]
    fn the_ring_drops_the_oldest() {
        let log = RequestLog::new(2);
        for path in ["/1", "/2", "/3"] {
            log.push(Entry {
                seq: log.next_seq(Service::Blob),
                service: "blob",
                method: "GET".into(),
                path: path.into(),
                status: Some(200),
                principal: None,
                copy_source: None,
                error_code: None,
                bytes_in: 0,
                bytes_out: 0,
            });
        }
        let paths: Vec<_> = log.entries().into_iter().map(|e| e.path).collect();
        assert_eq!(paths, ["/2", "/3"]);
        assert_eq!(log.count(), 3);
    }
}
