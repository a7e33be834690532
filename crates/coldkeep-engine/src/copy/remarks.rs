//! Remarks about a planned run: what is taken is less than was probably meant, or a credential ends soon.

use super::{Ends, observe::Source, plan::Plan};
use crate::{runs::RunHandle, target::Commit};
use coldkeep_azure::blob::Include;
use coldkeep_core::{
    Problem, Timestamp,
    copy::{
        diff::Step,
        remarks::{Remark, Size, Unmatched, about_nothing, about_sas, about_size},
    },
    job::Job,
};

/// Pages of a listing that may be empty before one that is not.
const PAGES_MAX: usize = 100;
/// So many names are looked at in one go.
const YIELD_EVERY: u64 = 1024;

/// Adds them to the plan, and to the run if there is one.
pub(super) async fn add(
    plan: &mut Plan,
    job: &Job,
    ends: &Ends,
    (base, now): (Option<&Commit>, Timestamp),
    handle: Option<&RunHandle>,
) -> Result<(), Problem> {
    let mut remarks = about_includes(plan, job, &ends.source).await?;
    if plan.totals.items_total == 0 {
        let globs = (!job.include.is_empty(), !job.exclude.is_empty());
        let holds_any = ends.source.holds_any().await?;
        let place = (
            ends.source_repository.container.as_str(),
            ends.source_repository.folder.as_str(),
        );
        remarks.extend(about_nothing(holds_any, place, globs));
    }
    let before = base.map(|commit| Size {
        items: commit.record.item_count,
        bytes: commit.record.size_bytes,
    });
    let size = Size {
        items: plan.totals.items_total,
        bytes: plan.totals.bytes_total,
    };
    remarks.extend(about_size(before, size));
    remarks.extend(about_sas(&ends.source_repository, now));
    remarks.extend(about_sas(&ends.target_repository, now));
    if let Some(handle) = handle {
        remarks.iter().for_each(|remark| handle.remark(remark.clone()));
    }
    plan.totals.remarks = remarks;
    Ok(())
}

/// The plan is read again only for jobs with includes, and only until each has matched.
async fn about_includes(plan: &Plan, job: &Job, source: &Source) -> Result<Vec<Remark>, Problem> {
    let mut unmatched = Unmatched::new(&job.include)?;
    if unmatched.is_empty() {
        return Ok(vec![]);
    }
    for (count, step) in (1u64..).zip(plan.steps.iter()?) {
        let step = step?;
        if !matches!(step, Step::LeaveOut { .. } | Step::Directory { .. }) {
            let name = step.name();
            unmatched.see(name.strip_prefix(&source.prefix).unwrap_or(name));
        }
        if unmatched.is_empty() {
            break;
        }
        if count.is_multiple_of(YIELD_EVERY) {
            tokio::task::yield_now().await;
        }
    }
    Ok(unmatched.remarks())
}

impl Source {
    /// Whether there is any blob in the container or folder, taken or not.
    async fn holds_any(&self) -> Result<bool, Problem> {
        let mut marker: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let page = self
                .container
                .fetch_list_page(&self.prefix, marker.as_deref(), Include::default(), Some(1))
                .await
                .map_err(|e| e.problem("The source cannot be listed"))?;
            if !page.blobs.is_empty() {
                return Ok(true);
            }
            match page.next_marker {
                Some(next) if marker.as_ref() != Some(&next) => marker = Some(next),
                _ => return Ok(false),
            }
        }
        Ok(true)
    }
}
