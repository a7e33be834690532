//! Plans are promises: a run that names the plan that was agreed to carries that one out, or copies nothing.

use crate::data::DataWing;
use coldkeep_api::{CopyPlan, PlanDigest};
use coldkeep_core::{Code, Problem};

impl DataWing {
    /// Refuses to carry out another plan than the one that was agreed to.
    ///
    /// # Errors
    /// `PlanChanged`, with the numbers that differ where this process showed the earlier plan.
    pub(super) fn check_agreed(&self, agreed: Option<&PlanDigest>, plan: &CopyPlan) -> Result<(), Problem> {
        let Some(agreed) = agreed.filter(|agreed| **agreed != plan.digest) else {
            return Ok(());
        };
        let how = match self.live.plans.find(agreed) {
            Some(earlier) => how_it_changed(plan, &earlier),
            None => format!(
                "{} of {} blobs would be copied now, {} bytes",
                plan.items_to_copy, plan.items_total, plan.bytes_to_copy
            ),
        };
        Err(Problem::new(
            Code::PlanChanged,
            format!("The plan has changed since it was confirmed ({how}); nothing was copied"),
            "Review the current plan and confirm it.",
        ))
    }
}

/// The numbers that differ; the same numbers can still be of other blobs.
fn how_it_changed(plan: &CopyPlan, agreed: &CopyPlan) -> String {
    let numbers = |of: &CopyPlan| {
        [
            ("blobs to copy", of.items_to_copy),
            ("bytes to copy", of.bytes_to_copy),
            ("blobs to relay", of.items_to_relay),
            ("bytes to relay", of.bytes_to_relay),
            ("blobs unchanged", of.items_unchanged),
            ("blobs not copyable", of.items_not_copyable),
            ("blobs deleted", of.items_gone),
        ]
    };
    let parts: Vec<String> = numbers(plan)
        .iter()
        .zip(numbers(agreed))
        .filter(|((_, now), (_, before))| now != before)
        .map(|((what, now), (_, before))| format!("{what}: {now} instead of {before}"))
        .collect();
    match parts.is_empty() {
        true => "other blobs, or blobs in another state".to_owned(),
        false => parts.join("; "),
    }
}
