//! Client assertions: JSON web tokens signed with an application's certificate, really checked
//! (<https://learn.microsoft.com/entra/identity-platform/certificate-credentials>).

use super::error::Refusal;
use crate::{
    World,
    wire::{read, write},
    world::directory::{Application, KeyCredential},
};
use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, UnparsedPublicKey,
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use coldkeep_core::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use sha2::Digest as _;
use x509_cert::{Certificate, der::Decode};

/// Seconds by which clocks may differ.
const SKEW_S: i64 = 300;

/// Assertions remembered at most; the ended ones are forgotten when it is reached.
const REMEMBERED: usize = 50_000;

/// The signature, and the key that created it.
#[derive(Deserialize)]
pub(super) struct Header {
    alg: String,
    #[serde(rename = "x5t#S256")]
    sha256: Option<String>,
    x5t: Option<String>,
    /// The SHA-1 thumbprint once more, in any form.
    kid: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    iss: String,
    sub: String,
    jti: Option<String>,
    /// Seconds, with a fraction where the client writes one: MSAL for Python does.
    nbf: Option<f64>,
    exp: f64,
}

/// Checks an assertion by which `application` signs in.
pub(super) fn check_assertion(
    world: &World,
    application: &Application,
    tenant: &str,
    assertion: &str,
) -> Result<(), Refusal> {
    let malformed = || Refusal::request(50027, "JWT token is invalid or malformed.");
    let (body, signature) = assertion.rsplit_once('.').ok_or_else(malformed)?;
    let (header, claims) = body.split_once('.').ok_or_else(malformed)?;
    let header: Header = part(header).ok_or_else(malformed)?;
    let claims: Claims = part(claims).ok_or_else(malformed)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| malformed())?;

    let now = world.now();
    let credential = find_credential(application, &header, world.seen_until())?;
    verify_signature(application, credential, &header, body.as_bytes(), &signature)?;
    check_validity(credential, now)?;
    check_claims(world, application, tenant, &claims)?;
    refuse_replay(world, application, claims)
}

/// A part of a JSON web token.
pub(super) fn part<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// Base64 with or without padding, either alphabet: clients differ.
fn thumbprint(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// A SHA-1 thumbprint as people write it.
fn hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.is_ascii() && text.len() == 40;
    let pairs = (0..text.len() / 2).map(|at| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok());
    digits.then(|| pairs.collect()).flatten()
}

fn find_credential<'a>(
    application: &'a Application,
    header: &Header,
    seen_until: Timestamp,
) -> Result<&'a KeyCredential, Refusal> {
    let wanted = match (&header.sha256, &header.x5t, &header.kid) {
        (Some(text), ..) | (None, Some(text), _) => thumbprint(text).unwrap_or_default(),
        (None, None, Some(text)) => hex(text).or_else(|| thumbprint(text)).unwrap_or_default(),
        (None, None, None) => {
            return Err(Refusal::credential(
                5_002_723,
                "Invalid JWT token. No certificate SHA-1 thumbprint, nor certificate SHA-256 thumbprint, nor keyId specified \
                 in token header.",
            ));
        }
    };
    let by_sha256 = header.sha256.is_some();
    let print = |der: &[u8]| match by_sha256 {
        true => sha2::Sha256::digest(der).to_vec(),
        false => sha1::Sha1::digest(der).to_vec(),
    };
    application
        .key_credentials
        .iter()
        .find(|k| k.usable_at <= seen_until && print(&k.der) == wanted)
        .ok_or_else(|| bad_key(application, "The key was not found.", &wanted))
}

fn bad_key(application: &Application, reason: &str, thumbprint: &[u8]) -> Refusal {
    let hex: String = thumbprint.iter().map(|b| format!("{b:02X}")).collect();
    Refusal::credential(
        700_027,
        format!(
            "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - \
             {reason}, Thumbprint of key used by client: '{hex}', Please visit the Azure Portal, Graph Explorer or directly use \
             MS Graph to see configured keys for app Id '{}'.]",
            application.app_id
        ),
    )
}

