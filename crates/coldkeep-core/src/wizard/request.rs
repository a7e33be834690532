//! The answers of a whole request: none missing, none refused, and none that would have no effect.

use super::{Answers, Method, Step, Wizard, path};
use crate::{
    Code, Problem, fix,
    onboarding::OnPurpose,
    permission::{self, GrantRequest},
    problem::Field,
};

/// The steps that a request must have an answer to, where they are on its path. Who signed in is not an answer that is
/// sent, and no subscription and no grant are an answer as well.
const REQUIRED: [Step; 5] = [
    Step::Connection,
    Step::NewApplication,
    Step::ExistingApplication,
    Step::Certificate,
    Step::Secret,
];

impl Answers {
    /// Refuses requests that are always invalid.
    ///
    /// # Errors
    /// `Invalid`, with the first reason.
    pub fn check_request(&self, allow: OnPurpose) -> Result<(), Problem> {
        let registers = self
            .connection
            .as_ref()
            .is_some_and(|c| c.method == Method::Register);
        if registers && self.secret && self.certificate.is_none() {
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
        if let Some(step) = self.missing_step() {
            return Err(Problem::new(
                Code::FieldMissing,
                format!("The step {step:?} has no answer"),
                "Answer the steps in order.",
            ));
        }
        self.refuse_without_effect()?;
        let grants = self.grants.as_deref().unwrap_or_default();
        permission::check_width(grants, allow.wide_scope)?;
        permission::check_folders(grants)?;
        grants.iter().try_for_each(GrantRequest::check)?;
        grants.iter().try_for_each(|grant| grant.scope.check_names())?;
        Wizard::with_answers(self.clone()).check_all()
    }

    /// Granting, and reading subscriptions, needs a sign-in.
    fn refuse_without_effect(&self) -> Result<(), Problem> {
        if self.changes_azure() != Some(false) {
            return Ok(());
        }
        if self.grants.as_ref().is_some_and(|grants| !grants.is_empty()) {
            return Err(Problem::new(
                Code::GrantSignInMissing,
                "Grants were given, but granting was not requested",
                fix![
                    "Add ",
                    Field::Grant,
                    " (this needs a sign-in), or omit ",
                    Field::GrantOn,
                    "."
                ],
            ));
        }
        if self.subscriptions.as_ref().is_some_and(|ids| !ids.is_empty()) {
            return Err(Problem::new(
                Code::GrantSignInMissing,
                "Subscriptions were given, but they cannot be searched without a sign-in",
                fix![
                    "Add ",
                    Field::Grant,
                    " (this needs a sign-in), or omit ",
                    Field::Subscription,
                    "."
                ],
            ));
        }
        Ok(())
    }

    fn missing_step(&self) -> Option<Step> {
        path(self)
            .into_iter()
            .find(|step| REQUIRED.contains(step) && self.answer_to(*step).is_none())
    }

    /// Without what belongs to a path that was left.
    #[must_use]
    pub fn on_path(&self) -> Self {
        let path = path(self);
        let mut kept = self.clone();
        for step in Step::ALL.into_iter().filter(|step| !path.contains(step)) {
            kept.forget(step);
        }
        kept
    }

    /// Gives the service account a name, on the path that was chosen.
    pub fn set_name(&mut self, name: &str) {
        let method = self.connection.as_ref().map(|c| c.method);
        let named = match method {
            Some(Method::Register) => self.new_application.as_mut().map(|a| &mut a.name),
            Some(Method::Existing) => self.existing_application.as_mut().map(|a| &mut a.name),
            None => None,
        };
        if let Some(named) = named {
            name.clone_into(named);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Kind,
        certificate::NewCertificate,
        wizard::{
            Authentication, CertificateAnswer, Connection, ExistingApplication, Method, NewApplication,
        },
    };

    fn registering() -> Answers {
        Answers {
            connection: Some(Connection {
                cloud: "AzureCloud".into(),
                method: Method::Register,
            }),
            new_application: Some(NewApplication {
                name: "north".into(),
                description: String::new(),
            }),
            certificate: Some(CertificateAnswer::Generate(NewCertificate {
                name: None,
                subject: None,
                key_bits: 3072,
                valid_days: 365,
            })),
            ..Answers::default()
        }
    }

    fn existing(grant: bool) -> Answers {
        Answers {
            connection: Some(Connection {
                cloud: "AzureCloud".into(),
                method: Method::Existing,
            }),
            existing_application: Some(ExistingApplication {
                tenant: "northwind.example".into(),
                application_id: "33333333-3333-3333-3333-333333333333".into(),
                name: String::new(),
                authentication: Authentication::Secret,
                grant,
                description: String::new(),
            }),
            secret: true,
            ..Answers::default()
        }
    }

    fn grants(scope: &str) -> Option<Vec<GrantRequest>> {
        Some(vec![format!("copy-source={scope}").parse().unwrap()])
    }

    const CONTAINER: &str = "/subscriptions/44444444-4444-4444-4444-444444444444/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/north/\
                             blobServices/default/containers/copies";

    fn refusal(answers: &Answers) -> Option<String> {
        let refused = answers.check_request(OnPurpose::default()).err()?;
        assert_eq!(refused.kind, Kind::Invalid, "{refused}");
        Some(refused.what)
    }

    #[test]
    fn whole_requests_pass_without_a_sign_in() {
        assert_eq!(refusal(&registering()), None);
        assert_eq!(refusal(&existing(false)), None);
        let granting = Answers {
            grants: grants(CONTAINER),
            subscriptions: Some(vec!["s".into()]),
            ..existing(true)
        };
        assert_eq!(refusal(&granting), None);
    }

    #[test]
    fn each_missing_answer_is_named() {
        let nothing = Answers::default();
        assert!(refusal(&nothing).unwrap().contains("Connection"));
        for (step, whole) in [
            (Step::NewApplication, registering()),
            (Step::Certificate, registering()),
            (Step::ExistingApplication, existing(true)),
            (Step::Secret, existing(true)),
        ] {
            let mut answers = whole;
            answers.forget(step);
            let told = refusal(&answers).unwrap();
            assert!(told.contains(&format!("{step:?}")), "{told}");
        }
    }

    #[test]
    fn what_would_have_no_effect_is_refused() {
        for without_effect in [
            Answers {
                grants: grants(CONTAINER),
                ..existing(false)
            },
            Answers {
                subscriptions: Some(vec!["s".into()]),
                ..existing(false)
            },
            Answers {
                certificate: None,
                secret: true,
                ..registering()
            },
        ] {
            assert!(refusal(&without_effect).is_some(), "{without_effect:?}");
        }
        let nothing_named = Answers {
            grants: Some(vec![]),
            subscriptions: Some(vec![]),
            ..existing(false)
        };
        assert_eq!(refusal(&nothing_named), None);
    }

    #[test]
    fn a_wide_grant_is_refused_unless_it_is_allowed() {
        let wide = Answers {
            grants: grants("/subscriptions/44444444-4444-4444-4444-444444444444"),
            ..registering()
        };
        assert!(refusal(&wide).is_some());
        let allow = OnPurpose {
            wide_scope: true,
            ..OnPurpose::default()
        };
        wide.check_request(allow).unwrap();
    }

    #[test]
    fn answers_of_a_path_that_was_left_are_no_part_of_a_request() {
        let mut both = Answers {
            new_application: registering().new_application,
            certificate: registering().certificate,
            grants: grants(CONTAINER),
            ..existing(false)
        };
        assert!(refusal(&both).is_some());
        assert_eq!(both.on_path(), existing(false));
        both.set_name("theirs");
        assert_eq!(both.name(), Some("theirs"));
        assert_eq!(both.new_application, registering().new_application);
    }
}
