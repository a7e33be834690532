//! What use cases are asked for and what they answer, where that is not a word of core. REST shows these as they are.

pub use crate::ground::settings::{ChangeNetwork, MasterKeyFacts, NetworkFacts, ProxyFacts, Rekey, Settings};
pub use crate::identity::capabilities::{Ability, Capabilities, CapabilitiesOf, ScopeCapabilities};
pub use crate::identity::certificates::wishes::{
    CertificateFolder, ExportPfx, ExportedPfx, GenerateInToken, LinkCertificate, LinkedKey, LookIntoPfx,
    NameFolder, PfxKey,
};
pub use crate::identity::places::{SeenContainer, SeenStorageAccount, SeenSubscription};

use coldkeep_core::{
    Fix, Problem, SecretString, Timestamp, WriterPublicKey,
    copy::{classify::TooLarge, remarks::Remark},
    id::SignInId,
    job::OnChange,
    permission::GrantWish,
    point::{Entry, Point},
    repository::Tier,
    run::Counts,
    service_account::Proof,
    target_finding::TargetFinding,
    wizard,
};
use serde::{Deserialize, Serialize};

pub use crate::identity::onboard::{FromScript, ServiceAccountScript, WriteScript};
pub use crate::identity::sign_ins::{
    BrowserAnswer, SignIn, SignInMethod, SignInState, SignInWithTokens, StartSignIn,
};
pub use crate::{
    doctor::Diagnosis,
    ground::findings::{Finding, Level},
    identity::edits::EditServiceAccount,
    identity::renewals::{
        AbandonRenewal, CheckServiceAccount, Renew, RetireOld, ServiceAccountView, StayingKey,
    },
};
pub use coldkeep_azure::script::Shell;

/// `certificate generate`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GenerateCertificate {
    pub name: String,
    /// Common name; default: the friendly name.
    #[serde(default)]
    pub subject: Option<String>,
    /// 2048, 3072 or 4096.
    pub key_bits: u32,
    pub valid_days: u32,
}

/// `certificate import`.
#[derive(Debug, Deserialize)]
pub struct ImportPfx {
    #[serde(default)]
    pub name: Option<String>,
    /// The file, base64.
    pub pfx_base64: SecretString,
    #[serde(default)]
    pub password: Option<SecretString>,
    /// Friendly name or thumbprint of the key to take, where the file holds several.
    #[serde(default)]
    pub which: Option<String>,
}

/// Where the application comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ApplicationWish {
    Register,
    Existing { tenant: String, application_id: String },
}

/// What it is to prove itself with.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum CredentialWish {
    /// A new self-signed certificate, made with these options.
    GenerateCertificate {
        /// Friendly name; default: the service account's.
        #[serde(default)]
        name: Option<String>,
        /// Common name; default: the friendly name.
        #[serde(default)]
        subject: Option<String>,
        key_bits: u32,
        valid_days: u32,
    },
    /// An entry of the certificate store: id, name or thumbprint.
    Certificate {
        certificate: String,
    },
    /// A PFX file, base64; it goes into the certificate store (under the service account's name) once nothing speaks
    /// against the whole.
    Pfx {
        pfx_base64: SecretString,
        #[serde(default)]
        password: Option<SecretString>,
        /// Friendly name or thumbprint of the key to take, where the file holds several.
        #[serde(default)]
        which: Option<String>,
    },
    Secret {
        secret: SecretString,
    },
}

/// `service-account add`.
#[derive(Debug, Clone, Deserialize)]
pub struct NewServiceAccount {
    /// May be left out for an existing application: it is called as that is then, or after its id.
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub description: Option<String>,
    pub cloud: String,
    pub application: ApplicationWish,
    pub credential: CredentialWish,
    /// Register the certificate and grant rights (needs a sign-in). Always so for `Register`.
    #[serde(default)]
    pub grant: bool,
    #[serde(default)]
    pub grants: Vec<GrantWish>,
    /// Subscriptions to look in; they grant nothing by themselves.
    #[serde(default)]
    pub subscriptions: Vec<String>,
    /// A grant at a whole subscription or resource group is meant.
    #[serde(default)]
    pub allow_wide_scope: bool,
    /// Where the person may define no roles, the nearest built-in ones are meant.
    #[serde(default)]
    pub allow_built_in_roles: bool,
    /// A second application of the same name is meant.
    #[serde(default)]
    pub allow_same_name: bool,
    /// A sign-in that is done; needed for `Register` and for `grant`.
    #[serde(default)]
    pub sign_in_id: Option<SignInId>,
}

/// Where the answers so far lead in the service-account wizard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WizardView {
    /// The step to answer next.
    pub step: wizard::Step,
    pub steps: Vec<WizardStep>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WizardStep {
    pub step: wizard::Step,
    pub standing: wizard::Standing,
}

