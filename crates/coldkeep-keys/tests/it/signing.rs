//! Signatures, verified with the public key that stands in the certificate.

use crate::{fixture, now};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use coldkeep_core::{
    certificate::NewCertificate,
    signer::{AssertionSigner, SigningAlgorithm},
};
use coldkeep_keys::{Generate, KeyMaterial, MemorySigner, generate, read_pfx};
use sha1::{Digest, Sha1};
use sha2::Sha256;
use x509_cert::{
    Certificate,
    der::{Decode, asn1::ObjectIdentifier},
};

/// Panics unless both kinds of signature verify against the certificate's own public key.
pub fn assert_signs(material: &KeyMaterial) {
    let signer = MemorySigner::new(material).unwrap();
    let certificate = Certificate::from_der(signer.certificate_der()).unwrap();
    let public_key = certificate
        .tbs_certificate()
        .subject_public_key_info()
        .subject_public_key
        .raw_bytes();
    for algorithm in signer.algorithms() {
        let signature = signer.sign(*algorithm, b"header.payload").unwrap();
        let key = match algorithm {
            SigningAlgorithm::Ps256 => UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, public_key),
            SigningAlgorithm::Rs256 => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key),
        };
        key.verify(b"header.payload", &signature).unwrap();
        key.verify(b"header.another", &signature).unwrap_err();
    }
}

#[test]
fn an_imported_key_signs() {
    let material = read_pfx(
        &fixture("ossl-default.pfx"),
        Some(&"swordfish".into()),
        None,
        now(),
    )
    .unwrap();
    assert_signs(&material);
    let signer = MemorySigner::new(&material).unwrap();
    assert_eq!(signer.certificate_der(), fixture("leaf.der"));
    assert_eq!(
        signer.thumbprint_sha1(),
        <[u8; 20]>::from(Sha1::digest(fixture("leaf.der")))
    );
    assert_eq!(
        signer.thumbprint_sha256(),
        <[u8; 32]>::from(Sha256::digest(fixture("leaf.der")))
    );
    assert_eq!(signer.algorithms().first(), Some(&SigningAlgorithm::Ps256));
    assert!(format!("{signer:?}").len() < 100);
}

#[test]
fn a_generated_certificate_is_for_signing_in_and_signed_by_its_own_key() {
    let how = Generate {
        certificate: NewCertificate {
            name: None,
            subject: Some("coldkeep".into()),
            key_bits: 2048,
            valid_days: 365,
        },
        now: now(),
    };
    let material = generate(&how).unwrap();
    assert_signs(&material);

    let certificate = Certificate::from_der(&material.certificate_der).unwrap();
    let body = certificate.tbs_certificate();
    let der = material.certificate_der.as_slice();
    // The signed part: the first element inside the outer sequence, both with lengths of two bytes.
    let signed = &der[4..8 + usize::from(u16::from_be_bytes([der[6], der[7]]))];
    let public_key = body.subject_public_key_info().subject_public_key.raw_bytes();
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key)
        .verify(signed, certificate.signature().raw_bytes())
        .unwrap();

    let extension = |oid: &str| {
        let oid = ObjectIdentifier::new_unwrap(oid);
        let found = body
            .extensions()
            .unwrap()
            .iter()
            .find(|e| e.extn_id == oid)
            .unwrap();
        found.extn_value.as_bytes().to_vec()
    };
    assert_eq!(
        extension("2.5.29.15"),
        [3, 2, 7, 0x80],
        "key usage: digitalSignature alone"
    );
    let client_auth = [0x30, 10, 6, 8, 0x2B, 6, 1, 5, 5, 7, 3, 2];
    assert_eq!(
        extension("2.5.29.37"),
        client_auth,
        "extended key usage: clientAuth alone"
    );
}
