//! New RSA keys with their self-signed certificates, only for signing client assertions.

use crate::KeyMaterial;
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use coldkeep_core::{
    Code, Problem, Timestamp,
    certificate::{NewCertificate, VALID_DAYS_MAX},
};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose,
    PublicKeyData, SerialNumber, SignatureAlgorithm, SigningKey,
};
use time::OffsetDateTime;

/// Clocks differ: a certificate that starts this very second is refused by a service that is a little behind.
const BACKDATED_BY_S: i64 = 5 * 60;
/// X.520's upper bound of a common name.
const LONGEST_COMMON_NAME: usize = 64;

/// The properties of a new certificate.
#[derive(Debug, Clone)]
pub struct Generate {
    pub certificate: NewCertificate,
    /// When it is created.
    pub now: Timestamp,
}

/// Generates a key and its self-signed certificate (SHA-256, EKU clientAuth, key usage digitalSignature). Takes up to a
/// second of processor time: not for an async thread.
pub fn generate(how: &Generate) -> Result<KeyMaterial, Problem> {
    let size = key_size(how.certificate.key_bits)?;
    let parameters = parameters(how)?;
    let pair = KeyPair::generate(size).map_err(|_| Problem::internal("An RSA key could not be generated"))?;
    let signer = Signer(&pair);
    let certificate = parameters
        .self_signed(&signer)
        .map_err(|e| Problem::internal(format!("A certificate could not be generated ({e})")))?;
    KeyMaterial::from_pair(certificate.der().to_vec(), &pair)
}

/// Refuses an unsupported size.
pub(crate) fn check_key_size(bits: u32) -> Result<(), Problem> {
    key_size(bits).map(|_| ())
}

fn key_size(bits: u32) -> Result<KeySize, Problem> {
    match bits {
        2048 => Ok(KeySize::Rsa2048),
        3072 => Ok(KeySize::Rsa3072),
        4096 => Ok(KeySize::Rsa4096),
        _ => Err(Problem::new(
            Code::KeySizeInvalid,
            format!("A key of {bits} bits cannot be generated"),
            "Choose RSA with 2048, 3072 or 4096 bits.",
        )),
    }
}

/// The certificate to be signed; refuses an invalid request.
pub(crate) fn parameters(how: &Generate) -> Result<CertificateParams, Problem> {
    let NewCertificate { valid_days, .. } = how.certificate;
    let common_name = how.certificate.common_name().trim();
    let length = common_name.chars().count();
    if length == 0 || length > LONGEST_COMMON_NAME || common_name.chars().any(char::is_control) {
        return Err(Problem::new(
            Code::CertificateInvalid,
            "The certificate's subject cannot be used as a common name",
            format!("Choose a subject of 1 to {LONGEST_COMMON_NAME} printable characters, without `CN=`."),
        ));
    }
    if valid_days == 0 || valid_days > VALID_DAYS_MAX {
        return Err(Problem::new(
            Code::ValidDaysInvalid,
            format!("A certificate cannot be valid for {valid_days} days"),
            format!("Choose 1 to {VALID_DAYS_MAX} days."),
        ));
    }
    let start = how.now.as_second();
    let mut parameters = CertificateParams::default();
    parameters.not_before = moment(start - BACKDATED_BY_S)?;
    parameters.not_after = moment(start + i64::from(valid_days) * 86_400)?;
    parameters.serial_number = Some(serial()?);
    parameters.distinguished_name = DistinguishedName::new();
    parameters
        .distinguished_name
        .push(DnType::CommonName, common_name);
    parameters.is_ca = IsCa::ExplicitNoCa;
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    Ok(parameters)
}

fn moment(second: i64) -> Result<OffsetDateTime, Problem> {
    OffsetDateTime::from_unix_timestamp(second)
        .map_err(|_| Problem::internal("The certificate's dates are outside the calendar"))
}

/// 16 random bytes; the first is kept in 0x40..=0x7F, so that the number is positive and has all 16.
fn serial() -> Result<SerialNumber, Problem> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|_| Problem::internal("The operating system returned no random numbers"))?;
    bytes[0] = (bytes[0] & 0x7F) | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

/// Lends a key to rcgen without giving it a copy.
struct Signer<'a>(&'a KeyPair);

impl PublicKeyData for Signer<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }
    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

impl SigningKey for Signer<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| rcgen::Error::RingUnspecified)?;
        Ok(signature)
    }
}

/// A certificate of this key that is valid between two moments, in seconds.
#[cfg(test)]
pub(crate) fn certificate_between(pair: &KeyPair, start: i64, end: i64) -> Vec<u8> {
    let how = Generate {
        certificate: NewCertificate {
            name: Some("of a test".to_owned()),
            subject: None,
            key_bits: 2048,
            valid_days: 1,
        },
        now: coldkeep_core::Timestamp::UNIX_EPOCH,
    };
    let mut parameters = parameters(&how).unwrap();
    parameters.not_before = moment(start).unwrap();
    parameters.not_after = moment(end).unwrap();
    parameters.self_signed(&Signer(pair)).unwrap().der().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{describe, x509};
    use coldkeep_core::Kind;

    fn new() -> NewCertificate {
        NewCertificate {
            name: Some("nightly".into()),
            subject: Some("Nørthwind, backups".into()),
            key_bits: 2048,
            valid_days: 365,
        }
    }

    fn at_once(certificate: NewCertificate) -> Generate {
        Generate {
            certificate,
            now: Timestamp::from_second(1_790_000_000).unwrap(),
        }
    }

    #[test]
    fn a_generated_certificate_says_what_was_requested() {
        let how = at_once(new());
        let material = generate(&how).unwrap();
        let shown = describe(&material, "nightly", "generated", how.now).unwrap();
        assert_eq!(shown.issued_to, "CN=Nørthwind\\, backups");
        assert_eq!(shown.issued_by, shown.issued_to);
        assert_eq!(shown.key, "RSA 2048");
        assert_eq!(shown.days_left(how.now), 365);
        assert_eq!(shown.not_before.as_second(), how.now.as_second() - 300);
        assert_eq!(shown.serial.len(), 32);
        assert_eq!(
            (shown.thumbprint_sha1.len(), shown.thumbprint_sha256.len()),
            (40, 64)
        );
        assert_eq!(shown.thumbprint_sha1, shown.thumbprint_sha1.to_uppercase());
        let again = generate(&how).unwrap();
        assert_ne!(x509::parse(&again.certificate_der).unwrap().serial, shown.serial);
    }

    #[test]
    fn requests_that_make_no_sense_are_refused() {
        for broken in [
            NewCertificate {
                key_bits: 1024,
                ..new()
            },
            NewCertificate {
                valid_days: 0,
                ..new()
            },
            NewCertificate {
                valid_days: 4000,
                ..new()
            },
            NewCertificate {
                subject: Some("  ".into()),
                ..new()
            },
            NewCertificate {
                subject: Some("x".repeat(65)),
                ..new()
            },
            NewCertificate {
                subject: Some("a\nb".into()),
                ..new()
            },
        ] {
            let refused = generate(&at_once(broken)).unwrap_err();
            assert_eq!(refused.kind, Kind::Invalid, "{refused}");
        }
    }
}