impl WizardView {
    /// Of a wizard that has gone as far as its answers lead.
    pub fn of(wizard: &wizard::Wizard) -> Self {
        let shown = |(step, standing)| WizardStep { step, standing };
        Self {
            step: wizard.step(),
            steps: wizard.standings().into_iter().map(shown).collect(),
        }
    }
}

/// What would be made, object by object and right by right, before anything is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnboardingPlan {
    /// Who would do it.
    #[serde(default)]
    pub signed_in_as: Option<String>,
    pub tenant_id: String,
    /// What the service account is called, or is going to be.
    #[serde(default)]
    pub name: String,
    pub steps: Vec<OnboardingStep>,
    /// For people: what could not be found out beforehand, so that the doing will tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<Fix>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnboardingStep {
    /// `make`, `exists`, `change`, `remove` or `keep`.
    pub action: String,
    /// `application`, `service principal`, `certificate`, `role definition`, `role assignment`, `proof`.
    pub object: String,
    /// For people: which one, where.
    pub detail: String,
    /// The rights it gives, for role definitions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rights: Vec<String>,
}

/// `service-account remove`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RemoveServiceAccount {
    /// Also take away what Coldkeep made in Entra and Azure (needs a sign-in).
    #[serde(default)]
    pub delete_objects: bool,
    #[serde(default)]
    pub sign_in_id: Option<SignInId>,
}

/// What a removal left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedServiceAccount {
    pub name: String,
    /// What Coldkeep made for it in Entra and Azure and left there, each with the reason (`keep`).
    pub stays: Vec<OnboardingStep>,
}

/// `service-account check` and `repository check`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub name: String,
    pub checked_at: Timestamp,
    /// Whether nothing is `missing` or `failed`.
    pub ok: bool,
    pub findings: Vec<Proof>,
}

/// Who opens a new repository.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum AccessWish {
    /// Id or name.
    ServiceAccount {
        service_account: String,
    },
    AccountKey {
        key: SecretString,
    },
    Sas {
        sas: SecretString,
    },
}

/// `repository add`.
#[derive(Debug, Deserialize)]
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
    pub access: AccessWish,
}

/// `repository edit`; what is absent stays as it is.
#[derive(Debug, Default, Deserialize)]
pub struct EditRepository {
    /// Who opens it from now on.
    #[serde(default)]
    pub access: Option<AccessWish>,
    #[serde(default)]
    pub tier: Option<Tier>,
}

/// `job add`.
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

/// What a run would do (`job run --plan`).
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
    /// What somebody should look at before running it.
    #[serde(default)]
    pub remarks: Vec<Remark>,
}

/// `point list`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct PointList {
    /// Oldest first.
    pub points: Vec<Point>,
    /// Repositories that could not be read: what is in them is not in `points`.
    pub problems: Vec<RepositoryProblem>,
    /// What is strange in those that could.
    pub findings: Vec<TargetFinding>,
}

/// Why a repository could not be read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RepositoryProblem {
    pub repository: String,
    pub problem: Problem,
}

/// `repository attach`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Attach {
    /// Keys to trust from now on, as their owners' machines show them.
    #[serde(default)]
    pub writer_keys: Vec<WriterPublicKey>,
}

/// `repository admit`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Admit {
    pub writer_key: WriterPublicKey,
}

/// What is known of a repository as a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetView {
    pub repository: String,
    pub target_id: uuid::Uuid,
    /// The first writer's.
    pub root_key: WriterPublicKey,
    /// This installation's.
    pub own_key: WriterPublicKey,
    /// Whether whoever trusts the first writer trusts this installation.
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

/// One page of a point's files.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FilesPage {
    pub entries: Vec<Entry>,
    /// Pass as `after` for the next page; none at the end.
    pub next: Option<String>,
}

/// `point verify`: what was proved and what was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    pub point: Point,
    pub ok: bool,
    pub deep: bool,
    pub items_checked: u64,
    pub bytes_checked: u64,
    /// Blobs and parts that are missing or damaged.
    pub items_damaged: u64,
    /// Blobs that could not be checked as was asked: archived, or not readable at the time.
    pub items_unchecked: u64,
    /// For people: "presence and length of 512 blobs", "MD5 of 500 blobs against the service's".
    pub proved: Vec<String>,
    pub not_proved: Vec<String>,
    pub findings: Vec<Fix>,
    pub counts: Counts,
}

/// `restore --to`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StartRestore {
    /// Repository id or name.
    pub to: String,
    /// Put under this folder of it instead of the repository's own.
    #[serde(default)]
    pub folder: Option<String>,
    #[serde(default)]
    pub include: Vec<String>,
    #[serde(default)]
    pub overwrite: bool,
}
