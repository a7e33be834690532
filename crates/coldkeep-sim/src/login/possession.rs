//! Proofs of possession by which an application rolls its keys: JSON web tokens signed with a key it has
//! (<https://learn.microsoft.com/graph/application-rollkey-prooftoken>).

use super::assertion;
use crate::world::directory::Application;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use coldkeep_core::Timestamp;
use serde::Deserialize;

/// The documentation named Azure AD Graph for years, and names Microsoft Graph today.
const AUDIENCES: [&str; 2] = [
    "00000002-0000-0000-c000-000000000000",
    "00000003-0000-0000-c000-000000000000",
];
/// Seconds a proof may live, and by which clocks may differ.
const LIFE_S: i64 = 600;
const SKEW_S: i64 = 300;

/// Graph does not say what it dislikes in a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    Good,
    Bad,
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    iss: String,
    nbf: i64,
    exp: i64,
}

/// Whether the proof is signed by one of the application's valid certificates and says what it must.
pub(crate) fn check(application: &Application, proof: &str, now: Timestamp) -> Proof {
    let good = || {
        let (body, signature) = proof.rsplit_once('.')?;
        let (header, claims) = body.split_once('.')?;
        let header: assertion::Header = assertion::part(header)?;
        let claims: Claims = assertion::part(claims)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let signed = application.key_credentials.iter().any(|key| {
            key.usable_at <= now
                && key.start <= now
                && now < key.end
                && assertion::verify_signature(application, key, &header, body.as_bytes(), &signature).is_ok()
        });
        let now_s = now.as_second();
        let in_time =
            claims.nbf <= now_s + SKEW_S && now_s - SKEW_S < claims.exp && claims.exp - claims.nbf <= LIFE_S;
        (signed
            && in_time
            && AUDIENCES.contains(&claims.aud.as_str())
            && claims.iss.eq_ignore_ascii_case(&application.object_id))
        .then_some(())
    };
    match good() {
        Some(()) => Proof::Good,
        None => Proof::Bad,
    }
}
