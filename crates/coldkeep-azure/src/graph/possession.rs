//! `addKey` and `removeKey`: rolling an application's certificates with a proof that one has a key of it. An
//! application may do that for itself without any right in the directory, and no other key can be lost by it
//! (<https://learn.microsoft.com/graph/api/application-addkey>).

use super::{Graph, NewKey, key_id, keys};
use crate::{
    Error, ReplicationWait, credential_not_yet_known, token::sign_jwt, transport::address::segment,
    wait_until_consistent,
};
use coldkeep_core::signer::{AssertionSigner, SigningAlgorithm};
use http::Method;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// The documentation of proofs names Azure AD Graph; for years it named Microsoft Graph.
const AUDIENCES: [&str; 2] = [
    "00000002-0000-0000-c000-000000000000",
    "00000003-0000-0000-c000-000000000000",
];
/// A proof may live for ten minutes; it begins a little in the past, for clocks that are behind.
const BACKDATE_S: i64 = 60;
const LIFE_S: i64 = 540;
/// So often "not there" is not believed.
const MISSING_MAX: u32 = 3;

/// The replica that verifies the proof may not have a new key yet.
const PROOF_KEY_KNOWN: ReplicationWait = ReplicationWait {
    within: Duration::from_secs(60),
    first_wait: Duration::from_millis(500),
    successes: 1,
};

impl Graph {
    /// Adds a certificate beside the application's others, proven with `signer`, a key it has. Answers with the id it
    /// got. Asked again for the same certificate, it stays one.
    ///
    /// # Errors
    /// `Authentication_MissingOrMalformed` where the proof is not accepted.
    pub async fn add_key(
        &self,
        object_id: &str,
        key: &NewKey<'_>,
        signer: &Arc<dyn AssertionSigner>,
    ) -> Result<String, Error> {
        let wanted = key_id(object_id, key.der);
        let credential = keys::sent(&wanted, key);
        let body =
            |proof: String| json!({"keyCredential": credential, "passwordCredential": null, "proof": proof});
        match self.proven(object_id, "addKey", signer, body).await {
            Ok(answer) => {
                let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
                Ok(answer["keyId"].as_str().map_or(wanted, str::to_owned))
            }
            // An earlier try took effect and its answer was lost.
            Err(error) if error.status() == Some(400) && says(&error, "duplicate") => Ok(wanted),
            Err(error) => Err(error),
        }
    }

    /// Takes one certificate away, proven with `signer`, a key that stays. Whether it was there.
    pub async fn remove_key(
        &self,
        object_id: &str,
        key_id: &str,
        signer: &Arc<dyn AssertionSigner>,
    ) -> Result<bool, Error> {
        let body = |proof: String| json!({"keyId": key_id, "proof": proof});
        match self.proven(object_id, "removeKey", signer, body).await {
            Ok(_) => Ok(true),
            Err(error) if error.status() == Some(400) && says(&error, "no credentials found") => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn proven(
        &self,
        object_id: &str,
        action: &str,
        signer: &Arc<dyn AssertionSigner>,
        body: impl Fn(String) -> Value,
    ) -> Result<bytes::Bytes, Error> {
        let path = format!("/applications/{}/{action}", segment(object_id));
        // A replica may not have the application yet; a wrong id is reported soon, anyway.
        let missing = AtomicU32::new(0);
        let passes = |error: &Error| {
            proof_refused(error)
                || credential_not_yet_known(error)
                || error.status() == Some(404) && missing.fetch_add(1, Ordering::Relaxed) < MISSING_MAX
        };
        wait_until_consistent(PROOF_KEY_KNOWN, passes, || async {
            let mut refused = None;
            for audience in AUDIENCES {
                let proof = self.proof(object_id, audience, signer.clone()).await?;
                match self.api.put(Method::POST, &path, &body(proof)).await {
                    Ok((_, answer)) => return Ok(answer),
                    Err(error) if proof_refused(&error) => refused = Some(error),
                    Err(error) => return Err(error),
                }
            }
            Err(refused.unwrap_or_else(|| self.api.unsigned("no proof was sent")))
        })
        .await
    }

    async fn proof(
        &self,
        object_id: &str,
        audience: &str,
        signer: Arc<dyn AssertionSigner>,
    ) -> Result<String, Error> {
        let now_s = self.api.clock().now().as_second();
        let claims = json!({
            "aud": audience,
            "iss": object_id,
            "nbf": now_s - BACKDATE_S,
            "exp": now_s - BACKDATE_S + LIFE_S,
        });
        // Every example of the documentation signs proofs with RS256.
        tokio::task::spawn_blocking(move || sign_jwt(&*signer, SigningAlgorithm::Rs256, &claims))
            .await
            .map_err(|_| self.api.unsigned("the signer failed"))?
            .map_err(|problem| Error::from_problem("the certificate's key", &problem))
    }
}

fn proof_refused(error: &Error) -> bool {
    error.code() == Some("Authentication_MissingOrMalformed")
}

fn says(error: &Error, words: &str) -> bool {
    let message = error.system().message.as_deref().unwrap_or_default();
    message.to_ascii_lowercase().contains(words)
}
