//! The service-account wizard as a state machine: which step comes next, which are skipped, where back leads, and which
//! answers are refused. Flags, the terminal, REST and pages all go through it.

mod answers;
mod check;
mod request;
#[cfg(test)]
mod tests;

pub use answers::{
    Answer, Answers, Authentication, CertificateAnswer, Connection, ExistingApplication, Method,
    NewApplication, SignedIn,
};
pub use check::{NAME_MAX_CHARS, is_name};

use crate::{Code, Problem};
use serde::{Deserialize, Serialize};

/// A page of the wizard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Connection,
    NewApplication,
    ExistingApplication,
    Certificate,
    Secret,
    SignIn,
    Subscriptions,
    Grants,
    /// The exact list of what will be created or tested, before anything is.
    Review,
    /// Everything is answered and approved.
    Finish,
}

impl Step {
    /// In the order in which they come.
    pub const ALL: [Step; 10] = [
        Self::Connection,
        Self::NewApplication,
        Self::ExistingApplication,
        Self::Certificate,
        Self::Secret,
        Self::SignIn,
        Self::Subscriptions,
        Self::Grants,
        Self::Review,
        Self::Finish,
    ];
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Answered, and before the current one.
    Done,
    Current,
    Ahead,
    /// Not part of the path that was chosen.
    Skipped,
}

/// The steps that these answers lead through, as far as they tell.
pub fn path(answers: &Answers) -> Vec<Step> {
    let mut steps = vec![Step::Connection];
    let Some(connection) = &answers.connection else {
        return steps;
    };
    let grant = match connection.method {
        Method::Register => {
            steps.extend([Step::NewApplication, Step::Certificate]);
            true
        }
        Method::Existing => {
            steps.push(Step::ExistingApplication);
            let Some(application) = &answers.existing_application else {
                return steps;
            };
            steps.push(match application.authentication {
                Authentication::Certificate => Step::Certificate,
                Authentication::Secret => Step::Secret,
            });
            application.grant
        }
    };
    if grant {
        steps.extend([Step::SignIn, Step::Subscriptions, Step::Grants]);
    }
    steps.extend([Step::Review, Step::Finish]);
    steps
}

/// The current step, and the answers so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wizard {
    answers: Answers,
    at: Step,
}

impl Default for Wizard {
    fn default() -> Self {
        Self::with_answers(Answers::default())
    }
}

impl Wizard {
    /// At the first step, with earlier answers as what each step offers.
    pub fn with_answers(answers: Answers) -> Self {
        Self {
            answers: Answers {
                reviewed: false,
                ..answers
            },
            at: Step::Connection,
        }
    }

    /// Goes through the steps with the answers that are there, and stops at the first step that has none.
    ///
    /// # Errors
    /// The first answer that is refused.
    pub fn replay(answers: Answers) -> Result<Self, Problem> {
        let mut wizard = Self::with_answers(answers.clone());
        while let Some(answer) = answers.answer_to(wizard.at) {
            wizard.answer(answer)?;
        }
        Ok(wizard)
    }

    /// Looks at every answer on the path, also behind a step that is not answered yet.
    ///
    /// # Errors
    /// The first answer that is refused.
    pub fn check_all(&self) -> Result<(), Problem> {
        path(&self.answers)
            .into_iter()
            .filter_map(|step| self.answers.answer_to(step))
            .try_for_each(|answer| check::check_answer(&answer, &self.answers))
    }

    /// Where it is.
    pub fn step(&self) -> Step {
        self.at
    }

    /// The answers so far.
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    /// Takes the answer to the current step and goes to the next. Later answers that no longer fit are forgotten.
    ///
    /// # Errors
    /// If it is not an answer to this step, or cannot be right: then nothing has changed.
    pub fn answer(&mut self, answer: Answer) -> Result<(), Problem> {
        if answer.step() != self.at {
            return Err(Problem::new(
                Code::WizardOrder,
                format!(
                    "The answer is for the step {:?}, but the current step is {:?}",
                    answer.step(),
                    self.at
                ),
                "Answer the steps in order.",
            ));
        }
        check::check_answer(&answer, &self.answers)?;
        let before = self.answers.clone();
        self.answers.set(answer);
        if self.at != Step::Review && self.answers != before {
            check::forget_stale(&before, &mut self.answers);
        }
        self.at = self.beside(1).unwrap_or(self.at);
        Ok(())
    }

