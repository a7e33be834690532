//! A wish as the wizard's answers, so that one state machine says what makes no sense, whoever asks.

use crate::requests::{ApplicationWish, CredentialWish, NewServiceAccount};
use coldkeep_core::{
    Code, Problem, fix,
    permission::{self, GrantWish},
    problem::Field,
    wizard::{
        Answers, Authentication, CertificateAnswer, Connection, ExistingApplication, Method, NewApplication,
        Wizard,
    },
};

/// Refuses what makes no sense whatever exists.
pub(super) fn check_wish(wish: &NewServiceAccount) -> Result<(), Problem> {
    if wish.application == ApplicationWish::Register
        && matches!(wish.credential, CredentialWish::Secret { .. })
    {
        return Err(Problem::new(
            Code::SecretNotPossible,
            "A new application has no secret yet",
            fix![
                "Register it with a certificate (",
                Field::GenerateCertificate,
                "), or use the application that the secret belongs to (",
                Field::Existing,
                ")."
            ],
        ));
    }
    if wish.application != ApplicationWish::Register && !wish.grant && !wish.grants.is_empty() {
        return Err(Problem::new(
            Code::GrantSignInMissing,
            "Grants were named, but nothing is to be granted",
            fix![
                "Add ",
                Field::Grant,
                " (it needs a sign-in), or omit ",
                Field::GrantOn,
                "."
            ],
        ));
    }
    if wish.application != ApplicationWish::Register && !wish.grant && !wish.subscriptions.is_empty() {
        return Err(Problem::new(
            Code::GrantSignInMissing,
            "Subscriptions were named, but nothing looks in them without a sign-in",
            fix![
                "Add ",
                Field::Grant,
                " (it needs a sign-in), or omit ",
                Field::Subscription,
                "."
            ],
        ));
    }
    permission::check_width(&wish.grants, wish.allow_wide_scope)?;
    permission::check_folders(&wish.grants)?;
    wish.grants.iter().try_for_each(GrantWish::check)?;
    wish.grants
        .iter()
        .try_for_each(|grant| grant.scope.check_names())?;
    // Who signed in is looked at where the sign-in is; the answers behind it are looked at here.
    Wizard::with(answers(wish)).check_all()
}

/// What was asked for, as the answers that the wizard would have been given.
pub(super) fn answers(wish: &NewServiceAccount) -> Answers {
    let description = wish.description.clone().unwrap_or_default();
    let (method, new_application, existing_application) = match &wish.application {
        ApplicationWish::Register => {
            let new = NewApplication {
                name: wish.name.clone(),
                description,
            };
            (Method::Register, Some(new), None)
        }
        ApplicationWish::Existing {
            tenant,
            application_id,
        } => {
            let authentication = match wish.credential {
                CredentialWish::Secret { .. } => Authentication::Secret,
                _ => Authentication::Certificate,
            };
            let existing = ExistingApplication {
                tenant: tenant.clone(),
                application_id: application_id.clone(),
                name: wish.name.clone(),
                authentication,
                grant: wish.grant,
                description,
            };
            (Method::Existing, None, Some(existing))
        }
    };
    let certificate = match &wish.credential {
        CredentialWish::GenerateCertificate {
            name,
            subject,
            key_bits,
            valid_days,
        } => Some(CertificateAnswer::Generate {
            name: name.clone(),
            subject: subject.clone(),
            key_bits: *key_bits,
            valid_days: *valid_days,
        }),
        CredentialWish::Certificate { certificate } => Some(CertificateAnswer::Stored {
            certificate: certificate.clone(),
        }),
        CredentialWish::Pfx { .. } => Some(CertificateAnswer::Pfx),
        CredentialWish::Secret { .. } => None,
    };
    Answers {
        connection: Some(Connection {
            cloud: wish.cloud.clone(),
            method,
        }),
        new_application,
        existing_application,
        certificate,
        secret: matches!(wish.credential, CredentialWish::Secret { .. }),
        sign_in: None,
        subscriptions: Some(wish.subscriptions.clone()),
        grants: Some(wish.grants.clone()),
        reviewed: false,
    }
}
