//! PFX files of many programs. The fixtures' README says how each was made.

use crate::{fixture, now, signing::assert_signs};
use coldkeep_core::{Kind, Problem, SecretString};
use coldkeep_keys::{KeyMaterial, describe, read_pfx};

const LEAF: &str = "leaf.der";
const PASSWORD: &str = "swordfish";

/// File, password, expected certificate, expected friendly name.
const READABLE: &[(&str, &str, &str, Option<&str>)] = &[
    ("ossl-default.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-base64.txt", PASSWORD, LEAF, Some("nightly")),
    ("ossl-legacy.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-pbe-sha1-3des.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-pbe-sha1-2des.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-pbe-sha1-rc2-128.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-pbe-sha1-rc2-40.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-aes-128-cbc.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-aes-192-cbc.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-des-ede3-cbc.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-camellia-128-cbc.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-camellia-192-cbc.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-camellia-256-cbc.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-mac-sha1.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-mac-sha224.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-mac-sha384.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-mac-sha512.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-iter-100000.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-nomaciter.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-nomac.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-none.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-none-nomac.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-windows-like.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-chain.pfx", PASSWORD, "issued.der", None),
    ("ossl-unrelated.pfx", PASSWORD, LEAF, Some("nightly")),
    ("ossl-empty-password.pfx", "", LEAF, Some("nightly")),
    ("ossl-empty-password-rc2.pfx", "", LEAF, Some("nightly")),
    ("ossl-umlaut.pfx", "Grüße", LEAF, Some("nightly")),
    ("ossl-emoji.pfx", "key🔑", LEAF, Some("nightly")),
    ("ossl-emoji-aes.pfx", "key🔑", LEAF, Some("nightly")),
    ("java-default.pfx", PASSWORD, LEAF, Some("nightly")),
    ("java-legacy.pfx", PASSWORD, LEAF, Some("nightly")),
    ("java-nomac.pfx", PASSWORD, LEAF, Some("nightly")),
    ("java-trusted.pfx", PASSWORD, LEAF, Some("nightly")),
    ("java-secret.pfx", PASSWORD, LEAF, Some("nightly")),
    ("bc-pkcs12.pfx", PASSWORD, LEAF, Some("nightly")),
    ("bc-pkcs12-def.pfx", PASSWORD, LEAF, Some("nightly")),
    ("bc-pkcs12-3des-3des.pfx", PASSWORD, LEAF, Some("nightly")),
    ("bc-pkcs12-3des-40rc2.pfx", PASSWORD, LEAF, Some("nightly")),
    ("nss-default.pfx", PASSWORD, LEAF, Some("nightly")),
    ("nss-aes-128.pfx", PASSWORD, LEAF, Some("nightly")),
    ("nss-3des.pfx", PASSWORD, LEAF, Some("nightly")),
    ("gnutls-default.pfx", PASSWORD, LEAF, Some("nightly")),
    ("gnutls-3des.pfx", PASSWORD, LEAF, Some("nightly")),
    ("gnutls-rc2-40.pfx", PASSWORD, LEAF, Some("nightly")),
    ("gnutls-null-password.pfx", "", LEAF, Some("nightly")),
    ("gnutls-empty-password.pfx", "", LEAF, Some("nightly")),
    ("py-best.pfx", PASSWORD, LEAF, Some("nightly")),
    ("py-3des-sha1.pfx", PASSWORD, LEAF, Some("nightly")),
    ("py-aes256-sha512.pfx", PASSWORD, LEAF, Some("nightly")),
    ("py-plain.pfx", "", LEAF, Some("nightly")),
    ("py-renewed.pfx", PASSWORD, "renewed.der", Some("nightly")),
    ("hand-pbmac1.pfx", PASSWORD, LEAF, Some("nightly")),
];

/// File, what the reason must say.
const REFUSED: &[(&str, &str)] = &[
    ("no-ec.pfx", "its private key is EC P-256; Entra takes RSA keys"),
    ("no-ed25519.pfx", "its private key is Ed25519"),
    ("no-rsa-1024.pfx", "fewer than 2048 bits"),
    ("no-key.pfx", "it holds no private key"),
    ("no-certificate.pfx", "it holds a private key, but no certificate"),
    (
        "no-mismatch.pfx",
        "its private key belongs to none of its certificates",
    ),
    ("no-rc4.pfx", "RC4"),
    ("no-other-password.pfx", "under another password than the file"),
    ("no-truncated.pfx", "it is truncated"),
    ("no-windows-account.pfx", "encrypted to a Windows account"),
    ("no-signed.pfx", "signed with a certificate"),
    ("no-jks.jks", "a Java key store"),
    ("no-pkcs7.p7b", "a PKCS#7 file"),
    ("leaf.der", "a bare certificate"),
    ("pem-pkcs8.key", "a PEM file"),
];

