//! Requests about jobs, and the plan of a run.

use crate::PlanDigest;
use coldkeep_core::{
    Fix,
    copy::{classify::TooLarge, remarks::Remark},
    job::OnChange,
};
use serde::{Deserialize, Serialize};

/// `POST /jobs`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewJob {
    pub name: String,
    /// Repository ids or names.
    pub source: String,
    pub target: String,
    #[serde(default)]
    pub include: Vec<String>,
    #[serde(default)]
    pub exclude: Vec<String>,
    pub on_change: OnChange,
    #[serde(default)]
    pub allow_incomplete: bool,
    #[serde(default)]
    pub max_requests_per_second: Option<u32>,
}

/// `POST /jobs/{key}/runs`: what differs in this run from the job's own rules.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct StartRun {
    #[serde(default)]
    pub allow_incomplete: Option<bool>,
    /// The digest of the plan that was agreed to: the run fails with `plan_changed`, and copies nothing, where its plan is
    /// another one by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_digest: Option<PlanDigest>,
}

/// What a run would do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CopyPlan {
    pub items_total: u64,
    pub bytes_total: u64,
    /// Held already by an earlier point or an interrupted run.
    pub items_unchanged: u64,
    pub items_to_copy: u64,
    pub bytes_to_copy: u64,
    /// Of these, the ones that must be streamed through this host, with the reasons.
    pub items_to_relay: u64,
    pub bytes_to_relay: u64,
    pub items_not_copyable: u64,
    /// Of these, the ones that are too large for the rights at the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub too_large: Option<TooLarge>,
    /// In the last point of this job and no longer at the source.
    pub items_gone: u64,
    /// Of those to copy: held by the last point, but gone from the target or damaged there.
    pub items_damaged: u64,
    /// Requests to the target that the copies will take.
    pub copy_requests: u64,
    pub method: String,
    /// Reasons for relays and for what cannot be copied, with counts and examples.
    pub notes: Vec<Fix>,
    /// What to check before running it.
    #[serde(default)]
    pub remarks: Vec<Remark>,
    /// Of what would be done with every name. The time of the plan and the remarks are no part of it.
    #[serde(default)]
    pub digest: PlanDigest,
}
