//! Damaged files: for every change, the reader answers and does not panic.

use super::{bags::Walker, kdf::Password, *};
use std::path::Path;

/// A small random generator (xorshift64*) with a fixed seed: a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let random = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(random).unwrap() % below.max(1)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.roll(256)).unwrap()
    }

    /// Changes, takes out, puts in or cuts off, up to four times.
    fn damage(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut damaged = bytes.to_vec();
        for _ in 0..=self.roll(4) {
            let position = self.roll(damaged.len());
            match self.roll(8) {
                0 => drop(damaged.splice(position..position, [self.byte()])),
                1 if position < damaged.len() => drop(damaged.remove(position)),
                2 => damaged.truncate(position),
                3 if position < damaged.len() => damaged[position] ^= 1 << self.roll(8),
                4 if position < damaged.len() => {
                    damaged[position] = [0x80, 0x84, 0xFF, 0x00, 0x30, 0x24][self.roll(6)]
                }
                _ if position < damaged.len() => damaged[position] = self.byte(),
                _ => {}
            }
        }
        damaged
    }
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures")
            .join(name),
    )
    .unwrap()
}

fn password() -> SecretString {
    SecretString::from("swordfish")
}

#[test]
fn damaged_files_never_panic() {
    let mut dice = Dice(0x00C0_FFEE);
    for name in [
        "ossl-none-nomac.pfx",
        "ossl-nomac.pfx",
        "java-nomac.pfx",
        "nss-default.pfx",
        "hand-pbmac1.pfx",
    ] {
        let whole = fixture(name);
        for _ in 0..600 {
            let damaged = dice.damage(&whole);
            if let Ok(contents) = open(&damaged, Some(&password()), &mut Budget::small()) {
                let _ = choose::choose(contents, None, Timestamp::UNIX_EPOCH);
            }
        }
    }
}

/// Behind the seal and the encryption, where damage to a file does not reach.
#[test]
fn damaged_bags_never_panic() {
    let mut dice = Dice(0x0BAD_5EED);
    let passwords = Password::candidates(Some(&password()));
    for name in [
        "ossl-none.pfx",
        "bc-pkcs12.pfx",
        "gnutls-default.pfx",
        "java-trusted.pfx",
    ] {
        let content = content(&fixture(name));
        for _ in 0..600 {
            let damaged = dice.damage(&content);
            let mut budget = Budget::small();
            let contents = Contents::default();
            let mut walker = Walker {
                passwords: &passwords,
                password_is_known: true,
                budget: &mut budget,
                contents,
                bags: 0,
            };
            let walked = Reader::new(&damaged)
                .sequence()
                .map_err(Refusal::from)
                .and_then(|safes| walker.walk(safes));
            if walked.is_ok() {
                let _ = choose::choose(walker.contents, Some("nightly"), Timestamp::UNIX_EPOCH);
            }
        }
    }
}

/// What stands under a file's seal.
fn content(file: &[u8]) -> Vec<u8> {
    let mut safe = enter(file).unwrap().sequence().unwrap();
    safe.oid().unwrap();
    safe.enter(CONTEXT_0).unwrap().octets().unwrap().to_vec()
}

#[test]
fn a_file_that_costs_too_much_hashing_is_refused() {
    let refused = open(
        &fixture("ossl-iter-100000.pfx"),
        Some(&password()),
        &mut Budget::small(),
    )
    .err();
    assert_eq!(refused, Some(Refusal::Iterations));
}

const SECOND_9999: i64 = 253_402_300_799;
const YEAR_S: i64 = 31_556_952;

fn pair() -> (aws_lc_rs::rsa::KeyPair, zeroize::Zeroizing<Vec<u8>>) {
    let text = String::from_utf8(fixture("pem-pkcs8.key")).unwrap();
    let der = crate::pem::block_of(&text, "PRIVATE KEY").unwrap().unwrap();
    (crate::rsa_key::load_pkcs8(&der).unwrap(), der.into())
}

