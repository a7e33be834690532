//! Certificates and assertions made for tests, apart from Coldkeep's own.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair},
};
use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use coldkeep_sim::World;
use serde_json::{Value, json};
use sha2::Digest as _;
use std::sync::OnceLock;

/// A self-signed certificate and its key.
pub struct Certificate {
    pub der: Vec<u8>,
    key: RsaKeyPair,
}

impl Certificate {
    /// One for all tests: good until the end of 2040.
    pub fn shared() -> &'static Self {
        static MADE: OnceLock<Certificate> = OnceLock::new();
        MADE.get_or_init(|| Self::make(2040))
    }

    /// Good from 2020 to the end of `until`.
    pub fn make(until: i32) -> Self {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
        let mut params = rcgen::CertificateParams::new(vec![]).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 12, 31);
        let der = params.self_signed(&pair).unwrap().der().to_vec();
        Self {
            der,
            key: RsaKeyPair::from_pkcs8(&pair.serialize_der()).unwrap(),
        }
    }

    /// As Graph takes it.
    pub fn credential(&self) -> Value {
        json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": BASE64_STANDARD.encode(&self.der)})
    }

    /// PS256 with `x5t#S256`.
    pub fn sign(&self, claims: &Value) -> String {
        let print = BASE64_URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(&self.der));
        self.jwt(
            &json!({"alg": "PS256", "typ": "JWT", "x5t#S256": print}),
            claims,
            &RSA_PSS_SHA256,
        )
    }

    /// RS256 with `x5t`, in the Base64 that Microsoft's Rust library uses.
    pub fn sign_older(&self, claims: &Value) -> String {
        let print = BASE64_STANDARD.encode(sha1::Sha1::digest(&self.der));
        self.jwt(
            &json!({"alg": "RS256", "typ": "JWT", "x5t": print}),
            claims,
            &RSA_PKCS1_SHA256,
        )
    }

    fn jwt(&self, header: &Value, claims: &Value, how: &'static dyn RsaEncoding) -> String {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let body = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(how, &SystemRandom::new(), body.as_bytes(), &mut signature)
            .unwrap();
        format!("{body}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

/// What an assertion says; the fields of `change` replace it.
pub fn claims(world: &World, tenant: &str, client_id: &str, change: &Value) -> Value {
    let now_s = world.now().as_second();
    let mut claims = json!({
        "aud": format!("{}/{tenant}/oauth2/v2.0/token", world.endpoints().login),
        "iss": client_id,
        "sub": client_id,
        "jti": uuid::Uuid::new_v4().to_string(),
        "nbf": now_s - 60,
        "exp": now_s + 300,
    });
    for (name, value) in change.as_object().into_iter().flatten() {
        claims[name.as_str()] = value.clone();
    }
    claims
}
