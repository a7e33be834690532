//! PFX files that Coldkeep writes, read by itself, OpenSSL, Java, GnuTLS and NSS.

use crate::{fixture, now, signing::assert_signs};
use coldkeep_core::{ExposeSecret, Kind, certificate::NewCertificate};
use coldkeep_keys::{Generate, generate, list_pfx_keys, read_pfx, write_pfx};
use std::{
    io::Write,
    path::Path,
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
        assert_eq!(said.matches("localKeyID: 01").count(), 2, "{said}");
        assert_eq!(said.matches("friendlyName: ").count(), 2, "{said}");
    }
}

#[test]
fn exported_keys_of_every_size_come_back_whole_from_openssl() {
    let password = "ein sehr langes Paßwort, ".repeat(20);
    for key_bits in [2048, 3072, 4096] {
        let made = generate(&Generate {
            certificate: NewCertificate {
                name: None,
                subject: Some("Nørthwind, backups".to_owned()),
                key_bits,
                valid_days: 30,
            },
            now: now(),
        })
        .unwrap();
        let pfx = write_pfx(&made, "nightly", &password.as_str().into()).unwrap();
        let again = read_pfx(pfx.expose_secret(), Some(&password.as_str().into()), None, now()).unwrap();
        assert_eq!(again.certificate_der, made.certificate_der);
        assert_signs(&again);

        // OpenSSL takes it apart and writes it again; that the key is whole is for the reader to say, which refuses others.
        let pem = openssl(pfx.expose_secret(), &password, &["-nodes"]);
        let by_openssl = coldkeep_keys::read_pem(&pem, &pem.as_str().into(), now()).unwrap();
        assert_eq!(by_openssl.certificate_der, made.certificate_der);
        assert_signs(&by_openssl);
    }
}

/// What another program says about a file; it is called with the path in place of `FILE`.
fn told_by(program: &str, args: &str, file: &Path) -> String {
    let args = args
        .split(' ')
        .map(|arg| arg.replace("FILE", &file.display().to_string()));
    let output = Command::new(program)
        .args(args)
        .output()
        .unwrap_or_else(|e| panic!("{program} is installed by `cargo xtask tools`: {e}"));
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}");
    said
}

#[test]
fn an_exported_pfx_is_read_by_java_gnutls_and_nss() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("exported.pfx");
    let pfx = write_pfx(&material(), "nightly", &"correct-horse".into()).unwrap();
    std::fs::write(&file, pfx.expose_secret()).unwrap();

    let args = "-list -keystore FILE -storetype PKCS12 -storepass correct-horse";
    let said = told_by("keytool", args, &file);
    assert!(
        said.contains("nightly") && said.contains("PrivateKeyEntry"),
        "{said}"
    );
    let again = folder.path().join("again.pfx");
    // Java decrypts the key only where it has to write it again.
    let copied = format!(
        "-importkeystore -noprompt -srckeystore FILE -srcstoretype PKCS12 -srcstorepass correct-horse \
         -destkeystore {} -deststoretype PKCS12 -deststorepass correct-horse",
        again.display()
    );
    told_by("keytool", &copied, &file);
    let by_java = std::fs::read(&again).unwrap();
    assert_signs(&read_pfx(&by_java, Some(&"correct-horse".into()), None, now()).unwrap());

    let said = told_by(
        "certtool",
        "--p12-info --inder --infile FILE --password correct-horse",
        &file,
    );
    for word in ["ENCRYPTED PRIVATE KEY", "BEGIN CERTIFICATE", "AES-256-CBC"] {
        assert!(said.contains(word), "{word} is missing in {said}");
    }

    let said = told_by("pk12util", "-l FILE -W correct-horse", &file);
    for word in [
        "Certificate(has private key)",
        "Key(shrouded)",
        "Friendly Name: nightly",
    ] {
        assert!(said.contains(word), "{word} is missing in {said}");
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
