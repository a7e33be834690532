//! Times as the Blob service writes them: ticks of 100 ns that make ETags and version ids, and HTTP dates.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use coldkeep_core::Timestamp;
use serde::{Deserialize, Serialize};

/// Ticks of 100 ns between 0001-01-01 and 1970-01-01: the service counts like .NET, which is why ETags begin with 0x8D.
const UNIX_EPOCH_TICKS: i128 = 621_355_968_000_000_000;

/// A moment with the service's resolution of 100 ns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Tick(u64);

impl Tick {
    /// The moment `at`, cut to 100 ns.
    pub fn at(at: Timestamp) -> Self {
        let ticks = at.as_nanosecond() / 100 + UNIX_EPOCH_TICKS;
        Self(u64::try_from(ticks).unwrap_or_default())
    }

    /// This moment as a timestamp.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_nanosecond((i128::from(self.0) - UNIX_EPOCH_TICKS) * 100).unwrap_or_default()
    }

    /// `0x8DE...`, without quotes: how listings write an ETag.
    pub fn etag(self) -> String {
        format!("0x{:X}", self.0)
    }

    /// `"0x8DE..."`: how headers write an ETag.
    pub fn quoted_etag(self) -> String {
        format!("\"0x{:X}\"", self.0)
    }

    /// `2026-11-22T22:29:37.1234567Z`: a version id, which clients must take as opaque.
    pub fn version_id(self) -> String {
        let mut id = String::with_capacity(28);
        // Writing to a String cannot fail.
        let _ = write!(id, "{:.7}", self.timestamp());
        id
    }

    /// Reads a version id that [`Tick::version_id`] wrote.
    pub fn from_version_id(id: &str) -> Option<Self> {
        let tick = Self::at(id.parse().ok()?);
        (tick.version_id() == id).then_some(tick)
    }

    /// `Sun, 22 Nov 2026 22:29:37 GMT`; one second is all that HTTP dates resolve.
    pub fn http_date(self) -> String {
        http_date(self.timestamp())
    }

    /// Whole seconds since 1970: what Last-Modified conditions compare.
    pub fn seconds(self) -> i64 {
        self.timestamp().as_second()
    }

    pub(crate) fn to_bits(self) -> u64 {
        self.0
    }

    pub(crate) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

/// Hands out ticks that only grow, so that no two writes share an ETag or a version id.
#[derive(Debug, Default)]
pub(crate) struct Ticker(AtomicU64);

impl Ticker {
    /// Continues behind the tick that another handed out last.
    pub(crate) fn after(last: Tick) -> Self {
        Self(AtomicU64::new(last.0))
    }

    /// The tick handed out last.
    pub(crate) fn last(&self) -> Tick {
        Tick(self.0.load(Ordering::Relaxed))
    }

    /// The tick of `now`, or the next free one if that is taken.
    pub(crate) fn next(&self, now: Timestamp) -> Tick {
        let wanted = Tick::at(now).0;
        let last = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
                Some(wanted.max(last + 1))
            })
            .unwrap_or(wanted);
        Tick(wanted.max(last + 1))
    }
}

/// `at` as an HTTP date.
pub(crate) fn http_date(at: Timestamp) -> String {
    jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&at)
        .unwrap_or_default()
}

/// Reads an HTTP date.
pub(crate) fn parse_http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text.trim())
        .ok()
}

/// Reads the ISO 8601 forms allowed in a shared access signature: a date, minutes, seconds or fractions.
pub(crate) fn parse_iso(text: &str) -> Option<Timestamp> {
    let whole = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        17 => format!("{}:00Z", text.strip_suffix('Z')?),
        _ => text.to_owned(),
    };
    whole.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_the_way_the_service_does() {
        let tick = Tick::at("2026-11-22T22:29:37.1234567Z".parse().unwrap());
        assert_eq!(tick.version_id(), "2026-11-22T22:29:37.1234567Z");
        assert_eq!(Tick::from_version_id("2026-11-22T22:29:37.1234567Z"), Some(tick));
        assert_eq!(Tick::from_version_id("2026-11-22T22:29:37Z"), None);
        assert!(tick.etag().starts_with("0x8D"), "{}", tick.etag());
        assert_eq!(tick.http_date(), "Sun, 22 Nov 2026 22:29:37 GMT");
        assert_eq!(
            parse_http_date("Sun, 22 Nov 2026 22:29:37 GMT")
                .unwrap()
                .as_second(),
            tick.seconds()
        );
    }

    #[test]
    fn ticks_only_grow() {
        let ticker = Ticker::default();
        let now = "2026-11-22T22:29:37Z".parse().unwrap();
        let (a, b) = (ticker.next(now), ticker.next(now));
        assert!(a < b);
        assert_eq!(a.timestamp(), now);
    }

    #[test]
    fn signatures_may_shorten_their_times() {
        let full = parse_iso("2026-11-22T00:00:00Z");
        assert!(full.is_some());
        assert_eq!(parse_iso("2026-11-22"), full);
        assert_eq!(parse_iso("2026-11-22T00:00Z"), full);
        assert_eq!(parse_iso("2026-11-22T00:00:00.0000000Z"), full);
        assert_eq!(parse_iso("soon"), None);
    }
}
