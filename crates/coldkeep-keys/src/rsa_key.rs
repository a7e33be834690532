//! Loads RSA private keys, and names the keys that are something else.

use crate::pfx::ber::Reader;
use aws_lc_rs::rsa::KeyPair;
use x509_cert::der::asn1::ObjectIdentifier;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// Why a private key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyRefusal {
    /// A readable key of another kind: `EC P-256`.
    Kind(String),
    /// Not a private key, or not one that can be trusted to work.
    Broken(String),
}

/// Loads a PKCS#8 `PrivateKeyInfo`.
pub(crate) fn load_pkcs8(pkcs8: &[u8]) -> Result<KeyPair, KeyRefusal> {
    let unreadable = |_| KeyRefusal::Broken("the private key is not in PKCS#8 form".to_owned());
    let mut info = Reader::new(pkcs8).sequence().map_err(unreadable)?;
    info.expect(0x02).map_err(unreadable)?;
    let mut algorithm = info.sequence().map_err(unreadable)?;
    let kind = algorithm.oid().map_err(unreadable)?;
    if kind != RSA {
        return Err(KeyRefusal::Kind(key_kind(&kind, Some(algorithm.rest()))));
    }
    load_pkcs1(&info.octets().map_err(unreadable)?)
}

/// Loads a PKCS#1 `RSAPrivateKey`.
pub(crate) fn load_pkcs1(pkcs1: &[u8]) -> Result<KeyPair, KeyRefusal> {
    KeyPair::from_der(pkcs1).map_err(|rejected| match rejected.to_string().as_str() {
        "TooSmall" => KeyRefusal::Kind("RSA with fewer than 2048 bits".to_owned()),
        "TooLarge" => KeyRefusal::Kind("RSA with more than 8192 bits".to_owned()),
        _ => KeyRefusal::Broken("the RSA private key is damaged: its numbers do not fit together".to_owned()),
    })
}

/// A name for a key algorithm; `parameters` is the DER of the algorithm's parameters.
pub(crate) fn key_kind(algorithm: &ObjectIdentifier, parameters: Option<&[u8]>) -> String {
    let name = match algorithm.to_string().as_str() {
        "1.2.840.113549.1.1.1" => "RSA",
        "1.2.840.113549.1.1.10" => "RSA restricted to PSS",
        "1.2.840.10040.4.1" => "DSA",
        "1.2.840.10045.2.1" => return ec_kind(parameters),
        "1.3.101.110" => "X25519",
        "1.3.101.111" => "X448",
        "1.3.101.112" => "Ed25519",
        "1.3.101.113" => "Ed448",
        unknown => return format!("algorithm {unknown}"),
    };
    name.to_owned()
}

fn ec_kind(parameters: Option<&[u8]>) -> String {
    let curve = parameters
        .and_then(|p| Reader::new(p).oid().ok())
        .map(|oid| oid.to_string());
    match curve.as_deref() {
        Some("1.2.840.10045.3.1.7") => "EC P-256".to_owned(),
        Some("1.3.132.0.34") => "EC P-384".to_owned(),
        Some("1.3.132.0.35") => "EC P-521".to_owned(),
        Some(other) => format!("EC on the curve {other}"),
        None => "EC".to_owned(),
    }
}
