//! The plan of a renewal for people.

use super::begin::{NextCredential, Prepared};
use crate::identity::onboard::{CertificateChoice, shown};
use coldkeep_api::{OnboardingPlan, OnboardingStep, PlanDigest, StepAction};
use coldkeep_core::{
    renewal::RenewalMethod,
    service_account::{Credential, ServiceAccount},
};

impl Prepared {
    /// The plan for people.
    pub(super) fn shown(&self, account: &ServiceAccount) -> OnboardingPlan {
        let by = match self.way {
            RenewalMethod::OwnRight => "with the application's own permission",
            RenewalMethod::SignIn => "with the sign-in",
            RenewalMethod::Registered => "registered already",
        };
        let (object, new) = match &self.next {
            NextCredential::Certificate(CertificateChoice::Generate(how)) => (
                "certificate",
                format!("created here (RSA {}, {} days)", how.key_bits, how.valid_days),
            ),
            NextCredential::Certificate(choice) => (
                "certificate",
                choice
                    .known()
                    .map(|c| format!("{} ({})", c.name, c.thumbprint_sha1))
                    .unwrap_or_default(),
            ),
            NextCredential::NewSecret { valid_days } => {
                ("secret", format!("created by Entra ({valid_days} days)"))
            }
            NextCredential::GivenSecret(_) => ("secret", "as given".into()),
        };
        let action = if self.way == RenewalMethod::Registered {
            StepAction::Exists
        } else {
            StepAction::Create
        };
        let mut steps = vec![
            OnboardingStep::new(
                action,
                object,
                format!("{new}, in addition to the application's others, {by}"),
            ),
            OnboardingStep::new(
                StepAction::Check,
                "access",
                "tokens with the new credential, several in a row".into(),
            ),
            OnboardingStep::new(
                StepAction::Change,
                "service account",
                format!("`{}` uses the new credential", account.name),
            ),
        ];
        let old = match self.grace_days {
            0 => "the old one, at once".to_owned(),
            1 => "the old one, a day later".to_owned(),
            days => format!("the old one, {days} days later"),
        };
        let kind = match account.credential {
            Credential::Certificate { .. } => "certificate",
            Credential::Secret { .. } => "secret",
        };
        steps.push(match &self.old_stays {
            Some(why) => shown(kind, "the old one".into(), Some(why)),
            None => shown(kind, old, None),
        });
        OnboardingPlan {
            signed_in_as: self.person.as_ref().map(|p| p.user_principal_name.clone()),
            tenant_id: account.tenant_id.clone(),
            name: account.name.clone(),
            steps,
            unknown: self.unknown.clone(),
            digest: PlanDigest::default(),
        }
    }
}
