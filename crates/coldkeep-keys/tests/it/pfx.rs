//! PFX files of many programs: made anew by these programs in the test, each with what is to come of it. The fixtures'
//! README says how each is made.

use crate::{fixture, now, signing::assert_signs};
use coldkeep_core::{Code, Kind, Problem, SecretString};
use coldkeep_keys::{KeyMaterial, describe, read_pfx};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

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
    ("ossl-iter-600000.pfx", PASSWORD, LEAF, Some("nightly")),
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
    ("py-renewed.pfx", PASSWORD, LEAF, Some("nightly")),
    ("hand-pbmac1.pfx", PASSWORD, LEAF, Some("nightly")),
];

/// File, what the reason must say.
const REFUSED: &[(&str, &str)] = &[
    ("no-ec.pfx", "its private key is EC P-256; Entra accepts RSA keys"),
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
    ("java-two-keys.pfx", "2 private keys"),
    ("leaf.der", "a DER certificate without a key"),
    ("pem-pkcs8.key", "a PEM private key without its certificate"),
];

/// Depend on no password.
const OPEN: &[&str] = &["ossl-none-nomac.pfx", "py-plain.pfx"];

/// A folder where `make.sh` has all of these programs write their files.
fn made() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let tools = std::env::var_os("COLDKEEP_TEST_TOOLS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools"),
        PathBuf::from,
    );
    let python = tools.join("python-crypto/bin/python");
    assert!(
        python.is_file(),
        "Python's cryptography is missing; `cargo xtask test` installs it"
    );
    let output = Command::new("bash")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/make.sh"))
        .arg(folder.path())
        .env("PYTHON", python)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "make.sh stopped; is one of its programs missing? {}",
        String::from_utf8_lossy(&output.stderr)
    );
    folder
}

fn password_of(password: &str) -> SecretString {
    SecretString::from(password)
}

#[test]
fn files_that_many_programs_just_wrote_are_read_or_refused_with_the_reason() {
    let folder = made();
    let file = |name: &str| std::fs::read(folder.path().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let mut failures = Vec::new();
    for (name, password, certificate, friendly_name) in READABLE {
        let whole = file(name);
        match read_pfx(&whole, Some(&password_of(password)), None, now()) {
            Ok(material) => {
                assert_eq!(material.certificate_der, file(certificate), "{name}");
                assert_eq!(material.friendly_name.as_deref(), *friendly_name, "{name}");
                assert_signs(&material);
            }
            Err(problem) => failures.push(format!("{name}: {problem}")),
        }
        refused_without_its_password(name, &whole, password);
    }
    for (name, reason) in REFUSED {
        match read_pfx(&file(name), Some(&password_of(PASSWORD)), None, now()) {
            Ok(_) => failures.push(format!("{name} was read")),
            Err(refused) => assert_reason(name, &refused, reason),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    nothing_made_is_untested(folder.path());
}

fn refused_without_its_password(name: &str, whole: &[u8], password: &str) {
    if OPEN.contains(&name) {
        return;
    }
    let wrong = read_pfx(whole, Some(&password_of("wrong")), None, now()).unwrap_err();
    assert_eq!(wrong.code, Code::PfxPasswordWrong, "{name}: {wrong}");
    if !password.is_empty() {
        let none = read_pfx(whole, None, None, now()).unwrap_err();
        assert_eq!(none.code, Code::PfxPasswordNeeded, "{name}: {none}");
    }
}

fn assert_reason(name: &str, refused: &Problem, reason: &str) {
    assert_eq!(refused.kind, Kind::Invalid, "{name}");
    assert!(refused.what.contains(reason), "{name}: {refused} lacks {reason}");
    assert!(
        !refused.hint().is_empty() && !refused.to_string().contains(PASSWORD),
        "{name}: {refused}"
    );
}

fn nothing_made_is_untested(folder: &Path) {
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".pfx") {
            count += 1;
            let listed = READABLE.iter().any(|(n, ..)| *n == name) || REFUSED.iter().any(|(n, _)| *n == name);
            assert!(listed, "{name} is in no table");
        }
    }
    assert!(count >= 50, "only {count} files were made");
}

/// Debian's OpenSSL cannot make this one, so a file is kept.
#[test]
fn a_file_with_pbmac1_that_was_kept_is_read() {
    let material = read("hand-pbmac1.pfx", PASSWORD, None).unwrap();
    assert_eq!(material.certificate_der, fixture(LEAF));
    assert_signs(&material);
    refused_without_its_password("hand-pbmac1.pfx", &fixture("hand-pbmac1.pfx"), PASSWORD);
}

fn read(name: &str, password: &str, which: Option<&str>) -> Result<KeyMaterial, Problem> {
    read_pfx(&fixture(name), Some(&password_of(password)), which, now())
}

#[test]
fn what_is_no_pfx_at_all_is_named() {
    for (content, reason) in [
        (Vec::new(), "empty"),
        (vec![0xc3; 100], "something else"),
        (vec![0x30; 5 << 20], "4 MiB"),
    ] {
        let refused = read_pfx(&content, None, None, now()).unwrap_err();
        assert!(refused.what.contains(reason), "{refused}");
    }
    let whole = fixture("ossl-default.pfx");
    for length in [10, 500, whole.len() - 1] {
        let refused = read_pfx(&whole[..length], None, None, now()).unwrap_err();
        assert_eq!(refused.code, Code::PfxInvalid, "{refused}");
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
        refused.code == Code::PfxHasSeveralKeys && refused.what.contains("`weekly`"),
        "{refused}"
    );
    for wanted in ["nightly", "Weekly"] {
        let material = read("java-two-keys.pfx", PASSWORD, Some(wanted)).unwrap();
        let shown = describe(&material, "x", "imported", now()).unwrap();
        assert_eq!(
            shown.issued_to == "CN=coldkeep fixture,O=Northwind",
            wanted == "nightly"
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
