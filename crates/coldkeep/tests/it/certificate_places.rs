//! Certificates whose key is elsewhere: in a PKCS#11 token (SoftHSM), in PEM files, in folders of the system.

use crate::{
    bin::{Bin, fixture},
    scene::Scene,
};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

const PIN: &str = "271828";

fn put(path: &Path, names: &[&str], mode: u32) -> String {
    let content: String = names
        .iter()
        .map(|name| fs::read_to_string(fixture(name)).unwrap())
        .collect();
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Registers an application with a stored certificate, uses it, and is refused to remove the certificate meanwhile.
fn serves_an_application(scene: &Scene, certificate: &str) {
    let bin = &scene.bin;
    scene.world.blobs_in("northsource", "backups");
    let grant = format!("copy-source={}", scene.container_id(0, "northsource", "backups"));
    let (code, _, told) = scene.signed_in(&[
        "--yes",
        "service-account",
        "add",
        "--cloud",
        "sim",
        "--register",
        "--name",
        "reader",
        "--certificate",
        certificate,
        "--grant-on",
        &grant,
    ]);
    assert_eq!(code, 0, "{told}");
    let check = bin.json(&["service-account", "check", "reader"]);
    assert_eq!(check["ok"], true, "{check}");
    let refused = bin.refused(&["--yes", "certificate", "remove", certificate]);
    assert!(refused.contains("`reader`"), "{refused}");
}

#[test]
fn a_key_made_in_a_token_proves_an_application() {
    let scene = Scene::start();
    let bin = &scene.bin;
    let pin = bin.softhsm("vault", PIN);
    let made = bin.json(&[
        "certificate",
        "generate",
        "--name",
        "in-token",
        "--key",
        "rsa2048",
        "--token",
        "pkcs11:token=vault",
        "--pin-file",
        &pin,
    ]);
    assert_eq!(made["key_location"]["kind"], "token");
    let uri = made["key_location"]["uri"].as_str().unwrap().to_owned();
    assert!(
        uri.starts_with("pkcs11:token=vault;") && !uri.contains(PIN),
        "{uri}"
    );
    assert!(
        bin.ok(&["certificate", "list", "--search", "token=vault"])
            .contains("in-token")
    );
    serves_an_application(&scene, "in-token");

    let database: Vec<u8> = ["coldkeep.db", "coldkeep.db-wal"]
        .iter()
        .flat_map(|file| fs::read(bin.data_dir().join(file)).unwrap_or_default())
        .collect();
    assert!(database.windows(5).any(|w| w == b"vault"));
    assert!(
        !database.windows(PIN.len()).any(|w| w == PIN.as_bytes()),
        "the PIN is in the database"
    );

    let password = bin.file("password", "correct horse");
    let pfx = bin.beside("x.pfx").to_str().unwrap().to_owned();
    let refused = bin.refused(&[
        "certificate",
        "export",
        "in-token",
        "--format",
        "pfx",
        "--with-private-key",
        "--to",
        &pfx,
        "--password-file",
        &password,
    ]);
    assert!(refused.contains("never exports it"), "{refused}");

    // The token is gone: the application cannot prove itself, and the reason is named.
    fs::rename(bin.beside("tokens"), bin.beside("elsewhere")).unwrap();
    fs::create_dir(bin.beside("tokens")).unwrap();
    let said = bin.run(&["service-account", "check", "reader"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        (said.stdout.clone() + &said.stderr).contains("No PKCS#11 token matches"),
        "{said:?}"
    );
    fs::remove_dir(bin.beside("tokens")).unwrap();
    fs::rename(bin.beside("elsewhere"), bin.beside("tokens")).unwrap();
    assert_eq!(bin.json(&["service-account", "check", "reader"])["ok"], true);
}

#[test]
fn a_token_is_linked_forgotten_and_linked_again() {
    let bin = Bin::new();
    let pin = bin.softhsm("vault", PIN);
    let wrong = bin.file("wrong", "999999");
    let generate = [
        "certificate",
        "generate",
        "--name",
        "one",
        "--key",
        "rsa2048",
        "--token",
        "pkcs11:token=vault",
    ];
    let refused = bin.refused(&generate);
    assert!(
        refused.contains("asks for a PIN") && refused.contains("--pin-file"),
        "{refused}"
    );
    let refused = bin.refused(&[&generate[..], &["--pin-file", &wrong]].concat());
    assert!(
        refused.contains("CKR_PIN_INCORRECT") && !refused.contains("999999"),
        "{refused}"
    );
    assert_eq!(bin.json(&["certificate", "list"]), serde_json::json!([]));
    let made = bin.json(&[&generate[..], &["--pin-file", &pin]].concat());

    bin.ok(&["--yes", "certificate", "remove", "one"]);
    let linked = bin.json(&[
        "certificate",
        "link",
        "pkcs11:token=vault;object=one",
        "--pin-file",
        &pin,
    ]);
    assert_eq!(
        (
            &linked["thumbprint_sha256"],
            &linked["name"],
            &linked["key_location"]
        ),
        (&made["thumbprint_sha256"], &made["name"], &made["key_location"])
    );
    assert_eq!(linked["origin"], "linked");
    // Again, as after a change of the PIN: still one entry.
    bin.ok(&["certificate", "link", "pkcs11:token=vault", "--pin-file", &pin]);
    assert_eq!(bin.json(&["certificate", "list"]).as_array().unwrap().len(), 1);

    for (uri, word) in [
        ("pkcs11:token=vault?pin-value=271828", "pin-value"),
        ("pkcs11:token=safe", "No PKCS#11 token"),
        ("pkcs11:object=one", "does not name a token"),
        ("https://example.com", "pkcs11:"),
    ] {
        let refused = bin.refused(&["certificate", "link", uri, "--pin-file", &pin]);
        assert!(
            refused.contains(word) && !refused.contains("271828"),
            "{uri}: {refused}"
        );
    }
    let said = bin.run(&["certificate", "link"]);
    assert_eq!(said.code, 2, "{said:?}");
}

#[test]
fn pem_files_are_linked_and_prove_an_application() {
    let scene = Scene::start();
    let bin = &scene.bin;
    let certificate = put(&bin.beside("site.crt"), &["pem-certificates.pem"], 0o644);
    let key = put(&bin.beside("site.key"), &["pem-pkcs8.key"], 0o600);
    let linked = bin.json(&[
        "certificate",
        "link",
        "--pem",
        &certificate,
        &key,
        "--name",
        "site",
    ]);
    assert_eq!(linked["key_location"]["key_path"], key.as_str());
    serves_an_application(&scene, "site");

    put(Path::new(&key), &["pem-ec.key"], 0o600);
    let said = bin.run(&["service-account", "check", "reader"]);
    assert!(
        (said.stdout.clone() + &said.stderr).contains("site.key"),
        "{said:?}"
    );

    for (mode, word, names) in [
        (0o644, "All users of this machine", "pem-pkcs8.key"),
        (0o600, "EC P-256", "pem-ec.key"),
    ] {
        put(Path::new(&key), &[names], mode);
        let refused = bin.refused(&["certificate", "link", "--pem", &certificate, &key]);
        assert!(refused.contains(word), "{refused}");
    }
}

#[test]
fn folders_of_the_system_are_looked_through() {
    let scene = Scene::start();
    let bin = &scene.bin;
    let live = bin.beside("live");
    fs::create_dir(&live).unwrap();
    put(&live.join("fullchain.pem"), &["pem-certificates.pem"], 0o644);
    put(&live.join("privkey.pem"), &["pem-pkcs8.key"], 0o600);
    put(&live.join("curve.crt"), &["pem-certificates.pem"], 0o644);
    put(&live.join("curve.key"), &["pem-ec.key"], 0o600);
    let live = live.to_str().unwrap();
    assert_eq!(bin.json(&["certificate", "list"]), serde_json::json!([]));
    let said = bin.run(&["--output", "json", "certificate", "folder", "add", live]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.stderr.contains("curve.crt") && said.stderr.replace('\n', " ").contains("EC P-256"),
        "{said:?}"
    );
    let added: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((&added["path"], &added["usable"]), (&live.into(), &1.into()));

    let list = bin.json(&["certificate", "list"]);
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
    assert_eq!(
        (&list[0]["name"], &list[0]["key_location"]["kind"]),
        (&"live".into(), &"pem".into())
    );
    assert_eq!(bin.json(&["certificate", "show", "live"]), list[0]);
    let refused = bin.refused(&["--yes", "certificate", "remove", "live"]);
    assert!(refused.contains("folder"), "{refused}");
    serves_an_application(&scene, "live");

    bin.ok(&["certificate", "folder", "remove", live]);
    assert_eq!(
        bin.json(&["certificate", "folder", "list"]),
        serde_json::json!([])
    );
    // A service account uses it, so it stays.
    assert_eq!(bin.json(&["certificate", "list"]).as_array().unwrap().len(), 1);
    assert_eq!(bin.json(&["service-account", "check", "reader"])["ok"], true);
    assert!(
        bin.refused(&["certificate", "folder", "add", "/no/such/folder"])
            .contains("/no/such/folder")
    );
}
