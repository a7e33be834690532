//! How the plan of an onboarding is shown: object by object, right by right.

use crate::{
    cmd::{
        Context,
        plan_digest::{digest_of, show_digest},
    },
    failure::Failure,
    print::{Cell, fix, plain},
};
use coldkeep_api::{OnboardingPlan, OnboardingStep, PlanDigest};
use coldkeep_core::{Code, Problem};

pub const PLAN_HEADERS: [&str; 3] = ["do", "object", "which"];

pub fn plan_heading(plan: &OnboardingPlan) -> String {
    let who = plan
        .signed_in_as
        .as_ref()
        .map(|who| format!(", as {who}"))
        .unwrap_or_default();
    plain(&format!("In tenant {}{who}:", plan.tenant_id))
}

pub fn show_plan(context: Context<'_>, plan: &OnboardingPlan) -> Result<(), Failure> {
    if plan.steps.is_empty() && context.out.format() == crate::cli::Output::Table {
        context.out.remark("Nothing is changed in Entra and Azure.");
        return Ok(());
    }
    if context.out.format() == crate::cli::Output::Table {
        context.out.remark(&plan_heading(plan));
        context.out.list(&plan.steps, &PLAN_HEADERS, step_row)?;
        say_unknown(context, plan);
        let lead = "To make exactly these changes in Entra and Azure, add";
        show_digest(context, lead, &plan.digest);
        return Ok(());
    }
    context.out.one(plan, |_| vec![])
}

/// The digest that the request carries: of the plan that a flag named, else of the one that was shown.
pub fn agreed(flag: &Option<String>, shown: &OnboardingPlan) -> PlanDigest {
    match flag {
        Some(digest) => digest_of(digest),
        None => shown.digest.clone(),
    }
}

/// Refuses a plan that was put together here, of several, if a flag named another one.
pub fn refuse_other(flag: &Option<String>, shown: &OnboardingPlan) -> Result<(), Problem> {
    match agreed(flag, shown) == shown.digest {
        true => Ok(()),
        false => Err(Problem::new(
            Code::PlanChanged,
            "The plan has changed since it was confirmed; nothing was changed",
            "Review the current plan and confirm it.",
        )),
    }
}

/// What cannot be checked in advance, shown once.
pub fn say_unknown(context: Context<'_>, plan: &OnboardingPlan) {
    for unknown in &plan.unknown {
        context.out.remark(&plain(&format!(
            "Cannot be checked in advance: {}.",
            fix::sentence(unknown)
        )));
    }
}

/// Rights stand below what gives them: beside it they would make the table wider than most screens.
pub fn step_row(step: &OnboardingStep) -> Vec<Cell> {
    let rights = step.rights.iter().map(|right| format!("  {right}"));
    vec![
        step.action.word().to_owned().into(),
        step.object.clone().into(),
        Cell::of_lines(std::iter::once(step.detail.clone()).chain(rights)),
    ]
}
