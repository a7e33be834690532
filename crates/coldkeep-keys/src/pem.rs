//! A certificate and its private key from PEM text.

use crate::{
    KeyMaterial,
    pfx::{Attributes, Contents, FoundCertificate, FoundKey, Refusal, choose},
    rsa_key::{KeyRefusal, load_pkcs1, load_pkcs8},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use coldkeep_core::{
    Code, ExposeSecret, Problem, SecretString, Timestamp, fix,
    problem::{Field, Verb},
};
use zeroize::Zeroizing;

const LONGEST_PEM_BYTES: usize = 1 << 20;

/// Reads an unencrypted RSA private key (PKCS#8 or PKCS#1) and, out of `certificates`, the one it belongs to. A
/// certificate that has run out by `now` is refused.
pub fn read_pem(certificates: &str, key: &SecretString, now: Timestamp) -> Result<KeyMaterial, Problem> {
    if certificates.len().max(key.expose_secret().len()) > LONGEST_PEM_BYTES {
        return Err(Problem::new(
            Code::PemInvalid,
            "The certificate or the key file is larger than 1 MiB",
            "Give the PEM files of one certificate and its key.",
        ));
    }
    let pair = read_key(key.expose_secret())?;
    let certificates: Vec<_> = blocks(certificates)
        .filter(|block| is_certificate(block.label))
        .map(|block| Ok(block.decode()?.to_vec()))
        .collect::<Result<_, Problem>>()?;
    if certificates.is_empty() {
        return Err(Problem::new(
            Code::PemInvalid,
            "The certificate file holds no PEM certificate",
            "Use a file with a block that begins with `-----BEGIN CERTIFICATE-----`.",
        ));
    }
    let certificate = choose::certificate_of(&pair, &certificates).ok_or_else(|| {
        Problem::new(
            Code::CertificateKeyMismatch,
            "The private key belongs to none of the certificates in the certificate file",
            "Give the certificate that was issued for this key.",
        )
    })?;
    choose::refuse_expired(certificate, now).map_err(Refusal::problem_pem)?;
    KeyMaterial::from_pair(certificate.clone(), &pair)
}

/// What PEM text that stands where a PFX should holds: its key, unencrypted, and its certificates.
pub(crate) fn pem_contents(text: &str) -> Result<Contents, Refusal> {
    let refused = |what: &str, next: &str| Refusal::Pem(what.to_owned(), next.into());
    let told = |mut problem: Problem| {
        problem.what = lower_first(&problem.what);
        Refusal::Told(Box::new(problem))
    };
    let has = |wanted: &dyn Fn(&str) -> bool| blocks(text).any(|b| wanted(b.label));
    let has_key = has(&|label| label.ends_with("PRIVATE KEY"));
    let has_certificate = has(&is_certificate);
    if has(&|label| matches!(label, "PKCS7" | "CMS")) && !has_key {
        return Err(refused(
            "it is a PKCS#7 file as PEM text, which holds certificates without keys",
            "Export the certificate with its private key as PFX (PKCS#12).",
        ));
    }
    match (has_key, has_certificate) {
        (false, true) => Err(refused(
            "it is a PEM certificate without a key",
            "Put its private key into the same file (`-----BEGIN PRIVATE KEY-----`), or export both as PFX (PKCS#12).",
        )),
        (true, false) => Err(refused(
            "it is a PEM private key without its certificate",
            "Put the certificate into the same file (`-----BEGIN CERTIFICATE-----`), or export both as PFX (PKCS#12).",
        )),
        (false, false) => Err(refused(
            "it is PEM text with neither a private key nor a certificate",
            "Export the certificate with its private key as PFX (PKCS#12).",
        )),
        (true, true) => {
            let pkcs8 = key_block(text).and_then(|key| pkcs8_of(&key)).map_err(told)?;
            let certificates = blocks(text)
                .filter(|block| is_certificate(block.label))
                .map(|block| {
                    Ok(FoundCertificate {
                        der: block.decode()?.to_vec(),
                        attributes: Attributes::default(),
                    })
                })
                .collect::<Result<_, Problem>>()
                .map_err(told)?;
            let attributes = Attributes::default();
            Ok(Contents {
                keys: vec![FoundKey { pkcs8, attributes }],
                certificates,
            })
        }
    }
}

/// The first block of that label, where there is one.
pub(crate) fn block_of(text: &str, label: &str) -> Option<Result<Vec<u8>, Problem>> {
    let block = blocks(text).find(|block| block.label == label)?;
    Some(block.decode().map(|der| der.to_vec()))
}

/// A key as PKCS#8, which PKCS#1 is put into.
fn pkcs8_of(key: &Block<'_>) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let der = key.decode()?;
    match key.label {
        "PRIVATE KEY" => Ok(der),
        "RSA PRIVATE KEY" => {
            let pair = load_pkcs1(&der).map_err(|why| Refusal::Key(why).problem_pem())?;
            let pkcs8 = aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair);
            let pkcs8 = pkcs8.map_err(|_| Problem::internal("A private key could not be written"))?;
            Ok(Zeroizing::new(pkcs8.as_ref().to_vec()))
        }
        label => Err(Refusal::Key(kind_of(label)).problem_pem()),
    }
}

