//! `repository attach` and `repository admit`: whose records in a target are trusted, and a lost marker written again
//! after proof.

use crate::{
    data::DataWing,
    data::ledger::{FoundMarker, History, Target, refusal},
    ground::findings::{finding, of_problem},
};
use coldkeep_api::{AdmitWriter, AttachRepository, Finding, Level, TargetView};
use coldkeep_azure::Meter;
use coldkeep_core::{
    Code, Problem, WriterPublicKey, fix,
    format::Marker,
    known_target::KnownTarget,
    problem::{Field, Verb},
    repository::Repository,
    target_finding::{Anomaly, FindingCode},
};
use futures::future::join_all;
use std::{collections::BTreeSet, sync::Arc};

impl DataWing {
    /// Trusts further keys, writes a lost marker again, and shows what is known of the target. `key`: id or name.
    pub async fn attach_repository(
        &self,
        key: &str,
        request: AttachRepository,
    ) -> Result<TargetView, Problem> {
        let repository = self.show_repository(key).await?;
        let target = Target::open(&self.ground, &repository, Arc::<Meter>::default()).await?;
        let keys = &request.writer_keys;
        let known = target.load_known(&self.ground).await?;
        let marker_written = match (target.find_marker().await?, known) {
            (FoundMarker::Unsupported(problem), _) => return Err(problem),
            (FoundMarker::Damaged(why), _) => {
                return Err(refusal(target.of_marker(Anomaly::MarkerDamaged(why))));
            }
            (FoundMarker::Whole(_), Some(_)) => false,
            (FoundMarker::Whole(marker), None) => {
                check_first_use(&target, &marker, keys).await?;
                false
            }
            (FoundMarker::Absent, None) if !target.has_record().await? => {
                return Err(nothing_there(&repository));
            }
            (FoundMarker::Absent, mut known) => {
                if let Some(known) = &mut known {
                    let own = self.ground.load_writer_key(known.target_id).await?;
                    known.pinned.extend(own.map(|key| key.public()));
                }
                let proven = prove(&target, known, keys).await?;
                self.write_marker_again(&target, proven).await?
            }
        };
        // The first read remembers the marker.
        target.fetch_history(&self.ground).await?;
        target
            .change_known(&self.ground, |known| {
                let further = keys.iter().filter(|key| **key != known.root);
                known.pinned.extend(further.copied().collect::<Vec<_>>());
            })
            .await?;
        target.ensure_own_key(&self.ground).await?;
        self.live.points.forget();
        let history = target.fetch_history(&self.ground).await?;
        self.view_target(&repository, history, marker_written).await
    }

    /// Makes another writer's key trusted by all who trust this installation's. `key`: id or name.
    pub async fn admit_writer(&self, key: &str, request: AdmitWriter) -> Result<TargetView, Problem> {
        let repository = self.show_repository(key).await?;
        let target = Target::open(&self.ground, &repository, Arc::<Meter>::default()).await?;
        if target.check_usable(&self.ground).await?.is_none() {
            return Err(Problem::new(
                Code::RepositoryNotCopiedInto,
                format!("No job has copied into `{}` yet", repository.name),
                "Run a job into it first: the first writer needs no admission.",
            ));
        }
        target.ensure_own_key(&self.ground).await?;
        let history = target.fetch_history(&self.ground).await?;
        if !history.own.is_some_and(|own| history.is_admitted(&own)) {
            return Err(Problem::new(
                Code::WriterNotAdmitted,
                format!(
                    "The writer key of this installation is not admitted in `{}`: other machines would not \
                     trust keys that it admits",
                    repository.name
                ),
                fix![
                    "Admit this key on the machine that wrote there first, or on a machine that it has \
                     admitted: ",
                    Verb::RepositoryAdmit.any(),
                    "."
                ],
            ));
        }
        if !history.is_admitted(&request.writer_key) {
            target.admit(&self.ground, request.writer_key).await?;
        }
        self.live.points.forget();
        let history = target.fetch_history(&self.ground).await?;
        self.view_target(&repository, history, false).await
    }

    async fn write_marker_again(&self, target: &Target, proven: KnownTarget) -> Result<bool, Problem> {
        let own = self.ground.ensure_writer_key(proven.target_id).await?;
        let written = target.write_marker(proven.target_id, proven.root, &own).await?;
        Ok(written.is_some())
    }

