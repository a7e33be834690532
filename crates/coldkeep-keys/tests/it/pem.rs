//! Keys and certificates in PEM.

use crate::{fixture, now, signing::assert_signs, text};
use coldkeep_core::Kind;
use coldkeep_keys::read_pem;

#[test]
fn both_forms_of_rsa_keys_find_their_certificate() {
    for key in ["pem-pkcs8.key", "pem-pkcs1.key"] {
        let material = read_pem(&text("pem-certificates.pem"), &text(key).into(), now()).unwrap();
        assert_eq!(material.certificate_der, fixture("leaf.der"), "{key}");
        assert_signs(&material);
    }
    let together = text("pem-pkcs8.key") + &text("pem-certificates.pem");
    read_pem(&together, &together.clone().into(), now()).unwrap();
    let with_windows_lines = together.replace('\n', "\r\n");
    read_pem(&with_windows_lines, &with_windows_lines.clone().into(), now()).unwrap();
}

#[test]
fn refusals_say_why() {
    let (certificates, key) = (text("pem-certificates.pem"), text("pem-pkcs8.key"));
    let broken_key = key.replacen("\nMII", "\n*II", 1);
    let cases = [
        (text("pem-other.pem"), key.clone(), "none of the certificates"),
        (String::new(), key.clone(), "holds no PEM certificate"),
        (
            certificates.clone(),
            certificates.clone(),
            "holds no PEM private key",
        ),
        (certificates.clone(), key.repeat(2), "several private keys"),
        (certificates.clone(), text("pem-encrypted.key"), "is encrypted"),
        (
            certificates.clone(),
            text("pem-encrypted-pkcs1.key"),
            "is encrypted",
        ),
        (certificates.clone(), text("pem-ec.key"), "EC P-256"),
        (certificates.clone(), text("pem-ec-sec1.key"), "is EC"),
        (certificates.clone(), broken_key, "damaged"),
        (
            certificates.clone(),
            "-----BEGIN X".repeat(100_000),
            "larger than 1 MiB",
        ),
    ];
    for (certificates, key, reason) in cases {
        let refused = read_pem(&certificates, &key.into(), now()).unwrap_err();
        assert_eq!(refused.kind, Kind::Invalid);
        assert!(refused.what.contains(reason), "{refused} lacks {reason}");
    }
    let refused = read_pem(
        &certificates,
        &key.into(),
        "2099-01-01T00:00:00Z".parse().unwrap(),
    )
    .unwrap_err();
    assert_eq!(refused.kind, Kind::Expired);
}
