//! Requests about a person's sign-in, and how one is shown.

use crate::Given;
use coldkeep_core::{Challenge, Problem, Timestamp, id::SignInId};
use serde::{Deserialize, Serialize};

/// How a person signs in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInMethod {
    /// A code typed into a web page on any device.
    #[default]
    DeviceCode,
    /// A browser on the machine of the person who signs in, which brings its answer to a loopback address there.
    Browser,
    /// Signed in elsewhere; the access tokens were brought along.
    Tokens,
}

/// `POST /sign-ins`: by device code or in a browser.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct StartSignIn {
    pub cloud: String,
    /// GUID or verified domain; default: `organizations`.
    #[serde(default)]
    pub tenant: Option<String>,
    /// Public client; default: the Azure CLI's.
    #[serde(default)]
    pub client_id: Option<String>,
    #[serde(default)]
    pub method: SignInMethod,
    /// For `browser`: where the answer is listened for, `http://localhost:PORT`.
    #[serde(default)]
    pub redirect_uri: Option<String>,
    /// What a service required after an earlier sign-in: the `challenge` of its problem.
    #[serde(default)]
    pub challenge: Option<Challenge>,
}

/// `POST /sign-ins/tokens`: a sign-in that happened elsewhere, as `az account get-access-token` hands it out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignInWithTokens {
    pub cloud: String,
    /// The tenant that is wanted: GUID or verified domain; default: the tokens'.
    #[serde(default)]
    pub tenant: Option<String>,
    /// Access token for Microsoft Graph.
    pub graph: Given,
    /// Access token for Resource Manager.
    pub resource_manager: Given,
}

/// `POST /sign-ins/{id}/code`: what the browser brought to the loopback address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BrowserAnswer {
    /// The query of the address it asked for: `code=…&state=…`.
    pub answer: Given,
}

/// A person's sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    pub id: SignInId,
    pub cloud: String,
    #[serde(default)]
    pub method: SignInMethod,
    pub state: SignInState,
    /// By device code: what to type. Else empty, as the two below.
    pub user_code: String,
    /// By device code: where to type it.
    pub verification_uri: String,
    /// By device code: Entra's own instruction.
    pub message: String,
    /// In a browser: the page to open.
    #[serde(default)]
    pub authorize_url: Option<String>,
    /// Until when the code, or the page, is waited for.
    pub expires_at: Timestamp,
    /// The signed-in user, once the sign-in is finished.
    #[serde(default)]
    pub user_principal_name: Option<String>,
    #[serde(default)]
    pub tenant_id: Option<String>,
    #[serde(default)]
    pub problem: Option<Problem>,
}

/// How far a sign-in is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInState {
    Pending,
    Done,
    Failed,
}
