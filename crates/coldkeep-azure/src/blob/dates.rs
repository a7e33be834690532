//! The two notations of time that Blob Storage uses: HTTP dates and ISO 8601 to the second.

use coldkeep_core::Timestamp;
use jiff::{civil::DateTime, tz::Offset};

/// `Tue, 03 Jun 2025 10:11:12 GMT`, which every header and every listed blob carries; hence by hand, without
/// allocation. None for anything else.
pub(super) fn parse_http_date(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    if bytes.len() != 29
        || !text.ends_with(" GMT")
        || bytes[16] != b' '
        || bytes[19] != b':'
        || bytes[22] != b':'
    {
        return None;
    }
    let number = |range: std::ops::Range<usize>| {
        bytes[range].iter().try_fold(0_i16, |sum, digit| {
            digit.is_ascii_digit().then(|| sum * 10 + i16::from(digit - b'0'))
        })
    };
    let month = match &bytes[8..11] {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    };
    let small = |range| number(range).and_then(|n| i8::try_from(n).ok());
    let civil = DateTime::new(
        number(12..16)?,
        month,
        small(5..7)?,
        small(17..19)?,
        small(20..22)?,
        small(23..25)?,
        0,
    )
    .ok()?;
    Offset::UTC.to_timestamp(civil).ok()
}

/// For `x-ms-date`.
pub(super) fn http_date(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// For SAS and delegation keys: `2025-06-03T10:11:12Z`.
pub(super) fn iso_seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_dates_go_both_ways() {
        for (text, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Tue, 03 Jun 2025 10:11:12 GMT", 1_748_945_472),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
        ] {
            let time = Timestamp::from_second(seconds).unwrap();
            assert_eq!(parse_http_date(text), Some(time));
            assert_eq!(http_date(time), text);
        }
    }

    #[test]
    fn what_is_no_http_date_is_none() {
        for text in [
            "",
            "2025-06-03T10:11:12Z",
            "Tue, 03 Jun 2025 10:11:12 CET",
            "Tue, 30 Feb 2025 10:11:12 GMT",
            "Tue, 03 Xxx 2025 10:11:12 GMT",
            "Tue, 0a Jun 2025 10:11:12 GMT",
            "Tue, 03 Jün 2025 10:11:1 GMT",
        ] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }

    #[test]
    fn iso_has_no_fraction() {
        let time = Timestamp::from_millisecond(1_748_945_472_987).unwrap();
        assert_eq!(iso_seconds(time), "2025-06-03T10:11:12Z");
    }
}
