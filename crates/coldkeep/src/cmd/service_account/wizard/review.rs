//! The last steps: the exact list of what will be created, and its creation.

use super::{
    Guide,
    prompts::{PromptResult, Turn, choose, say},
};
use crate::{
    cmd::service_account::{
        add::waiting_for,
        plan::{PLAN_HEADERS, plan_heading, step_row},
    },
    print::{fix, plain},
};
use coldkeep_api::ServiceAccountView;
use coldkeep_core::wizard::Answer;

#[derive(Clone, Copy, PartialEq, Eq)]
enum AfterReview {
    Make,
    Back,
    Leave,
}

impl Guide<'_> {
    pub(super) async fn ask_review(&mut self) -> PromptResult<Answer> {
        let changes = self.wizard.answers().changes_azure() == Some(true);
        let plan = self.context.client.plan_service_account(&self.request()?).await?;
        self.agreed = Some(plan.digest.clone());
        say(plan_heading(&plan))?;
        self.context
            .out
            .table_beside(&PLAN_HEADERS, plan.steps.iter().map(step_row));
        if !std::mem::replace(&mut self.told_unknown, true) {
            for unknown in &plan.unknown {
                say(plain(&format!(
                    "Cannot be checked in advance: {}.",
                    fix::sentence(unknown)
                )))?;
            }
        }
        let make = if changes {
            "Set it up as listed"
        } else {
            "Test it and save it"
        };
        let items = [
            (AfterReview::Make, make.to_owned(), String::new()),
            (
                AfterReview::Back,
                "Back to the previous step".to_owned(),
                String::new(),
            ),
            (
                AfterReview::Leave,
                "Leave".to_owned(),
                "nothing is created; the answers are kept".to_owned(),
            ),
        ];
        match choose("Continue with this plan?", &items, Some(&AfterReview::Make))? {
            AfterReview::Make => Ok(Answer::Review),
            AfterReview::Back => Err(Turn::Back),
            AfterReview::Leave => Err(Turn::Leave),
        }
    }

    pub(super) async fn make(&mut self) -> PromptResult<Box<ServiceAccountView>> {
        let mut request = self.request()?;
        // What is left after a failure is another plan.
        request.plan_digest = self.agreed.take();
        let spinner = cliclack::spinner();
        spinner.start(waiting_for(self.wizard.answers()));
        match self.context.client.add_service_account(&request).await {
            Ok(account) => {
                spinner.stop(format!("`{}` works.", plain(&account.name)));
                Ok(Box::new(account))
            }
            Err(problem) => {
                spinner.error("The setup could not be finished.");
                Err(problem.into())
            }
        }
    }
}
