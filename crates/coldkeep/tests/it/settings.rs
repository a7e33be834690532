//! `settings`: where the master key lies, and changing it.

use crate::bin::{Bin, Said};
use std::{fs, os::unix::fs::PermissionsExt};

/// A stored key, and how it is told that the master key still opens it.
fn with_a_secret() -> Bin {
    let bin = Bin::new();
    bin.ok(&["certificate", "generate", "--name", "nightly", "--key", "rsa2048"]);
    bin
}

fn assert_opens(bin: &Bin) {
    let password = bin.file("password", "correct horse");
    let pfx = bin.beside("opens.pfx");
    let export = [
        "certificate",
        "export",
        "nightly",
        "--format",
        "pfx",
        "--with-private-key",
    ];
    bin.ok(&[
        &export[..],
        &["--to", pfx.to_str().unwrap(), "--password-file", &password],
    ]
    .concat());
    fs::remove_file(pfx).unwrap();
}

fn with_credentials(bin: &Bin, folder: &str, args: &[&str]) -> Said {
    let output = bin
        .command(args)
        .env("CREDENTIALS_DIRECTORY", folder)
        .output()
        .unwrap();
    Said {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn the_master_key_is_changed_in_its_place_and_moved_out_of_the_data_folder() {
    let bin = with_a_secret();
    let before = bin.json(&["settings", "show"]);
    let key_file = bin.data_dir().canonicalize().unwrap().join("master.key");
    assert_eq!(before["master_key"]["file"], key_file.to_str().unwrap());
    assert_eq!(before["master_key"]["in_data_folder"], true);
    assert!(bin.ok(&["settings", "show"]).contains("can read its secrets"));
    let key = fs::read_to_string(&key_file).unwrap();
    assert!(!before.to_string().contains(key.trim()));

    assert_eq!(bin.run(&["settings", "rekey"]).code, 2, "nobody can be asked");
    let after = bin.json(&["--yes", "settings", "rekey"]);
    assert_ne!(after["master_key"]["id"], before["master_key"]["id"]);
    assert_ne!(fs::read_to_string(&key_file).unwrap(), key);
    assert_opens(&bin);

    let elsewhere = bin.beside("elsewhere.key");
    let moved = bin.json(&["--yes", "settings", "rekey", "--to", elsewhere.to_str().unwrap()]);
    assert_eq!(moved["master_key"]["in_data_folder"], false);
    assert_eq!(
        fs::metadata(&elsewhere).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(!key_file.exists());
    // It need not be named again.
    assert_opens(&bin);
    assert_eq!(bin.json(&["settings", "show"]), moved);
    let taken = bin.refused(&["--yes", "settings", "rekey", "--to", &bin.file("taken", "x")]);
    assert!(taken.contains("exists already"), "{taken}");

    fs::rename(&elsewhere, bin.beside("gone")).unwrap();
    let refused = bin.refused(&["certificate", "list"]);
    assert!(
        refused.contains("elsewhere.key") && refused.contains("is missing"),
        "{refused}"
    );
    assert!(!elsewhere.exists() && !key_file.exists(), "no new key is made");
    let named = bin.beside("gone");
    let found = bin.json(&["--master-key-file", named.to_str().unwrap(), "settings", "show"]);
    assert_eq!(found["master_key"]["id"], moved["master_key"]["id"]);
    assert_opens(&bin);
}

/// What stands where the new key is to go, and how it is said.
#[test]
fn a_new_master_key_is_put_only_where_nothing_is_and_nothing_changes_otherwise() {
    let bin = with_a_secret();
    let before = bin.json(&["settings", "show"]);
    let data = bin.data_dir().canonicalize().unwrap();
    let path = |name: &str| bin.beside(name).to_str().unwrap().to_owned();
    std::os::unix::fs::symlink(path("nowhere"), path("dangling")).unwrap();
    std::os::unix::fs::symlink(&data, path("alias")).unwrap();
    fs::create_dir(path("folder")).unwrap();
    let fifo = std::process::Command::new("mkfifo")
        .arg(path("fifo"))
        .status()
        .unwrap();
    assert!(fifo.success());
    let inside = |name: &str| data.join(name).to_str().unwrap().to_owned();
    for (to, said) in [
        (path("dangling"), "exists already"),
        (path("folder"), "exists already"),
        (path("fifo"), "exists already"),
        (bin.file("taken", "x"), "exists already"),
        (path("alias/master.key"), "exists already"),
        (path("missing/new.key"), "folder does not exist"),
        (path("taken/new.key"), "taken"),
        (path(".."), "not the name of a file"),
        ("/".to_owned(), "not the name of a file"),
        ("/proc/new.key".to_owned(), "/proc/new.key"),
        (path("two\nlines"), "control characters"),
        (inside("rekeying.json"), "inside the data folder"),
        (inside("master-key-file"), "inside the data folder"),
        (inside("other.key"), "inside the data folder"),
        (path("alias/other.key"), "inside the data folder"),
    ] {
        let refused = bin.refused(&["--yes", "settings", "rekey", "--to", &to]);
        assert!(refused.contains(said), "{to}: {refused}");
        assert_eq!(bin.json(&["settings", "show"]), before, "{to}");
    }
    assert!(!bin.beside("nowhere").exists(), "no link is followed");
    assert_opens(&bin);
    let moved = bin.json(&["--yes", "settings", "rekey", "--to", &path("new.key")]);
    assert_ne!(moved["master_key"]["id"], before["master_key"]["id"]);
    let back = bin.json(&["--yes", "settings", "rekey", "--to", &inside("master.key")]);
    assert_eq!(back["master_key"]["in_data_folder"], true);
    assert_opens(&bin);
}

#[test]
fn a_change_of_the_master_key_that_never_began_is_undone() {
    let bin = with_a_secret();
    let before = bin.json(&["settings", "show"]);
    let lost = bin.beside("lost.key");
    let key = bin.data_dir().canonicalize().unwrap().join("master.key");
    let note = serde_json::json!({"old": key, "new": lost, "to": lost});
    fs::write(bin.data_dir().join("rekeying.json"), note.to_string()).unwrap();
    assert_eq!(bin.json(&["settings", "show"]), before);
    assert_opens(&bin);
    bin.ok(&["--yes", "settings", "rekey"]);
    assert_opens(&bin);
}

#[test]
fn systemd_gives_the_master_key_as_a_credential() {
    let bin = Bin::new();
    let credentials = bin.beside("credentials");
    fs::create_dir(&credentials).unwrap();
    let folder = credentials.to_str().unwrap();
    // A folder without the credential gives nothing.
    let said = with_credentials(&bin, folder, &["--output", "json", "settings", "show"]);
    assert!(said.stdout.contains("\"in_data_folder\": true"), "{said:?}");
    fs::remove_dir_all(bin.data_dir()).unwrap();

    let key = Bin::new();
    key.ok(&["settings", "show"]);
    let credential = credentials.join("coldkeep-master-key");
    fs::copy(key.data_dir().join("master.key"), &credential).unwrap();
    let generate = ["certificate", "generate", "--name", "nightly", "--key", "rsa2048"];
    assert_eq!(with_credentials(&bin, folder, &generate).code, 0);
    assert!(!bin.data_dir().join("master.key").exists());
    let said = with_credentials(&bin, folder, &["--output", "json", "settings", "show"]);
    assert!(said.stdout.contains(credential.to_str().unwrap()), "{said:?}");
    assert!(said.stdout.contains("\"in_data_folder\": false"), "{said:?}");
}
