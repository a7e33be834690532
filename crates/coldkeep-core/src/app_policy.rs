//! What a tenant's app management policy allows of an application's credentials
//! (<https://learn.microsoft.com/graph/api/resources/applicationauthenticationmethodpolicy>).

use crate::{Code, Problem, ValidityPeriod, fix, problem::Field};
use serde::{Deserialize, Serialize};

/// What counts for one application. The default restricts nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppPolicy {
    /// The policy's display name, for people.
    pub name: String,
    /// No secret may be added.
    pub secrets_forbidden: bool,
    /// How long a new secret may last, in seconds.
    pub secret_max_s: Option<i64>,
    /// How long a new certificate may last, in seconds.
    pub certificate_max_s: Option<i64>,
    /// Only certificates of an authority that the tenant trusts.
    pub trusted_authorities_only: bool,
}

const DAY_S: i64 = 86_400;

impl AppPolicy {
    /// Refuses a certificate that Entra would refuse.
    ///
    /// # Errors
    /// Names the policy and the longest validity it allows.
    pub fn check_certificate(&self, validity: ValidityPeriod, self_signed: bool) -> Result<(), Problem> {
        if self.trusted_authorities_only && self_signed {
            return Err(Problem::new(
                Code::PolicyForbidsCredential,
                format!(
                    "The tenant's policy `{}` does not allow self-signed certificates",
                    self.name
                ),
                fix![
                    "Use a certificate from an authority that the tenant trusts (",
                    Field::Pfx,
                    " or ",
                    Field::Certificate,
                    ")."
                ],
            ));
        }
        match self.certificate_max_s {
            Some(max_s) if validity.seconds() > max_s => Err(Problem::new(
                Code::PolicyLimitsLifetime,
                format!(
                    "The certificate would last {} days, and the tenant's policy `{}` allows at most {}",
                    validity.seconds().div_euclid(DAY_S),
                    self.name,
                    max_s.div_euclid(DAY_S),
                ),
                fix![
                    format!(
                        "Use one that is valid for at most {} days: ",
                        max_s.div_euclid(DAY_S)
                    ),
                    Field::ValidDays.set(generated_days(max_s)),
                    "."
                ],
            )),
            _ => Ok(()),
        }
    }

    /// What it forbids, a line each, for people; nothing: it restricts nothing that concerns credentials.
    pub fn restrictions(&self) -> Vec<String> {
        let days = |max_s: i64| max_s.div_euclid(DAY_S);
        let mut found = Vec::new();
        if self.trusted_authorities_only {
            found.push("only certificates from an authority that the tenant trusts".to_owned());
        }
        if let Some(max_s) = self.certificate_max_s {
            found.push(format!("certificates of at most {} days", days(max_s)));
        }
        if self.secrets_forbidden {
            found.push("no secrets".to_owned());
        } else if let Some(max_s) = self.secret_max_s {
            found.push(format!("secrets of at most {} days", days(max_s)));
        }
        found
    }

    /// Refuses a secret that lasts so long, as Entra would.
    ///
    /// # Errors
    /// Names the policy and what it allows.
    pub fn check_secret(&self, life_s: i64) -> Result<(), Problem> {
        if self.secrets_forbidden {
            return Err(Problem::new(
                Code::PolicyForbidsCredential,
                format!("The tenant's policy `{}` does not allow secrets", self.name),
                fix!["Use a certificate (", Field::GenerateCertificate, ")."],
            ));
        }
        match self.secret_max_s {
            Some(max_s) if life_s > max_s => Err(Problem::new(
                Code::PolicyLimitsLifetime,
                format!(
                    "The secret would last {} days, and the tenant's policy `{}` allows at most {}",
                    life_s.div_euclid(DAY_S),
                    self.name,
                    max_s.div_euclid(DAY_S),
                ),
                fix!["Use ", Field::ValidDays.set(max_s.div_euclid(DAY_S)), "."],
            )),
            _ => Ok(()),
        }
    }
}

/// A generated certificate begins a while before its creation, for clocks that are behind: a day less is safe.
fn generated_days(max_s: i64) -> i64 {
    (max_s.div_euclid(DAY_S) - 1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    #[test]
    fn what_a_policy_forbids_is_refused_with_its_name_and_the_longest_validity() {
        let of_days = |n: i64| ValidityPeriod {
            start: Timestamp::UNIX_EPOCH,
            end: Timestamp::from_second(n * DAY_S).unwrap(),
        };
        let policy = AppPolicy {
            name: "ninety".into(),
            certificate_max_s: Some(90 * DAY_S),
            secret_max_s: Some(30 * DAY_S),
            ..AppPolicy::default()
        };
        assert!(policy.check_certificate(of_days(90), true).is_ok());
        let refused = policy.check_certificate(of_days(91), true).unwrap_err();
        assert!(
            refused.what.contains("`ninety`") && refused.what.contains("at most 90"),
            "{refused}"
        );
        assert_eq!(refused.code, Code::PolicyLimitsLifetime);
        assert!(refused.hint().contains("`valid_days` `89`"), "{refused}");
        assert!(policy.check_secret(30 * DAY_S).is_ok());
        assert!(
            policy
                .check_secret(31 * DAY_S)
                .unwrap_err()
                .what
                .contains("at most 30")
        );
        let strict = AppPolicy {
            secrets_forbidden: true,
            trusted_authorities_only: true,
            ..policy
        };
        assert!(strict.check_secret(1).is_err());
        assert_eq!(
            strict.restrictions(),
            [
                "only certificates from an authority that the tenant trusts",
                "certificates of at most 90 days",
                "no secrets"
            ]
        );
        assert!(AppPolicy::default().restrictions().is_empty());
        assert!(strict.check_certificate(of_days(1), true).is_err());
        assert!(strict.check_certificate(of_days(1), false).is_ok());
        assert!(
            AppPolicy::default()
                .check_certificate(of_days(9999), true)
                .is_ok()
        );
    }
}
