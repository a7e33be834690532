//! A copy run: look at the source, plan against the last point, act, prove, commit.
//!
//! Nothing is held in memory that grows with the number of blobs: listings, plan and doubts are spooled files, read
//! as streams. A run that ends without a point, for any reason, leaves a list of its copies for the next one.

mod act;
mod agreed;
mod base;
mod block_log;
mod blocks;
mod damage;
mod gone;
mod item;
mod leftovers;
mod method;
mod notes;
mod observe;
mod opened;
mod order;
mod overlap;
mod plan;
mod prove;
mod relay;
mod remarks;
mod server_side;
mod source_auth;
mod stream;
mod written;

pub(crate) use method::{Copier, CopierOptions};
pub(crate) use opened::OpenedRepository;
pub(crate) use order::{CopyFailure, CopyOrder, TransferPath};
pub(crate) use relay::hash_blob;

use crate::{
    data::DataWing,
    data::flow::throttling_note,
    data::ledger::{Commit, CommitFacts, Target},
    data::runs::{RunEnd, RunHandle},
};
use act::{Sink, act, doubt_sorter, manifest_for};
use base::{Base, candidates};
use block_log::BlockLog;
use coldkeep_api::{CopyPlan, StartRun};
use coldkeep_azure::{Meter, blob::Container};
use coldkeep_core::{
    Fix, Kind, Problem,
    copy::{diff::Rules, digest::PlanHasher, filter::Filter, method::Method},
    id::PointId,
    job::Job,
    point::Exactness,
    repository::Access,
    run::{Counter, Phase},
};
use damage::find_damaged;
use item::Items;
use leftovers::{Journal, Leftovers};
use observe::{Observed, Source};
use opened::SourceAndTarget;
use overlap::{refuse_nested_target, refuse_overlap, refuse_same_target};
use plan::{Plan, PlanBase, PlanTotals, plan};
use prove::prove;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// A plan and its inputs.
#[derive(Debug)]
struct Prepared {
    observed: Observed,
    base: Option<Base>,
    leftovers: Leftovers,
    plan: Plan,
    copier: Arc<Copier>,
}

/// What every plan of a run is made from, whatever point it builds on.
struct PlanInputs<'a> {
    job: &'a Job,
    ends: &'a SourceAndTarget,
    observed: &'a Observed,
    leftovers: &'a Leftovers,
    copier: &'a Copier,
    /// None: nothing but the plan is wanted.
    handle: Option<&'a RunHandle>,
}

impl DataWing {
    /// A [`Copier`] between two opened repositories, with what is known of them.
    pub(crate) fn copier(&self, source: OpenedRepository<'_>, target: OpenedRepository<'_>) -> Copier {
        let cloud = source.container.azure().cloud().clone();
        let options = CopierOptions {
            bearer_allowed: matches!(source.repository.access, Access::ServiceAccount { .. })
                && source.repository.cloud == target.repository.cloud
                && target.container.endpoint() == cloud.blob_endpoint_of(target.container.account()),
            storage_audience: cloud.storage_audience,
            remembered: self
                .live
                .runs
                .remembered_method(&method_key(source.container), &method_key(target.container)),
            probe_prefix: format!("{}b/", target.repository.prefix()),
            clock: self.ground.config.clock.clone(),
        };
        Copier::new(source.container.clone(), target.container.clone(), options)
    }

    /// What the next copy between the same containers begins with. Relays are not remembered: what stood in the way,
    /// a firewall perhaps, may be gone by then.
    pub(crate) fn remember_method(&self, copier: &Copier) {
        let (source, target) = copier.containers();
        let method = Some(copier.method()).filter(|method| *method != Method::Relay);
        self.live
            .runs
            .remember_method(&method_key(source), &method_key(target), method);
    }

    fn runs_dir(&self) -> PathBuf {
        self.ground.config.data_dir.join("runs")
    }