fn read(name: &str, password: &str, which: Option<&str>) -> Result<KeyMaterial, Problem> {
    read_pfx(&fixture(name), Some(&SecretString::from(password)), which, now())
}

#[test]
fn every_readable_file_gives_its_key_and_certificate() {
    let mut failures = Vec::new();
    for (name, password, certificate, friendly_name) in READABLE {
        match read(name, password, None) {
            Ok(material) => {
                assert_eq!(material.certificate_der, fixture(certificate), "{name}");
                assert_eq!(material.friendly_name.as_deref(), *friendly_name, "{name}");
                assert_signs(&material);
            }
            Err(problem) => failures.push(format!("{name}: {problem}")),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_wrong_or_missing_password_is_named_as_the_reason() {
    for (name, password, ..) in READABLE {
        // Nothing in these depends on a password.
        if matches!(*name, "ossl-none-nomac.pfx" | "py-plain.pfx") {
            continue;
        }
        let refused = read(name, "wrong", None).unwrap_err();
        assert!(
            refused.what.contains("the password is wrong"),
            "{name}: {refused}"
        );
        if !password.is_empty() {
            let refused = read_pfx(&fixture(name), None, None, now()).unwrap_err();
            assert!(refused.what.contains("none was given"), "{name}: {refused}");
        }
    }
}

#[test]
fn refusals_say_why_and_what_next() {
    for (name, reason) in REFUSED {
        let refused = read(name, PASSWORD, None).unwrap_err();
        assert_eq!(refused.kind, Kind::Invalid, "{name}");
        assert!(refused.what.contains(reason), "{name}: {refused} lacks {reason}");
        assert!(
            !refused.next.is_empty() && !refused.to_string().contains(PASSWORD),
            "{name}: {refused}"
        );
    }
    for (content, reason) in [
        (Vec::new(), "empty"),
        (vec![0x55; 100], "something else"),
        (vec![0x30; 5 << 20], "4 MiB"),
    ] {
        let refused = read_pfx(&content, None, None, now()).unwrap_err();
        assert!(refused.what.contains(reason), "{refused}");
    }
    let whole = fixture("ossl-default.pfx");
    for length in [10, 500, whole.len() - 1] {
        let refused = read_pfx(&whole[..length], None, None, now()).unwrap_err();
        assert!(refused.what.contains("truncated"), "{refused}");
    }
}

#[test]
fn a_certificate_that_has_run_out_is_refused() {
    let later = "2099-01-01T00:00:00Z".parse().unwrap();
    let refused = read_pfx(&fixture("ossl-none-nomac.pfx"), None, None, later).unwrap_err();
    assert_eq!(refused.kind, Kind::Expired);
}

#[test]
fn of_several_keys_one_is_chosen_by_name_or_thumbprint() {
    let refused = read("java-two-keys.pfx", PASSWORD, None).unwrap_err();
    assert!(
        refused.what.contains("2 private keys") && refused.what.contains("`weekly`"),
        "{refused}"
    );
    for wish in ["nightly", "Weekly"] {
        let material = read("java-two-keys.pfx", PASSWORD, Some(wish)).unwrap();
        let shown = describe(&material, "x", "imported", now()).unwrap();
        assert_eq!(
            shown.issued_to == "CN=coldkeep fixture,O=Northwind",
            wish == "nightly"
        );
        let spaced = shown.thumbprint_sha1.to_lowercase().replacen("a", "a:", 1);
        for thumbprint in [&spaced, &shown.thumbprint_sha256] {
            let again = read("java-two-keys.pfx", PASSWORD, Some(thumbprint)).unwrap();
            assert_eq!(again.certificate_der, material.certificate_der);
        }
    }
    let refused = read("java-two-keys.pfx", PASSWORD, Some("monthly")).unwrap_err();
    assert!(
        refused.what.contains("`monthly`") && refused.what.contains("`nightly`"),
        "{refused}"
    );
}
