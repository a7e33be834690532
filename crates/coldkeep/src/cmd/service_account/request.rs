//! Answers, with what was given that is no answer, as the server takes them: the one way there from flags and wizard.

use super::pfx::Pfx;
use crate::client::{Credential, NewServiceAccount};
use coldkeep_core::{
    Code, Problem, SecretString,
    wizard::{Answers, Authentication, CertificateAnswer, SignedIn},
};
use coldkeep_server::requests::{ApplicationWish, SignIn};

/// What was given and is in no answer.
#[derive(Debug, Default)]
pub struct Held {
    pub pfx: Option<Pfx>,
    pub secret: Option<SecretString>,
}

/// What is done only where somebody said that it is meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowed {
    pub wide_scope: bool,
    pub built_in_roles: bool,
    pub same_name: bool,
}

/// The request that the answers come to.
pub fn request(answers: &Answers, held: &Held, allowed: Allowed) -> Result<NewServiceAccount, Problem> {
    let unanswered = || Problem::internal("The service account was to be asked for with an answer missing");
    let connection = answers.connection.as_ref().ok_or_else(unanswered)?;
    let grant = answers.changes_azure().ok_or_else(unanswered)?;
    let signed_in = answers.sign_in.as_ref().filter(|_| grant);
    Ok(NewServiceAccount {
        name: answers.name().ok_or_else(unanswered)?.trim().to_owned(),
        description: answers.description().map(str::to_owned),
        cloud: connection.cloud.clone(),
        application: match answers.existing() {
            Some(existing) => ApplicationWish::Existing {
                tenant: existing.tenant.clone(),
                application_id: existing.application_id.clone(),
            },
            None => ApplicationWish::Register,
        },
        credential: held.credential(answers)?,
        grant,
        // Left over from a path with a sign-in they mean nothing on one without.
        grants: answers.grants.clone().filter(|_| grant).unwrap_or_default(),
        subscriptions: answers
            .subscriptions
            .clone()
            .filter(|_| grant)
            .unwrap_or_default(),
        allow_wide_scope: allowed.wide_scope,
        allow_built_in_roles: allowed.built_in_roles,
        allow_same_name: allowed.same_name,
        sign_in_id: signed_in.map(|signed_in| signed_in.sign_in_id),
    })
}

/// Who signed in, as the wizard's answer.
pub fn signed_in(cloud: &str, sign_in: SignIn) -> SignedIn {
    SignedIn {
        sign_in_id: sign_in.id,
        cloud: cloud.to_owned(),
        tenant_id: sign_in.tenant_id.unwrap_or_default(),
        user_principal_name: sign_in.user_principal_name.unwrap_or_default(),
    }
}

impl Held {
    fn credential(&self, answers: &Answers) -> Result<Credential, Problem> {
        let gone = |what: &str| {
            Problem::new(
                Code::FieldMissing,
                format!("The {what} is no longer at hand"),
                "Go back and give it again.",
            )
        };
        if let Some(application) = answers.existing()
            && application.authentication == Authentication::Secret
        {
            let secret = self.secret.clone().ok_or_else(|| gone("secret"))?;
            return Ok(Credential::Secret { secret });
        }
        match &answers.certificate {
            Some(CertificateAnswer::Generate {
                name,
                subject,
                key_bits,
                valid_days,
            }) => Ok(Credential::GenerateCertificate {
                name: name.clone(),
                subject: subject.clone(),
                key_bits: *key_bits,
                valid_days: *valid_days,
            }),
            Some(CertificateAnswer::Stored { certificate }) => Ok(Credential::Certificate {
                certificate: certificate.clone(),
            }),
            Some(CertificateAnswer::Pfx) => {
                Ok(self.pfx.as_ref().ok_or_else(|| gone("PFX file"))?.credential())
            }
            None => Err(gone("certificate")),
        }
    }
}
