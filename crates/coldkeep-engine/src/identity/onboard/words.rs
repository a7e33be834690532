//! A plan for people: each object and each right, before anything is created.

use super::{CertificateChoice, Prepared};
use coldkeep_api::{OnboardingPlan, OnboardingStep, PlanDigest, StepAction};
use coldkeep_core::{
    onboarding::{self, PlannedStep, SetupStep},
    permission::GrantRequest,
};

pub(crate) fn shown_plan(prepared: &Prepared) -> OnboardingPlan {
    let mut steps: Vec<OnboardingStep> = prepared
        .steps
        .iter()
        .map(|planned| shown_step(planned, &prepared.certificate))
        .collect();
    if !prepared.changes_azure() {
        let detail = format!("a token for the application {}", prepared.account.application_id);
        steps.push(OnboardingStep::new(StepAction::Check, "access", detail));
    }
    OnboardingPlan {
        signed_in_as: prepared.person.as_ref().map(|p| p.user_principal_name.clone()),
        tenant_id: prepared.account.tenant_id.clone(),
        name: prepared.account.name.clone(),
        steps,
        unknown: prepared.unknown.clone(),
        digest: PlanDigest::default(),
    }
}

fn at(grant: &GrantRequest) -> String {
    format!("{} at {}", grant.permission_set, grant.place())
}

fn shown_step(planned: &PlannedStep, choice: &CertificateChoice) -> OnboardingStep {
    let (object, detail, rights) = match &planned.step {
        SetupStep::Application { display_name, .. } => (
            "application",
            format!("{display_name} (this tenant only)"),
            vec![],
        ),
        SetupStep::ServicePrincipal => (
            "service principal",
            "of the application: what roles are assigned to".into(),
            vec![],
        ),
        SetupStep::Certificate {
            name,
            thumbprint_sha1,
        } => {
            let detail = match (choice, thumbprint_sha1) {
                (CertificateChoice::Generate(how), _) => format!(
                    "{name}, created here (RSA {}, {} days), in addition to the application's others",
                    how.key_bits, how.valid_days
                ),
                (_, Some(thumbprint)) => {
                    format!("{name} ({thumbprint}), in addition to the application's others")
                }
                (_, None) => name.clone(),
            };
            ("certificate", detail, vec![])
        }
        SetupStep::Role(role) => {
            let mut rights = role.permission_set.actions();
            rights.extend(role.permission_set.data_actions());
            (
                "role definition",
                format!("{}: {}", role.name, role.permission_set.purpose()),
                rights,
            )
        }
        SetupStep::BuiltInRole { permission_set, role } => (
            "role definition",
            format!(
                "{}, built in, for {permission_set}: {}",
                role.name,
                onboarding::compared(*role, *permission_set)
            ),
            role.rights(),
        ),
        SetupStep::Assignment { grant, .. } => {
            let confined = grant
                .data_prefix()
                .map(|prefix| format!(" (names below `{prefix}` only)"));
            (
                "role assignment",
                at(grant) + &confined.unwrap_or_default(),
                vec![],
            )
        }
        SetupStep::ProveToken => ("access", "tokens with the new credential".into(), vec![]),
        SetupStep::ProveGrant(grant) => ("access", at(grant), vec![]),
    };
    let action = match (&planned.exists, &planned.step) {
        (Some(_), _) => StepAction::Exists,
        (None, SetupStep::ProveToken | SetupStep::ProveGrant(_)) => StepAction::Check,
        (None, _) => StepAction::Create,
    };
    OnboardingStep {
        action,
        object: object.into(),
        detail,
        rights,
    }
}