    /// Puts another sign-in in the place of the one before, wherever it is: the same person signed in again.
    ///
    /// # Errors
    /// If it does not fit what was answered before it.
    pub fn signed_in_again(&mut self, signed_in: SignedIn) -> Result<(), Problem> {
        let answer = Answer::SignIn(signed_in);
        check::check_answer(&answer, &self.answers)?;
        let before = self.answers.clone();
        self.answers.set(answer);
        let reviewed = before.reviewed;
        check::forget_stale(&before, &mut self.answers);
        self.answers.reviewed = reviewed;
        Ok(())
    }

    /// Goes to the step before this one; false at the first.
    pub fn back(&mut self) -> bool {
        let before = self.beside(-1);
        self.at = before.unwrap_or(self.at);
        self.answers.reviewed = false;
        before.is_some()
    }

    /// Every step and how it stands, for anyone who draws them.
    pub fn standings(&self) -> Vec<(Step, Standing)> {
        let path = path(&self.answers);
        let known = path.last() == Some(&Step::Finish);
        let standing = |step: Step| match step.cmp(&self.at) {
            std::cmp::Ordering::Equal => Standing::Current,
            _ if !path.contains(&step) && (known || step < self.at) => Standing::Skipped,
            std::cmp::Ordering::Less => Standing::Done,
            std::cmp::Ordering::Greater => Standing::Ahead,
        };
        Step::ALL.into_iter().map(|step| (step, standing(step))).collect()
    }

    fn beside(&self, by: isize) -> Option<Step> {
        let path = path(&self.answers);
        let here = path.iter().position(|step| *step == self.at)?;
        path.get(here.checked_add_signed(by)?).copied()
    }
}

impl Answer {
    /// The step it answers.
    pub fn step(&self) -> Step {
        match self {
            Self::Connection(_) => Step::Connection,
            Self::NewApplication(_) => Step::NewApplication,
            Self::ExistingApplication(_) => Step::ExistingApplication,
            Self::Certificate(_) => Step::Certificate,
            Self::Secret => Step::Secret,
            Self::SignIn(_) => Step::SignIn,
            Self::Subscriptions(_) => Step::Subscriptions,
            Self::Grants(_) => Step::Grants,
            Self::Review => Step::Review,
        }
    }
}

impl Answers {
    /// What was answered to a step, where something was.
    pub fn answer_to(&self, step: Step) -> Option<Answer> {
        match step {
            Step::Connection => self.connection.clone().map(Answer::Connection),
            Step::NewApplication => self.new_application.clone().map(Answer::NewApplication),
            Step::ExistingApplication => self.existing_application.clone().map(Answer::ExistingApplication),
            Step::Certificate => self.certificate.clone().map(Answer::Certificate),
            Step::Secret => self.secret.then_some(Answer::Secret),
            Step::SignIn => self.sign_in.clone().map(Answer::SignIn),
            Step::Subscriptions => self.subscriptions.clone().map(Answer::Subscriptions),
            Step::Grants => self.grants.clone().map(Answer::Grants),
            Step::Review => self.reviewed.then_some(Answer::Review),
            Step::Finish => None,
        }
    }

    fn set(&mut self, answer: Answer) {
        match answer {
            Answer::Connection(given) => self.connection = Some(given),
            Answer::NewApplication(given) => self.new_application = Some(given),
            Answer::ExistingApplication(given) => self.existing_application = Some(given),
            Answer::Certificate(given) => self.certificate = Some(given),
            Answer::Secret => self.secret = true,
            Answer::SignIn(given) => self.sign_in = Some(given),
            Answer::Subscriptions(given) => self.subscriptions = Some(given),
            Answer::Grants(given) => self.grants = Some(given),
            Answer::Review => self.reviewed = true,
        }
    }

    /// Takes an answer back, so that its step asks again with nothing offered.
    pub fn forget(&mut self, step: Step) {
        match step {
            Step::Connection => self.connection = None,
            Step::NewApplication => self.new_application = None,
            Step::ExistingApplication => self.existing_application = None,
            Step::Certificate => self.certificate = None,
            Step::Secret => self.secret = false,
            Step::SignIn => self.sign_in = None,
            Step::Subscriptions => self.subscriptions = None,
            Step::Grants => self.grants = None,
            Step::Review | Step::Finish => self.reviewed = false,
        }
    }
}