    /// Refuses what would write into its own source, or not at all; nothing is written.
    async fn open_ends(
        &self,
        job: &Job,
        meter: &Arc<Meter>,
        spool: &Path,
    ) -> Result<SourceAndTarget, Problem> {
        let source_repository = self.load_repository(job.source_id).await?;
        let target_repository = self.load_repository(job.target_id).await?;
        let source = self
            .ground
            .connect(&source_repository, meter.clone())
            .await?
            .patient();
        let target = Target::open(&self.ground, &target_repository, meter.clone())
            .await?
            .patient();
        let opened_source = OpenedRepository {
            container: &source,
            repository: &source_repository,
        };
        let opened_target = OpenedRepository {
            container: target.container(),
            repository: &target_repository,
        };
        refuse_overlap(opened_source, opened_target)?;
        self.ground.check_tier(&target_repository).await?;
        let marker = target.check_usable(&self.ground).await?;
        match marker {
            Some(_) => refuse_same_target(opened_source, &target).await?,
            None => refuse_nested_target(&target).await?,
        }
        let source = Source {
            container: paced(source, job.max_requests_per_second),
            prefix: source_repository.prefix(),
            filter: Filter::new(&job.include, &job.exclude)?,
            spool: spool.to_owned(),
        };
        Ok(SourceAndTarget {
            source,
            source_repository,
            target,
            target_repository,
            marker,
        })
    }

    async fn prepare(
        &self,
        job: &Job,
        ends: &SourceAndTarget,
        handle: Option<&RunHandle>,
    ) -> Result<Prepared, Problem> {
        let mut observed = ends.source.observe().await?;
        if let Some(handle) = handle {
            self.enter(handle, Phase::Planning).await;
        }
        let leftovers = Leftovers::load(
            &self.runs_dir(),
            job,
            handle.map(RunHandle::id),
            &ends.source.spool,
        )?;
        let opened_target = OpenedRepository {
            container: &paced(ends.target.container().clone(), job.max_requests_per_second),
            repository: &ends.target_repository,
        };
        let copier = Arc::new(self.copier(ends.opened_source(), opened_target));
        if handle.is_some() {
            // With a key, the notes report it if it is not admitted.
            ends.target.ensure_own_key(&self.ground).await?;
        }
        let history = ends.target.fetch_history(&self.ground).await?;
        ends.target.check_writable(&history)?;
        let own_key = ends.target.own_key_finding(&history);
        let findings = history.findings.iter().chain(&own_key);
        observed.notes.extend(findings.map(|finding| finding.words()));
        let inputs = PlanInputs {
            job,
            ends,
            observed: &observed,
            leftovers: &leftovers,
            copier: &copier,
            handle,
        };
        let mut unusable = Vec::new();
        let mut planned = None;
        for commit in candidates(history.commits, job.id, &ends.source_address()) {
            let (point, sequence) = (commit.record.point_id, commit.record.sequence);
            let why = match Base::of(&ends.target, commit, &self.ground.store).await? {
                None => "parts of its list are missing".to_owned(),
                Some(base) => match self.plan_on(&inputs, Some(base)).await {
                    Err(problem) if problem.kind == Kind::Corrupt => problem.what,
                    Err(problem) => return Err(problem),
                    Ok(found) => {
                        planned = Some(found);
                        break;
                    }
                },
            };
            unusable.push(Fix::from(format!(
                "The restore point {point} (commit record {sequence}) cannot be used as the base of this \
                 run: {}. The run uses an earlier point, or copies everything again.",
                why.trim_end_matches('.')
            )));
        }
        let (base, plan) = match planned {
            Some(planned) => planned,
            None => self.plan_on(&inputs, None).await?,
        };
        observed.notes.extend(unusable);
        Ok(Prepared {
            observed,
            base,
            leftovers,
            plan,
            copier,
        })
    }

    /// The plan of a run that builds on a point. [`Kind::Corrupt`]: the point's list cannot be read.
    async fn plan_on(
        &self,
        inputs: &PlanInputs<'_>,
        base: Option<Base>,
    ) -> Result<(Option<Base>, Plan), Problem> {
        let PlanInputs {
            job,
            ends,
            observed,
            leftovers,
            ..
        } = *inputs;
        let spool = &ends.source.spool;
        let target_id = ends.marker.as_ref().map(|marker| marker.id);
        let store = &self.ground.store;
        let damaged = find_damaged(&ends.target, base.as_ref(), leftovers, store, target_id, spool).await?;
        let rules = Rules {
            cut: observed.cut,
            on_change: job.on_change,
            tags_read: observed.tags_read,
        };
        let plan_base = PlanBase {
            entries: base.as_ref().map(|base| ends.target.entries(&base.commit)),
            damaged: &damaged,
        };
        let hasher = PlanHasher::new(job, ends.target_repository.tier);
        let totals = PlanTotals::new(inputs.copier, hasher);
        let mut plan = plan(observed, plan_base, leftovers, &rules, totals, spool).await?;
        let now = self.ground.config.clock.now();
        // Another job's point may hold more, by its globs or its folder.
        let own = |commit: &&Commit| commit.record.job_id == job.id;
        let before = base.as_ref().map(|base| &base.commit).filter(own);
        let copy_scope = self.about_copy_scope(ends).await?;
        remarks::add(&mut plan, inputs, copy_scope, before, now).await?;
        Ok((base, plan))
    }