fn kind_of(label: &str) -> KeyRefusal {
    KeyRefusal::Kind(label.trim_end_matches(" PRIVATE KEY").to_owned())
}

fn is_certificate(label: &str) -> bool {
    matches!(label, "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE")
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// The key in `key`, for a certificate that is known; refuses one that does not belong to it.
pub(crate) fn key_for(certificate_der: Vec<u8>, key: &SecretString) -> Result<KeyMaterial, Problem> {
    let pair = read_key(key.expose_secret())?;
    if choose::certificate_of(&pair, std::slice::from_ref(&certificate_der)).is_none() {
        return Err(Problem::new(
            Code::CertificateKeyReplaced,
            "The key in the key file does not belong to the certificate; it was probably renewed",
            fix![
                "Link the new certificate with its key, and give it to the service account: ",
                Verb::CertificateLink.any().with(Field::Pem),
                "."
            ],
        ));
    }
    KeyMaterial::from_pair(certificate_der, &pair)
}

fn read_key(text: &str) -> Result<aws_lc_rs::rsa::KeyPair, Problem> {
    let key = key_block(text)?;
    let loaded = match key.label {
        "PRIVATE KEY" => load_pkcs8(&key.decode()?),
        "RSA PRIVATE KEY" => load_pkcs1(&key.decode()?),
        other => Err(kind_of(other)),
    };
    loaded.map_err(|why| Refusal::Key(why).problem_pem())
}

/// The one key of a text, refused where it is encrypted.
fn key_block(text: &str) -> Result<Block<'_>, Problem> {
    let mut keys: Vec<_> = blocks(text)
        .filter(|block| block.label.ends_with("PRIVATE KEY"))
        .collect();
    let key = match keys.len() {
        1 => keys.remove(0),
        0 => {
            return Err(Problem::new(
                Code::PemInvalid,
                "The key file holds no PEM private key",
                "Use a file with a block that begins with `-----BEGIN PRIVATE KEY-----`.",
            ));
        }
        _ => {
            return Err(Problem::new(
                Code::PemInvalid,
                "The key file holds several private keys",
                "Use a file that holds only the key of this certificate.",
            ));
        }
    };
    if key.label == "ENCRYPTED PRIVATE KEY" || key.body.contains("ENCRYPTED") {
        return Err(Problem::new(
            Code::KeyEncrypted,
            "The private key is encrypted",
            "Put key and certificate into one PFX file (`openssl pkcs12 -export`) and import that with its password.",
        ));
    }
    Ok(key)
}

/// One `-----BEGIN label-----` block.
struct Block<'a> {
    label: &'a str,
    body: &'a str,
}

impl Block<'_> {
    fn decode(&self) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let damaged = || {
            Problem::new(
                Code::PemInvalid,
                format!(
                    "A PEM block `{}` is damaged: its lines are not base64",
                    self.label
                ),
                "Copy the complete file again.",
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
