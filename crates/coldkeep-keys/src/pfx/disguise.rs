//! What a file is that should be a PFX: one in other clothes (base64, UTF-16, a JSON answer of Key Vault, PEM), or
//! something else, which is named.

use super::{
    Refusal,
    ber::{INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE},
};
use crate::{pem, x509};
use base64::engine::DecodePaddingMode;
use base64::{Engine, alphabet, engine::GeneralPurpose, engine::GeneralPurposeConfig};
use coldkeep_core::foreign_text::read_foreign_text;
use std::borrow::Cow;
use zeroize::Zeroizing;

/// What was under the clothes.
pub(super) enum Undressed<'a> {
    /// Binary: a PFX, or what is in its place.
    Pfx(Cow<'a, [u8]>),
    /// Text with PEM blocks.
    Pem(Zeroizing<String>),
}

/// What a file in DER is.
pub(super) enum Guess {
    Certificate,
    Other(&'static str),
}

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// Takes off what programs put around a PFX. A file that is none of it continues as it is.
pub(super) fn undress(bytes: &[u8]) -> Result<Undressed<'_>, Refusal> {
    if bytes.trim_ascii().is_empty() {
        return Err(Refusal::NotPfx("an empty file".to_owned()));
    }
    if bytes.first() == Some(&SEQUENCE) && Reader::new(bytes).sequence().is_ok() {
        return Ok(Undressed::Pfx(Cow::Borrowed(bytes)));
    }
    let text = match read_foreign_text(bytes) {
        Ok(text) => text,
        Err(why) if why.is_other_text() => {
            return Err(Refusal::NotPfx(format!("text: {why}")));
        }
        Err(_) => return Ok(Undressed::Pfx(Cow::Borrowed(bytes))),
    };
    if text.trim().is_empty() {
        return Err(Refusal::NotPfx("an empty file".to_owned()));
    }
    let inner = value_of_json(&text).unwrap_or(Cow::Borrowed(&text));
    of_text(&inner)?.map_or(Ok(Undressed::Pfx(Cow::Borrowed(bytes))), Ok)
}

/// PEM text, or base64 of a binary or of PEM text; none where it is neither.
fn of_text(text: &str) -> Result<Option<Undressed<'static>>, Refusal> {
    if text.contains("-----BEGIN ") {
        return of_pem(text).map(Some);
    }
    let Some(decoded) = from_base64(text) else {
        return Ok(None);
    };
    if decoded.first() == Some(&SEQUENCE) {
        return Ok(Some(Undressed::Pfx(Cow::Owned(decoded))));
    }
    match std::str::from_utf8(&decoded) {
        Ok(inner) if inner.contains("-----BEGIN ") => of_pem(inner).map(Some),
        _ => Ok(None),
    }
}

/// A PFX in a PEM block (`certtool` writes those), or a key with its certificate.
fn of_pem(text: &str) -> Result<Undressed<'static>, Refusal> {
    match pem::block_of(text, "PKCS12") {
        Some(pfx) => {
            let pfx = pfx.map_err(|problem| Refusal::Told(Box::new(problem)))?;
            Ok(Undressed::Pfx(Cow::Owned(pfx)))
        }
        None => Ok(Undressed::Pem(Zeroizing::new(text.to_owned()))),
    }
}

/// In either alphabet, with or without padding, quotes and line ends.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim().trim_matches('"');
    let packed: Zeroizing<String> =
        Zeroizing::new(text.chars().filter(|c| !c.is_ascii_whitespace()).collect());
    if packed.len() < 16 {
        return None;
    }
    [&alphabet::STANDARD, &alphabet::URL_SAFE]
        .into_iter()
        .find_map(|letters| {
            GeneralPurpose::new(letters, LENIENT)
                .decode(packed.as_bytes())
                .ok()
        })
}

/// The `value` of a JSON object, as `az keyvault secret show` prints it: of base64 or PEM nothing is escaped but line
/// ends.
fn value_of_json(text: &str) -> Option<Cow<'_, str>> {
    let object = text.trim().strip_prefix('{')?;
    let (_, after) = object.split_once("\"value\"")?;
    let value = after
        .trim_start()
        .strip_prefix(':')?
        .trim_start()
        .strip_prefix('"')?;
    let (value, _) = value.split_once('"')?;
    Some(Cow::Owned(
        value.replace("\\n", "\n").replace("\\r", "").replace("\\/", "/"),
    ))
}

/// What a file without a sequence at its front is.
pub(super) fn guess(bytes: &[u8]) -> &'static str {
    let text = read_foreign_text(bytes).ok();
    let begins = |with: &str| {
        let text = text.as_deref().unwrap_or_default().trim_start();
        text.get(..with.len())
            .is_some_and(|t| t.eq_ignore_ascii_case(with))
    };
    if bytes.starts_with(&[0xFE, 0xED, 0xFE, 0xED]) || bytes.starts_with(&[0xCE, 0xCE, 0xCE, 0xCE]) {
        "a Java key store of the old format (convert it with `keytool -importkeystore -deststoretype pkcs12`)"
    } else if bytes.starts_with(b"PK\x03\x04") {
        "a ZIP archive (extract the file first)"
    } else if begins("<!doctype html") || begins("<html") {
        "a web page (HTML): the download returned a page, perhaps a sign-in page, instead of the file"
    } else if begins("<") {
        "an XML or HTML document"
    } else if begins("{") || begins("[") {
        "a JSON document without a certificate in its `value`"
    } else if begins("putty-user-key-file") || begins("ssh-rsa ") {
        "an SSH key"
    } else if text.is_some() {
        "a text file"
    } else {
        "something else"
    }
}

/// What a sequence that is no PFX is, by its first elements.
pub(super) fn guess_der(bytes: &[u8]) -> Guess {
    if x509::parse(bytes).is_ok() {
        return Guess::Certificate;
    }
    let mut outer = match Reader::new(bytes).sequence() {
        Ok(outer) => outer,
        Err(_) => return Guess::Other("something else"),
    };
    let first = outer.rest().first().copied();
    Guess::Other(match first {
        Some(OBJECT_IDENTIFIER) => "a PKCS#7 file, which holds certificates without keys",
        // PKCS#8 and PKCS#1, and the keys of elliptic curves.
        Some(INTEGER) if matches!(outer.unsigned(), Ok(0 | 1)) => "a bare private key",
        Some(SEQUENCE) => {
            let inner = outer.sequence().ok();
            let begins = inner.as_ref().and_then(|i| i.rest().first().copied());
            match (begins, outer.rest().first().copied()) {
                (Some(OBJECT_IDENTIFIER), Some(OCTET_STRING)) => "an encrypted private key",
                (Some(INTEGER), Some(SEQUENCE)) => "a certificate request or a revocation list",
                _ => "a bare certificate, damaged, or an encrypted private key",
            }
        }
        _ => "something else",
    })
}