    /// What a run would do.
    pub(crate) async fn plan_copy(&self, job: &Job) -> Result<CopyPlan, Problem> {
        let spool = self.runs_dir();
        let ends = self.open_ends(job, &Arc::default(), &spool).await?;
        let prepared = self.prepare(job, &ends, None).await?;
        let mut totals = prepared.plan.totals;
        totals.notes.splice(0..0, prepared.observed.notes);
        if let Some(too_large) = &totals.too_large {
            let grant = self.grant_of_blocks(&ends.target_repository).await?;
            totals.notes.push(too_large.note(grant.as_ref()));
        }
        self.live.plans.remember(&totals.digest, &totals);
        Ok(totals)
    }

    /// Refuses what no run of the job could do.
    pub(crate) async fn check_job(&self, job: &Job) -> Result<(), Problem> {
        let ends = self.open_ends(job, &Arc::default(), &self.runs_dir()).await?;
        ends.source.check_listable().await
    }

    /// A whole run.
    pub(crate) async fn run_copy(
        &self,
        job: Job,
        request: StartRun,
        handle: &RunHandle,
    ) -> Result<RunEnd, Problem> {
        let spool = self.runs_dir();
        let ends = self.open_ends(&job, &handle.meter, &spool).await?;
        let mut journal = Journal::create(&self.runs_dir(), handle.id(), &job)?;
        let copied = self
            .copy_and_commit(&job, &ends, &request, handle, &mut journal)
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
        ends: &SourceAndTarget,
        request: &StartRun,
        handle: &RunHandle,
        journal: &mut Journal,
    ) -> Result<(RunEnd, Leftovers), Problem> {
        let Prepared {
            observed,
            base,
            leftovers,
            plan,
            copier,
        } = self.prepare(job, ends, Some(handle)).await?;
        observed.notes.iter().for_each(|note| handle.note(note.clone()));
        let totals = &plan.totals;
        handle.set(Counter::ItemsTotal, totals.items_total);
        handle.set(Counter::BytesTotal, totals.bytes_total);
        totals.notes.iter().for_each(|note| handle.note(note.clone()));
        self.check_agreed(request.plan_digest.as_ref(), totals)?;
        let allow_incomplete = request.allow_incomplete.unwrap_or(job.allow_incomplete);
        if let Some(too_large) = totals.too_large.as_ref().filter(|_| !allow_incomplete) {
            let grant = self.grant_of_blocks(&ends.target_repository).await?;
            return Err(too_large.problem(grant.as_ref()));
        }
        self.enter(handle, Phase::Copying).await;
        ends.target.ensure_marker(&self.ground).await?;
        // A new target's marker shows only now whether it is in the source, under another spelling of its address.
        refuse_same_target(ends.opened_source(), &ends.target).await?;

        let spool = &ends.source.spool;
        let items = Items {
            copier: copier.clone(),
            blocks: Arc::new(BlockLog::open(journal.folder(), leftovers.folders())),
            source: ends.source.container.clone(),
            target: ends.target.clone(),
            tier: ends.target_repository.tier,
            on_change: job.on_change,
            tags_read: observed.tags_read,
        };
        let mut doubts = doubt_sorter(spool);
        let point_possible = allow_incomplete || totals.items_not_copyable == 0;
        let manifest = manifest_for(&ends.target, spool, base.as_ref(), point_possible)?;
        let sink = Sink::new(handle, manifest, allow_incomplete, journal, &mut doubts);
        let acted = act(&items, &plan.steps, sink).await;
        let notes = copier.notes().into_iter().chain(throttling_note(&handle.meter));
        notes.for_each(|note| handle.note(note));
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
        let facts = CommitFacts {
            point_id: PointId::new(),
            run_id: handle.id(),
            job_id: job.id,
            job_name: job.name.clone(),
            source: ends.source_address(),
            cut_at: observed.cut.at,
            exactness,
            doubts: doubts.finish()?,
        };
        let point = ends.target.commit(&self.ground, &manifest, facts).await?;
        Ok((RunEnd::made(&point, job.on_change), leftovers))
    }
}

/// The container, with at most this number of requests a second.
fn paced(container: Container, requests_per_second: Option<u32>) -> Container {
    match requests_per_second {
        Some(_) => container.with_pace(requests_per_second),
        None => container,
    }
}

fn method_key(container: &Container) -> String {
    format!("{}/{}", container.endpoint(), container.container())
}
