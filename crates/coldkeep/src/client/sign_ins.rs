//! The API's requests about sign-ins, and their bodies that hold secrets.

use super::{Client, bodies::exposed};
use coldkeep_core::{Problem, SecretString, id::SignInId};
use coldkeep_server::requests::{SignIn, StartSignIn};
use serde::Serialize;
use serde_json::json;

/// `POST /sign-ins/tokens`.
#[derive(Debug, Serialize)]
pub struct TokensOfSignIn {
    pub cloud: String,
    pub tenant: Option<String>,
    #[serde(serialize_with = "exposed")]
    pub graph: SecretString,
    #[serde(serialize_with = "exposed")]
    pub resource_manager: SecretString,
}

/// `POST /sign-ins/ID/code`.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    #[serde(serialize_with = "exposed")]
    answer: &'a SecretString,
}

impl Client {
    pub async fn start_sign_in(&self, wish: &StartSignIn) -> Result<SignIn, Problem> {
        self.post("/sign-ins", wish).await
    }
    pub async fn show_sign_in(&self, id: SignInId) -> Result<SignIn, Problem> {
        self.get(&format!("/sign-ins/{id}")).await
    }
    pub async fn sign_in_with_tokens(&self, tokens: &TokensOfSignIn) -> Result<SignIn, Problem> {
        self.post("/sign-ins/tokens", tokens).await
    }
    /// A fresh device code in the place of the last.
    pub async fn renew_device_code(&self, id: SignInId) -> Result<SignIn, Problem> {
        self.post(&format!("/sign-ins/{id}/fresh-code"), &json!({})).await
    }
    /// What the browser brought back.
    pub async fn answer_sign_in(&self, id: SignInId, answer: &SecretString) -> Result<SignIn, Problem> {
        self.post(&format!("/sign-ins/{id}/code"), &Answer { answer })
            .await
    }
}
