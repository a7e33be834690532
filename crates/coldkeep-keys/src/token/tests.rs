//! Tokens of SoftHSM. It finds its tokens by an environment variable, so each test runs itself again with that set.

use super::{
    sign::{SigningMechanism, sign},
    *,
};
use crate::{Generate, generate, x509};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use coldkeep_core::{
    Code, Kind,
    certificate::NewCertificate,
    signer::{AssertionSigner, SigningAlgorithm},
};
use cryptoki::{
    mechanism::Mechanism,
    object::{Attribute, AttributeType, CertificateType, ObjectClass},
    session::{Session, UserType},
    types::Ulong,
};
use std::{path::Path, process::Command};

const PIN: &str = "271828";
const TOKEN: &str = "pkcs11:token=vault";

/// Runs `test` with a token `vault` of its own; a missing SoftHSM fails it.
fn with_softhsm(name: &str, test: fn()) {
    if std::env::var_os("SOFTHSM2_CONF").is_some() {
        return test();
    }
    let folder = tempfile::tempdir().unwrap();
    let conf = folder.path().join("softhsm2.conf");
    let tokens = folder.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    std::fs::write(
        &conf,
        format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display()),
    )
    .unwrap();
    run(
        Command::new("softhsm2-util").args([
            "--init-token",
            "--free",
            "--label",
            "vault",
            "--pin",
            PIN,
            "--so-pin",
            "3141592",
        ]),
        &conf,
    );
    let test = format!("{}::{name}", module_path!().split_once("::").unwrap().1);
    run(
        Command::new(std::env::current_exe().unwrap()).args([&test, "--exact", "--nocapture"]),
        &conf,
    );
}

fn run(command: &mut Command, conf: &Path) {
    let output = command
        .env("SOFTHSM2_CONF", conf)
        .output()
        .expect("Debian's `softhsm2` is installed");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && !said.contains("running 0 tests"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn pin() -> Option<SecretString> {
    Some(PIN.into())
}

fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

fn request() -> Generate {
    Generate {
        certificate: NewCertificate {
            name: None,
            subject: Some("in a token".into()),
            key_bits: 2048,
            valid_days: 30,
        },
        now: now(),
    }
}

fn assert_verifies(certificate_der: &[u8], algorithm: SigningAlgorithm, signature: &[u8]) {
    let public_key = x509::parse(certificate_der).unwrap().public_key;
    let key = match algorithm {
        SigningAlgorithm::Ps256 => UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, public_key),
        SigningAlgorithm::Rs256 => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key),
    };
    key.verify(b"header.payload", signature).unwrap();
}

/// A session of the test's own, beside the signer's.
fn session() -> Session {
    let uri = "pkcs11:token=vault?module-name=softhsm2".parse().unwrap();
    let module = module::load(&module::candidates(&uri).unwrap()[0]).unwrap();
    let slot = module
        .get_slots_with_initialized_token()
        .unwrap()
        .into_iter()
        .next()
        .unwrap();
    let session = module.open_rw_session(slot).unwrap();
    // Another session of this process may be logged in already, which counts for all.
    let _ = session.login(UserType::User, pin().as_ref());
    session
}

fn named(id: u8, label: &str) -> [Attribute; 3] {
    [
        Attribute::Token(true),
        Attribute::Id(vec![id]),
        Attribute::Label(label.into()),
    ]
}

fn put_certificate(session: &Session, id: u8, label: &str, der: &[u8]) {
    let names = x509::names_der(der).unwrap();
    let certificate = [
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::CertificateType(CertificateType::X_509),
        Attribute::Subject(names.subject),
        Attribute::Value(der.to_vec()),
    ];
    session
        .create_object(&[&named(id, label)[..], &certificate].concat())
        .unwrap();
}

fn put_rsa_key(session: &Session, id: u8, label: &str) {
    session
        .generate_key_pair(
            &Mechanism::RsaPkcsKeyPairGen,
            &[&named(id, label)[..], &[Attribute::ModulusBits(Ulong::new(2048))]].concat(),
            &[&named(id, label)[..], &[Attribute::Sign(true)]].concat(),
        )
        .unwrap();
}

#[test]
fn a_key_made_in_a_token_signs_and_cannot_leave() {
    with_softhsm("a_key_made_in_a_token_signs_and_cannot_leave", || {
        let made = generate_in_token(TOKEN, pin(), "nightly; ü", &request()).unwrap();
        assert!(
            made.uri.contains("token=vault") && made.uri.contains("object=nightly%3B%20%C3%BC"),
            "{}",
            made.uri
        );
        assert!(!made.uri.contains(PIN));
        assert_eq!(link_token(&made.uri, pin(), now()).unwrap(), made);
        assert_eq!(link_token(TOKEN, pin(), now()).unwrap(), made);

        let signer = TokenSigner::open(&made.uri, pin(), made.certificate_der.clone()).unwrap();
        assert_eq!(
            signer.algorithms(),
            [SigningAlgorithm::Ps256, SigningAlgorithm::Rs256]
        );
        for algorithm in signer.algorithms() {
            let signature = signer.sign(*algorithm, b"header.payload").unwrap();
            assert_verifies(&made.certificate_der, *algorithm, &signature);
        }
        assert!(!format!("{signer:?}").contains(PIN));

        let session = session();
        let keys = session
            .find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)])
            .unwrap();
        assert_eq!(keys.len(), 1);
        let wanted = [
            AttributeType::Extractable,
            AttributeType::Sensitive,
            AttributeType::NeverExtractable,
        ];
        assert_eq!(
            session.get_attributes(keys[0], &wanted).unwrap(),
            [
                Attribute::Extractable(false),
                Attribute::Sensitive(true),
                Attribute::NeverExtractable(true)
            ]
        );
        let exponent = session.get_attributes(keys[0], &[AttributeType::PrivateExponent]);
        assert!(exponent.is_err() || exponent.unwrap().is_empty());
    });
}