/// A certificate until this many years after 1970, and the key id that stands at it.
type Dated = (Vec<u8>, Option<&'static [u8]>);

/// A file with one key and certificates of it.
fn contents(key_id: Option<&[u8]>, certificates: &[Dated]) -> Contents {
    let (_, pkcs8) = pair();
    let attributes = |id: Option<&[u8]>| Attributes {
        friendly_name: None,
        local_key_id: id.map(<[u8]>::to_vec),
    };
    Contents {
        keys: vec![FoundKey {
            pkcs8,
            attributes: attributes(key_id),
        }],
        certificates: certificates
            .iter()
            .map(|(der, id)| FoundCertificate {
                der: der.clone(),
                attributes: attributes(*id),
            })
            .collect(),
    }
}

#[test]
fn of_two_certificates_of_one_key_the_one_with_its_key_id_is_taken_and_a_doubt_is_asked() {
    let (one, two): (Option<&'static [u8]>, Option<&'static [u8]>) = (Some(b"one"), Some(b"two"));
    let (pair, _) = pair();
    let now = Timestamp::from_second(60 * YEAR_S).unwrap();
    for (key, certificates, taken) in [
        (one, [(70, one), (80, two)], Some(70)),
        (two, [(70, one), (80, two)], Some(80)),
        (one, [(70, one), (80, None)], Some(70)),
        (None, [(70, one), (50, two)], Some(70)),
        (one, [(70, one), (80, one)], None),
        (None, [(70, one), (80, two)], None),
        (one, [(70, None), (80, two)], None),
    ] {
        let what = format!("{key:?} {certificates:?}");
        let until = |years: i64| crate::generate::certificate_between(&pair, 0, years * YEAR_S);
        let certificates = certificates.map(|(years, id)| (years, (until(years), id)));
        let years = certificates.clone().map(|(years, _)| years);
        let certificates = certificates.map(|(_, dated)| dated);
        let chosen = choose::choose(contents(key, &certificates), None, now);
        let listed = choose::to_choose_from(contents(key, &certificates), now).unwrap();
        match (chosen, taken) {
            (Ok(chosen), Some(years)) => {
                assert_eq!(chosen.not_after.as_second(), years * YEAR_S, "{what}");
                assert_eq!(listed.len(), 1, "{what}");
            }
            (Err(Refusal::SeveralCertificates(names)), None) => {
                assert_eq!((names.len(), listed.len()), (2, 2), "{what}");
                for (wanted, years) in listed.iter().zip(years) {
                    let thumbprint = wanted.shown().unwrap().thumbprint_sha1;
                    assert!(names.iter().any(|n| n.contains(&thumbprint)), "{names:?}");
                    let again = choose::choose(contents(key, &certificates), Some(&thumbprint), now);
                    assert_eq!(again.unwrap().not_after.as_second(), years * YEAR_S);
                }
            }
            (other, _) => panic!("{what}: {:?}", other.map(|c| c.not_after)),
        }
    }
}

#[test]
fn a_certificate_of_any_year_is_read() {
    let (pair, _) = pair();
    for (start, end, shown) in [
        (0, SECOND_9999, Timestamp::MAX),
        (
            -700_000_000,
            4_000_000_000,
            Timestamp::from_second(4_000_000_000).unwrap(),
        ),
        (
            -62_135_596_800,
            SECOND_9999 - YEAR_S,
            Timestamp::from_second(SECOND_9999 - YEAR_S).unwrap(),
        ),
    ] {
        let der = crate::generate::certificate_between(&pair, start, end);
        let parsed = crate::x509::parse(&der).unwrap();
        assert_eq!(parsed.not_before, Timestamp::from_second(start).unwrap());
        assert_eq!(parsed.not_after, shown);
        assert!(choose::refuse_expired(&der, Timestamp::from_second(1_800_000_000).unwrap()).is_ok());
    }
    let over = crate::generate::certificate_between(&pair, -700_000_000, -86_400);
    let refused = choose::refuse_expired(&over, Timestamp::UNIX_EPOCH).unwrap_err();
    let problem = refused.problem();
    assert_eq!(problem.code, coldkeep_core::Code::CertificateExpired);
    assert!(problem.what.contains("1969-12-31"), "{problem}");
    let mut odd = crate::generate::certificate_between(&pair, 0, 86_400);
    let at = odd.windows(13).position(|w| w == b"700101000000Z").unwrap();
    odd[at + 2..at + 4].copy_from_slice(b"13");
    let told = crate::x509::parse(&odd).err().unwrap();
    assert!(
        told.contains("`701301000000Z`") && told.contains("is not a date"),
        "{told}"
    );
}
