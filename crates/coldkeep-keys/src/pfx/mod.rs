//! A lenient reader of PFX (PKCS#12) files: it reads what OpenSSL, Windows, Java, NSS, GnuTLS and others write,
//! including what strict readers refuse, and gives a reason if it refuses itself.

mod bags;
pub(crate) mod ber;
pub(crate) mod choose;
mod disguise;
mod hash;
mod kdf;
mod mac;
mod pbes;
mod refusal;
#[cfg(test)]
mod tests;
mod write;

pub use choose::PfxKey;
pub(crate) use refusal::Refusal;
pub use write::write_pfx;

use crate::{KeyMaterial, pem::pem_contents};
use bags::Walker;
pub(crate) use bags::{Attributes, Contents, FoundCertificate, FoundKey};
use ber::{BerError, CONTEXT_0, INTEGER, Reader, SEQUENCE};
use coldkeep_core::{Problem, SecretString, Timestamp};
use disguise::{Guess, Undressed};
use kdf::{Budget, Password};
use mac::Mac;

/// Real files have a few KiB.
const LARGEST_BYTES: usize = 4 << 20;
const DATA: &str = "1.2.840.113549.1.7.1";
const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";

/// Reads the private key and the certificate that belongs to it. `bytes` is the file, its base64 (as Azure Key Vault
/// hands it out), or PEM text under a wrong name. No password and the empty one are the same. `which` (friendly name or thumbprint) chooses where the
/// file holds several keys, or several certificates of one key. Refused with the reason: everything that is no PFX with an RSA key, its certificate (not run
/// out by `now`) and this password. Costs up to seconds of processor time: not for an async thread.
pub fn read_pfx(
    bytes: &[u8],
    password: Option<&SecretString>,
    which: Option<&str>,
    now: Timestamp,
) -> Result<KeyMaterial, Problem> {
    let (chosen, pair) = open(bytes, password, &mut Budget::new())
        .and_then(|contents| choose::choose(contents, which, now))
        .and_then(|chosen| choose::refuse_expired(&chosen.certificate_der, now).map(|()| chosen))
        .and_then(|chosen| chosen.pair().map(|pair| (chosen, pair)))
        .map_err(Refusal::problem)?;
    let mut material = KeyMaterial::from_pair(chosen.certificate_der, &pair)?;
    material.friendly_name = chosen.friendly_name;
    Ok(material)
}

/// The usable keys of a PFX file, for a person to choose from; one, where there is nothing to choose. Refused with the
/// reason if there is none.
pub fn list_pfx_keys(
    bytes: &[u8],
    password: Option<&SecretString>,
    now: Timestamp,
) -> Result<Vec<PfxKey>, Problem> {
    open(bytes, password, &mut Budget::new())
        .and_then(|contents| choose::to_choose_from(contents, now))
        .and_then(|usable| usable.iter().map(choose::ChosenKey::shown).collect())
        .map_err(Refusal::problem)
}

/// The whole of reading, with next to no hashing.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_cheaply(bytes: &[u8], password: Option<&SecretString>) {
    if let Ok(contents) = open(bytes, password, &mut Budget::small()) {
        let _ = choose::choose(contents, None, Timestamp::UNIX_EPOCH);
    }
}

/// Checks the seal, decrypts, and collects what is inside.
fn open(bytes: &[u8], password: Option<&SecretString>, budget: &mut Budget) -> Result<Contents, Refusal> {
    if bytes.len() > LARGEST_BYTES {
        return Err(Refusal::TooLarge);
    }
    let bytes = match disguise::undress(bytes)? {
        Undressed::Pfx(bytes) => bytes,
        Undressed::Pem(text) => return pem_contents(&text),
    };
    let mut pfx = enter(&bytes)?;
    let mut safe = pfx.sequence()?;
    match safe.oid()?.to_string().as_str() {
        DATA => {}
        SIGNED_DATA => return Err(Refusal::Signed),
        other => return Err(Refusal::Scheme(format!("the content type {other}"))),
    }
    let content = safe.enter(CONTEXT_0)?.octets()?;

    let mut passwords = Password::candidates(password);
    let no_password = passwords.len() > 1;
    let mac = if pfx.is_at_end() {
        None
    } else {
        Some(Mac::read(pfx.sequence()?)?)
    };
    if let Some(mac) = &mac {
        passwords = verified(mac, &content, passwords, budget)?.ok_or(if no_password {
            Refusal::PasswordNeeded
        } else {
            Refusal::WrongPassword
        })?;
    }
    let mut walker = Walker {
        passwords: &passwords,
        password_is_known: mac.is_some(),
        budget,
        contents: Contents::default(),
        bags: 0,
    };
    match walker.walk(Reader::new(&content).sequence()?) {
        Ok(()) => Ok(walker.contents),
        Err(Refusal::WrongPassword) if no_password => Err(Refusal::PasswordNeeded),
        Err(why) => Err(why),
    }
}

/// The candidates with the one that fits the seal first; `None` if none does.
fn verified(
    mac: &Mac,
    content: &[u8],
    mut candidates: Vec<Password>,
    budget: &mut Budget,
) -> Result<Option<Vec<Password>>, Refusal> {
    for index in 0..candidates.len() {
        if mac.verifies(content, &candidates[index], budget)? {
            candidates.swap(0, index);
            return Ok(Some(candidates));
        }
    }
    Ok(None)
}

/// Enters the outermost sequence, past its version; or reports what the file is instead.
fn enter(bytes: &[u8]) -> Result<Reader<'_>, Refusal> {
    let mut pfx = match Reader::new(bytes).sequence() {
        Ok(pfx) => pfx,
        Err(BerError::Truncated) if bytes.first() == Some(&SEQUENCE) => return Err(Refusal::Truncated),
        Err(_) => return Err(Refusal::NotPfx(disguise::guess(bytes).to_owned())),
    };
    if pfx.rest().first() == Some(&INTEGER)
        && pfx.unsigned() == Ok(3)
        && pfx.rest().first() == Some(&SEQUENCE)
    {
        return Ok(pfx);
    }
    Err(match disguise::guess_der(bytes) {
        Guess::Certificate => Refusal::OnlyCertificate,
        Guess::Other(what) => Refusal::NotPfx(what.to_owned()),
    })
}
