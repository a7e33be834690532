//! PFX files that Coldkeep writes, read by itself and by OpenSSL.

use crate::{fixture, now, signing::assert_signs};
use coldkeep_core::{ExposeSecret, Kind};
use coldkeep_keys::{list_pfx_keys, read_pfx, write_pfx};
use std::{
    io::Write,
    process::{Command, Stdio},
};

fn material() -> coldkeep_keys::KeyMaterial {
    read_pfx(&fixture("ossl-none-nomac.pfx"), None, None, now()).unwrap()
}

/// What OpenSSL makes of a PFX, with the password in a file.
fn openssl(pfx: &[u8], password: &str, args: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let password_file = folder.path().join("password");
    std::fs::write(&password_file, password).unwrap();
    let mut child = Command::new("openssl")
        .args(["pkcs12", "-passin", &format!("file:{}", password_file.display())])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Debian's `openssl` is installed");
    child.stdin.take().unwrap().write_all(pfx).unwrap();
    let output = child.wait_with_output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn an_exported_pfx_is_read_by_openssl_and_by_coldkeep() {
    let material = material();
    for (name, password) in [("nightly", "correct horse"), ("nächtlich 🌙", "Grüße und mehr")] {
        let pfx = write_pfx(&material, name, &password.into()).unwrap();
        let again = read_pfx(pfx.expose_secret(), Some(&password.into()), None, now()).unwrap();
        assert_eq!(again.certificate_der, material.certificate_der);
        assert_eq!(
            again.friendly_name.as_deref().map(str::trim_end),
            Some(name.trim_end_matches('🌙').trim_end())
        );
        assert_signs(&again);
        read_pfx(pfx.expose_secret(), Some(&"correct horsf".into()), None, now()).unwrap_err();

        let said = openssl(pfx.expose_secret(), password, &["-info", "-noout"]);
        for word in [
            "AES-256-CBC",
            "hmacWithSHA256",
            "MAC: sha256, Iteration 600000",
            "Iteration 600000",
        ] {
            assert!(said.contains(word), "{word} is missing in {said}");
        }
        let said = openssl(pfx.expose_secret(), password, &["-nodes"]);
        assert!(
            said.contains("BEGIN PRIVATE KEY") && said.contains("BEGIN CERTIFICATE"),
            "{said}"
        );
    }
}

#[test]
fn a_password_that_protects_nothing_or_that_others_cannot_read_is_refused() {
    for (password, reason) in [
        ("", "fewer than 8 characters"),
        ("1234567", "fewer than 8 characters"),
        ("long enough 🔑", "emoji"),
    ] {
        let refused = write_pfx(&material(), "n", &password.into()).unwrap_err();
        assert_eq!(refused.kind, Kind::Invalid);
        assert!(refused.what.contains(reason), "{refused}");
    }
}

#[test]
fn the_keys_of_a_file_are_listed_to_choose_from() {
    let keys = list_pfx_keys(&fixture("java-two-keys.pfx"), Some(&"swordfish".into()), now()).unwrap();
    let mut names: Vec<_> = keys.iter().filter_map(|k| k.friendly_name.as_deref()).collect();
    names.sort_unstable();
    assert_eq!(names, ["nightly", "weekly"]);
    assert!(keys.iter().any(|k| k.issued_to == "CN=unrelated"));
    for key in keys {
        let chosen = read_pfx(
            &fixture("java-two-keys.pfx"),
            Some(&"swordfish".into()),
            Some(&key.thumbprint_sha1),
            now(),
        );
        assert_eq!(chosen.unwrap().friendly_name, key.friendly_name);
    }
    assert!(list_pfx_keys(&fixture("no-ec.pfx"), Some(&"swordfish".into()), now()).is_err());
}
