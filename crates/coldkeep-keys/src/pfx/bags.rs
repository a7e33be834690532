//! What is in a PFX: walks its safes and collects keys and certificates, decrypting on the way.

use super::{
    ber::{self, CONTEXT_0, CONTEXT_0_PRIMITIVE, Reader, SEQUENCE, SET},
    kdf::{Budget, Password},
    pbes::Scheme,
    refusal::Refusal,
};
use zeroize::Zeroizing;

const DATA: &str = "1.2.840.113549.1.7.1";
const ENVELOPED_DATA: &str = "1.2.840.113549.1.7.3";
pub(super) const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";
const KEY_BAG: &str = "1.2.840.113549.1.12.10.1.1";
pub(super) const SHROUDED_KEY_BAG: &str = "1.2.840.113549.1.12.10.1.2";
pub(super) const CERTIFICATE_BAG: &str = "1.2.840.113549.1.12.10.1.3";
const SAFE_CONTENTS_BAG: &str = "1.2.840.113549.1.12.10.1.6";
pub(super) const X509_CERTIFICATE: &str = "1.2.840.113549.1.9.22.1";
pub(super) const FRIENDLY_NAME: &str = "1.2.840.113549.1.9.20";
pub(super) const LOCAL_KEY_ID: &str = "1.2.840.113549.1.9.21";

/// A file with more than this wants to keep us busy.
const MOST_BAGS: usize = 256;
const DEEPEST_SAFES: usize = 4;

/// A private key.
pub(crate) struct FoundKey {
    pub pkcs8: Zeroizing<Vec<u8>>,
    pub attributes: Attributes,
}

/// A certificate, DER.
pub(crate) struct FoundCertificate {
    pub der: Vec<u8>,
    pub attributes: Attributes,
}

/// The attributes of a bag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub friendly_name: Option<String>,
    /// Equal at a key and at its certificate.
    pub local_key_id: Option<Vec<u8>>,
}

/// Everything of interest in a file.
#[derive(Default)]
pub(crate) struct Contents {
    pub keys: Vec<FoundKey>,
    pub certificates: Vec<FoundCertificate>,
}

/// Walks a file's safes.
pub(super) struct Walker<'a> {
    pub passwords: &'a [Password],
    /// Whether the file's seal has shown that the first password is right.
    pub password_is_known: bool,
    pub budget: &'a mut Budget,
    pub contents: Contents,
    pub bags: usize,
}

impl Walker<'_> {
    /// Reads the content of an `AuthenticatedSafe`.
    pub fn walk(&mut self, mut safes: Reader<'_>) -> Result<(), Refusal> {
        while !safes.is_at_end() {
            let mut safe = safes.sequence()?;
            let plain = match safe.oid()?.to_string().as_str() {
                DATA => safe.enter(CONTEXT_0)?.octets()?,
                ENCRYPTED_DATA => {
                    let mut data = safe.enter(CONTEXT_0)?.sequence()?;
                    data.unsigned()?;
                    self.encrypted_content(data.sequence()?)?
                }
                ENVELOPED_DATA => return Err(Refusal::WindowsAccount),
                other => return Err(Refusal::Scheme(format!("the content type {other}"))),
            };
            self.walk_bags(Reader::new(&plain).sequence()?, DEEPEST_SAFES)?;
        }
        Ok(())
    }

    /// Decrypts an `EncryptedContentInfo`.
    fn encrypted_content(&mut self, mut info: Reader<'_>) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        info.oid()?;
        let scheme = Scheme::read(info.sequence()?)?;
        let ciphertext = ber::octets_of(info.element()?, CONTEXT_0_PRIMITIVE)?;
        self.decrypt(&scheme, &ciphertext)
    }

    fn decrypt(&mut self, scheme: &Scheme, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        for password in self.passwords {
            // A wrong password passes the padding once in 256 times: only one whole sequence counts as sense.
            let plain = scheme.decrypt(ciphertext, password, self.budget)?;
            if let Some(plain) = plain.filter(|plain| Reader::new(plain).expect(SEQUENCE).is_ok()) {
                return Ok(plain);
            }
        }
        Err(if self.password_is_known {
            Refusal::OtherPassword
        } else {
            Refusal::WrongPassword
        })
    }

    /// Reads the content of a `SafeContents`.
    pub fn walk_bags(&mut self, mut bags: Reader<'_>, depth: usize) -> Result<(), Refusal> {
        while !bags.is_at_end() {
            self.bags += 1;
            if self.bags > MOST_BAGS || depth == 0 {
                return Err(Refusal::Damaged(format!(
                    "it holds more than {MOST_BAGS} entries, or nests them too deep"
                )));
            }
            let mut bag = bags.sequence()?;
            let kind = bag.oid()?.to_string();
            let mut value = bag.enter(CONTEXT_0)?;
            let attributes = attributes(&mut bag)?;
            match kind.as_str() {
                KEY_BAG => {
                    let pkcs8 = Zeroizing::new(value.rest().to_vec());
                    self.contents.keys.push(FoundKey { pkcs8, attributes });
                }
                SHROUDED_KEY_BAG => {
                    let mut info = value.sequence()?;
                    let scheme = Scheme::read(info.sequence()?)?;
                    let pkcs8 = self.decrypt(&scheme, &info.octets()?)?;
                    self.contents.keys.push(FoundKey { pkcs8, attributes });
                }
                CERTIFICATE_BAG => {
                    let found =
                        certificate(value.sequence()?)?.map(|der| FoundCertificate { der, attributes });
                    self.contents.certificates.extend(found);
                }
                SAFE_CONTENTS_BAG => self.walk_bags(value.sequence()?, depth - 1)?,
                // Revocation lists, secrets and what the future brings.
                _ => {}
            }
        }
        Ok(())
    }
}

/// The content of a `CertBag`, if it is an X.509 certificate.
fn certificate(mut bag: Reader<'_>) -> Result<Option<Vec<u8>>, Refusal> {
    if bag.oid()?.to_string() != X509_CERTIFICATE {
        return Ok(None);
    }
    let der = bag.enter(CONTEXT_0)?.octets()?;
    Ok(Some(der.to_vec()))
}

/// Of a bag's attributes, those that count here.
fn attributes(bag: &mut Reader<'_>) -> Result<Attributes, Refusal> {
    let mut found = Attributes::default();
    let Some(all) = bag.optional(SET)? else {
        return Ok(found);
    };
    let mut all = Reader::new(all.content);
    while !all.is_at_end() {
        let mut attribute = all.sequence()?;
        let kind = attribute.oid()?.to_string();
        if !matches!(kind.as_str(), FRIENDLY_NAME | LOCAL_KEY_ID) {
            continue;
        }
        let mut values = attribute.enter(SET)?;
        if values.is_at_end() {
            continue;
        }
        let value = values.element()?.content;
        match kind.as_str() {
            LOCAL_KEY_ID => found.local_key_id = Some(value.to_vec()).filter(|id| !id.is_empty()),
            _ => found.friendly_name = friendly_name(value),
        }
    }
    Ok(found)
}

/// A `BMPString`, sanitized.
fn friendly_name(value: &[u8]) -> Option<String> {
    let units = value
        .chunks_exact(2)
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let name: String = char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    let name: String = name.chars().filter(|c| !c.is_control()).take(256).collect();
    Some(name).filter(|name| !name.trim().is_empty())
}
