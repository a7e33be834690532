//! The API's requests about sign-ins.

use super::Client;
use crate::{BrowserAnswer, SignIn, SignInWithTokens, StartSignIn};
use coldkeep_core::{Problem, id::SignInId};
use serde_json::json;
use std::sync::PoisonError;

impl Client {
    /// `POST /sign-ins`.
    pub async fn start_sign_in(&self, request: &StartSignIn) -> Result<SignIn, Problem> {
        let started = self.post("/sign-ins", request).await?;
        Ok(self.remember(started))
    }
    /// `GET /sign-ins/{id}`.
    pub async fn show_sign_in(&self, id: SignInId) -> Result<SignIn, Problem> {
        self.get(&format!("/sign-ins/{id}")).await
    }
    /// `POST /sign-ins/tokens`.
    pub async fn sign_in_with_tokens(&self, tokens: &SignInWithTokens) -> Result<SignIn, Problem> {
        let started = self.post("/sign-ins/tokens", tokens).await?;
        Ok(self.remember(started))
    }
    /// `DELETE /sign-ins/{id}` for each sign-in that this client or a clone of it started: the server drops their tokens.
    ///
    /// # Errors
    /// The first refusal, once all were asked for.
    pub async fn end_sign_ins(&self) -> Result<(), Problem> {
        let ids = std::mem::take(&mut *self.started.lock().unwrap_or_else(PoisonError::into_inner));
        let mut outcome = Ok(());
        for id in ids {
            let ended = self.delete(&format!("/sign-ins/{id}"), None::<&()>).await;
            outcome = outcome.and(ended);
        }
        outcome
    }

    fn remember(&self, started: SignIn) -> SignIn {
        let mut ids = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        ids.push(started.id);
        started
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
