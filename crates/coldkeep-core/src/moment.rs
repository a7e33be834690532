//! Dates as other systems write them: any year they may write, those that mean "never" among them.

use crate::Timestamp;
use jiff::{SignedDuration, civil::DateTime, tz::Offset};
use serde::{Deserialize, Deserializer};

const DAY_S: i64 = 86_400;
/// From here on an end means "never": .NET's last moment and RFC 5280's "no well-defined expiration date" are
/// 9999-12-31T23:59:59Z, in some zones some hours earlier.
const NEVER_FROM: i8 = 30;

/// Reads an RFC 3339 date with an offset. A time outside the supported range (the last hours of the
/// year 9999 are) becomes its last or first moment.
pub fn parse_moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let (civil, offset) = split_offset(text)?;
    let civil: DateTime = civil.parse().ok()?;
    Some(at_offset(civil, offset))
}

/// A civil time at an offset from UTC in seconds; a time outside the supported range becomes its last
/// or first moment.
pub fn at_offset(civil: DateTime, offset_s: i32) -> Timestamp {
    let offset = Offset::from_seconds(offset_s).unwrap_or(Offset::UTC);
    offset.to_timestamp(civil).unwrap_or(match civil.year() < 0 {
        true => Timestamp::MIN,
        false => Timestamp::MAX,
    })
}

/// `…Z`, `…+hh:mm`: the civil time before it, and the offset in seconds.
fn split_offset(text: &str) -> Option<(&str, i32)> {
    if let Some(civil) = text.strip_suffix(['Z', 'z']) {
        return Some((civil, 0));
    }
    let at = text.len().checked_sub(6)?;
    let (civil, offset) = (text.get(..at)?, text.get(at..)?);
    let sign = match offset.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some((civil, sign * (hours * 3600 + minutes * 60)))
}

/// The year that a UTCTime's two digits mean (RFC 5280): 1950 to 2049.
const UTC_TIME_PIVOT: i16 = 50;

/// Reads a certificate's UTCTime (`short`: the year has two digits) or GeneralizedTime, also as older encoders wrote
/// them: without seconds, with fractions, at an offset.
pub fn parse_asn1_time(text: &str, short: bool) -> Option<Timestamp> {
    let (civil, offset_s) = match text.strip_suffix('Z') {
        Some(civil) => (civil, 0),
        None => match text.rfind(['+', '-']) {
            Some(at) => (&text[..at], asn1_offset(&text[at..])?),
            None => (text, 0),
        },
    };
    let digits = civil.split(['.', ',']).next()?;
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let year_digits = if short { 2 } else { 4 };
    let year: i16 = digits.get(..year_digits)?.parse().ok()?;
    let year = match (short, year) {
        (true, year) if year < UTC_TIME_PIVOT => 2000 + year,
        (true, year) => 1900 + year,
        (false, year) => year,
    };
    let rest = &digits[year_digits..];
    // Minutes and seconds may be left out.
    let part = |index: usize| -> Option<i8> {
        match rest.get(2 * index..2 * index + 2) {
            Some(two) => two.parse().ok(),
            None if index >= 3 => Some(0),
            None => None,
        }
    };
    if rest.len() > 10 || !rest.len().is_multiple_of(2) {
        return None;
    }
    let date = jiff::civil::Date::new(year, part(0)?, part(1)?).ok()?;
    let time = jiff::civil::Time::new(part(2)?, part(3)?, part(4)?, 0).ok()?;
    Some(at_offset(date.to_datetime(time), offset_s))
}

