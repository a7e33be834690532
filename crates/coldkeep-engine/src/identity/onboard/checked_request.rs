//! A request for a service account that has passed its checks: whole, and with a name.

use coldkeep_api::{GivenCredential, NewServiceAccount, PfxFile};
use coldkeep_core::{
    Code, Problem, SecretString,
    certificate::NewCertificate,
    id::SignInId,
    onboarding::OnPurpose,
    permission::GrantRequest,
    wizard::{Answers, Authentication, CertificateAnswer, Connection, ExistingApplication},
};

/// What was asked for. Nothing but its name is decided here.
pub(crate) struct CheckedRequest<'a> {
    request: &'a NewServiceAccount,
    connection: &'a Connection,
    pub(super) credential: RequestedCredential<'a>,
    /// Empty until it is derived from the application's, if the request has none.
    pub(super) name: String,
}

/// What the application is to prove itself with: an answer, with what was given for it.
#[derive(Clone, Copy)]
pub(super) enum RequestedCredential<'a> {
    Generate(&'a NewCertificate),
    /// Id, name or thumbprint.
    Stored(&'a str),
    Pfx(&'a PfxFile),
    Secret(&'a SecretString),
}

impl<'a> CheckedRequest<'a> {
    /// # Errors
    /// `Invalid` if an answer is missing or refused, or if what was given does not go with the answers.
    pub(super) fn of(request: &'a NewServiceAccount) -> Result<Self, Problem> {
        let answers = &request.answers;
        answers.check_request(request.allow)?;
        Ok(Self {
            request,
            connection: answers.connection.as_ref().ok_or_else(unanswered)?,
            credential: credential_of(request)?,
            name: answers.name().unwrap_or_default().trim().to_owned(),
        })
    }

    pub(super) fn cloud(&self) -> &'a str {
        &self.connection.cloud
    }

    /// The application to use; none: a new one is registered.
    pub(super) fn existing(&self) -> Option<&'a ExistingApplication> {
        self.request.answers.existing()
    }

    /// Whether something in Entra or Azure is to be created, so that a sign-in is needed.
    pub(super) fn changes_azure(&self) -> bool {
        self.request.answers.changes_azure() == Some(true)
    }

    pub(super) fn description(&self) -> &'a str {
        self.request.answers.description().unwrap_or_default()
    }

    pub(super) fn grants(&self) -> &'a [GrantRequest] {
        self.request.answers.grants.as_deref().unwrap_or_default()
    }

    pub(super) fn subscriptions(&self) -> &'a [String] {
        self.request.answers.subscriptions.as_deref().unwrap_or_default()
    }

    pub(super) fn allow(&self) -> OnPurpose {
        self.request.allow
    }

    pub(super) fn sign_in_id(&self) -> Option<SignInId> {
        self.request.sign_in_id
    }

    /// The answers to continue with if this is interrupted. What a request leaves out is answered with nothing.
    pub(super) fn answers(&self) -> Answers {
        let mut answers = self.request.answers.on_path();
        answers.set_name(&self.name);
        answers.subscriptions.get_or_insert_default();
        answers.grants.get_or_insert_default();
        answers
    }
}

fn credential_of(request: &NewServiceAccount) -> Result<RequestedCredential<'_>, Problem> {
    let answers = &request.answers;
    let by_secret = |e: &ExistingApplication| e.authentication == Authentication::Secret;
    if answers.existing().is_some_and(by_secret) {
        return match &request.given {
            Some(GivenCredential::Secret(secret)) => Ok(RequestedCredential::Secret(secret.secret())),
            _ => Err(not_given("client secret")),
        };
    }
    match (&answers.certificate, &request.given) {
        (Some(CertificateAnswer::Pfx), Some(GivenCredential::Pfx(file))) => {
            Ok(RequestedCredential::Pfx(file))
        }
        (Some(CertificateAnswer::Pfx), _) => Err(not_given("PFX file")),
        (_, Some(_)) => Err(Problem::new(
            Code::RequestBodyInvalid,
            "A secret or a file was given that none of the answers uses",
            "Omit it, or give an answer that uses it.",
        )),
        (Some(CertificateAnswer::Generate(new)), None) => Ok(RequestedCredential::Generate(new)),
        (Some(CertificateAnswer::Stored { certificate }), None) => {
            Ok(RequestedCredential::Stored(certificate))
        }
        (None, None) => Err(unanswered()),
    }
}

/// It has been checked already that none is missing.
fn unanswered() -> Problem {
    Problem::internal("An answer is missing in a request that was checked")
}

fn not_given(what: &str) -> Problem {
    Problem::new(
        Code::FieldMissing,
        format!("The answers refer to a {what}, but the request does not contain it"),
        "Send it together with the answers, as `given`.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use coldkeep_core::wizard::{Method, NewApplication};

    fn request(certificate: CertificateAnswer, given: Option<GivenCredential>) -> NewServiceAccount {
        NewServiceAccount {
            answers: Answers {
                connection: Some(Connection {
                    cloud: "c".into(),
                    method: Method::Register,
                }),
                new_application: Some(NewApplication {
                    name: " north ".into(),
                    description: String::new(),
                }),
                certificate: Some(certificate),
                ..Answers::default()
            },
            given,
            allow: OnPurpose::default(),
            sign_in_id: None,
            plan_digest: None,
        }
    }

    #[test]
    fn what_is_given_must_go_with_the_answers() {
        let secret = || Some(GivenCredential::Secret("hush".into()));
        let file = || {
            Some(GivenCredential::Pfx(PfxFile {
                pfx_base64: "AA==".into(),
                password: None,
                which: None,
            }))
        };
        let stored = || CertificateAnswer::Stored {
            certificate: "backup".into(),
        };
        for (certificate, given, taken) in [
            (stored(), None, true),
            (stored(), secret(), false),
            (stored(), file(), false),
            (CertificateAnswer::Pfx, file(), true),
            (CertificateAnswer::Pfx, secret(), false),
            (CertificateAnswer::Pfx, None, false),
        ] {
            let request = request(certificate, given);
            assert_eq!(CheckedRequest::of(&request).is_ok(), taken, "{request:?}");
        }
    }

    #[test]
    fn an_interrupted_request_leaves_no_question_open() {
        let stored = CertificateAnswer::Stored {
            certificate: "backup".into(),
        };
        let request = request(stored, None);
        let kept = CheckedRequest::of(&request).unwrap().answers();
        assert_eq!(kept.name(), Some("north"));
        assert_eq!((kept.subscriptions, kept.grants), (Some(vec![]), Some(vec![])));
    }
}
