//! PFX files in other clothes, and files that are none: understood, or named as what they are.

use crate::{fixture, now, signing::assert_signs, text};
use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use coldkeep_keys::read_pfx;

fn utf16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect()
}

fn lines(base64: &str, ending: &str) -> String {
    let bytes = base64.as_bytes().chunks(64);
    let lines = bytes.map(|line| std::str::from_utf8(line).unwrap().to_owned() + ending);
    lines.collect()
}

#[test]
fn a_pfx_in_other_clothes_is_understood() {
    let pfx = fixture("ossl-none-nomac.pfx");
    let base64 = BASE64_STANDARD.encode(&pfx);
    let pem = text("pem-pkcs8.key") + &text("pem-certificates.pem");
    let json = |value: &str| format!("{{\n  \"contentType\": \"x\",\n  \"value\": \"{value}\"\n}}\n");
    for (what, file) in [
        ("as it is", pfx.clone()),
        ("base64", base64.clone().into_bytes()),
        ("base64 in lines", lines(&base64, "\r\n").into_bytes()),
        ("base64 after a mark", format!("\u{feff}{base64}\n").into_bytes()),
        ("base64 in UTF-16", utf16(&base64)),
        ("base64 in quotes", format!("\"{base64}\"\n").into_bytes()),
        (
            "base64 for addresses",
            BASE64_URL_SAFE_NO_PAD.encode(&pfx).into_bytes(),
        ),
        (
            "without padding",
            base64.trim_end_matches('=').to_owned().into_bytes(),
        ),
        ("an answer of Key Vault", json(&base64).into_bytes()),
        ("an answer with PEM", json(&pem.replace('\n', "\\n")).into_bytes()),
        (
            "in a PEM block",
            format!(
                "-----BEGIN PKCS12-----\n{}-----END PKCS12-----\n",
                lines(&base64, "\n")
            )
            .into_bytes(),
        ),
        ("PEM", pem.clone().into_bytes()),
        ("PEM in UTF-16", utf16(&pem)),
        ("base64 of PEM", BASE64_STANDARD.encode(&pem).into_bytes()),
        (
            "PEM of PKCS#1",
            (text("pem-pkcs1.key") + &text("pem-certificates.pem")).into_bytes(),
        ),
    ] {
        let material = read_pfx(&file, None, None, now()).unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(material.certificate_der, fixture("leaf.der"), "{what}");
        assert_signs(&material);
    }
}

#[test]
fn what_is_no_pfx_is_named_as_what_it_is() {
    let der = fixture("leaf.der");
    let key = {
        let text = text("pem-pkcs8.key");
        let body: String = text.lines().filter(|l| !l.starts_with("-----")).collect();
        BASE64_STANDARD.decode(body).unwrap()
    };
    for (file, named) in [
        (vec![], "an empty file"),
        (b" \r\n".to_vec(), "an empty file"),
        ("\u{feff}".as_bytes().to_vec(), "an empty file"),
        (der.clone(), "a DER certificate without a key"),
        (
            BASE64_STANDARD.encode(&der).into_bytes(),
            "a DER certificate without a key",
        ),
        (key, "a bare private key"),
        (fixture("pem-other.pem"), "a PEM certificate without a key"),
        (utf16(&text("pem-other.pem")), "a PEM certificate without a key"),
        (
            fixture("pem-pkcs8.key"),
            "a PEM private key without its certificate",
        ),
        (
            (text("pem-encrypted.key") + &text("pem-certificates.pem")).into_bytes(),
            "the private key is encrypted",
        ),
        (
            b"-----BEGIN PKCS7-----\nMIIB\n-----END PKCS7-----\n".to_vec(),
            "a PKCS#7 file as PEM text",
        ),
        (
            b"-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n".to_vec(),
            "neither a private key nor a certificate",
        ),
        (
            b"<!DOCTYPE html><html><body>Sign in</body></html>".to_vec(),
            "a web page (HTML)",
        ),
        (b"\n<HTML>".to_vec(), "a web page (HTML)"),
        (b"<?xml version=\"1.0\"?><a/>".to_vec(), "an XML or HTML document"),
        (b"{\"error\": \"no\"}".to_vec(), "a JSON document"),
        (b"PK\x03\x04rest".to_vec(), "a ZIP archive"),
        (b"this is not a certificate at all, sorry".to_vec(), "a text file"),
        (
            "text".encode_utf16().flat_map(u16::to_le_bytes).collect(),
            "UTF-16",
        ),
        (vec![0x55; 100], "a text file"),
        (vec![0xc3; 100], "something else"),
    ] {
        let refused = read_pfx(&file, None, None, now()).unwrap_err();
        assert!(refused.what.contains(named), "{refused} lacks {named}");
        assert!(!refused.hint().is_empty());
    }
}
