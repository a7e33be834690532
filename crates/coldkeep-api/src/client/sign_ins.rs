//! The API's requests about sign-ins.

use super::Client;
use crate::{BrowserAnswer, SignIn, SignInWithTokens, StartSignIn};
use coldkeep_core::{Problem, id::SignInId};
use serde_json::json;

impl Client {
    /// `POST /sign-ins`.
    pub async fn start_sign_in(&self, request: &StartSignIn) -> Result<SignIn, Problem> {
        self.post("/sign-ins", request).await
    }
    /// `GET /sign-ins/{id}`.
    pub async fn show_sign_in(&self, id: SignInId) -> Result<SignIn, Problem> {
        self.get(&format!("/sign-ins/{id}")).await
    }
    /// `POST /sign-ins/tokens`.
    pub async fn sign_in_with_tokens(&self, tokens: &SignInWithTokens) -> Result<SignIn, Problem> {
        self.post("/sign-ins/tokens", tokens).await
    }
    /// A fresh device code in the place of the last.
    pub async fn renew_device_code(&self, id: SignInId) -> Result<SignIn, Problem> {
        self.post(&format!("/sign-ins/{id}/fresh-code"), &json!({})).await
    }
    /// What the browser brought back.
    pub async fn answer_sign_in(&self, id: SignInId, answer: &BrowserAnswer) -> Result<SignIn, Problem> {
        self.post(&format!("/sign-ins/{id}/code"), answer).await
    }
}
