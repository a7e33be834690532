//! Scripts that set up a service account where Coldkeep itself cannot sign in.

use crate::NewServiceAccount;
use coldkeep_core::Shell;
use serde::{Deserialize, Serialize};

/// `POST /service-accounts/script`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WriteScript {
    #[serde(default)]
    pub shell: Shell,
    /// As for adding it, with a certificate; needs no sign-in.
    pub service_account: NewServiceAccount,
}

/// A script to run elsewhere. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccountScript {
    pub shell: Shell,
    pub text: String,
    /// The certificate whose public part it registers; the key stays in the certificate store.
    pub thumbprint_sha1: String,
}

/// `POST /service-accounts/from-script`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FromScript {
    /// What the script printed, the line of ids somewhere in it.
    pub said: String,
}