    async fn view_target(
        &self,
        repository: &Repository,
        history: History,
        marker_written: bool,
    ) -> Result<TargetView, Problem> {
        let Some(known) = &history.known else {
            return Err(nothing_there(repository));
        };
        let own = self.ground.ensure_writer_key(known.target_id).await?.public();
        Ok(TargetView {
            repository: repository.name.clone(),
            target_id: known.target_id,
            root_key: known.root,
            own_key: own,
            own_key_admitted: history.is_admitted(&own),
            admitted_keys: history.admitted.iter().copied().collect(),
            pinned_keys: known.pinned.iter().copied().collect(),
            point_count: history.commits.len() as u64,
            marker_written,
            findings: history.findings,
        })
    }

    /// What is strange in the targets of jobs, for `doctor`.
    pub(crate) async fn look_at_targets(&self) -> Vec<Finding> {
        let (jobs, repositories) = (
            self.ground.store.list_jobs().await,
            self.list_repositories().await,
        );
        let (Ok(jobs), Ok(repositories)) = (jobs, repositories) else {
            // `doctor` has reported it.
            return vec![];
        };
        let targets: BTreeSet<_> = jobs.iter().map(|job| job.target_id.to_string()).collect();
        let looks = repositories
            .iter()
            .filter(|repository| targets.contains(&repository.id.to_string()))
            .map(|repository| async move {
                let subject = format!("repository {}", repository.name);
                match self.fetch_history_in_time(repository).await {
                    Err(problem) => vec![of_problem(Level::Unknown, &subject, &problem)],
                    Ok((_, history)) => history
                        .findings
                        .into_iter()
                        .map(|f| finding(level_of(f.code), f.code.code(), &subject, f.what, f.fix))
                        .collect(),
                }
            });
        join_all(looks).await.into_iter().flatten().collect()
    }
}

fn level_of(code: FindingCode) -> Level {
    match code {
        FindingCode::RecordGone
        | FindingCode::ChainBroken
        | FindingCode::MarkerLost
        | FindingCode::MarkerDamaged
        | FindingCode::MarkerChanged => Level::Wrong,
        _ => Level::Warning,
    }
}

/// With keys given, a marker is trusted on first use only if one of them is behind it.
async fn check_first_use(target: &Target, marker: &Marker, keys: &[WriterPublicKey]) -> Result<(), Problem> {
    if keys.is_empty() || keys.contains(&marker.writer_key) {
        return Ok(());
    }
    let mut known = KnownTarget::first_seen(marker.id, marker.writer_key);
    known.pinned.extend(keys);
    let history = target.fetch_history_of(known).await?;
    if history.is_signed_by(keys) {
        return Ok(());
    }
    Err(Problem::new(
        Code::MarkerUnproven,
        format!(
            "The marker names the target {} and the writer key {}, and no record of that target is signed \
             with a given key",
            marker.id, marker.writer_key
        ),
        fix![
            "If the key belongs to the machine that writes here, another machine wrote this marker: delete \
             `coldkeep.json` and attach again. If the key belongs to an additional writer, attach without ",
            Field::WriterKey,
            " first."
        ],
    ))
}

/// Whose the records are: of the target that is remembered, or of one that a given key has signed for.
async fn prove(
    target: &Target,
    known: Option<KnownTarget>,
    keys: &[WriterPublicKey],
) -> Result<KnownTarget, Problem> {
    let what = || target.of_marker(Anomaly::MarkerLost).what;
    if let Some(mut known) = known {
        known.pinned.extend(keys);
        let root = known.root;
        let history = target.fetch_history_of(known.clone()).await?;
        if !history.has_records() {
            return Err(Problem::new(
                Code::MarkerUnproven,
                format!(
                    "{}, and no record here is signed with the writer key {root} or another trusted one",
                    what()
                ),
                "Restore the records, if the account keeps deleted blobs. If the folder was emptied \
                 intentionally, remove the repository and add it again.",
            ));
        }
        return Ok(known);
    }
    if keys.is_empty() {
        return Err(Problem::new(
            Code::MarkerWriterUnknown,
            format!("{}, and this installation has never seen it", what()),
            fix![
                "Give the first writer's key (",
                Field::WriterKey,
                "). A machine that knows the target shows it: ",
                Verb::RepositoryAttach.any(),
                "."
            ],
        ));
    }
    let found = target.find_signed_by(keys).await?;
    let (target_id, root) = found.ok_or_else(|| {
        Problem::new(
            Code::MarkerUnproven,
            format!("{}, and no record here is signed with a given key", what()),
            "Check the key, and that this is the right container and folder.",
        )
    })?;
    Ok(KnownTarget::first_seen(target_id, root))
}

fn nothing_there(repository: &Repository) -> Problem {
    Problem::new(
        Code::RepositoryEmpty,
        format!("No job has copied into `{}` yet", repository.name),
        "Run a job into it: the first run creates the marker and makes this installation the first writer.",
    )
}