/// `+hhmm`.
fn asn1_offset(text: &str) -> Option<i32> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let hours: i32 = text.get(1..3)?.parse().ok()?;
    let minutes: i32 = text.get(3..5)?.parse().ok()?;
    (text.len() == 5 && hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Whether an end at this moment means that there is none.
pub fn never_ends(end: Timestamp) -> bool {
    let at = Offset::UTC.to_datetime(end);
    at.year() == 9999 && at.month() == 12 && at.day() >= NEVER_FROM
}

/// The day of an end for people: `2027-11-30`, or `never`.
pub fn end_day(end: Timestamp) -> String {
    match never_ends(end) {
        true => "never".to_owned(),
        false => end.strftime("%Y-%m-%d").to_string(),
    }
}

/// When it ends for people: `until 2027-11-30`, or `never expires`.
pub fn end_words(end: Timestamp) -> String {
    match never_ends(end) {
        true => "never expires".to_owned(),
        false => format!("until {}", end.strftime("%Y-%m-%d")),
    }
}

/// Whole days from `now` until `end`, negative once that has passed.
pub fn days_until(end: Timestamp, now: Timestamp) -> i64 {
    (end.as_second() - now.as_second()).div_euclid(DAY_S)
}

/// This many days later, at most the last supported moment.
pub fn days_after(from: Timestamp, days: i64) -> Timestamp {
    let by = SignedDuration::from_secs(days.saturating_mul(DAY_S));
    from.checked_add(by).unwrap_or(match days < 0 {
        true => Timestamp::MIN,
        false => Timestamp::MAX,
    })
}

/// For `#[serde(deserialize_with)]`: a date as [`parse_moment`] reads it; none if it is missing, or the text is not a
/// date. An unreadable date does not affect the rest of the answer.
///
/// # Errors
/// Where it is neither text nor absent.
pub fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.as_deref().and_then(parse_moment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_date_that_others_write_is_read() {
        for (text, shown) in [
            ("2026-11-30T12:00:00Z", "2026-11-30T12:00:00Z"),
            ("2026-11-30T12:00:00.1234567Z", "2026-11-30T12:00:00.1234567Z"),
            ("2026-11-30T12:00:00+01:00", "2026-11-30T11:00:00Z"),
            ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
        ] {
            let read = parse_moment(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(read.to_string(), shown, "{text}");
            assert!(!never_ends(read));
        }
        for never in [
            "9999-12-31T23:59:59Z",
            "9999-12-31T23:59:59.9999999Z",
            "9999-12-31T00:00:00Z",
            "9999-12-31T23:59:59+00:00",
            "9999-12-31T23:59:59.9999999-08:00",
            "9999-12-31T23:59:59+14:00",
            "9999-12-30T22:00:00.999999999Z",
        ] {
            let read = parse_moment(never).unwrap_or_else(|| panic!("{never}"));
            assert!(never_ends(read), "{never}: {read}");
            let again: Timestamp = read.to_string().parse().unwrap();
            assert_eq!(again, read, "what is stored is read again");
        }
        for bad in [
            "",
            "never",
            "2026-11-30",
            "2026-13-01T00:00:00Z",
            "9999-12-31T23:59:59+99:00",
        ] {
            assert_eq!(parse_moment(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_dates_of_every_certificate_are_read() {
        for (text, short, shown) in [
            ("500101000000Z", true, "1950-01-01T00:00:00Z"),
            ("491231235959Z", true, "2049-12-31T23:59:59Z"),
            ("2611301200Z", true, "2026-11-30T12:00:00Z"),
            ("261130120000+0130", true, "2026-11-30T10:30:00Z"),
            ("19491231235959Z", false, "1949-12-31T23:59:59Z"),
            ("00010101000000Z", false, "0001-01-01T00:00:00Z"),
            ("00000101000000Z", false, "0000-01-01T00:00:00Z"),
            ("20261130120000.5Z", false, "2026-11-30T12:00:00Z"),
            ("2026113012Z", false, "2026-11-30T12:00:00Z"),
        ] {
            let read = parse_asn1_time(text, short).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(read.to_string(), shown, "{text}");
        }
        assert!(parse_asn1_time("99991231235959Z", false).is_some_and(never_ends));
        for bad in [
            "",
            "Z",
            "20261330000000Z",
            "20260230000000Z",
            "2026-11-30",
            "202611301200001Z",
            "20261130120000+1",
        ] {
            assert_eq!(parse_asn1_time(bad, false), None, "{bad}");
        }
    }

    #[test]
    fn no_sum_leaves_the_calendar() {
        let now: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
        assert_eq!(days_after(now, 7).to_string(), "2026-12-07T12:00:00Z");
        assert_eq!(days_after(Timestamp::MAX, 7), Timestamp::MAX);
        assert_eq!(days_after(now, i64::MAX), Timestamp::MAX);
        assert_eq!(days_after(now, i64::MIN), Timestamp::MIN);
        assert!(days_until(Timestamp::MAX, Timestamp::MIN) > 0);
        assert!(days_until(Timestamp::MIN, Timestamp::MAX) < 0);
        assert!(!never_ends(Timestamp::MIN));
    }
}
