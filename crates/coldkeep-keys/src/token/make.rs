//! A new key generated inside a token, and its self-signed certificate beside it.

use super::{
    Linked, TokenUri,
    home::{Token, TokenError, TokenSession},
    pair::{Pair, exact},
    sign::{SigningMechanism, prove, sign, ways},
    words,
};
use crate::{
    Generate,
    generate::{check_key_size, parameters},
    x509,
};
use coldkeep_core::{Code, Problem, SecretString, signer::SigningAlgorithm};
use cryptoki::{
    mechanism::Mechanism,
    object::{Attribute, AttributeType, CertificateType, ObjectClass, ObjectHandle},
    types::Ulong,
};
use rcgen::{PublicKeyData, SignatureAlgorithm, SigningKey};
use std::cell::RefCell;
use x509_cert::der::{
    Encode, Tag,
    asn1::{AnyRef, UintRef},
};

/// 65537.
const PUBLIC_EXPONENT: [u8; 3] = [1, 0, 1];

/// Generates an RSA key in the token that `uri` names, which can never leave it, and its self-signed certificate.
/// `label` names both. Blocks: small tokens take a minute for a key.
pub fn generate_in_token(
    uri: &str,
    pin: Option<SecretString>,
    label: &str,
    how: &Generate,
) -> Result<Linked, Problem> {
    let uri: TokenUri = uri.parse()?;
    if uri.object.is_some() || uri.id.is_some() {
        return Err(Problem::new(
            Code::KeyAddressInvalid,
            format!("`{uri}` names a key, but a new key is to be generated"),
            "Name the token alone (`pkcs11:token=LABEL`); the key gets the certificate's name.",
        ));
    }
    check_key_size(how.certificate.key_bits)?;
    parameters(how)?;
    let token = Token::find(&uri)?;
    let (label, how) = (label.to_owned(), how.clone());
    token.with_session("generate a key in the token", pin, move |at| {
        let writing = at.module.open_rw_session(at.slot)?;
        let at = TokenSession {
            session: &writing,
            ..*at
        };
        make(&at, &label, &how)
    })
}

fn make(at: &TokenSession<'_>, label: &str, how: &Generate) -> Result<Linked, TokenError> {
    let mut id = vec![0; 16];
    getrandom::fill(&mut id)
        .map_err(|_| Problem::internal("The operating system returned no random numbers"))?;
    let named = [
        Attribute::Token(true),
        Attribute::Id(id.clone()),
        Attribute::Label(label.as_bytes().to_vec()),
    ];
    let public = [
        Attribute::Private(false),
        Attribute::Verify(true),
        Attribute::ModulusBits(Ulong::new(how.certificate.key_bits.into())),
        Attribute::PublicExponent(PUBLIC_EXPONENT.to_vec()),
    ];
    let private = [
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        Attribute::Decrypt(false),
        Attribute::Unwrap(false),
    ];
    let (public_key, private_key) = at.session.generate_key_pair(
        &Mechanism::RsaPkcsKeyPairGen,
        &[&named[..], &public].concat(),
        &[&named[..], &private].concat(),
    )?;
    let certified = certify(at, how, public_key, private_key).and_then(|certificate_der| {
        store_certificate(at, &named, &certificate_der)?;
        Ok(certificate_der)
    });
    match certified {
        Ok(certificate_der) => {
            let pair = Pair {
                certificate_der,
                id: Some(id),
                label: Some(label.to_owned()),
            };
            Ok(Linked {
                uri: exact(at, &pair).to_string(),
                certificate_der: pair.certificate_der,
                label: pair.label,
            })
        }
        Err(trouble) => {
            // A key without a certificate is useless.
            for half_made in [public_key, private_key] {
                let _ = at.session.destroy_object(half_made);
            }
            Err(trouble)
        }
    }
}

fn certify(
    at: &TokenSession<'_>,
    how: &Generate,
    public_key: ObjectHandle,
    private_key: ObjectHandle,
) -> Result<Vec<u8>, TokenError> {
    let way = ways(at)?
        .into_iter()
        .find(|way| way.algorithm() == SigningAlgorithm::Rs256)
        .ok_or_else(|| {
            Problem::new(
                Code::TokenFeatureMissing,
                format!(
                    "The token `{}` does not support PKCS#1 v1.5 signatures, which certificates need",
                    at.identity.label
                ),
                "Create the key and its certificate with the token's own tools, and link them.",
            )
        })?;
    let signer = Signer {
        at,
        private_key,
        way,
        public_der: public_der(at, public_key)?,
        trouble: RefCell::new(None),
    };
    let certificate = parameters(how)?.self_signed(&signer);
    let certificate = match (certificate, signer.trouble.into_inner()) {
        (Ok(certificate), _) => certificate.der().to_vec(),
        (Err(_), Some(trouble)) => return Err(trouble),
        (Err(error), None) => {
            let what = format!("A certificate could not be generated ({error})");
            return Err(Problem::internal(what).into());
        }
    };
    prove(at, private_key, &certificate)?;
    Ok(certificate)
}

/// The `RSAPublicKey` of a public key object.
fn public_der(at: &TokenSession<'_>, key: ObjectHandle) -> Result<Vec<u8>, TokenError> {
    let (mut modulus, mut exponent) = (Vec::new(), PUBLIC_EXPONENT.to_vec());
    let wanted = [AttributeType::Modulus, AttributeType::PublicExponent];
    for attribute in at.session.get_attributes(key, &wanted)? {
        match attribute {
            Attribute::Modulus(value) => modulus = value,
            Attribute::PublicExponent(value) => exponent = value,
            _ => {}
        }
    }
    let encoded = || {
        let numbers = [
            UintRef::new(&modulus)?.to_der()?,
            UintRef::new(&exponent)?.to_der()?,
        ];
        AnyRef::new(Tag::Sequence, &numbers.concat())?.to_der()
    };
    Ok(encoded().map_err(|_| Problem::internal("A token's public key could not be encoded"))?)
}

fn store_certificate(at: &TokenSession<'_>, named: &[Attribute], der: &[u8]) -> Result<(), TokenError> {
    let names = x509::names_der(der).map_err(Problem::internal)?;
    let certificate = [
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::CertificateType(CertificateType::X_509),
        Attribute::Private(false),
        Attribute::Subject(names.subject),
        Attribute::Issuer(names.issuer),
        Attribute::SerialNumber(names.serial),
        Attribute::Value(der.to_vec()),
    ];
    at.session
        .create_object(&[named, &certificate].concat())
        .map_err(|e| words::failed("store the certificate in the token", &e))?;
    Ok(())
}

/// Lends the token's key to rcgen.
struct Signer<'a> {
    at: &'a TokenSession<'a>,
    private_key: ObjectHandle,
    way: SigningMechanism,
    public_der: Vec<u8>,
    /// What went wrong: rcgen's error has no room for it.
    trouble: RefCell<Option<TokenError>>,
}

impl PublicKeyData for Signer<'_> {
    fn der_bytes(&self) -> &[u8] {
        &self.public_der
    }
    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

impl SigningKey for Signer<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        sign(self.at, self.private_key, self.way, message).map_err(|trouble| {
            self.trouble.replace(Some(trouble));
            rcgen::Error::RemoteKeyError
        })
    }
}
