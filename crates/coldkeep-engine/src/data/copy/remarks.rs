//! Remarks about a planned run: it copies less than was probably intended, or a credential expires soon.

use super::{PlanInputs, observe::Source, opened::SourceAndTarget, plan::Plan};
use crate::{data::DataWing, data::ledger::Commit, data::repositories::copy_scope_words};
use coldkeep_azure::blob::Include;
use coldkeep_core::{
    Problem, Timestamp,
    copy::{
        diff::CopyStep,
        remarks::{Remark, Size, Unmatched, about_nothing, about_sas, about_size},
    },
    job::Job,
    repository::{Access, Repository},
};

/// Pages of a listing that may be empty before one that is not.
const PAGES_MAX: usize = 100;
/// The number of names that are looked at in one go.
const YIELD_EVERY: u64 = 1024;

/// Adds them to the plan, and to the run if there is one.
pub(super) async fn add(
    plan: &mut Plan,
    inputs: &PlanInputs<'_>,
    copy_scope: Option<Remark>,
    base: Option<&Commit>,
    now: Timestamp,
) -> Result<(), Problem> {
    let PlanInputs {
        job, ends, handle, ..
    } = *inputs;
    let mut remarks = about_includes(plan, job, &ends.source).await?;
    if plan.totals.items_total == 0 {
        let holds_any = ends.source.holds_any().await?;
        let Repository {
            container, folder, ..
        } = &ends.source_repository;
        remarks.extend(about_nothing(
            holds_any,
            container,
            folder,
            &job.include,
            &job.exclude,
        ));
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
    remarks.extend(copy_scope);
    if let Some(handle) = handle {
        remarks.iter().for_each(|remark| handle.remark(remark.clone()));
    }
    plan.totals.remarks = remarks;
    Ok(())
}

impl DataWing {
    /// What is known of from where the target's storage account takes copies, where the source may be elsewhere.
    pub(super) async fn about_copy_scope(&self, ends: &SourceAndTarget) -> Result<Option<Remark>, Problem> {
        let (source, target) = (&ends.source_repository, &ends.target_repository);
        let facts = self.ground.account_facts(target).await?;
        let Some(scope) = facts.and_then(|facts| facts.copy_scope) else {
            return Ok(None);
        };
        let same_account = ends.source.container.endpoint() == ends.target.container().endpoint();
        let of_tenant = scope.eq_ignore_ascii_case("AAD");
        let tenant = self.tenant_of(source).await?;
        if same_account || (of_tenant && tenant.is_some() && tenant == self.tenant_of(target).await?) {
            return Ok(None);
        }
        Ok(Some(Remark::CopyScope {
            repository: target.name.clone(),
            from: copy_scope_words(&scope),
        }))
    }

    /// The tenant of who opens a repository, where a service account does.
    async fn tenant_of(&self, repository: &Repository) -> Result<Option<String>, Problem> {
        let Access::ServiceAccount { service_account_id } = repository.access else {
            return Ok(None);
        };
        let account = self.ground.store.load_service_account(service_account_id).await?;
        Ok(account.map(|account| account.tenant_id))
    }
}

/// The plan is read again only for jobs with includes, and only until each has matched.
async fn about_includes(plan: &Plan, job: &Job, source: &Source) -> Result<Vec<Remark>, Problem> {
    let mut unmatched = Unmatched::new(&job.include)?;
    if unmatched.is_empty() {
        return Ok(vec![]);
    }
    for (count, step) in (1u64..).zip(plan.steps.iter()?) {
        let step = step?;
        if !matches!(step, CopyStep::LeaveOut { .. } | CopyStep::Directory { .. }) {
            let name = step.name();
            unmatched.note_name(name.strip_prefix(&source.prefix).unwrap_or(name));
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
