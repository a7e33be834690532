//! What the REST API is asked and what it answers: the types that the server, the engine's use cases and every client share.
//! With the feature `client`, also a typed client.

mod capability;
mod certificate;
#[cfg(feature = "client")]
mod client;
mod doctor;
mod given;
mod greeting;
mod job;
mod place;
mod plan;
mod point;
mod problem;
mod renewal;
mod repository;
mod run;
mod script;
mod service_account;
mod settings;
mod sign_in;
mod socket;
mod wizard;

pub use capability::{Ability, Capabilities, CapabilitiesOf, ScopeCapabilities};
pub use certificate::{
    CertificateFolder, ExportPfx, ExportedPfx, GenerateInToken, ImportPfx, LinkCertificate, LinkedKey,
    NameFolder, NewCredential, PfxFile, PfxKey,
};
#[cfg(feature = "client")]
pub use client::{Client, Content};
pub use doctor::{Diagnosis, Finding, Level};
pub use given::Given;
pub use greeting::Greeting;
pub use job::{CopyPlan, NewJob, StartRun};
pub use place::{SeenContainer, SeenStorageAccount, SeenSubscription};
pub use plan::{OnboardingPlan, OnboardingStep, PlanDifference, PlanDigest, StepAction};
pub use point::{FilesPage, PointList, RepositoryProblem, StartRestore, Verification, VerifyPoint};
pub use problem::{PROBLEM_MEDIA_TYPE, PROBLEM_TRAILER, ProblemDocument};
pub use renewal::{AbandonRenewal, RenewServiceAccount, RetireOldCredentials};
pub use repository::{AdmitWriter, AttachRepository, EditRepository, NewAccess, NewRepository, TargetView};
pub use run::{RunItemsPage, RunsPage};
pub use script::{FromScript, ServiceAccountScript, WriteScript};
pub use service_account::{
    Check, CheckServiceAccount, EditServiceAccount, GivenCredential, NewServiceAccount, RemoveServiceAccount,
    RemovedServiceAccount, ServiceAccountView, StayingKey,
};
pub use settings::{ChangeNetwork, MasterKeyFacts, NetworkFacts, ProxyFacts, Rekey, Settings};
pub use sign_in::{BrowserAnswer, SignIn, SignInMethod, SignInState, SignInWithTokens, StartSignIn};
pub use socket::SocketPath;
pub use wizard::{WizardStep, WizardView};
