//! Requests about repositories, and what is known of one as a target.

use crate::Given;
use coldkeep_core::{WriterPublicKey, id::TargetId, repository::Tier, target_finding::TargetFinding};
use serde::{Deserialize, Serialize};

/// How a repository is to be opened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum NewAccess {
    /// Id or name.
    ServiceAccount {
        service_account: String,
    },
    AccountKey {
        key: Given,
    },
    Sas {
        sas: Given,
    },
}

/// `POST /repositories`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewRepository {
    pub name: String,
    pub cloud: String,
    pub account: String,
    #[serde(default)]
    pub endpoint: Option<String>,
    pub container: String,
    #[serde(default)]
    pub folder: Option<String>,
    #[serde(default)]
    pub tier: Option<Tier>,
    pub access: NewAccess,
}

/// `PATCH /repositories/{key}`; what is absent stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct EditRepository {
    /// How it is opened from now on.
    #[serde(default)]
    pub access: Option<NewAccess>,
    #[serde(default)]
    pub tier: Option<Tier>,
}

/// `POST /repositories/{key}/attach`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AttachRepository {
    /// Keys to trust from now on, as their owners' machines show them.
    #[serde(default)]
    pub writer_keys: Vec<WriterPublicKey>,
}

/// `POST /repositories/{key}/admit`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AdmitWriter {
    pub writer_key: WriterPublicKey,
}

/// What is known of a repository as a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetView {
    pub repository: String,
    pub target_id: TargetId,
    /// The first writer's.
    pub root_key: WriterPublicKey,
    /// This installation's.
    pub own_key: WriterPublicKey,
    /// Whether an installation that trusts the first writer trusts this one.
    pub own_key_admitted: bool,
    /// By records in the target.
    pub admitted_keys: Vec<WriterPublicKey>,
    /// By hand, here.
    pub pinned_keys: Vec<WriterPublicKey>,
    pub point_count: u64,
    /// Whether the marker was lost and has been written again.
    pub marker_written: bool,
    pub findings: Vec<TargetFinding>,
}
