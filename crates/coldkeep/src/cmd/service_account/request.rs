//! The request that answers come to: the answers themselves, with what was given beside them.

use coldkeep_api::{Given, GivenCredential, NewServiceAccount, PfxFile, SignIn};
use coldkeep_core::{
    Code, Problem,
    onboarding::OnPurpose,
    wizard::{Answers, Authentication, CertificateAnswer, SignedIn},
};

/// What was given and is in no answer.
#[derive(Debug, Default)]
pub struct GivenSecrets {
    pub pfx: Option<PfxFile>,
    pub secret: Option<Given>,
}

/// The request that the answers come to.
pub fn request(
    answers: &Answers,
    held: &GivenSecrets,
    allow: OnPurpose,
) -> Result<NewServiceAccount, Problem> {
    let signed_in = answers.sign_in.as_ref();
    Ok(NewServiceAccount {
        answers: answers.clone(),
        given: held.given_for(answers)?,
        allow,
        sign_in_id: signed_in.map(|signed_in| signed_in.sign_in_id),
        plan_digest: None,
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

impl GivenSecrets {
    /// The secret or file that these answers refer to.
    fn given_for(&self, answers: &Answers) -> Result<Option<GivenCredential>, Problem> {
        let gone = |what: &str| {
            Problem::new(
                Code::FieldMissing,
                format!("The {what} is no longer in memory"),
                "Go back and enter it again.",
            )
        };
        let by_secret = answers
            .existing()
            .is_some_and(|application| application.authentication == Authentication::Secret);
        Ok(if by_secret {
            let secret = self.secret.clone().ok_or_else(|| gone("secret"))?;
            Some(GivenCredential::Secret(secret))
        } else if answers.certificate == Some(CertificateAnswer::Pfx) {
            let pfx = self.pfx.clone().ok_or_else(|| gone("PFX file"))?;
            Some(GivenCredential::Pfx(pfx))
        } else {
            None
        })
    }
}
