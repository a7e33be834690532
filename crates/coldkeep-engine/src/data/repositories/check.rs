//! `repository check`: what can be done with a repository, tried against the real service by requests that change
//! nothing.

use super::cannot_open;
use crate::{data::DataWing, data::ledger::Target};
use coldkeep_api::Check;
use coldkeep_azure::{
    Error, Meter,
    blob::{Container, Include, Probed},
};
use coldkeep_core::{
    Kind, Problem,
    repository::Repository,
    service_account::{Proof, ProofOutcome},
    target_finding::TargetFinding,
};
use std::sync::Arc;

impl DataWing {
    /// `key`: id or name.
    pub async fn check_repository(&self, key: &str) -> Result<Check, Problem> {
        let repository = self.show_repository(key).await?;
        let jobs = self.ground.store.list_jobs().await?;
        let is_target = jobs.iter().any(|job| job.target_id == repository.id);
        let meter: Arc<Meter> = Arc::default();
        let mut findings = Vec::new();
        match self.ground.connect(&repository, meter).await {
            Err(problem) => findings.push(Proof::of_problem("credential", ProofOutcome::Failed, problem)),
            Ok(container) => {
                let listed = check_listing(&container, &repository).await;
                let reachable = listed.outcome == ProofOutcome::Ok;
                findings.push(listed);
                if reachable {
                    findings.push(check_tags(&container, &repository).await);
                    findings.extend(self.check_account(&container, &repository).await?);
                    findings.push(check_versions(&container, &repository).await);
                    findings.push(check_writing(&container, &repository, is_target).await);
                    if is_target {
                        let target = Target::over(&self.ground, &repository, container)?;
                        findings.push(check_marker(self, &target).await);
                        findings.extend(check_records(self, &target).await);
                    }
                }
            }
        }
        let ok = findings
            .iter()
            .all(|f| !matches!(f.outcome, ProofOutcome::Missing | ProofOutcome::Failed));
        Ok(Check {
            name: repository.name,
            checked_at: self.ground.config.clock.now(),
            ok,
            findings,
        })
    }
}

pub(super) fn proof(what: &str, outcome: ProofOutcome, detail: impl Into<String>) -> Proof {
    Proof {
        what: what.into(),
        outcome,
        detail: detail.into(),
        fix: Vec::new(),
        code: None,
    }
}

/// A refusal is a right that is missing; anything else is a failure.
pub(super) fn outcome_of(e: &Error) -> ProofOutcome {
    if e.kind() == Kind::Denied {
        ProofOutcome::Missing
    } else {
        ProofOutcome::Failed
    }
}

async fn check_listing(container: &Container, repository: &Repository) -> Proof {
    let what = format!("list container {}", repository.container);
    match container
        .fetch_list_page(&repository.prefix(), None, Include::default(), Some(1))
        .await
    {
        Ok(_) => proof(&what, ProofOutcome::Ok, ""),
        Err(e) => proof(&what, outcome_of(&e), cannot_open(&e, repository).to_string()),
    }
}

async fn check_tags(container: &Container, repository: &Repository) -> Proof {
    let include = Include {
        tags: true,
        ..Include::default()
    };
    match container
        .fetch_list_page(&repository.prefix(), None, include, Some(1))
        .await
    {
        Ok(_) => proof("read index tags", ProofOutcome::Ok, ""),
        Err(e) if e.kind() == Kind::Denied => proof(
            "read index tags",
            ProofOutcome::Unknown,
            "Not allowed: points of this source would have no index tags. The permission set copy-source \
             includes the permission.",
        ),
        Err(e) => Proof::of_problem(
            "read index tags",
            ProofOutcome::Unknown,
            e.problem("Tags cannot be listed"),
        ),
    }
}

async fn check_versions(container: &Container, repository: &Repository) -> Proof {
    const WHAT: &str = "versions are kept";
    let include = Include {
        versions: true,
        ..Include::default()
    };
    match container
        .fetch_list_page(&repository.prefix(), None, include, Some(1))
        .await
    {
        Ok(page) => match page.blobs.first() {
            None => proof(
                WHAT,
                ProofOutcome::Unknown,
                "There is no blob yet to determine it from.",
            ),
            Some(blob) if blob.version_id.is_some() => proof(WHAT, ProofOutcome::Ok, "yes"),
            Some(_) => proof(
                WHAT,
                ProofOutcome::Unknown,
                "The listing shows no version: if the account keeps none, overwritten and deleted blobs are \
                 lost.",
            ),
        },
        Err(e) => Proof::of_problem(
            WHAT,
            ProofOutcome::Unknown,
            e.problem("Versions cannot be listed"),
        ),
    }
}

/// Sends one byte with the hash of another: a caller that can create gets a hash mismatch, and nothing is created.
async fn check_writing(container: &Container, repository: &Repository, is_target: bool) -> Proof {
    const WHAT: &str = "create blobs";
    let name = format!("{}coldkeep-probe-{}", repository.prefix(), uuid::Uuid::now_v7());
    match container.probe_create(&name).await {
        Ok(Probed::Allowed) => proof(WHAT, ProofOutcome::Ok, ""),
        Err(e) if e.kind() == Kind::Denied && !is_target => proof(
            WHAT,
            ProofOutcome::Unknown,
            "Not allowed, and not needed: no job writes here.",
        ),
        Err(e) => Proof::of_problem(WHAT, outcome_of(&e), e.problem("Blobs cannot be created here")),
        Ok(Probed::Made) => proof(
            WHAT,
            ProofOutcome::Failed,
            format!("The service created `{name}` although the hash of its content is wrong; delete it."),
        ),
    }
}

async fn check_marker(data: &DataWing, target: &Target) -> Proof {
    const WHAT: &str = "belongs to Coldkeep";
    match target.check_usable(&data.ground).await {
        Ok(Some(marker)) => proof(WHAT, ProofOutcome::Ok, format!("since {}", marker.created_at)),
        Ok(None) => proof(WHAT, ProofOutcome::Ok, "empty; the first run creates the marker"),
        Err(problem) => Proof::of_problem(WHAT, ProofOutcome::Failed, problem),
    }
}

/// The restore points that are authentic, and one line for each strange blob.
async fn check_records(data: &DataWing, target: &Target) -> Vec<Proof> {
    const WHAT: &str = "commit records";
    let history = match target.fetch_history(&data.ground).await {
        Ok(history) => history,
        Err(problem) => return vec![Proof::of_problem(WHAT, ProofOutcome::Failed, problem)],
    };
    let points = format!("{} restore points", history.commits.len());
    let mut proofs = vec![proof(WHAT, ProofOutcome::Ok, points)];
    let strange = |what: &str, outcome, finding: TargetFinding| {
        proof(what, outcome, format!("{}.", finding.what))
            .coded(finding.code.code())
            .with_fix(finding.fix)
    };
    let own_key = target.own_key_finding(&history);
    let findings = history.findings.into_iter();
    proofs.extend(findings.map(|finding| strange(WHAT, ProofOutcome::Failed, finding)));
    proofs.extend(own_key.map(|finding| strange("writer key", ProofOutcome::Unknown, finding)));
    proofs
}
