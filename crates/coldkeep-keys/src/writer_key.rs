//! A writer's key: Ed25519, one for each target, with which an installation signs the marker and the commit records.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use coldkeep_core::{Code, ExposeSecret, Problem, SecretString, WriterPublicKey};
use std::fmt;
use zeroize::Zeroizing;

/// Of a seed, in bytes.
const SEED_LENGTH: usize = 32;

/// Signs what this installation writes into a target. Nothing prints its private part.
pub struct WriterKey {
    pair: Ed25519KeyPair,
    public: WriterPublicKey,
}

impl fmt::Debug for WriterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriterKey")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

impl WriterKey {
    /// A new key, and the seed to keep sealed: [`WriterKey::from_seed`] gives the key back.
    pub fn generate() -> Result<(Self, SecretString), Problem> {
        let mut seed = Zeroizing::new([0; SEED_LENGTH]);
        getrandom::fill(&mut *seed)
            .map_err(|_| Problem::internal("The operating system returned no random numbers"))?;
        Ok((Self::of(&*seed)?, STANDARD.encode(*seed).into()))
    }

    /// The key of a seed.
    pub fn from_seed(seed: &SecretString) -> Result<Self, Problem> {
        let bytes = STANDARD.decode(seed.expose_secret()).map_err(|_| damaged())?;
        Self::of(&Zeroizing::new(bytes))
    }

    fn of(seed: &[u8]) -> Result<Self, Problem> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| damaged())?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| damaged())?;
        Ok(Self {
            pair,
            public: WriterPublicKey(public),
        })
    }

    pub fn public(&self) -> WriterPublicKey {
        self.public
    }

    /// A signature over the domain and the content, one after the other.
    pub fn sign(&self, domain: &str, content: &[u8]) -> Vec<u8> {
        self.pair.sign(&joined(domain, content)).as_ref().to_vec()
    }
}

/// Whether the key signed this content, for this domain.
pub fn verify_writer(key: &WriterPublicKey, domain: &str, content: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, key.0)
        .verify(&joined(domain, content), signature)
        .is_ok()
}

fn joined(domain: &str, content: &[u8]) -> Vec<u8> {
    [domain.as_bytes(), content].concat()
}

fn damaged() -> Problem {
    Problem::new(
        Code::WriterKeyDamaged,
        "The writer key in the store is damaged",
        "Restore a copy of the database. If there is none, remove the repository and add it again: this \
         creates a new key.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_good_for_its_key_domain_and_bytes_alone() {
        let (key, seed) = WriterKey::generate().unwrap();
        let (other, _) = WriterKey::generate().unwrap();
        let signature = WriterKey::from_seed(&seed).unwrap().sign("one\n", b"content");
        let good = |key: &WriterKey, domain, content: &[u8], signature: &[u8]| {
            verify_writer(&key.public(), domain, content, signature)
        };
        assert!(good(&key, "one\n", b"content", &signature));
        assert!(!good(&other, "one\n", b"content", &signature));
        assert!(!good(&key, "two\n", b"content", &signature));
        assert!(!good(&key, "one\n", b"contents", &signature));
        assert!(!good(&key, "one\n", b"content", &signature[1..]));
        assert!(!format!("{key:?}").contains(seed.expose_secret()));
    }

    #[test]
    fn a_damaged_seed_is_refused() {
        for seed in ["", "00", "?", &"A".repeat(40), &"A".repeat(48), "ä"] {
            assert!(WriterKey::from_seed(&seed.to_owned().into()).is_err(), "{seed}");
        }
    }
}
