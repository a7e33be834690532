//! The digest of a plan: shown below it, and given back with `--plan-digest`.

use super::Context;
use crate::{cli::Output, failure::Failure, input};
use coldkeep_api::PlanDigest;

/// Shows how to carry out this very plan; nothing where the output is for programs, which carries the digest itself.
pub fn show_digest(context: Context<'_>, lead: &str, digest: &PlanDigest) {
    if context.out.format() != Output::Table {
        return;
    }
    // On a line of its own, where no wrapping breaks it.
    context.out.remark(lead);
    context.out.remark(&format!("--plan-digest={}", digest.0));
}

/// The digest that a flag named.
pub fn digest_of(flag: &str) -> PlanDigest {
    PlanDigest(flag.trim().to_ascii_lowercase())
}

/// Asks before a plan is carried out. Who names its digest has seen it and agreed to it.
pub fn confirm_plan(context: Context<'_>, flag: Option<&str>, question: &str) -> Result<(), Failure> {
    match flag {
        Some(_) => Ok(()),
        None => input::confirm(context.global, context.out, question),
    }
}
