//! Signed documents: JSON, and a last line with the signer of everything before it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use coldkeep_core::{Problem, WriterPublicKey};
use coldkeep_keys::{WriterKey, verify_writer};
use serde::{Deserialize, Serialize};

/// Longer than any last line there is.
const LAST_LINE_MAX: usize = 512;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LastLine {
    writer_key: WriterPublicKey,
    /// Base64.
    signature: String,
}

/// A document with a last line as it should be.
#[derive(Debug)]
pub(super) struct Signed<'a> {
    /// All bytes before the last line.
    pub document: &'a [u8],
    pub key: WriterPublicKey,
    /// Whether that key signed these bytes.
    pub genuine: bool,
}

/// The document with its last line.
pub(super) fn sign(key: &WriterKey, domain: &str, document: &impl Serialize) -> Result<Bytes, Problem> {
    let mut content = to_json(document)?.to_vec();
    let last = LastLine {
        writer_key: key.public(),
        signature: STANDARD.encode(key.sign(domain, &content)),
    };
    serde_json::to_writer(&mut content, &last).map_err(|e| Problem::internal(e.to_string()))?;
    content.push(b'\n');
    Ok(content.into())
}

pub(super) fn to_json(value: &impl serde::Serialize) -> Result<Bytes, Problem> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|e| Problem::internal(e.to_string()))?;
    text.push(b'\n');
    Ok(text.into())
}

/// None: it has no such last line. Nothing else of it is read.
pub(super) fn open<'a>(domain: &str, content: &'a [u8]) -> Option<Signed<'a>> {
    let lines = content.strip_suffix(b"\n")?;
    let begin = lines.iter().rposition(|b| *b == b'\n')? + 1;
    let (document, last) = (&content[..begin], &lines[begin..]);
    if last.len() > LAST_LINE_MAX {
        return None;
    }
    let last: LastLine = serde_json::from_slice(last).ok()?;
    let signature = STANDARD.decode(&last.signature).ok();
    let genuine = signature.is_some_and(|s| verify_writer(&last.writer_key, domain, document, &s));
    Some(Signed {
        document,
        key: last.writer_key,
        genuine,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_signed_is_opened_and_every_changed_byte_is_noticed() {
        let (key, _) = WriterKey::generate().unwrap();
        let content = sign(&key, "d\n", &json!({"a": 1})).unwrap();
        let signed = open("d\n", &content).unwrap();
        assert_eq!(
            (signed.document, signed.key, signed.genuine),
            (&b"{\n  \"a\": 1\n}\n"[..], key.public(), true)
        );
        assert!(!open("other\n", &content).unwrap().genuine);
        for at in 0..content.len() {
            let mut changed = content.to_vec();
            changed[at] ^= 1;
            assert!(!open("d\n", &changed).is_some_and(|s| s.genuine), "{at}");
        }
        for length in 0..content.len() {
            assert!(
                !open("d\n", &content[..length]).is_some_and(|s| s.genuine),
                "{length}"
            );
        }
    }

    #[test]
    fn what_has_no_signature_is_no_signed_document() {
        for content in [
            "",
            "\n",
            "{}",
            "{}\n",
            "{}\n{}\n",
            "{}\n{\"writer_key\": \"00\"}\n",
            "\n\n\n",
        ] {
            assert!(open("d\n", content.as_bytes()).is_none(), "{content:?}");
        }
    }
}
