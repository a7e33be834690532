//! Plans are promises: exactly the confirmed plan is carried out, or nothing is.

use super::IdentityWing;
use coldkeep_api::{OnboardingPlan, OnboardingStep, PlanDigest};
use coldkeep_core::{Code, Problem};

/// The number of steps that a refusal names.
const STEPS_NAMED_MAX: usize = 5;

impl IdentityWing {
    /// The plan with its digest, as it is shown.
    pub(super) fn show_plan(&self, plan: OnboardingPlan) -> OnboardingPlan {
        let plan = plan.digested();
        self.live.plans.remember(&plan.digest, &plan);
        plan
    }

    /// Refuses to carry out another plan than the one that was agreed to.
    ///
    /// # Errors
    /// `PlanChanged`, with the steps that came and went where this process showed the earlier plan.
    pub(super) fn check_agreed(
        &self,
        agreed: Option<&PlanDigest>,
        plan: OnboardingPlan,
    ) -> Result<(), Problem> {
        let Some(agreed) = agreed else {
            return Ok(());
        };
        let plan = plan.digested();
        if plan.digest == *agreed {
            return Ok(());
        }
        let how = match self.live.plans.find(agreed) {
            Some(earlier) => how_it_changed(&plan, &earlier),
            None => "this server no longer has that plan, so the difference is not known".to_owned(),
        };
        Err(Problem::new(
            Code::PlanChanged,
            format!("The plan has changed since it was confirmed ({how}); nothing was changed"),
            "Review the current plan and confirm it.",
        ))
    }
}

fn how_it_changed(plan: &OnboardingPlan, agreed: &OnboardingPlan) -> String {
    let difference = plan.difference_from(agreed);
    let mut parts = Vec::new();
    for (word, steps) in [("new", difference.new), ("no longer", difference.gone)] {
        if !steps.is_empty() {
            parts.push(format!("{word}: {}", named(&steps)));
        }
    }
    match parts.is_empty() {
        true => "the tenant or the name differs".to_owned(),
        false => parts.join("; "),
    }
}

fn named(steps: &[OnboardingStep]) -> String {
    let shown = steps.iter().take(STEPS_NAMED_MAX);
    let mut words: Vec<String> = shown
        .map(|step| format!("{} {} {}", step.action.word(), step.object, step.detail))
        .collect();
    if steps.len() > STEPS_NAMED_MAX {
        words.push(format!("{} more", steps.len() - STEPS_NAMED_MAX));
    }
    words.join(", ")
}
