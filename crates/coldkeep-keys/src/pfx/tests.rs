//! Damaged files: whatever is changed, the reader answers and does not panic.

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
                let _ = choose::choose(contents, None);
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
                let _ = choose::choose(walker.contents, Some("nightly"));
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
