//! The Azure service account: a named Entra application credential of one tenant, with what was granted to it.

use crate::{
    Code, Fix, Problem, Timestamp,
    id::{CertificateId, ServiceAccountId},
    permission::{GrantRequest, PermissionSet},
    renewal::Upkeep,
    resource::ResourceId,
    storage_account::AccountFacts,
    wizard::Answers,
};
use serde::{Deserialize, Serialize};

/// What the application proves itself with. The secret itself is kept apart, encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Credential {
    Certificate {
        certificate_id: CertificateId,
        thumbprint_sha1: String,
        expires_at: Timestamp,
    },
    /// A client secret; Entra shows its expiry only to a signed-in user, so it may be unknown.
    Secret { expires_at: Option<Timestamp> },
}

impl Credential {
    /// When it ends; none where Entra did not tell.
    pub fn expires_at(&self) -> Option<Timestamp> {
        match self {
            Self::Certificate { expires_at, .. } => Some(*expires_at),
            Self::Secret { expires_at } => *expires_at,
        }
    }
}

/// One role assignment created for the service account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub permission_set: PermissionSet,
    pub scope: ResourceId,
    /// The target's folder that it is confined to, as in [`GrantRequest`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The role assignment's id at Resource Manager.
    pub assignment_id: String,
    /// The role definition's id.
    pub role_definition_id: String,
    /// Whether Coldkeep created it (and may delete it).
    pub made_by_us: bool,
}

impl Grant {
    /// What was asked for.
    pub fn request(&self) -> GrantRequest {
        GrantRequest {
            permission_set: self.permission_set,
            scope: self.scope.clone(),
            folder: self.folder.clone(),
        }
    }
}

/// How far its making went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Being created; what exists so far is in `objects`. Adding it again with the same name continues.
    Incomplete,
    /// Proven with a token and, where granted, a data call.
    Ready,
    /// Removed from Azure in part; removing it again continues.
    Removing,
}

/// An object Coldkeep created in Entra or Azure, journalled before it is created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum MadeObject {
    Application {
        object_id: String,
        application_id: String,
    },
    ServicePrincipal {
        object_id: String,
    },
    KeyCredential {
        key_id: String,
    },
    /// A secret, under the name that is this account's alone.
    Secret {
        name: String,
    },
    RoleDefinition {
        id: String,
    },
    RoleAssignment {
        id: String,
    },
}

/// The outcome of one proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// What was tried: `token for storage`, `list container backups`.
    pub what: String,
    /// `ok`, `missing`, `failed` or `unknown`.
    pub outcome: ProofOutcome,
    /// For people: the reason where it is not `ok`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// What to do about it, where there is something.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fix: Vec<Fix>,
    /// For programs, where there is something to react to: `foreign_secret`, `role_gives_more`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
}

impl Proof {
    /// With a code for programs.
    #[must_use]
    pub fn coded(mut self, code: Code) -> Self {
        self.code = Some(code);
        self
    }

    /// With what to do about it.
    #[must_use]
    pub fn with_fix(mut self, fix: impl Into<Fix>) -> Self {
        self.fix.push(fix.into());
        self
    }

    /// The proof that failed with this problem.
    pub fn of_problem(what: impl Into<String>, outcome: ProofOutcome, problem: Problem) -> Self {
        Self {
            what: what.into(),
            outcome,
            detail: problem.said(),
            code: Some(problem.code),
            fix: problem.fix,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofOutcome {
    Ok,
    Missing,
    Failed,
    Unknown,
}

/// A named Entra application credential of one tenant, kept by Coldkeep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccount {
    pub id: ServiceAccountId,
    pub name: String,
    pub description: String,
    pub cloud: String,
    pub tenant_id: String,
    /// The client id.
    pub application_id: String,
    /// Entra's object id of the application; unknown for existing applications without a sign-in.
    #[serde(default)]
    pub application_object_id: Option<String>,
    /// Object id of the service principal: what roles are assigned to.
    #[serde(default)]
    pub principal_id: Option<String>,
    pub credential: Credential,
    pub grants: Vec<Grant>,
    /// Ids of the subscriptions that were chosen for the search. They grant nothing.
    #[serde(default)]
    pub subscriptions: Vec<String>,
    /// What Resource Manager showed of the storage accounts with grants, to the signed-in user.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub storage_accounts: Vec<AccountFacts>,
    /// What Coldkeep created and may remove again.
    pub objects: Vec<MadeObject>,
    pub state: State,
    #[serde(default)]
    pub proofs: Vec<Proof>,
    #[serde(default)]
    pub proven_at: Option<Timestamp>,
    pub created_at: Timestamp,
    /// What was asked for, while it is being made: what a later attempt starts from. It holds no secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Box<Answers>>,
    /// What becomes of its credential over time.
    #[serde(default)]
    pub upkeep: Upkeep,
}
