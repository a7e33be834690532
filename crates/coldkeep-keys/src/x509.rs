//! Reads what Coldkeep needs of an X.509 certificate, tolerating profiles that RFC 5280 forbids.

use crate::{
    pfx::ber::{BerError, CONTEXT_0, Element, INTEGER, Reader, SEQUENCE},
    rsa_key::key_kind,
};
use coldkeep_core::{Timestamp, moment::parse_asn1_time};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use x509_cert::{
    der::{Decode, Encode, referenced::OwnedToRef},
    name::Name,
    spki::SubjectPublicKeyInfoOwned,
};

const BIT_STRING: u8 = 0x03;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

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

/// The parts of a certificate, each in DER. The library's own reader of certificates knows no dates before 1970.
struct Parts<'a> {
    serial: &'a [u8],
    issuer: &'a [u8],
    not_before: Element<'a>,
    not_after: Element<'a>,
    subject: &'a [u8],
    public_key: &'a [u8],
}

/// Takes a certificate apart (RFC 5280, section 4.1). The error is a reason for people.
fn parts(der: &[u8]) -> Result<Parts<'_>, String> {
    let read = || -> Result<Option<Parts<'_>>, BerError> {
        let mut file = Reader::new(der);
        let mut certificate = file.sequence()?;
        let mut body = certificate.sequence()?;
        // The algorithm and the signature.
        certificate.expect(SEQUENCE)?;
        certificate.expect(BIT_STRING)?;
        body.optional(CONTEXT_0)?;
        let serial = raw(&mut body, INTEGER)?;
        body.expect(SEQUENCE)?;
        let issuer = raw(&mut body, SEQUENCE)?;
        let mut validity = body.sequence()?;
        let (not_before, not_after) = (validity.element()?, validity.element()?);
        let parts = Parts {
            serial,
            issuer,
            not_before,
            not_after,
            subject: raw(&mut body, SEQUENCE)?,
            public_key: raw(&mut body, SEQUENCE)?,
        };
        let whole = file.is_at_end() && certificate.is_at_end() && validity.is_at_end();
        Ok(whole.then_some(parts))
    };
    match read() {
        Ok(Some(parts)) => Ok(parts),
        Ok(None) => Err("the certificate cannot be read (something follows it)".to_owned()),
        Err(BerError::Truncated) => Err("the certificate cannot be read (it is truncated)".to_owned()),
        Err(BerError::Malformed(why)) => Err(format!("the certificate cannot be read ({why})")),
    }
}

/// The next element, whole.
fn raw<'a>(reader: &mut Reader<'a>, tag: u8) -> Result<&'a [u8], BerError> {
    let from = reader.rest();
    reader.expect(tag)?;
    Ok(&from[..from.len() - reader.rest().len()])
}

/// Takes `der` apart; the error is a reason for people.
pub(crate) fn parse(der: &[u8]) -> Result<Parsed, String> {
    let parts = parts(der)?;
    let unreadable = |e: x509_cert::der::Error| format!("the certificate cannot be read ({e})");
    let name = |der: &[u8]| Name::from_der(der).map(|n| n.to_string()).map_err(unreadable);
    let spki = SubjectPublicKeyInfoOwned::from_der(parts.public_key).map_err(unreadable)?;
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
        subject: name(parts.subject)?,
        issuer: name(parts.issuer)?,
        not_before: moment(&parts.not_before)?,
        not_after: moment(&parts.not_after)?,
        serial: serial_hex(content(parts.serial)),
        key,
        public_key,
    })
}

/// The parts of a certificate that a token keeps beside it, each in DER.
pub(crate) struct CertificateParts {
    pub subject: Vec<u8>,
    pub issuer: Vec<u8>,
    pub serial: Vec<u8>,
}

/// The error is a reason for people.
pub(crate) fn names_der(der: &[u8]) -> Result<CertificateParts, String> {
    let parts = parts(der)?;
    Ok(CertificateParts {
        subject: parts.subject.to_vec(),
        issuer: parts.issuer.to_vec(),
        serial: parts.serial.to_vec(),
    })
}

/// What is in an element.
fn content(element: &[u8]) -> &[u8] {
    let read = Reader::new(element).element();
    read.map(|e| e.content).unwrap_or_default()
}

fn moment(time: &Element<'_>) -> Result<Timestamp, String> {
    let text = String::from_utf8_lossy(time.content);
    let read = match time.tag {
        UTC_TIME => parse_asn1_time(&text, true),
        GENERALIZED_TIME => parse_asn1_time(&text, false),
        _ => None,
    };
    read.ok_or_else(|| {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(32).collect();
        format!("`{shown}` among the certificate's dates is not a date")
    })
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
