//! Which of a file's keys and certificates is meant: by their public keys, never by their order.

use super::{
    bags::{Contents, FoundKey},
    refusal::Refusal,
};
use crate::{rsa_key::load_pkcs8, x509};
use aws_lc_rs::{rsa::KeyPair, signature::KeyPair as _};
use coldkeep_core::Timestamp;

/// A key with its certificate.
pub(crate) struct Chosen {
    pub pair: KeyPair,
    pub certificate_der: Vec<u8>,
    pub friendly_name: Option<String>,
}

/// A key of a PFX file, as a person is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PfxKey {
    pub friendly_name: Option<String>,
    /// RFC 4514.
    pub issued_to: String,
    pub not_after: Timestamp,
    /// SHA-1, upper-case hex.
    pub thumbprint_sha1: String,
}

/// The one usable key, or the one that `which` names by friendly name or thumbprint.
pub(super) fn choose(contents: Contents, which: Option<&str>) -> Result<Chosen, Refusal> {
    let mut usable = usable(contents)?;
    let names = || usable.iter().map(Chosen::name).collect::<Vec<_>>();
    let mut fitting: Vec<usize> = match which {
        Some(wish) => (0..usable.len())
            .filter(|&index| usable[index].is_called(wish))
            .collect(),
        None => (0..usable.len()).collect(),
    };
    match (fitting.pop(), which) {
        (Some(index), _) if fitting.is_empty() => Ok(usable.swap_remove(index)),
        (None, Some(wish)) => Err(Refusal::NotAmong(wish.to_owned(), names())),
        _ => Err(Refusal::Several(names())),
    }
}

/// Every key with its certificate; if there is none, the reason.
pub(super) fn usable(contents: Contents) -> Result<Vec<Chosen>, Refusal> {
    if contents.keys.is_empty() {
        return Err(if contents.certificates.is_empty() {
            Refusal::Damaged("it holds neither a private key nor a certificate".to_owned())
        } else {
            Refusal::NoKey
        });
    }
    let mut usable: Vec<Chosen> = Vec::new();
    let mut refused = Vec::new();
    for key in contents.keys {
        match pair_up(key, &contents.certificates) {
            // Some tools write the same key twice.
            Ok(found) if usable.iter().any(|u| u.certificate_der == found.certificate_der) => {}
            Ok(found) => usable.push(found),
            Err(why) => refused.push(why),
        }
    }
    if usable.is_empty() {
        return Err(refused.into_iter().next().unwrap_or(Refusal::NoKey));
    }
    Ok(usable)
}

fn pair_up(key: FoundKey, certificates: &[Vec<u8>]) -> Result<Chosen, Refusal> {
    let pair = load_pkcs8(&key.pkcs8).map_err(Refusal::Key)?;
    if certificates.is_empty() {
        return Err(Refusal::NoCertificate);
    }
    let certificate_der = certificate_of(&pair, certificates)
        .ok_or(Refusal::Mismatch)?
        .clone();
    Ok(Chosen {
        pair,
        certificate_der,
        friendly_name: key.friendly_name,
    })
}

/// The certificate that belongs to the key; of several (after a renewal with the same key), the one that is valid
/// longest.
pub(crate) fn certificate_of<'a>(pair: &KeyPair, certificates: &'a [Vec<u8>]) -> Option<&'a Vec<u8>> {
    let public_key = pair.public_key().as_ref();
    certificates
        .iter()
        .filter_map(|der| Some((der, x509::parse(der).ok()?)))
        .filter(|(_, parsed)| parsed.public_key == public_key)
        .max_by_key(|(_, parsed)| parsed.not_after)
        .map(|(der, _)| der)
}

/// A certificate that has run out signs nothing that Entra accepts.
pub(crate) fn refuse_expired(certificate_der: &[u8], now: Timestamp) -> Result<(), Refusal> {
    let parsed = x509::parse(certificate_der).map_err(Refusal::Damaged)?;
    if parsed.not_after <= now {
        return Err(Refusal::Expired(parsed.not_after));
    }
    Ok(())
}

impl Chosen {
    pub(super) fn shown(&self) -> Result<PfxKey, Refusal> {
        let parsed = x509::parse(&self.certificate_der).map_err(Refusal::Damaged)?;
        Ok(PfxKey {
            friendly_name: self.friendly_name.clone(),
            issued_to: parsed.subject,
            not_after: parsed.not_after,
            thumbprint_sha1: x509::hex_upper(&x509::thumbprint_sha1(&self.certificate_der)),
        })
    }

    /// `nightly` (thumbprint 0A1B...), for people to choose by.
    fn name(&self) -> String {
        let thumbprint = x509::hex_upper(&x509::thumbprint_sha1(&self.certificate_der));
        match &self.friendly_name {
            Some(name) => format!("`{name}` (thumbprint {thumbprint})"),
            None => format!("thumbprint {thumbprint}"),
        }
    }

    fn is_called(&self, wish: &str) -> bool {
        let name_fits = self
            .friendly_name
            .as_ref()
            .is_some_and(|n| n.trim().to_lowercase() == wish.trim().to_lowercase());
        let hex: String = wish
            .chars()
            .filter(|c| !matches!(c, ' ' | ':'))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        name_fits
            || hex == x509::hex_upper(&x509::thumbprint_sha1(&self.certificate_der))
            || hex == x509::hex_upper(&x509::thumbprint_sha256(&self.certificate_der))
    }
}
