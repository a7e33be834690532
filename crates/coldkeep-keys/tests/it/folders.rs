//! PEM pairs in folders of the system.

use crate::{fixture, now, signing::assert_signs};
use coldkeep_core::Kind;
use coldkeep_keys::{read_key_file_for, read_pem_files, scan_folders};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

fn put(path: &Path, names: &[&str], mode: u32) -> PathBuf {
    let content: Vec<u8> = names.iter().flat_map(|name| fixture(name)).collect();
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    path.to_owned()
}

#[test]
fn pairs_are_found_where_tools_leave_them() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for sub in ["together", "certs", "private", "live", "bad"] {
        fs::create_dir(at(sub)).unwrap();
    }
    let leaf = "pem-certificates.pem";
    let together = put(&at("together/both.pem"), &["pem-pkcs1.key", leaf], 0o600);
    let certificate = put(&at("certs/site.crt"), &[leaf], 0o644);
    let key = put(&at("private/site.key"), &["pem-pkcs8.key"], 0o640);
    put(&at("certs/authority.pem"), &["pem-other.pem"], 0o644);
    put(&at("certs/notes.pem"), &["README.md"], 0o644);
    let chain = put(&at("live/fullchain.pem"), &[leaf], 0o644);
    put(&at("live/cert.pem"), &[leaf], 0o644);
    let beside = put(&at("live/privkey.pem"), &["pem-pkcs8.key"], 0o600);
    for (folders, certificate, key) in [
        (vec![at("together")], &together, &together),
        (vec![at("certs"), at("private")], &certificate, &key),
        // `cert.pem` comes first and is the same certificate.
        (vec![at("live")], &at("live/cert.pem"), &beside),
    ] {
        let scan = scan_folders(&folders, now());
        assert!(scan.refused.is_empty(), "{:?}", scan.refused);
        let [pair] = &scan.pairs[..] else {
            panic!("{:?}", scan.pairs)
        };
        assert_eq!((&pair.certificate_path, &pair.key_path), (certificate, key));
        assert_eq!(pair.certificate_der, fixture("leaf.der"));
    }
    assert_eq!(scan_folders(&[at("certs")], now()).pairs, []);
    assert_eq!(scan_folders(&[at("no-such-folder")], now()).pairs, []);
    assert_signs(&read_pem_files(&chain, &beside, now()).unwrap());
    assert_signs(&read_key_file_for(fixture("leaf.der"), &key).unwrap());

    put(&at("bad/open.pem"), &["pem-pkcs8.key", leaf], 0o644);
    put(&at("bad/curve.crt"), &["pem-certificates.pem"], 0o644);
    put(&at("bad/curve.key"), &["pem-ec.key"], 0o600);
    put(&at("bad/locked.crt"), &["pem-certificates.pem"], 0o644);
    put(&at("bad/locked.key"), &["pem-encrypted.key"], 0o600);
    put(&at("bad/other.crt"), &["pem-other.pem"], 0o644);
    put(&at("bad/other.key"), &["pem-pkcs8.key"], 0o600);
    let scan = scan_folders(&[at("bad")], now());
    assert_eq!(scan.pairs, []);
    let reasons: Vec<String> = scan.refused.iter().map(|(_, why)| why.what.clone()).collect();
    for (reason, word) in reasons.iter().zip([
        "EC P-256",
        "encrypted",
        "All users of this machine",
        "none of the certificates",
    ]) {
        assert!(reason.contains(word), "{reason} lacks {word}");
    }
    assert_eq!(reasons.len(), 4);
}

#[test]
fn a_key_file_that_changed_or_is_gone_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let key = put(&folder.path().join("k.key"), &["pem-pkcs8.key"], 0o600);
    let refused = read_key_file_for(fixture("issued.der"), &key).err();
    // The issued certificate is of the same key.
    assert_eq!(refused, None);
    put(&key, &["pem-ec.key"], 0o600);
    let refused = read_key_file_for(fixture("leaf.der"), &key).unwrap_err();
    assert!(
        refused.what.contains("k.key") && refused.what.contains("EC P-256"),
        "{refused}"
    );
    fs::remove_file(&key).unwrap();
    let refused = read_key_file_for(fixture("leaf.der"), &key).unwrap_err();
    assert_eq!(refused.kind, Kind::NotFound);
    assert!(refused.what.contains("k.key"), "{refused}");
}
