//! Words and decisions: the types everybody shares and the pure functions that decide. Nothing in here reads a
//! clock, a file, the environment or the network.

pub mod app_policy;
pub mod azure_checklist;
pub mod blob;
pub mod blob_names;
pub mod built_in;
pub mod caller;
pub mod certificate;
pub mod clock;
pub mod cloud;
pub mod content_hash;
pub mod copy;
pub mod data_name;
pub mod doubt;
pub mod endpoint;
pub mod file_names;
pub mod flow;
pub mod foreign_secrets;
pub mod foreign_text;
pub mod format;
pub mod hash;
pub mod id;
pub mod job;
pub mod known_target;
pub mod lease;
pub mod listing;
pub mod moment;
pub mod network;
pub mod onboarding;
pub mod permission;
pub mod person;
pub mod point;
pub mod point_address;
pub mod problem;
pub mod renewal;
pub mod repository;
pub mod resource;
pub mod restore_names;
pub mod run;
pub mod sas;
pub mod secret_owner;
pub mod service_account;
pub mod sharing;
pub mod shell;
pub mod signer;
pub mod storage_account;
pub mod target_finding;
pub mod verification;
pub mod wizard;
pub mod writer_key;

pub use caller::Caller;
pub use clock::{Clock, SystemClock};
pub use data_name::DataName;
pub use doubt::{Doubt, DoubtKind};
pub use point_address::PointAddress;
pub use problem::{Challenge, Code, Fix, Kind, Problem, System};
pub use secrecy::{ExposeSecret, SecretBox, SecretSlice, SecretString};
pub use secret_owner::SecretOwner;
pub use shell::Shell;
pub use writer_key::WriterPublicKey;

/// A moment in UTC, as the services report it (their resolution is often one second).
pub type Timestamp = jiff::Timestamp;
