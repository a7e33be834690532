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
    assert!(table.contains("  29  ") || table.contains("  30  "), "{table}");
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

#[test]
fn a_list_is_searched() {
    let bin = Bin::new();
    for (name, subject) in [("nightly", "Northwind backups"), ("weekly", "Contoso")] {
        bin.ok(&[
            "certificate",
            "generate",
            "--name",
            name,
            "--subject",
            subject,
            "--key",
            "rsa2048",
        ]);
    }
    let names = |args: &[&str]| -> Vec<String> {
        let list = bin.json(&[&["certificate", "list"], args].concat());
        list.as_array()
            .unwrap()
            .iter()
            .map(|c| c["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&[]), ["nightly", "weekly"]);
    assert_eq!(names(&["--search", "NORTHWIND"]), ["nightly"]);
    assert_eq!(names(&["--search", "x & y?=%"]), [] as [&str; 0]);
}

#[test]
fn the_public_part_is_exported_as_others_read_it() {
    let bin = Bin::new();
    bin.ok(&["certificate", "generate", "--name", "nightly", "--key", "rsa2048"]);
    let shown = bin.json(&["certificate", "show", "nightly"]);
    let pem = bin.ok(&["certificate", "export", "nightly"]);
    let openssl = |args: &[&str]| {
        let output = std::process::Command::new("openssl").args(args).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let pem_file = bin.file("n.pem", &pem);
    let cer_file = bin.beside("n.cer").to_str().unwrap().to_owned();
    bin.ok(&[
        "certificate",
        "export",
        "nightly",
        "--format",
        "cer",
        "--to",
        &cer_file,
    ]);
    for (form, file) in [("PEM", &pem_file), ("DER", &cer_file)] {
        let told = openssl(&[
            "x509",
            "-inform",
            form,
            "-in",
            file,
            "-noout",
            "-fingerprint",
            "-sha1",
            "-serial",
        ]);
        let told = told.replace(':', "");
        assert!(
            told.contains(shown["thumbprint_sha1"].as_str().unwrap()),
            "{told}"
        );
        assert!(told.contains(shown["serial"].as_str().unwrap()), "{told}");
    }
    let refused = bin.refused(&[
        "certificate",
        "export",
        "nightly",
        "--format",
        "cer",
        "--to",
        &cer_file,
    ]);
    assert!(
        refused.contains("n.cer") && refused.contains("exist"),
        "{refused}"
    );
}

#[test]
fn a_private_key_leaves_only_on_purpose_and_encrypted() {
    use std::os::unix::fs::PermissionsExt;
    let bin = Bin::new();
    bin.ok(&["certificate", "generate", "--name", "nightly", "--key", "rsa2048"]);
    let password = bin.file("password", "correct horse\n");
    let pfx = bin.beside("n.pfx").to_str().unwrap().to_owned();
    for args in [
        &["--format", "pfx", "--to", &pfx] as &[&str],
        &["--with-private-key", "--to", &pfx],
        &["--format", "pfx", "--with-private-key", "--to", &pfx],
    ] {
        let said = bin.run(&[&["certificate", "export", "nightly"], args].concat());
        assert_eq!(said.code, 2, "{args:?}: {said:?}");
    }
    let export = [
        "certificate",
        "export",
        "nightly",
        "--format",
        "pfx",
        "--with-private-key",
        "--to",
        &pfx,
    ];
    let short = bin.file("short", "1234567");
    let refused = bin.refused(&[&export[..], &["--password-file", &short]].concat());
    assert!(refused.contains("fewer than 8"), "{refused}");
    assert!(!bin.beside("n.pfx").exists());

    let said = bin.run(&[&export[..], &["--password-file", &password]].concat());
    assert_eq!((said.code, said.stdout.as_str()), (0, ""), "{said:?}");
    assert!(!said.stderr.contains("correct horse"), "{said:?}");
    let mode = std::fs::metadata(&pfx).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let other = Bin::new();
    let imported = other.json(&["certificate", "import", &pfx, "--password-file", &password]);
    let made = bin.json(&["certificate", "show", "nightly"]);
    assert_eq!(imported["thumbprint_sha256"], made["thumbprint_sha256"]);
    assert_eq!(imported["name"], "nightly");
}

#[test]
fn a_certificate_is_removed_once_nobody_uses_it() {
    let bin = Bin::new();
    bin.ok(&["certificate", "generate", "--name", "nightly", "--key", "rsa2048"]);
    assert_eq!(
        bin.run(&["certificate", "remove", "nightly"]).code,
        2,
        "nobody can be asked"
    );
    bin.ok(&["--yes", "certificate", "remove", "nightly"]);
    assert!(
        bin.refused(&["--yes", "certificate", "remove", "nightly"])
            .contains("certificate `nightly` does not exist")
    );
    assert_eq!(bin.json(&["certificate", "list"]), serde_json::json!([]));
}

#[test]
fn of_several_keys_in_a_file_one_is_named() {
    let bin = Bin::new();
    let password = bin.file("password", "swordfish");
    let pfx = fixture("java-two-keys.pfx");
    let import = ["certificate", "import", &pfx, "--password-file", &password];
    let refused = bin.refused(&import);
    assert!(
        refused.contains("`nightly`") && refused.contains("`weekly`"),
        "{refused}"
    );
    let imported = bin.json(&[&import[..], &["--which", "weekly"]].concat());
    assert_eq!(imported["issued_to"], "CN=unrelated");
}
