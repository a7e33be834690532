//! When a given shared access signature is valid, read from its own parameters
//! (<https://learn.microsoft.com/rest/api/storageservices/create-service-sas>).

use coldkeep_core::{
    ExposeSecret, SecretString, Timestamp,
    moment::{at_offset, parse_moment},
};
use jiff::civil::{Date, DateTime};

use super::names::decode;

/// The validity of a signature. Holds nothing secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SasTerms {
    pub starts_at: Option<Timestamp>,
    /// None if a stored access policy sets it, or if it is not readable.
    pub expires_at: Option<Timestamp>,
    /// The stored access policy it names.
    pub stored_policy: Option<String>,
}

impl SasTerms {
    /// Of the query string of a SAS, with or without its `?`.
    pub fn of(sas: &SecretString) -> Self {
        let query = sas.expose_secret().trim().trim_start_matches('?');
        let value = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let found = pairs.find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_empty());
            found.and_then(|(_, value)| decode(value))
        };
        let time = |name: &str| value(name).as_deref().and_then(parse_iso);
        Self {
            starts_at: time("st"),
            // One of a user delegation key ends with its key, at the latest.
            expires_at: [time("se"), time("ske")].into_iter().flatten().min(),
            stored_policy: value("si"),
        }
    }
}

/// The ways in which the service takes a time: to the day, the minute, the second or finer, in UTC.
pub(super) fn parse_iso(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Some(time) = parse_moment(text) {
        return Some(time);
    }
    if let Some(short) = text.strip_suffix('Z') {
        let civil = DateTime::strptime("%Y-%m-%dT%H:%M", short).ok()?;
        return Some(at_offset(civil, 0));
    }
    let date = text.parse::<Date>().ok().filter(|_| text.len() == 10)?;
    Some(at_offset(date.to_datetime(jiff::civil::Time::midnight()), 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(sas: &str) -> SasTerms {
        SasTerms::of(&SecretString::from(sas))
    }

    fn at(text: &str) -> Option<Timestamp> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn the_end_is_read_in_every_way_it_is_written() {
        for (sas, expires_at) in [
            (
                "sv=1&se=2026-12-01T10%3A20%3A30Z&sig=x",
                at("2026-12-01T10:20:30Z"),
            ),
            ("?se=2026-12-01T10:20:30Z&sig=x", at("2026-12-01T10:20:30Z")),
            ("se=2026-12-01T10%3A20Z&sig=x", at("2026-12-01T10:20:00Z")),
            ("SE=2026-12-01&sig=x", at("2026-12-01T00:00:00Z")),
            (
                "se=2026-12-01T10:20:30.1234567Z&sig=x",
                at("2026-12-01T10:20:30.1234567Z"),
            ),
            (
                "se=2026-12-01T10:20:30Z&ske=2026-11-30T00:00:00Z&sig=x",
                at("2026-11-30T00:00:00Z"),
            ),
            ("se=9999-12-31&sig=x", Some(Timestamp::MAX)),
            ("se=9999-12-31T23:59Z&sig=x", Some(Timestamp::MAX)),
            ("se=9999-12-31T23:59:59.9999999Z&sig=x", Some(Timestamp::MAX)),
            ("se=soon&sig=x", None),
            ("se=&sig=x", None),
            ("sig=x", None),
        ] {
            assert_eq!(terms(sas).expires_at, expires_at, "{sas}");
        }
    }

    #[test]
    fn a_stored_policy_and_a_start_are_known() {
        let terms = terms("sr=c&si=read%20only&st=2026-01-02&sig=x");
        assert_eq!(terms.stored_policy.as_deref(), Some("read only"));
        assert_eq!(
            (terms.starts_at, terms.expires_at),
            (at("2026-01-02T00:00:00Z"), None)
        );
    }
}
