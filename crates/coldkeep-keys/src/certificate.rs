//! What the certificate store shows about a certificate.

use crate::{KeyMaterial, x509};
use base64::{Engine, prelude::BASE64_STANDARD};
use coldkeep_core::{
    Code, Problem, Timestamp,
    certificate::{Certificate, KeyLocation},
    id::CertificateId,
};

/// The store's entry for `material`, with a fresh id. `origin` is `generated` or `imported`; `now` becomes
/// `created_at`.
pub fn describe(
    material: &KeyMaterial,
    name: &str,
    origin: &str,
    now: Timestamp,
) -> Result<Certificate, Problem> {
    describe_der(&material.certificate_der, name, origin, KeyLocation::Store, now)
}

/// Describes a certificate whose key is at `key_location`.
pub fn describe_der(
    der: &[u8],
    name: &str,
    origin: &str,
    key_location: KeyLocation,
    now: Timestamp,
) -> Result<Certificate, Problem> {
    let parsed = x509::parse(der).map_err(|why| {
        Problem::new(
            Code::CertificateInvalid,
            format!("The certificate of `{name}` cannot be used: {why}"),
            "Export the certificate with its key again, or have it reissued.",
        )
    })?;
    Ok(Certificate {
        id: CertificateId::new(),
        name: name.to_owned(),
        issued_to: parsed.subject,
        issued_by: parsed.issuer,
        not_before: parsed.not_before,
        not_after: parsed.not_after,
        key: parsed.key,
        key_location,
        thumbprint_sha1: x509::hex_upper(&x509::thumbprint_sha1(der)),
        thumbprint_sha256: x509::hex_upper(&x509::thumbprint_sha256(der)),
        serial: parsed.serial,
        der_base64: BASE64_STANDARD.encode(der),
        origin: origin.to_owned(),
        created_at: now,
    })
}
