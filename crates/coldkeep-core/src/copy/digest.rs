//! The digest of a copy plan: what a run would do with every name, in one hash. Pure.

use super::diff::CopyStep;
use crate::{hash::Sha256Digest, job::Job, repository::Tier};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Hashes the steps of a plan in the order of their names.
#[derive(Debug, Clone)]
pub struct PlanHasher(Sha256);

impl PlanHasher {
    /// Begins with what holds for all names: which job, from where, to where and into which tier, by which rule.
    pub fn new(job: &Job, tier: Option<Tier>) -> Self {
        let mut hasher = Self(Sha256::new());
        hasher.add_text(&job.id.to_string());
        hasher.add_text(&job.source_id.to_string());
        hasher.add_text(&job.target_id.to_string());
        hasher.add_text(&format!("{:?}", job.on_change));
        hasher.add_text(&tier.map(|tier| tier.to_string()).unwrap_or_default());
        hasher
    }

    /// Adds what happens to a name. `is_relayed`: its content would pass through this host.
    pub fn add(&mut self, step: &CopyStep, is_relayed: bool) {
        // Doubts are left out: a second later, one and the same state may be in doubt or not.
        let (kind, state) = match step {
            CopyStep::Keep { entry, .. } => ("keep", json(entry)),
            CopyStep::Copy { blob, .. } => ("copy", json(blob)),
            CopyStep::Fail { reason, .. } => ("fail", reason.clone()),
            CopyStep::LeaveOut { .. } => ("leave out", String::new()),
            CopyStep::Directory { .. } => ("directory", String::new()),
        };
        self.add_text(kind);
        self.add_text(step.name());
        self.add_text(&state);
        self.0.update([u8::from(is_relayed)]);
    }

    /// Adds a name that the last point holds and this one would not.
    pub fn add_gone(&mut self, name: &str) {
        self.add_text("gone");
        self.add_text(name);
    }

    pub fn finish(self) -> Sha256Digest {
        Sha256Digest(self.0.finalize().into())
    }

    /// Adds a text with its length first: two texts cannot read as two others.
    fn add_text(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text);
    }
}

/// Everything that is known of a blob. It has no map whose order is not fixed, so equal states give equal texts.
fn json(state: &impl Serialize) -> String {
    serde_json::to_string(state).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Timestamp,
        blob::ListedBlob,
        id::{JobId, RepositoryId},
        job::OnChange,
    };

    fn job() -> Job {
        Job {
            id: JobId(uuid::Uuid::nil()),
            name: "nightly".into(),
            source_id: RepositoryId(uuid::Uuid::nil()),
            target_id: RepositoryId(uuid::Uuid::nil()),
            include: vec![],
            exclude: vec![],
            on_change: OnChange::Fail,
            allow_incomplete: false,
            max_requests_per_second: None,
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn copy(change: impl FnOnce(&mut ListedBlob)) -> CopyStep {
        let mut blob = ListedBlob {
            name: "a".into(),
            etag: "1".into(),
            size_bytes: 3,
            ..ListedBlob::default()
        };
        change(&mut blob);
        CopyStep::Copy {
            blob: Box::new(blob),
            doubt: None,
        }
    }

    fn directory(name: &str) -> CopyStep {
        CopyStep::Directory { name: name.into() }
    }

    fn digest(job: &Job, steps: &[CopyStep], is_relayed: bool) -> Sha256Digest {
        let mut hasher = PlanHasher::new(job, None);
        steps.iter().for_each(|step| hasher.add(step, is_relayed));
        hasher.finish()
    }

    #[test]
    fn plans_that_do_something_else_have_other_digests() {
        let plain = copy(|_| ());
        let of = |step: CopyStep| digest(&job(), &[step], false);
        let mut seen = vec![
            of(plain.clone()),
            digest(&job(), &[], false),
            digest(&job(), &[plain.clone(), plain.clone()], false),
            digest(&job(), std::slice::from_ref(&plain), true),
            of(copy(|blob| blob.etag = "2".into())),
            of(copy(|blob| blob.size_bytes = 4)),
            // Neither changes the ETag.
            of(copy(|blob| drop(blob.tags.insert("keep".into(), "yes".into())))),
            of(copy(|blob| blob.version_id = Some("v".into()))),
            of(CopyStep::LeaveOut { name: "a".into() }),
            of(directory("a")),
            digest(&job(), &[directory("ab"), directory("c")], false),
            digest(&job(), &[directory("a"), directory("bc")], false),
            digest(
                &Job {
                    on_change: OnChange::TakeNew,
                    ..job()
                },
                std::slice::from_ref(&plain),
                false,
            ),
        ];
        assert_eq!(of(copy(|_| ())), seen[0]);
        let all = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), all);
    }
}
