//! A copy run: look at the source, plan against the last point, act, prove, commit.
//!
//! Nothing is held in memory that grows with the number of blobs: listings, plan and doubts are spooled files, read
//! as streams. A run that ends without a point, in whatever way, leaves a list of what it copied for the next one.

mod act;
mod leftovers;
mod method;
mod observe;
mod order;
mod plan;
mod prove;
mod relay;
mod server_side;
mod source_auth;

pub(crate) use method::{Copier, CopierOptions};
pub(crate) use order::{CopyFailure, CopyOrder, Existing, How};

use crate::{
    Engine,
    requests::CopyPlan,
    runs::{RunEnd, RunHandle},
    target::{Commit, CommitFacts, Target},
};
use act::{Items, Sink, act, doubt_sorter, manifest_for};
use coldkeep_azure::{Meter, blob::Container};
use coldkeep_core::{
    Problem,
    copy::{classify::ONE_REQUEST_BYTES_MAX, diff::Rules, filter::Filter, method::Method},
    id::PointId,
    job::Job,
    point::{Exactness, SourceAddress},
    repository::{Access, Repository},
    run::Phase,
};
use leftovers::{Journal, Leftovers};
use observe::{Observed, Source};
use plan::{Plan, plan};
use prove::prove;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
};

/// Both ends of a job, opened.
#[derive(Debug)]
struct Ends {
    source: Source,
    source_repository: Repository,
    target: Target,
    target_repository: Repository,
}

/// A plan and what it was made from.
#[derive(Debug)]
struct Prepared {
    observed: Observed,
    base: Option<Commit>,
    leftovers: Leftovers,
    plan: Plan,
    copier: Arc<Copier>,
}

impl Engine {
    /// A [`Copier`] between two opened repositories, with what is known of them.
    pub(crate) fn copier(
        &self,
        (source, source_repository): (Container, &Repository),
        (target, target_repository): (Container, &Repository),
        resuming: bool,
    ) -> Copier {
        let cloud = source.azure().cloud().clone();
        let options = CopierOptions {
            bearer_allowed: matches!(source_repository.access, Access::ServiceAccount { .. })
                && source_repository.cloud == target_repository.cloud
                && target.endpoint() == cloud.blob_endpoint_of(target.account()),
            storage_audience: cloud.storage_audience,
            remembered: self
                .runs
                .remembered_method(&method_key(&source), &method_key(&target)),
            resuming,
            one_request_bytes_max: ONE_REQUEST_BYTES_MAX,
            clock: self.config.clock.clone(),
        };
        Copier::new(source, target, options)
    }

    /// What the next copy between the same containers begins with. Relays are not remembered: what stood in the way,
    /// a firewall perhaps, may be gone by then.
    pub(crate) fn remember_method(&self, copier: &Copier) {
        let (source, target) = copier.containers();
        let method = Some(copier.method()).filter(|method| *method != Method::Relay);
        self.runs
            .remember_method(&method_key(source), &method_key(target), method);
    }

    fn runs_dir(&self) -> PathBuf {
        self.config.data_dir.join("runs")
    }

    /// Refuses what would write into its own source, or not at all; nothing is written.
    async fn open_ends(&self, job: &Job, meter: &Arc<Meter>, spool: &Path) -> Result<Ends, Problem> {
        let source_repository = self.load_repository(job.source_id).await?;
        let target_repository = self.load_repository(job.target_id).await?;
        let source = self.connect(&source_repository, meter.clone()).await?;
        let target = Target::open(self, &target_repository, meter.clone()).await?;
        refuse_overlap(
            (&source, &source_repository),
            (target.container(), &target_repository),
        )?;
        target.check_usable(self).await?;
        let source = Source {
            container: paced(source, job.max_requests_per_second),
            prefix: source_repository.prefix(),
            filter: Filter::new(&job.include, &job.exclude)?,
            spool: spool.to_owned(),
        };
        Ok(Ends {
            source,
            source_repository,
            target,
            target_repository,
        })
    }

    async fn prepare(&self, job: &Job, ends: &Ends, handle: Option<&RunHandle>) -> Result<Prepared, Problem> {
        let observed = ends.source.observe().await?;
        if let Some(handle) = handle {
            observed.notes.iter().for_each(|note| handle.note(note.clone()));
            self.enter(handle, Phase::Planning).await;
        }
        let base = self.choose_base(job, ends, handle).await?;
        let spool = &ends.source.spool;
        let leftovers = Leftovers::load(&self.runs_dir(), job, handle.map(RunHandle::id), spool)?;
        let copier = Arc::new(self.copier(
            (ends.source.container.clone(), &ends.source_repository),
            (
                paced(ends.target.container().clone(), job.max_requests_per_second),
                &ends.target_repository,
            ),
            leftovers.any(),
        ));
        let rules = Rules {
            cut: observed.cut,
            on_change: job.on_change,
            tags_read: observed.tags_read,
        };
        let entries = base.as_ref().map(|commit| ends.target.entries(commit));
        let plan = plan(&observed, entries, &leftovers, &rules, (&copier, spool)).await?;
        Ok(Prepared {
            observed,
            base,
            leftovers,
            plan,
            copier,
        })
    }

    /// The newest authentic point of the job, whatever its exactness. What is strange in the target is noted.
    async fn choose_base(
        &self,
        job: &Job,
        ends: &Ends,
        handle: Option<&RunHandle>,
    ) -> Result<Option<Commit>, Problem> {
        if handle.is_some() {
            // With a key, the notes tell if nobody has admitted it.
            ends.target.ensure_own_key(self).await?;
        }
        let history = ends.target.fetch_history(self).await?;
        if let Some(handle) = handle {
            let own_key = ends.target.own_key_finding(&history);
            let findings = history.findings.iter().chain(&own_key);
            findings.for_each(|finding| handle.note(finding.to_string()));
        }
        let id = job.id.to_string();
        Ok(history
            .commits
            .into_iter()
            .rev()
            .find(|commit| commit.record.job_id == id))
    }

