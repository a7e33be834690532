//! `certificate`.

use crate::bin::{Bin, fixture};

#[test]
fn a_certificate_is_made_and_shown_without_its_key() {
    let bin = Bin::new();
    let made = bin.json(&[
        "certificate",
        "generate",
        "--name",
        "nightly",
        "--key",
        "rsa2048",
        "--valid-days",
        "30",
    ]);
    assert_eq!(
        (made["name"].as_str(), made["issued_to"].as_str()),
        (Some("nightly"), Some("CN=nightly"))
    );
    assert_eq!(
        (made["key"].as_str(), made["origin"].as_str()),
        (Some("RSA 2048"), Some("generated"))
    );
    let thumbprint = made["thumbprint_sha1"].as_str().unwrap();
    for key in [
        "nightly",
        thumbprint,
        &thumbprint.to_lowercase(),
        made["id"].as_str().unwrap(),
    ] {
        assert_eq!(bin.json(&["certificate", "show", key]), made, "{key}");
    }
    let table = bin.ok(&["certificate", "list"]);
    assert!(
        table.contains("29 days left") || table.contains("30 days left"),
        "{table}"
    );
    assert!(table.contains(thumbprint), "{table}");
    assert!(
        !bin.ok(&["--output", "json", "certificate", "list"])
            .contains("PRIVATE")
    );
}

#[test]
fn a_pfx_is_imported_with_its_password_from_a_file_or_stdin() {
    let bin = Bin::new();
    let password = bin.file("password", "swordfish\n");
    let pfx = fixture("ossl-default.pfx");
    let imported = bin.json(&["certificate", "import", &pfx, "--password-file", &password]);
    assert_eq!(imported["issued_to"], "CN=coldkeep fixture,O=Northwind");
    assert_eq!(
        (imported["name"].as_str(), imported["origin"].as_str()),
        (Some("nightly"), Some("imported"))
    );

    let other = Bin::new();
    let mut command = other.command(&[
        "certificate",
        "import",
        &pfx,
        "--name",
        "mine",
        "--password-stdin",
    ]);
    command.stdin(std::fs::File::open(&password).unwrap());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8(output.stdout).unwrap().contains("mine"));
}

#[test]
fn a_pfx_that_cannot_be_used_is_refused_with_its_reason() {
    let bin = Bin::new();
    let right = bin.file("right", "swordfish");
    let wrong = bin.file("wrong", "not the password");
    let cases = [
        ("ossl-default.pfx", Some(&wrong), "password"),
        ("ossl-default.pfx", None, "password"),
        ("no-truncated.pfx", Some(&right), ""),
        ("no-key.pfx", Some(&right), "key"),
        ("no-mismatch.pfx", Some(&right), "key"),
    ];
    for (file, password, word) in cases {
        let pfx = fixture(file);
        let mut args = vec!["certificate", "import", &pfx];
        if let Some(password) = password {
            args.extend(["--password-file", password.as_str()]);
        }
        let told = bin.refused(&args);
        assert!(told.to_lowercase().contains(word), "{file}: {told}");
        assert!(
            !told.contains("swordfish") && !told.contains("not the password"),
            "{file}: {told}"
        );
    }
    assert!(
        bin.refused(&["certificate", "import", "no-such-file.pfx"])
            .contains("no-such-file.pfx")
    );
    assert_eq!(bin.json(&["certificate", "list"]), serde_json::json!([]));
}
