//! Proofs of possession by which an application rolls its keys: JSON web tokens signed with a key it has
//! (<https://learn.microsoft.com/graph/application-rollkey-prooftoken>).

use super::assertion;
use crate::{World, world::directory::Application};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

/// Seconds a proof may live, and by which clocks may differ.
const LIFE_S: i64 = 600;
const SKEW_S: i64 = 300;

/// Graph does not report what is wrong with a proof.
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

/// Whether the proof is signed by one of the application's valid certificates and has the required claims.
pub(crate) fn check_proof(world: &World, application: &Application, proof: &str) -> Proof {
    let now = world.now();
    let audiences = world.sign_in_rules().proof_audience.taken();
    let good = || {
        let (body, signature) = proof.rsplit_once('.')?;
        let (header, claims) = body.split_once('.')?;
        let header: assertion::Header = assertion::part(header)?;
        let claims: Claims = assertion::part(claims)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let signed = application.key_credentials.iter().any(|key| {
            key.usable_at <= world.seen_until()
                && key.start <= now
                && now < key.end
                && assertion::verify_signature(application, key, &header, body.as_bytes(), &signature).is_ok()
        });
        let now_s = now.as_second();
        let in_time =
            claims.nbf <= now_s + SKEW_S && now_s - SKEW_S < claims.exp && claims.exp - claims.nbf <= LIFE_S;
        (signed
            && in_time
            && audiences.contains(&claims.aud.as_str())
            && claims.iss.eq_ignore_ascii_case(&application.object_id))
        .then_some(())
    };
    match good() {
        Some(()) => Proof::Good,
        None => Proof::Bad,
    }
}