    /// What a run would do.
    pub(crate) async fn plan_copy(&self, job: &Job) -> Result<CopyPlan, Problem> {
        let spool = self.runs_dir();
        let ends = self.open_ends(job, &Arc::default(), &spool).await?;
        let prepared = self.prepare(job, &ends, None).await?;
        let mut totals = prepared.plan.totals;
        totals.notes.splice(0..0, prepared.observed.notes);
        Ok(totals)
    }

    /// Refuses what no run of the job could do.
    pub(crate) async fn check_job(&self, job: &Job) -> Result<(), Problem> {
        let ends = self.open_ends(job, &Arc::default(), &self.runs_dir()).await?;
        ends.source.check().await
    }

    /// A whole run.
    pub(crate) async fn run_copy(
        &self,
        job: Job,
        allow_incomplete: bool,
        handle: &RunHandle,
    ) -> Result<RunEnd, Problem> {
        let spool = self.runs_dir();
        let ends = self.open_ends(&job, &handle.meter, &spool).await?;
        let mut journal = Journal::create(&self.runs_dir(), handle.id(), &job)?;
        let copied = self
            .copy_and_commit(&job, &ends, (allow_incomplete, handle), &mut journal)
            .await;
        match copied {
            Ok((end, leftovers)) if end.point_id.is_some() => {
                journal.remove();
                leftovers.remove();
                Ok(end)
            }
            Ok((end, _)) => journal.keep().map(|()| end),
            Err(problem) => journal.keep().and(Err(problem)),
        }
    }

    async fn copy_and_commit(
        &self,
        job: &Job,
        ends: &Ends,
        (allow_incomplete, handle): (bool, &RunHandle),
        journal: &mut Journal,
    ) -> Result<(RunEnd, Leftovers), Problem> {
        let Prepared {
            observed,
            base,
            leftovers,
            plan,
            copier,
        } = self.prepare(job, ends, Some(handle)).await?;
        let totals = &plan.totals;
        handle.items_total.store(totals.items_total, Ordering::Relaxed);
        handle.bytes_total.store(totals.bytes_total, Ordering::Relaxed);
        totals.notes.iter().for_each(|note| handle.note(note.clone()));
        self.enter(handle, Phase::Copying).await;
        ends.target.ensure_marker(self).await?;

        let spool = &ends.source.spool;
        let items = Items {
            copier: copier.clone(),
            source: ends.source.container.clone(),
            target_prefix: ends.target.prefix().to_owned(),
            tier: ends.target_repository.tier,
            on_change: job.on_change,
            tags_read: observed.tags_read,
        };
        let mut doubts = doubt_sorter(spool);
        let point_possible = allow_incomplete || totals.items_not_copyable == 0;
        let manifest = manifest_for(&ends.target, spool, base.as_ref(), point_possible)?;
        let sink = Sink::new(handle, manifest, allow_incomplete, journal, &mut doubts);
        let acted = act(&items, &plan.steps, sink).await;
        copier.notes().into_iter().for_each(|note| handle.note(note));
        self.remember_method(&copier);
        let Some(manifest) = acted? else {
            return Ok((RunEnd::default(), leftovers));
        };

        self.enter(handle, Phase::Proving).await;
        prove(&ends.source, &observed, &mut doubts).await?;
        self.enter(handle, Phase::Committing).await;
        let exactness = match (handle.failed(), doubts.len()) {
            (0, 0) => Exactness::Exact,
            (0, _) => Exactness::Inexact,
            _ => Exactness::Incomplete,
        };
        let manifest = manifest.finish().await?;
        let container = &ends.source.container;
        let facts = CommitFacts {
            point_id: PointId::new(),
            run_id: handle.id(),
            job_id: job.id,
            job_name: job.name.clone(),
            source: SourceAddress {
                endpoint: container.endpoint().to_owned(),
                account: container.account().to_owned(),
                container: container.container().to_owned(),
                folder: ends.source_repository.folder.clone(),
            },
            cut_at: observed.cut.at,
            exactness,
            doubts: doubts.finish()?,
        };
        let point = ends.target.commit(self, &manifest, facts).await?;
        Ok((
            RunEnd {
                point_id: Some(point.id),
            },
            leftovers,
        ))
    }
}

/// The same container, at most so many requests a second.
fn paced(container: Container, requests_per_second: Option<u32>) -> Container {
    match requests_per_second {
        Some(_) => container.with_pace(requests_per_second),
        None => container,
    }
}

fn method_key(container: &Container) -> String {
    format!("{}/{}", container.endpoint(), container.container())
}

/// A target within its source would be copied into itself at every run, and the other way round be overgrown.
fn refuse_overlap(
    (source, source_repository): (&Container, &Repository),
    (target, target_repository): (&Container, &Repository),
) -> Result<(), Problem> {
    let same_cloud_account =
        source_repository.cloud == target_repository.cloud && source.account() == target.account();
    let same_account = same_cloud_account || source.endpoint() == target.endpoint();
    if !source_repository.overlaps(target_repository, same_account) {
        return Ok(());
    }
    let what = if source_repository.prefix() == target_repository.prefix() {
        format!(
            "Source and target are the same place: container `{}` of account `{}`",
            source.container(),
            source.account()
        )
    } else {
        format!(
            "Source and target overlap in container `{}` of account `{}`: one lies within the other",
            source.container(),
            source.account()
        )
    };
    Err(Problem::invalid(
        what,
        "Choose another container or folder for the target, best in another account.",
    ))
}
