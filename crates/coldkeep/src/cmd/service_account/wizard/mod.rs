//! `coldkeep service-account add` on a terminal: asks for what the flags do not give, step by step. Which step comes next
//! is decided in core; here they are only asked.

mod access;
mod credential;
mod draft;
mod from_flags;
mod pages;
mod places;
mod prompts;
mod review;
mod typed;

use super::{
    add::refuse_early,
    request::{GivenSecrets, request},
    view,
};
use crate::{
    cmd::{Context, sign_in::SignInArgs},
    failure::{Done, Failure, Outcome},
};
use coldkeep_api::{NewServiceAccount, PlanDigest, ServiceAccountView};
use coldkeep_core::{
    Code, Problem,
    onboarding::OnPurpose,
    problem::Allowance,
    service_account::{Credential, ServiceAccount, State},
    wizard::{Answer, Answers, CertificateAnswer, Step, Wizard},
};
use draft::Draft;
pub use from_flags::FromFlags;
use prompts::{PromptResult, Turn, choose, say, say_problem};
use typed::Typed;

/// The wizard, who is asked, and what they gave that is no answer.
struct Guide<'a> {
    context: Context<'a>,
    wizard: Wizard,
    held: GivenSecrets,
    sign_in: SignInArgs,
    allowed: OnPurpose,
    draft: Draft,
    /// What flags gave and no page has used yet.
    given: FromFlags,
    /// The tenant of a flag, for the sign-in.
    tenant: Option<String>,
    /// The maximum number of repeated sign-ins.
    signed_in_again: u32,
    /// Whether the remark about what cannot be checked in advance was shown.
    told_unknown: bool,
    /// The digest of the plan that was shown last.
    agreed: Option<PlanDigest>,
}

/// What is allowed, and what would have to be for a refusal to pass.
fn with_allowances_of(problem: &Problem, allowed: OnPurpose) -> OnPurpose {
    let names = |allowance| problem.allowances().any(|named| named == allowance);
    OnPurpose {
        wide_scope: allowed.wide_scope || names(Allowance::WideScope),
        built_in_roles: allowed.built_in_roles || names(Allowance::BuiltInRoles),
        same_name: allowed.same_name || names(Allowance::SameName),
    }
}

/// What a new wizard begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
enum WizardStart {
    /// What an account was asked for that is not finished.
    Unfinished(Box<Answers>),
    /// What a wizard was left with.
    Draft,
    Another,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AfterProblem {
    Allow,
    Again,
    Back,
}

/// What a page comes to.
enum Page {
    Answered(Answer),
    Made(Box<ServiceAccountView>),
}

/// Asks from the first step on that `answers` leave open.
pub async fn run(
    context: Context<'_>,
    answers: Answers,
    given: FromFlags,
    held: GivenSecrets,
    sign_in: SignInArgs,
    allowed: OnPurpose,
) -> Outcome {
    cliclack::intro(" Azure service account ").map_err(Failure::from)?;
    cliclack::log::remark("Press Esc to go back or quit. Nothing is created until you confirm the plan.")
        .map_err(Failure::from)?;
    let mut guide = Guide {
        context,
        wizard: Wizard::default(),
        held,
        sign_in,
        allowed,
        draft: Draft::of(context.global),
        tenant: given.tenant.clone(),
        given,
        signed_in_again: 0,
        told_unknown: false,
        agreed: None,
    };
    match guide.ask_all_steps(answers).await {
        Ok(account) => {
            guide.draft.forget();
            cliclack::outro(format!(
                "The service account `{}` is set up and tested.",
                crate::print::plain(&account.name)
            ))
            .map_err(Failure::from)?;
            context.out.one(&*account, view::lines)?;
            Ok(Done::All)
        }
        Err(Turn::Failed(failure)) => Err(failure),
        Err(Turn::Back | Turn::Leave) => {
            guide.draft.keep(guide.wizard.answers());
            let _ = cliclack::outro_cancel("Cancelled. Run `coldkeep service-account add` to resume.");
            Err(Problem::new(
                Code::WizardCancelled,
                "The wizard was cancelled",
                "Start it again to resume: your answers are kept.",
            )
            .into())
        }
    }
}

impl Guide<'_> {
    /// Answers of a path that was left stay in the wizard; they are no part of the request.
    fn request(&self) -> Result<NewServiceAccount, Problem> {
        request(&self.wizard.answers().on_path(), &self.held, self.allowed)
    }

    async fn ask_all_steps(&mut self, given: Answers) -> PromptResult<Box<ServiceAccountView>> {
        let start = if given == Answers::default() && self.given.is_empty() {
            self.start_from().await?
        } else {
            given
        };
        self.wizard = match Wizard::replay(start.clone()) {
            Ok(wizard) => wizard,
            Err(problem) => {
                say_problem(&problem)?;
                Wizard::with_answers(start)
            }
        };
        for step in Step::ALL.into_iter().filter(|step| *step < self.wizard.step()) {
            self.given.passed(step);
        }
        loop {
            typed::begin_page();
            match self.page().await {
                Ok(Page::Made(account)) => return Ok(account),
                Ok(Page::Answered(answer)) => match self.wizard.answer(answer) {
                    Ok(()) => {
                        typed::finish_page();
                        self.draft.keep(self.wizard.answers());
                    }
                    Err(problem) => say_problem(&problem)?,
                },
                Err(Turn::Back) => {
                    if !self.wizard.back() {
                        say("This is the first step.")?;
                    }
                }
                Err(Turn::Failed(Failure::Problem(problem))) => match self.sign_in_again(&problem).await {
                    Some(Err(Turn::Failed(Failure::Problem(problem)))) => self.after_problem(&problem)?,
                    Some(signed_in) => signed_in?,
                    None => self.after_problem(&problem)?,
                },
                Err(other) => return Err(other),
            }
        }
    }

