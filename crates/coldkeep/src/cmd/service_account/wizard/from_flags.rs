//! What flags gave: asked for no more. Who comes back to a page is asked all of it, with what was given offered.

use crate::cmd::sign_in::SignInWay;
use coldkeep_core::{
    permission::GrantRequest,
    wizard::{Answer, Authentication, CertificateAnswer, Method, Step},
};

/// Each is used once, on the way forward.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FromFlags {
    pub cloud: Option<String>,
    pub method: Option<Method>,
    pub name: Option<String>,
    pub description: Option<String>,
    pub tenant: Option<String>,
    pub application_id: Option<String>,
    pub authentication: Option<Authentication>,
    pub grant: Option<bool>,
    pub certificate: Option<CertificateAnswer>,
    /// Whether a client secret is at hand.
    pub secret: bool,
    pub sign_in: Option<SignInWay>,
    pub subscriptions: Option<Vec<String>>,
    pub grants: Option<Vec<GrantRequest>>,
}

impl FromFlags {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The whole answer to a step, where flags gave it.
    pub fn answer(&mut self, step: Step) -> Option<Answer> {
        match step {
            Step::Certificate => self.certificate.take().map(Answer::Certificate),
            Step::Secret => std::mem::take(&mut self.secret).then_some(Answer::Secret),
            Step::Subscriptions => self.subscriptions.take().map(Answer::Subscriptions),
            Step::Grants => self.grants.take().map(Answer::Grants),
            _ => None,
        }
    }

    /// What was given for the page about an existing application.
    pub fn take_application(&mut self) -> Self {
        let given = self.clone();
        self.passed(Step::ExistingApplication);
        given
    }

    /// A previous step: the flag for it is its answer already.
    pub fn passed(&mut self, step: Step) {
        match step {
            Step::Connection => (self.cloud, self.method) = (None, None),
            Step::NewApplication | Step::ExistingApplication => {
                (self.name, self.description, self.grant) = (None, None, None);
                (self.tenant, self.application_id, self.authentication) = (None, None, None);
            }
            Step::SignIn => self.sign_in = None,
            other => drop(self.answer(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_is_an_answer_once() {
        let mut given = FromFlags {
            secret: true,
            subscriptions: Some(vec!["s".into()]),
            ..FromFlags::default()
        };
        assert_eq!(given.answer(Step::Secret), Some(Answer::Secret));
        assert_eq!(given.answer(Step::Secret), None);
        given.passed(Step::Subscriptions);
        assert!(given.is_empty());
    }
}
