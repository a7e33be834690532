//! Access tokens: real RS256 JSON web tokens, signed when given and checked when shown.

use super::{Principal, TokenRefusal};
use crate::wire::{read, write};
use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    io,
    sync::{Arc, OnceLock, RwLock},
};
use x509_cert::der::{Reader as _, SliceReader, asn1::UintRef};

/// The number of checked tokens that are remembered before all are forgotten.
const REMEMBERED: usize = 10_000;

/// The claims of a checked token.
#[derive(Debug)]
pub(super) struct Verified {
    pub principal: Principal,
    pub audience: String,
    /// The application id of the client that the token was given to.
    pub client_id: String,
    /// App roles of an application's token, scopes of a person's.
    pub permissions: Vec<String>,
    pub strength: Strength,
    pub not_before_s: i64,
    pub expires_s: i64,
}

/// How strongly a person has signed in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Strength {
    /// With a second factor.
    pub mfa: bool,
    /// The request for the token asked for it: `acrs` has it.
    pub asked: bool,
}

/// The signing key, and the tokens it has checked: a copy of a million blobs shows the same one a million times.
#[derive(Debug)]
pub(crate) struct Tokens {
    key: Arc<SigningKey>,
    verified: RwLock<HashMap<String, Arc<Verified>>>,
}

#[derive(Debug)]
struct SigningKey {
    pair: RsaKeyPair,
    pkcs8: Vec<u8>,
    id: String,
    modulus: String,
    exponent: String,
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    nbf: i64,
    exp: i64,
    oid: String,
    tid: String,
    #[serde(alias = "azp")]
    appid: String,
    idtyp: String,
    #[serde(default)]
    upn: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    scp: String,
    #[serde(default)]
    amr: Vec<String>,
    #[serde(default)]
    acrs: Vec<String>,
}

impl Tokens {
    /// Signs with the key of that PKCS#8.
    pub(crate) fn of(pkcs8: &[u8]) -> io::Result<Self> {
        let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(io::Error::other)?;
        Ok(Self {
            key: Arc::new(SigningKey::of(pair)?),
            verified: RwLock::default(),
        })
    }

    /// The key as PKCS#8.
    pub(crate) fn pkcs8(&self) -> &[u8] {
        &self.key.pkcs8
    }

    /// Takes the process's key; making one takes longer than starting everything else.
    pub(crate) fn new() -> io::Result<Self> {
        static KEY: OnceLock<Arc<SigningKey>> = OnceLock::new();
        let key = match KEY.get() {
            Some(key) => key.clone(),
            None => {
                let made = Arc::new(SigningKey::generate()?);
                KEY.get_or_init(|| made).clone()
            }
        };
        Ok(Self {
            key,
            verified: RwLock::default(),
        })
    }

    /// Signs claims.
    pub(crate) fn sign(&self, claims: &Value) -> Result<String, aws_lc_rs::error::Unspecified> {
        let header = json!({"typ": "JWT", "alg": "RS256", "x5t": self.key.id, "kid": self.key.id});
        let body = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let mut signature = vec![0; self.key.pair.public_modulus_len()];
        self.key.pair.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            body.as_bytes(),
            &mut signature,
        )?;
        Ok(format!("{body}.{}", encode(signature)))
    }

    /// The public half, as `jwks_uri` serves it.
    pub(crate) fn key_set(&self) -> Value {
        json!({"keys": [{
            "kty": "RSA", "use": "sig", "kid": self.key.id, "x5t": self.key.id,
            "n": self.key.modulus, "e": self.key.exponent,
        }]})
    }

    /// Checks a token's form and signature; its lifetime and audience are the caller's to check.
    pub(super) fn verify(&self, token: &str) -> Result<Arc<Verified>, TokenRefusal> {
        if let Some(known) = read(&self.verified).get(token) {
            return Ok(known.clone());
        }
        let (body, signature) = token.rsplit_once('.').ok_or(TokenRefusal::Malformed)?;
        let (_, claims) = body.split_once('.').ok_or(TokenRefusal::Malformed)?;
        let signature = decode(signature)?;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.key.pair.public_key().as_ref())
            .verify(body.as_bytes(), &signature)
            .map_err(|_| TokenRefusal::BadSignature)?;
        let claims: Claims = serde_json::from_slice(&decode(claims)?).map_err(|_| TokenRefusal::Malformed)?;
        let verified = Arc::new(Verified::from(claims));
        let mut all = write(&self.verified);
        if all.len() >= REMEMBERED {
            all.clear();
        }
        all.insert(token.to_owned(), verified.clone());
        Ok(verified)
    }
}

impl From<Claims> for Verified {
    fn from(claims: Claims) -> Self {
        let app_only = claims.idtyp == "app";
        let permissions = if app_only {
            claims.roles
        } else {
            claims.scp.split_whitespace().map(str::to_owned).collect()
        };
        let strength = Strength {
            mfa: claims.amr.iter().any(|how| how == "mfa"),
            asked: claims.acrs.iter().any(|context| context == "p1"),
        };
        Self {
            permissions,
            strength,
            client_id: claims.appid.clone(),
            principal: Principal {
                tenant_id: claims.tid,
                object_id: claims.oid,
                name: claims.upn.unwrap_or_else(|| claims.appid.clone()),
                app_id: app_only.then_some(claims.appid),
            },
            audience: claims.aud,
            not_before_s: claims.nbf,
            expires_s: claims.exp,
        }
    }
}

impl SigningKey {
    fn generate() -> io::Result<Self> {
        Self::of(RsaKeyPair::generate(KeySize::Rsa2048).map_err(io::Error::other)?)
    }

    fn of(pair: RsaKeyPair) -> io::Result<Self> {
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(io::Error::other)?;
        let public = pair.public_key().as_ref();
        let (modulus, exponent) = public_numbers(public).map_err(io::Error::other)?;
        let id = encode(&Sha256::digest(public)[..20]);
        Ok(Self {
            id,
            modulus,
            exponent,
            pkcs8: der.as_ref().to_vec(),
            pair,
        })
    }
}

/// Reads `RSAPublicKey` (RFC 8017).
fn public_numbers(der: &[u8]) -> x509_cert::der::Result<(String, String)> {
    let mut reader = SliceReader::new(der)?;
    reader.sequence(|numbers| {
        let modulus: UintRef<'_> = numbers.decode()?;
        let exponent: UintRef<'_> = numbers.decode()?;
        Ok((encode(modulus.as_bytes()), encode(exponent.as_bytes())))
    })
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(text: &str) -> Result<Vec<u8>, TokenRefusal> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenRefusal::Malformed)
}
