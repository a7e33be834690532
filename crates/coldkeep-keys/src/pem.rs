//! A certificate and its private key from PEM text.

use crate::{
    KeyMaterial,
    pfx::{Refusal, choose},
    rsa_key::{KeyRefusal, load_pkcs1, load_pkcs8},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use coldkeep_core::{ExposeSecret, Problem, SecretString, Timestamp};
use zeroize::Zeroizing;

const LONGEST_PEM_BYTES: usize = 1 << 20;

/// Reads an unencrypted RSA private key (PKCS#8 or PKCS#1) and, out of `certificates`, the one it belongs to. A
/// certificate that has run out by `now` is refused.
pub fn read_pem(certificates: &str, key: &SecretString, now: Timestamp) -> Result<KeyMaterial, Problem> {
    if certificates.len().max(key.expose_secret().len()) > LONGEST_PEM_BYTES {
        return Err(Problem::invalid(
            "The certificate or the key file is larger than 1 MiB",
            "Give the PEM files of one certificate and its key.",
        ));
    }
    let pair = read_key(key.expose_secret())?;
    let certificates: Vec<_> = blocks(certificates)
        .filter(|block| {
            matches!(
                block.label,
                "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE"
            )
        })
        .map(|block| Ok(block.decode()?.to_vec()))
        .collect::<Result<_, Problem>>()?;
    if certificates.is_empty() {
        return Err(Problem::invalid(
            "The certificate file holds no PEM certificate",
            "Give a file with a block that begins with `-----BEGIN CERTIFICATE-----`.",
        ));
    }
    let certificate = choose::certificate_of(&pair, &certificates).ok_or_else(|| {
        Problem::invalid(
            "The private key belongs to none of the certificates in the certificate file",
            "Give the certificate that was issued for this key.",
        )
    })?;
    choose::refuse_expired(certificate, now).map_err(Refusal::problem_pem)?;
    KeyMaterial::from_pair(certificate.clone(), &pair)
}

/// The key in `key`, for a certificate that is known; refuses one that does not belong to it.
pub(crate) fn key_for(certificate_der: Vec<u8>, key: &SecretString) -> Result<KeyMaterial, Problem> {
    let pair = read_key(key.expose_secret())?;
    if choose::certificate_of(&pair, std::slice::from_ref(&certificate_der)).is_none() {
        return Err(Problem::conflict(
            "The key file holds another key than the one that belongs to the certificate; it was renewed, it seems",
            "Link the new certificate with its key (`certificate link --pem`), and give it to the service account.",
        ));
    }
    KeyMaterial::from_pair(certificate_der, &pair)
}

fn read_key(text: &str) -> Result<aws_lc_rs::rsa::KeyPair, Problem> {
    let keys: Vec<_> = blocks(text)
        .filter(|block| block.label.ends_with("PRIVATE KEY"))
        .collect();
    let key = match keys.as_slice() {
        [key] => key,
        [] => {
            return Err(Problem::invalid(
                "The key file holds no PEM private key",
                "Give a file with a block that begins with `-----BEGIN PRIVATE KEY-----`.",
            ));
        }
        _ => {
            return Err(Problem::invalid(
                "The key file holds several private keys",
                "Give a file that holds just the key of this certificate.",
            ));
        }
    };
    if key.label == "ENCRYPTED PRIVATE KEY" || key.body.contains("ENCRYPTED") {
        return Err(Problem::invalid(
            "The private key is encrypted",
            "Put key and certificate into one PFX file (`openssl pkcs12 -export`) and import that with its password.",
        ));
    }
    let loaded = match key.label {
        "PRIVATE KEY" => load_pkcs8(&key.decode()?),
        "RSA PRIVATE KEY" => load_pkcs1(&key.decode()?),
        "EC PRIVATE KEY" => Err(KeyRefusal::Kind("EC".to_owned())),
        other => Err(KeyRefusal::Kind(
            other.trim_end_matches(" PRIVATE KEY").to_owned(),
        )),
    };
    loaded.map_err(|why| Refusal::Key(why).problem_pem())
}

/// One `-----BEGIN label-----` block.
struct Block<'a> {
    label: &'a str,
    body: &'a str,
}

impl Block<'_> {
    fn decode(&self) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let damaged = || {
            Problem::invalid(
                format!(
                    "A PEM block `{}` is damaged: its lines are not base64",
                    self.label
                ),
                "Copy the file again, as a whole.",
            )
        };
        let mut packed = Zeroizing::new(String::with_capacity(self.body.len()));
        packed.extend(self.body.chars().filter(|c| !c.is_ascii_whitespace()));
        let mut decoded = Zeroizing::new(vec![0; packed.len()]);
        let length = BASE64_STANDARD
            .decode_slice(packed.as_bytes(), &mut decoded)
            .map_err(|_| damaged())?;
        decoded.truncate(length);
        Ok(decoded)
    }
}

/// The PEM blocks of a text; what is between them (`Bag Attributes`, comments) is passed over.
fn blocks(text: &str) -> impl Iterator<Item = Block<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let (_, after_begin) = rest.split_once("-----BEGIN ")?;
            let (label, after_label) = after_begin.split_once("-----")?;
            rest = after_label;
            if let Some((body, after)) = after_label.split_once(&format!("-----END {label}-----")) {
                rest = after;
                return Some(Block { label, body });
            }
        }
    })
}
