//! Reads what Coldkeep needs of an X.509 certificate, tolerating profiles that RFC 5280 forbids.

use crate::{pfx::ber::Reader, rsa_key::key_kind};
use coldkeep_core::Timestamp;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use x509_cert::{
    certificate::{CertificateInner, Raw},
    der::{Decode, Encode, referenced::OwnedToRef},
    time::Time,
};

/// A certificate, taken apart.
pub(crate) struct Parsed {
    /// RFC 4514.
    pub subject: String,
    /// RFC 4514.
    pub issuer: String,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    /// Upper-case hex without leading zero bytes.
    pub serial: String,
    /// `RSA 3072`, `EC P-256`.
    pub key: String,
    /// The content of the subject public key's bit string: for RSA, an `RSAPublicKey`.
    pub public_key: Vec<u8>,
}

/// Takes `der` apart; the error is a reason for people.
pub(crate) fn parse(der: &[u8]) -> Result<Parsed, String> {
    let certificate = CertificateInner::<Raw>::from_der(der)
        .map_err(|e| format!("the certificate cannot be read ({e})"))?;
    let body = certificate.tbs_certificate();
    let validity = body.validity();
    let spki = body.subject_public_key_info();
    let public_key = spki.subject_public_key.raw_bytes().to_vec();
    let parameters = spki
        .algorithm
        .parameters
        .as_ref()
        .and_then(|p| p.owned_to_ref().to_der().ok());
    let kind = key_kind(&spki.algorithm.oid, parameters.as_deref());
    let key = match rsa_bits(&public_key) {
        Some(bits) if kind == "RSA" => format!("RSA {bits}"),
        _ => kind,
    };
    Ok(Parsed {
        subject: body.subject().to_string(),
        issuer: body.issuer().to_string(),
        not_before: moment(validity.not_before)?,
        not_after: moment(validity.not_after)?,
        serial: serial_hex(body.serial_number().as_bytes()),
        key,
        public_key,
    })
}

/// The parts of a certificate that a token keeps beside it, each in DER.
pub(crate) struct Names {
    pub subject: Vec<u8>,
    pub issuer: Vec<u8>,
    pub serial: Vec<u8>,
}

/// The error is a reason for people.
pub(crate) fn names_der(der: &[u8]) -> Result<Names, String> {
    let read = || {
        let certificate = CertificateInner::<Raw>::from_der(der)?;
        let body = certificate.tbs_certificate();
        Ok(Names {
            subject: body.subject().to_der()?,
            issuer: body.issuer().to_der()?,
            serial: body.serial_number().to_der()?,
        })
    };
    read().map_err(|e: x509_cert::der::Error| format!("the certificate cannot be read ({e})"))
}

fn moment(time: Time) -> Result<Timestamp, String> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok();
    seconds
        .and_then(|s| Timestamp::from_second(s).ok())
        .ok_or_else(|| "the certificate's dates cannot be read".to_owned())
}

fn serial_hex(bytes: &[u8]) -> String {
    let start = bytes
        .iter()
        .position(|b| *b != 0)
        .unwrap_or(bytes.len().saturating_sub(1));
    hex_upper(bytes.get(start..).unwrap_or_default())
}

/// The size of an `RSAPublicKey`'s modulus in bits.
fn rsa_bits(public_key: &[u8]) -> Option<usize> {
    let modulus = Reader::new(public_key)
        .sequence()
        .ok()?
        .expect(0x02)
        .ok()?
        .content;
    let first = modulus.iter().position(|b| *b != 0)?;
    let leading = usize::try_from(modulus[first].leading_zeros()).ok()?;
    Some((modulus.len() - first) * 8 - leading)
}

pub(crate) fn thumbprint_sha1(der: &[u8]) -> [u8; 20] {
    Sha1::digest(der).into()
}

pub(crate) fn thumbprint_sha256(der: &[u8]) -> [u8; 32] {
    Sha256::digest(der).into()
}

pub(crate) fn hex_upper(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
            let _ = write!(hex, "{byte:02X}");
            hex
        })
}
