//! Which of a file's keys and certificates to use: by their public keys, never by their order.

use super::{
    bags::{Contents, FoundCertificate, FoundKey},
    refusal::Refusal,
};
use crate::{rsa_key::load_pkcs8, x509};
use aws_lc_rs::{rsa::KeyPair, signature::KeyPair as _};
use coldkeep_core::{Timestamp, moment::never_ends};
use zeroize::Zeroizing;

/// A key with its certificate.
pub(crate) struct ChosenKey {
    pkcs8: Zeroizing<Vec<u8>>,
    public_key: Vec<u8>,
    pub certificate_der: Vec<u8>,
    pub friendly_name: Option<String>,
    pub not_after: Timestamp,
    /// Whether the file itself marks the two as belonging together.
    pub by_key_id: bool,
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

/// The one usable key with its certificate, or the one that `which` names by friendly name or thumbprint. Of several
/// certificates of one key it is the one with the key's `localKeyID`; without such a one, the one that has not expired
/// by `now`; if several are left, the user has to choose.
pub(super) fn choose(contents: Contents, which: Option<&str>, now: Timestamp) -> Result<ChosenKey, Refusal> {
    let mut usable = usable(contents)?;
    let mut fitting: Vec<usize> = match which {
        Some(wanted) => (0..usable.len())
            .filter(|&index| usable[index].is_called(wanted))
            .collect(),
        None => (0..usable.len()).collect(),
    };
    let by_thumbprint = |wanted: &str| fitting.iter().any(|&i| usable[i].has_thumbprint(wanted));
    if !which.is_some_and(by_thumbprint) {
        fitting = undoubted(&usable, fitting, now);
    }
    let names = || usable.iter().map(ChosenKey::name).collect::<Vec<_>>();
    match (fitting.as_slice(), which) {
        ([index], _) => Ok(usable.swap_remove(*index)),
        ([], Some(wanted)) => Err(Refusal::NotAmong(wanted.to_owned(), names())),
        (several, _) => {
            let keys: Vec<&[u8]> = several.iter().map(|&i| usable[i].public_key.as_slice()).collect();
            let one_key = keys.windows(2).all(|pair| pair[0] == pair[1]);
            let names = several.iter().map(|&i| usable[i].name()).collect();
            Err(match one_key {
                true => Refusal::SeveralCertificates(names),
                false => Refusal::Several(names),
            })
        }
    }
}

/// Leaves out the certificates of a key that another one of it goes before.
fn undoubted(usable: &[ChosenKey], fitting: Vec<usize>, now: Timestamp) -> Vec<usize> {
    let rank = |chosen: &ChosenKey| (chosen.by_key_id, !chosen.is_over(now));
    let best = |index: &usize| {
        let of_key = |other: &&usize| usable[**other].public_key == usable[*index].public_key;
        let ranks = fitting.iter().filter(of_key).map(|&i| rank(&usable[i]));
        ranks.max() == Some(rank(&usable[*index]))
    };
    fitting.iter().copied().filter(best).collect()
}

/// Those from which the user must choose; one, if there is no choice.
pub(super) fn to_choose_from(contents: Contents, now: Timestamp) -> Result<Vec<ChosenKey>, Refusal> {
    let usable = usable(contents)?;
    let left = undoubted(&usable, (0..usable.len()).collect(), now);
    let usable = usable.into_iter().enumerate();
    Ok(usable
        .filter(|(index, _)| left.contains(index))
        .map(|(_, chosen)| chosen)
        .collect())
}

/// Every key with every certificate of it; if there is none, the reason.
fn usable(contents: Contents) -> Result<Vec<ChosenKey>, Refusal> {
    if contents.keys.is_empty() {
        return Err(if contents.certificates.is_empty() {
            Refusal::Damaged("it holds neither a private key nor a certificate".to_owned())
        } else {
            Refusal::NoKey
        });
    }
    let mut usable: Vec<ChosenKey> = Vec::new();
    let mut refused = Vec::new();
    for key in contents.keys {
        match pair_up(&key, &contents.certificates) {
            Ok(all) => {
                for found in all {
                    // Some tools write the same key twice.
                    match usable
                        .iter_mut()
                        .find(|u| u.certificate_der == found.certificate_der)
                    {
                        Some(known) => known.by_key_id |= found.by_key_id,
                        None => usable.push(found),
                    }
                }
            }
            Err(why) => refused.push(why),
        }
    }
    if usable.is_empty() {
        return Err(refused.into_iter().next().unwrap_or(Refusal::NoKey));
    }
    Ok(usable)
}

fn pair_up(key: &FoundKey, certificates: &[FoundCertificate]) -> Result<Vec<ChosenKey>, Refusal> {
    let pair = load_pkcs8(&key.pkcs8).map_err(Refusal::Key)?;
    if certificates.is_empty() {
        return Err(Refusal::NoCertificate);
    }
    let mut found = vec![];
    let mut unreadable = None;
    for certificate in certificates {
        let parsed = match x509::parse(&certificate.der) {
            Ok(parsed) => parsed,
            Err(why) => {
                unreadable.get_or_insert(why);
                continue;
            }
        };
        if parsed.public_key == pair.public_key().as_ref() {
            let id = &key.attributes.local_key_id;
            found.push(ChosenKey {
                pkcs8: key.pkcs8.clone(),
                public_key: parsed.public_key,
                certificate_der: certificate.der.clone(),
                friendly_name: key
                    .attributes
                    .friendly_name
                    .clone()
                    .or_else(|| certificate.attributes.friendly_name.clone()),
                not_after: parsed.not_after,
                by_key_id: id.is_some() && *id == certificate.attributes.local_key_id,
            });
        }
    }
    match (found.is_empty(), unreadable) {
        (false, _) => Ok(found),
        (true, Some(why)) => Err(Refusal::Damaged(why)),
        (true, None) => Err(Refusal::Mismatch),
    }
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

impl ChosenKey {
    pub(super) fn shown(&self) -> Result<PfxKey, Refusal> {
        let parsed = x509::parse(&self.certificate_der).map_err(Refusal::Damaged)?;
        Ok(PfxKey {
            friendly_name: self.friendly_name.clone(),
            issued_to: parsed.subject,
            not_after: parsed.not_after,
            thumbprint_sha1: x509::hex_upper(&x509::thumbprint_sha1(&self.certificate_der)),
        })
    }

    /// The private key, loaded: it costs some checks.
    pub(super) fn pair(&self) -> Result<KeyPair, Refusal> {
        load_pkcs8(&self.pkcs8).map_err(Refusal::Key)
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.not_after <= now
    }

    /// `nightly` (thumbprint 0A1B..., until 2027-01-01), for people to choose by.
    fn name(&self) -> String {
        let thumbprint = x509::hex_upper(&x509::thumbprint_sha1(&self.certificate_der));
        let end = match never_ends(self.not_after) {
            true => "never expires".to_owned(),
            false => format!("until {}", self.not_after.strftime("%Y-%m-%d")),
        };
        match &self.friendly_name {
            Some(name) => format!("`{name}` (thumbprint {thumbprint}, {end})"),
            None => format!("thumbprint {thumbprint} ({end})"),
        }
    }

    fn has_thumbprint(&self, wanted: &str) -> bool {
        let hex: String = wanted
            .chars()
            .filter(|c| !matches!(c, ' ' | ':'))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        hex == x509::hex_upper(&x509::thumbprint_sha1(&self.certificate_der))
            || hex == x509::hex_upper(&x509::thumbprint_sha256(&self.certificate_der))
    }

    fn is_called(&self, wanted: &str) -> bool {
        let name_fits = self
            .friendly_name
            .as_ref()
            .is_some_and(|n| n.trim().to_lowercase() == wanted.trim().to_lowercase());
        name_fits || self.has_thumbprint(wanted)
    }
}