/// Whether the certificate's key created the signature.
pub(super) fn verify_signature(
    application: &Application,
    credential: &KeyCredential,
    header: &Header,
    body: &[u8],
    signature: &[u8],
) -> Result<(), Refusal> {
    let algorithm: &'static RsaParameters = match header.alg.as_str() {
        "PS256" => &RSA_PSS_2048_8192_SHA256,
        "RS256" => &RSA_PKCS1_2048_8192_SHA256,
        other => {
            return Err(Refusal::request(
                5_002_738,
                format!("Invalid JWT token. '{other}' is not a supported signature algorithm."),
            ));
        }
    };
    let used = sha1::Sha1::digest(&credential.der);
    let refused = || {
        bad_key(
            application,
            "The key used is invalid: its signature could not be validated.",
            &used,
        )
    };
    let certificate = Certificate::from_der(&credential.der).map_err(|_| refused())?;
    let key = &certificate
        .tbs_certificate()
        .subject_public_key_info()
        .subject_public_key;
    let key = key.as_bytes().ok_or_else(refused)?;
    UnparsedPublicKey::new(algorithm, key)
        .verify(body, signature)
        .map_err(|_| refused())
}

fn check_validity(credential: &KeyCredential, now: Timestamp) -> Result<(), Refusal> {
    if credential.start <= now && now < credential.end {
        return Ok(());
    }
    Err(Refusal::credential(
        1_000_502,
        format!(
            "The provided certificate is not within its specified validity window. Certificate validity window start: '{}', end: \
             '{}'. Current time: '{now}'. Key id '{}', thumbprint '{}'.",
            credential.start,
            credential.end,
            credential.key_id,
            STANDARD.encode(sha1::Sha1::digest(&credential.der)),
        ),
    ))
}

fn check_claims(
    world: &World,
    application: &Application,
    tenant: &str,
    claims: &Claims,
) -> Result<(), Refusal> {
    let same = |id: &str| id.eq_ignore_ascii_case(&application.app_id);
    if !same(&claims.iss) || !same(&claims.sub) {
        return Err(Refusal::credential(
            700_021,
            "Client assertion application identifier doesn't match 'client_id' parameter. Review the documentation at \
             https://learn.microsoft.com/entra/identity-platform/certificate-credentials.",
        ));
    }
    let login = &world.endpoints().login;
    let directory = read(&world.directory);
    let ids = [tenant, &application.tenant_id];
    let domains = ids.map(|id| directory.tenant(id).map_or("", |tenant| &tenant.domain));
    let audience_known = ids.iter().chain(&domains).any(|t| {
        ["oauth2/v2.0/token", "oauth2/token", "v2.0"]
            .iter()
            .any(|tail| claims.aud.eq_ignore_ascii_case(&format!("{login}/{t}/{tail}")))
    });
    drop(directory);
    if !audience_known {
        return Err(Refusal::credential(
            700_023,
            format!(
                "Client assertion audience claim does not match Realm issuer. Expected '{login}/{}/oauth2/v2.0/token'.",
                application.tenant_id
            ),
        ));
    }
    let now_s = world.now().as_second();
    let from_s = claims.nbf.map_or(i64::MIN, whole_seconds);
    let end_s = whole_seconds(claims.exp);
    if now_s + SKEW_S < from_s || now_s - SKEW_S >= end_s {
        return Err(Refusal::credential(
            700_024,
            format!(
                "Client assertion is not within its valid time range. Current time: {}, assertion valid from {from_s}, expiry time \
                 of assertion {end_s}.",
                world.now()
            ),
        ));
    }
    Ok(())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a float beyond an i64 becomes its nearest bound, as wanted"
)]
fn whole_seconds(seconds: f64) -> i64 {
    seconds as i64
}

/// Refuses an assertion seen before. Entra asks for a fresh `jti`; that a second use is refused is ours, as RFC 7523 allows.
fn refuse_replay(world: &World, application: &Application, claims: Claims) -> Result<(), Refusal> {
    let Some(jti) = claims.jti else {
        return Err(Refusal::request(
            50027,
            "JWT token is invalid or malformed: it has no 'jti'.",
        ));
    };
    let now_s = world.now().as_second();
    let mut directory = write(&world.directory);
    if directory.assertions_seen.len() >= REMEMBERED {
        directory
            .assertions_seen
            .retain(|_, end_s| *end_s + SKEW_S > now_s);
    }
    let seen = directory.assertions_seen.insert(
        (application.app_id.clone(), jti.clone()),
        whole_seconds(claims.exp),
    );
    match seen {
        None => Ok(()),
        Some(_) => Err(Refusal::credential(
            50013,
            format!(
                "Assertion failed validation: the assertion with identifier (jti) '{jti}' was used before."
            ),
        )),
    }
}
