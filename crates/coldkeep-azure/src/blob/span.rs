//! Which bytes of a blob an answer holds: its headers, compared with the request.

use super::headers::text;
use coldkeep_core::ByteRange;
use http::{HeaderMap, StatusCode};

/// No blob is longer: the service takes 50,000 blocks of 4,000 MiB
/// (<https://learn.microsoft.com/azure/storage/blobs/scalability-targets>).
pub(super) const BLOB_BYTES_MAX: u64 = 1 << 48;

/// The offsets of the first byte and after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) begin: u64,
    pub(super) end: u64,
}

impl Span {
    /// Of an answer to a request for the whole blob, or for this range (of which a blob that ends sooner gives
    /// less).
    pub(super) fn of(
        status: StatusCode,
        headers: &HeaderMap,
        asked: Option<ByteRange>,
    ) -> Result<Self, &'static str> {
        let length: u64 = text(headers, "content-length")
            .and_then(|length| length.parse().ok())
            .ok_or("it has no Content-Length")?;
        let told = text(headers, "content-range");
        let Some(asked) = asked else {
            if status == StatusCode::PARTIAL_CONTENT || told.is_some() {
                return Err("it is a range, but the whole blob was requested");
            }
            return Ok(Self {
                begin: 0,
                end: bounded(length)?,
            });
        };
        if status != StatusCode::PARTIAL_CONTENT {
            return Err("it is the whole blob, but a range was requested");
        }
        let (begin, last, whole) = told
            .as_deref()
            .and_then(parse_content_range)
            .ok_or("it has no Content-Range")?;
        let end = bounded(last)?.checked_add(1).ok_or("its range has no end")?;
        let expected = asked
            .offset
            .saturating_add(asked.length_bytes.max(1))
            .min(bounded(whole)?);
        if begin != asked.offset || end != expected || end.checked_sub(begin) != Some(length) {
            return Err("its range is not the requested one");
        }
        Ok(Self { begin, end })
    }
}

/// A length that a blob can have.
pub(super) fn bounded(length: u64) -> Result<u64, &'static str> {
    if length > BLOB_BYTES_MAX {
        return Err("its size is larger than a blob can be");
    }
    Ok(length)
}

/// `bytes FIRST-LAST/WHOLE`.
pub(super) fn parse_content_range(text: &str) -> Option<(u64, u64, u64)> {
    let (range, whole) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?, whole.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(
        status: u16,
        length: &str,
        range: Option<&str>,
        asked: Option<(u64, u64)>,
    ) -> Result<(u64, u64), &'static str> {
        let mut headers = HeaderMap::new();
        if !length.is_empty() {
            headers.insert("content-length", length.parse().unwrap());
        }
        if let Some(range) = range {
            headers.insert("content-range", range.parse().unwrap());
        }
        let asked = asked.map(|(offset, length_bytes)| ByteRange { offset, length_bytes });
        Span::of(StatusCode::from_u16(status).unwrap(), &headers, asked).map(|span| (span.begin, span.end))
    }

    #[test]
    fn an_answer_holds_what_was_asked_for() {
        assert_eq!(of(200, "7", None, None), Ok((0, 7)));
        assert_eq!(of(206, "4", Some("bytes 3-6/10"), Some((3, 4))), Ok((3, 7)));
        assert_eq!(
            of(206, "2", Some("bytes 8-9/10"), Some((8, 4))),
            Ok((8, 10)),
            "the blob ends sooner"
        );
    }

    #[test]
    fn any_other_answer_is_refused() {
        let most = u64::MAX.to_string();
        for (status, length, range, asked) in [
            (200, "", None, None),
            (200, "-1", None, None),
            (200, most.as_str(), None, None),
            (206, "7", Some("bytes 0-6/7"), None),
            (200, "7", Some("bytes 0-6/7"), None),
            (200, "10", None, Some((3, 4))),
            (206, "4", None, Some((3, 4))),
            (206, "4", Some("bytes 0-3/10"), Some((3, 4))),
            (206, "5", Some("bytes 3-7/10"), Some((3, 4))),
            (206, "3", Some("bytes 3-5/10"), Some((3, 4))),
            (206, "9", Some("bytes 3-6/10"), Some((3, 4))),
            (206, "4", Some("bytes 6-3/10"), Some((6, 4))),
            (206, "4", Some("bytes 3-6/*"), Some((3, 4))),
            (206, "4", Some("3-6/10"), Some((3, 4))),
            (
                206,
                "0",
                Some("bytes 3-18446744073709551615/18446744073709551615"),
                Some((3, u64::MAX)),
            ),
        ] {
            assert!(
                of(status, length, range, asked).is_err(),
                "{status} {length} {range:?} {asked:?}"
            );
        }
    }
}