#[test]
fn every_way_of_signing_verifies() {
    with_softhsm("every_way_of_signing_verifies", || {
        let made = generate_in_token(TOKEN, pin(), "nightly", &request()).unwrap();
        let uri: TokenUri = made.uri.parse().unwrap();
        let token = Token::find(&uri).unwrap();
        for way in [
            SigningMechanism::HashedPss,
            SigningMechanism::Pss,
            SigningMechanism::HashedPkcs1,
            SigningMechanism::Pkcs1,
        ] {
            let uri = uri.clone();
            let signature = token
                .with_session("sign", pin(), move |at| {
                    sign(at, pair::private_key(at, &uri)?, way, b"header.payload")
                })
                .unwrap();
            assert_verifies(&made.certificate_der, way.algorithm(), &signature);
        }
    });
}

#[test]
fn a_lost_session_is_opened_again() {
    with_softhsm("a_lost_session_is_opened_again", || {
        let made = generate_in_token(TOKEN, pin(), "nightly", &request()).unwrap();
        let signer = TokenSigner::open(&made.uri, pin(), made.certificate_der.clone()).unwrap();
        let signs = || {
            let signature = signer.sign(SigningAlgorithm::Ps256, b"header.payload").unwrap();
            assert_verifies(&made.certificate_der, SigningAlgorithm::Ps256, &signature);
        };
        signs();
        session().logout().unwrap();
        signs();
        let uri: TokenUri = made.uri.parse().unwrap();
        module::load(&uri.module_path.unwrap())
            .unwrap()
            .finalize()
            .unwrap();
        signs();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(signs);
            }
        });
    });
}

#[test]
fn a_wrong_pin_is_tried_once() {
    with_softhsm("a_wrong_pin_is_tried_once", || {
        let made = generate_in_token(TOKEN, pin(), "nightly", &request()).unwrap();
        for (given, kind, words) in [
            (None, Kind::Invalid, "asks for a PIN"),
            (Some("999999"), Kind::Denied, "log in to the token `vault`"),
            (Some("999999"), Kind::Denied, "not tried again"),
        ] {
            let refused = link_token(&made.uri, given.map(Into::into), now()).unwrap_err();
            assert_eq!(refused.kind, kind, "{refused}");
            assert!(
                refused.what.contains(words) && !refused.to_string().contains("999999"),
                "{refused}"
            );
        }
        link_token(&made.uri, pin(), now()).unwrap();
    });
}

#[test]
fn what_cannot_be_used_is_refused_with_the_reason() {
    with_softhsm("what_cannot_be_used_is_refused_with_the_reason", || {
        let refused = |uri: &str, words: &[&str]| {
            let problem = link_token(uri, pin(), now()).unwrap_err();
            for word in words {
                assert!(problem.to_string().contains(word), "{uri}: {problem}");
            }
        };
        refused(TOKEN, &["no private key that matches"]);
        refused(
            "pkcs11:token=safe",
            &["No PKCS#11 token matches", "token=vault;serial="],
        );
        refused("pkcs11:object=x", &["does not name a token"]);
        refused(
            "pkcs11:token=vault?module-name=nonsense",
            &["module `nonsense` does not exist"],
        );
        refused("pkcs11:token=vault?module-path=/no/such.so", &["/no/such.so"]);

        let session = session();
        put_rsa_key(&session, 1, "bare");
        refused("pkcs11:token=vault;object=bare", &["`bare` has no certificate"]);
        put_certificate(
            &session,
            1,
            "bare",
            &generate(&request()).unwrap().certificate_der,
        );
        refused(
            "pkcs11:token=vault;id=%01",
            &["`CN=in a token`", "does not belong to its key"],
        );
        // The curve P-256, as an OID in DER.
        let curve = Attribute::EcParams(vec![6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7]);
        session
            .generate_key_pair(
                &Mechanism::EccKeyPairGen,
                &[&named(2, "curve")[..], &[curve]].concat(),
                &named(2, "curve"),
            )
            .unwrap();
        refused("pkcs11:token=vault;object=curve", &["`curve` is EC, not RSA"]);

        let one = generate_in_token(TOKEN, pin(), "one", &request()).unwrap();
        let two = generate_in_token(TOKEN, pin(), "two", &request()).unwrap();
        refused(TOKEN, &["3 matching keys", &one.uri, &two.uri]);
        assert_eq!(
            link_token("pkcs11:token=vault;object=two", pin(), now()).unwrap(),
            two
        );
        let expired =
            link_token(&one.uri, pin(), Timestamp::from_second(1_890_000_000).unwrap()).unwrap_err();
        assert_eq!(expired.kind, Kind::Expired);

        let taken = generate_in_token(&one.uri, pin(), "three", &request()).unwrap_err();
        assert_eq!(taken.code, Code::KeyAddressInvalid, "{taken}");
        let mut odd = request();
        odd.certificate.key_bits = 1000;
        assert_eq!(
            generate_in_token(TOKEN, pin(), "x", &odd).unwrap_err().kind,
            Kind::Invalid
        );
    });
}