    async fn page(&mut self) -> PromptResult<Page> {
        if let Some(answer) = self.given.answer(self.wizard.step()) {
            return Ok(Page::Answered(answer));
        }
        let answer = match self.wizard.step() {
            Step::Connection => self.ask_connection().await?,
            Step::NewApplication => self.ask_new_application()?,
            Step::ExistingApplication => self.ask_existing_application()?,
            Step::Certificate => self.ask_certificate().await?,
            Step::Secret => self.ask_secret()?,
            Step::SignIn => {
                refuse_early(self.context, &self.request()?).await?;
                self.ask_sign_in().await?
            }
            Step::Subscriptions => self.ask_subscriptions().await?,
            Step::Grants => self.ask_grants().await?,
            Step::Review => self.ask_review().await?,
            Step::Finish => return self.make().await.map(Page::Made),
        };
        Ok(Page::Answered(answer))
    }

    /// The question failed; the user need not start from the beginning.
    fn after_problem(&mut self, problem: &Problem) -> PromptResult<()> {
        say_problem(problem)?;
        let mut items = vec![
            (AfterProblem::Again, "Try again".to_owned(), String::new()),
            (
                AfterProblem::Back,
                "Back to the previous step".to_owned(),
                String::new(),
            ),
        ];
        let allowed = with_allowances_of(problem, self.allowed);
        if allowed != self.allowed {
            let label = "Yes, continue anyway".to_owned();
            items.push((AfterProblem::Allow, label, String::new()));
        }
        // Esc, then leaving, is offered by the question itself.
        match choose("What now?", &items, None) {
            Ok(chosen @ (AfterProblem::Again | AfterProblem::Allow)) => {
                if chosen == AfterProblem::Allow {
                    self.allowed = allowed;
                }
                if self.wizard.step() == Step::Finish {
                    // The list may have changed.
                    self.wizard.back();
                }
            }
            Ok(AfterProblem::Back) | Err(Turn::Back) => {
                self.wizard.back();
            }
            Err(other) => return Err(other),
        }
        Ok(())
    }

    /// Something unfinished to continue with, or nothing.
    async fn start_from(&self) -> PromptResult<Answers> {
        let mut items = Vec::new();
        let accounts = self.context.client.list_service_accounts().await?;
        for account in accounts.iter().filter(|a| a.state == State::Incomplete) {
            if let Some(answers) = unfinished(account) {
                let label = format!("Resume `{}`, which is unfinished", account.name);
                items.push((WizardStart::Unfinished(Box::new(answers)), label, String::new()));
            }
        }
        let draft = self.draft.load().map(|mut kept| {
            forget_held(&mut kept.answers);
            kept
        });
        if let Some(kept) = &draft
            && (kept.answers != Answers::default() || !kept.typed.is_empty())
        {
            let name = kept
                .answers
                .name()
                .map(|n| format!(" (`{n}`)"))
                .unwrap_or_default();
            let label = format!("Resume the cancelled setup{name}");
            items.push((WizardStart::Draft, label, String::new()));
        }
        if items.is_empty() {
            return Ok(Answers::default());
        }
        items.push((WizardStart::Another, "Set up another".to_owned(), String::new()));
        let chosen = loop {
            match choose("There is an unfinished setup. Resume it?", &items, None) {
                Err(Turn::Back) => say("This is the first step.")?,
                other => break other?,
            }
        };
        typed::replace(Typed::default());
        Ok(match (chosen, draft) {
            (WizardStart::Unfinished(answers), _) => *answers,
            (WizardStart::Draft, Some(kept)) => {
                typed::replace(kept.typed);
                kept.answers
            }
            (WizardStart::Draft, None) | (WizardStart::Another, _) => Answers::default(),
        })
    }
}

/// What an unfinished account was asked for. Its certificate is in the store by now, wherever it came from.
fn unfinished(account: &ServiceAccount) -> Option<Answers> {
    let mut answers = *account.answers.clone()?;
    if answers.certificate == Some(CertificateAnswer::Pfx)
        && let Credential::Certificate { certificate_id, .. } = &account.credential
    {
        answers.certificate = Some(CertificateAnswer::Stored {
            certificate: certificate_id.to_string(),
        });
    }
    forget_held(&mut answers);
    Some(answers)
}

/// Files and secrets are never written down, so they have to be given again.
fn forget_held(answers: &mut Answers) {
    answers.forget(Step::Secret);
    if answers.certificate == Some(CertificateAnswer::Pfx) {
        answers.forget(Step::Certificate);
    }
}
