//! When the shared access signature that opens a repository ends, and how near that is.

use crate::{Timestamp, repository::Access};

/// A signature that expires within this many days is warned about.
pub const WARNING_DAYS: i64 = 14;
const DAY_S: i64 = 86_400;

/// How near the end of a signature is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SasEnd {
    /// A stored access policy sets it, or it is not readable.
    Unknown {
        stored_policy: Option<String>,
    },
    Ended {
        at: Timestamp,
    },
    Soon {
        at: Timestamp,
        days_left: i64,
    },
    Later {
        at: Timestamp,
    },
}

impl SasEnd {
    /// None for what no signature opens.
    pub fn of(access: &Access, now: Timestamp) -> Option<Self> {
        let Access::Sas {
            expires_at,
            stored_policy,
            ..
        } = access
        else {
            return None;
        };
        let Some(at) = *expires_at else {
            return Some(SasEnd::Unknown {
                stored_policy: stored_policy.clone(),
            });
        };
        let left_s = at.as_second().saturating_sub(now.as_second());
        Some(match left_s {
            i64::MIN..=0 => SasEnd::Ended { at },
            _ if left_s > WARNING_DAYS * DAY_S => SasEnd::Later { at },
            _ => SasEnd::Soon {
                at,
                days_left: left_s / DAY_S,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_near_the_end_is() {
        let now: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
        let of = |expires_at: Option<&str>| {
            let access = Access::Sas {
                starts_at: None,
                expires_at: expires_at.map(|t| t.parse().unwrap()),
                stored_policy: Some("p".into()),
            };
            SasEnd::of(&access, now)
        };
        assert_eq!(SasEnd::of(&Access::AccountKey, now), None);
        assert!(matches!(of(None), Some(SasEnd::Unknown { stored_policy: Some(p) }) if p == "p"));
        assert!(matches!(
            of(Some("2026-11-30T12:00:00Z")),
            Some(SasEnd::Ended { .. })
        ));
        assert!(matches!(
            of(Some("2020-01-01T00:00:00Z")),
            Some(SasEnd::Ended { .. })
        ));
        for (end, days) in [
            ("2026-11-30T12:00:01Z", 0),
            ("2026-12-01T12:00:00Z", 1),
            ("2026-12-14T12:00:00Z", 14),
        ] {
            assert!(
                matches!(of(Some(end)), Some(SasEnd::Soon { days_left, .. }) if days_left == days),
                "{end}"
            );
        }
        assert!(matches!(
            of(Some("2026-12-14T12:00:01Z")),
            Some(SasEnd::Later { .. })
        ));
    }
}
