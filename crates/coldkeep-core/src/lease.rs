//! What only one process at a time may do, and for how long one may do it without saying that it is alive.

use std::time::Duration;

/// How long a lease lasts after it was taken or extended. A dead holder blocks others for no longer.
pub const LEASE_LASTS: Duration = Duration::from_secs(60);

/// What a lease is about. Together with a key it names one thing that has at most one holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeaseKind {
    /// A job is running; the key is the job's id.
    Job,
    /// A run is alive; the key is the run's id.
    Run,
    /// Credentials of service accounts are changed. One key for all: accounts of one application share keys.
    Credentials,
    /// A secret is sealed, or the master key is replaced. One key for all.
    MasterKey,
    /// The process that holds the tokens of a sign-in; the key is the sign-in's id.
    SignIn,
}

impl LeaseKind {
    /// The word in the database. It is stored, so it never changes.
    pub fn word(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::Run => "run",
            Self::Credentials => "credentials",
            Self::MasterKey => "master_key",
            Self::SignIn => "sign_in",
        }
    }
}
