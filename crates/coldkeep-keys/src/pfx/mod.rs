//! A lenient reader of PFX (PKCS#12) files: it reads what OpenSSL, Windows, Java, NSS, GnuTLS and others write,
//! including what strict readers refuse, and says why where it refuses itself.

mod bags;
pub(crate) mod ber;
pub(crate) mod choose;
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

use crate::KeyMaterial;
use bags::{Contents, Walker};
use base64::{Engine, prelude::BASE64_STANDARD};
use ber::{BerError, CONTEXT_0, INTEGER, OBJECT_IDENTIFIER, Reader, SEQUENCE};
use coldkeep_core::{Problem, SecretString, Timestamp};
use kdf::{Budget, Password};
use mac::Mac;
use std::borrow::Cow;

/// Real files have a few KiB.
const LARGEST_BYTES: usize = 4 << 20;
const DATA: &str = "1.2.840.113549.1.7.1";
const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";

/// Reads the private key and the certificate that belongs to it. `bytes` is the file, or its base64 (as Azure Key Vault
/// hands it out). No password and the empty one are the same. `which` (friendly name or thumbprint) chooses where the
/// file holds several keys. Refused with the reason: everything that is no PFX with an RSA key, its certificate (not run
/// out by `now`) and this password. Costs up to seconds of processor time: not for an async thread.
pub fn read_pfx(
    bytes: &[u8],
    password: Option<&SecretString>,
    which: Option<&str>,
    now: Timestamp,
) -> Result<KeyMaterial, Problem> {
    let chosen = open(bytes, password, &mut Budget::new())
        .and_then(|contents| choose::choose(contents, which))
        .and_then(|chosen| choose::refuse_expired(&chosen.certificate_der, now).map(|()| chosen))
        .map_err(Refusal::problem)?;
    let mut material = KeyMaterial::from_pair(chosen.certificate_der, &chosen.pair)?;
    material.friendly_name = chosen.friendly_name;
    Ok(material)
}

/// The usable keys of a PFX file, for a person to choose from. Refused with the reason if there is none.
pub fn list_pfx_keys(bytes: &[u8], password: Option<&SecretString>) -> Result<Vec<PfxKey>, Problem> {
    open(bytes, password, &mut Budget::new())
        .and_then(choose::usable)
        .and_then(|usable| usable.iter().map(choose::Chosen::shown).collect())
        .map_err(Refusal::problem)
}

/// The whole of reading, with next to no hashing.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_cheaply(bytes: &[u8], password: Option<&SecretString>) {
    if let Ok(contents) = open(bytes, password, &mut Budget::small()) {
        let _ = choose::choose(contents, None);
    }
}

/// Checks the seal, decrypts, and collects what is inside.
fn open(bytes: &[u8], password: Option<&SecretString>, budget: &mut Budget) -> Result<Contents, Refusal> {
    if bytes.len() > LARGEST_BYTES {
        return Err(Refusal::TooLarge);
    }
    let bytes = without_base64(bytes);
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

/// Enters the outermost sequence, past its version; or tells what the file is instead.
fn enter(bytes: &[u8]) -> Result<Reader<'_>, Refusal> {
    let mut pfx = match Reader::new(bytes).sequence() {
        Ok(pfx) => pfx,
        Err(BerError::Truncated) if bytes.first() == Some(&SEQUENCE) => return Err(Refusal::Truncated),
        Err(_) => return Err(Refusal::NotPfx(guess(bytes).to_owned())),
    };
    let begins_with = pfx.rest().first().copied();
    match begins_with {
        Some(INTEGER) => match pfx.unsigned() {
            Ok(3) if pfx.rest().first() == Some(&SEQUENCE) => Ok(pfx),
            Ok(0) => Err(Refusal::NotPfx("a bare private key".to_owned())),
            _ => Err(Refusal::NotPfx("something else".to_owned())),
        },
        Some(SEQUENCE) => Err(Refusal::NotPfx(
            "a bare certificate or an encrypted private key".to_owned(),
        )),
        Some(OBJECT_IDENTIFIER) => Err(Refusal::NotPfx(
            "a PKCS#7 file, which holds certificates without keys".to_owned(),
        )),
        _ => Err(Refusal::NotPfx("something else".to_owned())),
    }
}

fn guess(bytes: &[u8]) -> &'static str {
    if bytes.is_empty() {
        "empty"
    } else if bytes.windows(10).take(4096).any(|w| w == b"-----BEGIN") {
        "a PEM file"
    } else if bytes.starts_with(&[0xFE, 0xED, 0xFE, 0xED]) || bytes.starts_with(&[0xCE, 0xCE, 0xCE, 0xCE]) {
        "a Java key store of the old format (convert it with `keytool -importkeystore -deststoretype pkcs12`)"
    } else {
        "something else"
    }
}

/// A PFX begins with 0x30; in base64 with an `M`.
fn without_base64(bytes: &[u8]) -> Cow<'_, [u8]> {
    if bytes.trim_ascii().first() != Some(&b'M') {
        return Cow::Borrowed(bytes);
    }
    let packed: Vec<u8> = bytes
        .iter()
        .copied()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    BASE64_STANDARD
        .decode(packed)
        .map_or(Cow::Borrowed(bytes), Cow::Owned)
}
