//! Which keys of a token can be used: RSA, allowed to sign, with their certificate beside them.

use super::{
    TokenUri,
    home::{TokenError, TokenSession},
};
use crate::x509;
use coldkeep_core::{
    Code, Problem, fix,
    problem::{Field, Verb},
};
use cryptoki::{
    error::Error,
    object::{Attribute, AttributeType, CertificateType, KeyType, ObjectClass, ObjectHandle},
    session::Session,
};

/// A private key and its certificate, as a token holds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    pub certificate_der: Vec<u8>,
    pub id: Option<Vec<u8>>,
    pub label: Option<String>,
}

/// An object's id and label.
struct Object {
    handle: ObjectHandle,
    id: Option<Vec<u8>>,
    label: Option<String>,
}

impl Object {
    fn shown(&self) -> String {
        match (&self.label, &self.id) {
            (Some(label), _) => format!("`{label}`"),
            (None, Some(id)) => format!("id {}", x509::hex_upper(id)),
            (None, None) => "without a name".to_owned(),
        }
    }
}

/// The one usable pair that the address means.
pub(super) fn find_pair(at: &TokenSession<'_>, uri: &TokenUri) -> Result<Pair, TokenError> {
    let mut certificates = Vec::new();
    for object in objects(
        at.session,
        &[
            Attribute::Class(ObjectClass::CERTIFICATE),
            Attribute::CertificateType(CertificateType::X_509),
        ],
    )? {
        let value = at
            .session
            .get_attributes(object.handle, &[AttributeType::Value])?;
        if let Some(Attribute::Value(der)) = value.into_iter().next() {
            certificates.push((object, der));
        }
    }
    let (mut pairs, mut refused) = (Vec::new(), Vec::new());
    for key in objects(at.session, &[Attribute::Class(ObjectClass::PRIVATE_KEY)])? {
        let certificate = certificates
            .iter()
            .find(|(c, _)| key.id.is_some() && c.id == key.id)
            .or_else(|| {
                certificates
                    .iter()
                    .find(|(c, _)| key.label.is_some() && c.label == key.label)
            });
        let label = key
            .label
            .clone()
            .or_else(|| certificate.and_then(|(c, _)| c.label.clone()));
        let fits = uri.id.as_ref().is_none_or(|id| key.id.as_ref() == Some(id))
            && uri
                .object
                .as_ref()
                .is_none_or(|name| label.as_ref() == Some(name));
        if !fits {
            continue;
        }
        match (unusable(at.session, key.handle)?, certificate) {
            (Some(why), _) => refused.push(format!("the key {} {why}", key.shown())),
            (None, None) => refused.push(format!("the key {} has no certificate", key.shown())),
            (None, Some((_, der))) => pairs.push(Pair {
                certificate_der: der.clone(),
                id: key.id,
                label,
            }),
        }
    }
    Ok(the_one(at, uri, pairs, &refused)?)
}

fn the_one(
    at: &TokenSession<'_>,
    uri: &TokenUri,
    mut pairs: Vec<Pair>,
    refused: &[String],
) -> Result<Pair, Problem> {
    let label = &at.identity.label;
    match pairs.len() {
        1 => Ok(pairs.remove(0)),
        0 if refused.is_empty() => Err(Problem::new(
            Code::TokenKeyNotFound,
            format!("The token `{label}` holds no private key that matches `{uri}`"),
            fix![
                "List its objects with `pkcs11-tool --list-objects --login`, or generate a key in it: ",
                Verb::CertificateGenerate.any().with(Field::Token),
                "."
            ],
        )),
        0 => Err(Problem::new(
            Code::KeyUnusable,
            format!(
                "The token `{label}` holds no key that can be used: {}",
                refused.join("; ")
            ),
            fix![
                "Entra accepts RSA keys of 2048 to 4096 bits; the key must be allowed to sign, and its \
                 certificate must have the same id in the token. To generate such a pair: ",
                Verb::CertificateGenerate.any().with(Field::Token),
                "."
            ],
        )),
        count => {
            let shown: Vec<_> = pairs.iter().map(|pair| exact(at, pair).to_string()).collect();
            Err(Problem::new(
                Code::KeyAddressInvalid,
                format!(
                    "The token `{label}` holds {count} matching keys: {}",
                    shown.join(", ")
                ),
                "Use one of these addresses instead.",
            ))
        }
    }
}

/// The address of exactly this pair.
pub(super) fn exact(at: &TokenSession<'_>, pair: &Pair) -> TokenUri {
    TokenUri {
        id: pair.id.clone(),
        object: pair.label.clone(),
        ..at.identity.uri()
    }
}

/// Why a private key cannot be used, as the end of a sentence; none if it can.
fn unusable(session: &Session, key: ObjectHandle) -> Result<Option<String>, Error> {
    let wanted = [
        AttributeType::KeyType,
        AttributeType::Sign,
        AttributeType::AlwaysAuthenticate,
    ];
    for attribute in session.get_attributes(key, &wanted)? {
        match attribute {
            Attribute::KeyType(KeyType::RSA) => {}
            Attribute::KeyType(KeyType::EC) => return Ok(Some("is EC, not RSA".into())),
            Attribute::KeyType(KeyType::EC_EDWARDS) => {
                return Ok(Some("is Ed25519 or Ed448, not RSA".into()));
            }
            Attribute::KeyType(other) => return Ok(Some(format!("is {other:?}, not RSA"))),
            Attribute::Sign(false) => return Ok(Some("is not allowed to sign".into())),
            Attribute::AlwaysAuthenticate(true) => {
                return Ok(Some(
                    "requires the PIN at each use, so it cannot be used unattended".into(),
                ));
            }
            _ => {}
        }
    }
    Ok(None)
}

/// The handle of the pair's private key.
pub(super) fn private_key(at: &TokenSession<'_>, uri: &TokenUri) -> Result<ObjectHandle, TokenError> {
    let mut template = vec![Attribute::Class(ObjectClass::PRIVATE_KEY)];
    match (&uri.id, &uri.object) {
        (Some(id), _) => template.push(Attribute::Id(id.clone())),
        (None, Some(label)) => template.push(Attribute::Label(label.as_bytes().to_vec())),
        (None, None) => {}
    }
    let found = at.session.find_objects(&template)?;
    found.first().copied().ok_or_else(|| {
        TokenError::Told(Problem::new(
            Code::TokenKeyNotFound,
            format!(
                "The token `{}` no longer holds the key `{uri}`",
                at.identity.label
            ),
            "Restore the key, or give the service account another certificate.",
        ))
    })
}

fn objects(session: &Session, template: &[Attribute]) -> Result<Vec<Object>, Error> {
    let mut objects = Vec::new();
    for handle in session.find_objects(template)? {
        let (mut id, mut label) = (None, None);
        for attribute in session.get_attributes(handle, &[AttributeType::Id, AttributeType::Label])? {
            match attribute {
                Attribute::Id(value) if !value.is_empty() => id = Some(value),
                Attribute::Label(value) if !value.is_empty() => label = String::from_utf8(value).ok(),
                _ => {}
            }
        }
        objects.push(Object { handle, id, label });
    }
    Ok(objects)
}
