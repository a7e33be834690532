//! The last second of the year 9999, which stands for "never": later than the last supported moment.

use coldkeep_core::Timestamp;
use jiff::{civil::DateTime, tz::TimeZone};

const LAST: &str = "9999-12-31T23:59:59Z";

/// Reads a moment; those at the end of the year 9999 become the last one there is.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    let civil: DateTime = text.trim_end_matches('Z').parse().ok()?;
    (civil.year() == 9999 && text.ends_with('Z')).then_some(Timestamp::MAX)
}

/// A moment in whole seconds, as Graph writes it.
pub(crate) fn render_end(at: Timestamp) -> String {
    if at == Timestamp::MAX {
        return LAST.to_owned();
    }
    at.to_zoned(TimeZone::UTC)
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

/// For `serde(deserialize_with)`.
pub(crate) fn deserialize<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    use serde::Deserialize as _;
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| read(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a time"))))
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_ends_is_read_and_written_as_it_came() {
        for text in [LAST, "9999-12-31T00:00:00Z", "9999-12-31T23:59:59.999Z"] {
            assert_eq!(render_end(read(text).unwrap()), LAST, "{text}");
        }
        let plain = "2027-03-01T12:00:00Z";
        assert_eq!(render_end(read(plain).unwrap()), plain);
        assert_eq!(read("10000-01-01T00:00:00Z"), None);
        assert_eq!(read("soon"), None);
    }
}
