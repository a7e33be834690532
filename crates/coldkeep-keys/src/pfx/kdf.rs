//! Passwords as PFX files want them, PKCS#12's key key (RFC 7292, appendix B) and the limit of its cost.

use super::refusal::Refusal;
use coldkeep_core::{ExposeSecret, SecretString};
use sha2::Digest;
use zeroize::Zeroizing;

/// One way to write the password down.
pub(super) struct Password {
    /// UTF-16, big endian, with a closing zero; of the null password: nothing. For PKCS#12's own key.
    pub utf16: Zeroizing<Vec<u8>>,
    /// For PBKDF2.
    pub utf8: Zeroizing<Vec<u8>>,
}

impl Password {
    pub fn new(text: &str) -> Self {
        let mut utf16 = Zeroizing::new(Vec::with_capacity(2 * text.len() + 2));
        utf16.extend(text.encode_utf16().chain([0]).flat_map(u16::to_be_bytes));
        Self {
            utf16,
            utf8: Zeroizing::new(text.as_bytes().to_vec()),
        }
    }

    fn null() -> Self {
        Self {
            utf16: Zeroizing::default(),
            utf8: Zeroizing::default(),
        }
    }

    /// What to try: no password may have been written as the empty one or as none at all.
    pub fn candidates(password: Option<&SecretString>) -> Vec<Self> {
        match password.map(ExposeSecret::expose_secret) {
            Some(text) if !text.is_empty() => vec![Self::new(text)],
            _ => vec![Self::new(""), Self::null()],
        }
    }
}

/// How many rounds of hashing a file may cost in all: what a hostile file could make us spend.
pub(super) struct Budget {
    left: u64,
}

impl Budget {
    /// One key may take 10 million rounds (the usual are 2,000 to 600,000); a file has several.
    const FILE_ROUNDS: u64 = 25_000_000;
    const DERIVATION_ROUNDS: u64 = 10_000_000;

    pub fn new() -> Self {
        Self {
            left: Self::FILE_ROUNDS,
        }
    }

    #[cfg(any(test, feature = "fuzzing"))]
    pub fn small() -> Self {
        Self { left: 30_000 }
    }

    /// Takes `rounds` off; `blocks`: how often each round is done.
    pub fn spend(&mut self, rounds: u64, blocks: usize) -> Result<u32, Refusal> {
        if rounds == 0 {
            return Err(Refusal::Damaged(
                "it specifies no rounds of password hashing".to_owned(),
            ));
        }
        let cost = rounds.saturating_mul(u64::try_from(blocks.max(1)).unwrap_or(u64::MAX));
        if rounds > Self::DERIVATION_ROUNDS || cost > self.left {
            return Err(Refusal::Iterations);
        }
        self.left -= cost;
        u32::try_from(rounds).map_err(|_| Refusal::Iterations)
    }
}

/// What a derived key is for: the diversifier of RFC 7292, appendix B.3.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// A key to be derived from a password. The length is in bytes.
pub(super) struct Pkcs12Key<'a> {
    pub purpose: Purpose,
    pub salt: &'a [u8],
    pub rounds: u32,
    pub length: usize,
}

/// RFC 7292, appendix B.2, with a hash `D` that works on blocks of `v` bytes.
pub(super) fn pkcs12<D: Digest>(key: &Pkcs12Key<'_>, password: &[u8], v: usize) -> Zeroizing<Vec<u8>> {
    let diversifier = vec![key.purpose as u8; v];
    let mut blocks = Zeroizing::new(Vec::with_capacity(key.salt.len() + password.len() + 2 * v));
    for part in [key.salt, password] {
        let length = part.len().div_ceil(v) * v;
        blocks.extend(part.iter().cycle().take(length));
    }
    let mut derived = Zeroizing::new(Vec::with_capacity(key.length + 64));
    while derived.len() < key.length {
        let mut hashed = Zeroizing::new(
            D::new()
                .chain_update(&diversifier)
                .chain_update(&*blocks)
                .finalize()
                .to_vec(),
        );
        for _ in 1..key.rounds {
            let next = D::digest(hashed.as_slice());
            hashed.copy_from_slice(&next);
        }
        derived.extend_from_slice(&hashed);
        for block in blocks.chunks_exact_mut(v) {
            add_one_and(block, &hashed);
        }
    }
    derived.truncate(key.length);
    derived
}

/// block = block + hashed (repeated to the block's length) + 1, modulo the block's size.
fn add_one_and(block: &mut [u8], hashed: &[u8]) {
    let repeated: Zeroizing<Vec<u8>> =
        Zeroizing::new(hashed.iter().copied().cycle().take(block.len()).collect());
    let mut carry = 1_u16;
    for (byte, added) in block.iter_mut().zip(repeated.iter()).rev() {
        carry += u16::from(*byte) + u16::from(*added);
        [_, *byte] = carry.to_be_bytes();
        carry >>= 8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_beyond_ascii_are_written_with_surrogates() {
        let candidates = Password::candidates(Some(&"ü🔑".into()));
        assert_eq!(candidates.len(), 1);
        assert_eq!(
            candidates[0].utf16.as_slice(),
            [0, 0xFC, 0xD8, 0x3D, 0xDD, 0x11, 0, 0]
        );
        assert_eq!(candidates[0].utf8.as_slice(), "ü🔑".as_bytes());
    }

    #[test]
    fn no_password_is_tried_as_empty_and_as_none() {
        for password in [None, Some("".into())] {
            let candidates = Password::candidates(password.as_ref());
            let written: Vec<_> = candidates.iter().map(|p| p.utf16.to_vec()).collect();
            assert_eq!(written, [vec![0, 0], vec![]]);
        }
    }

    #[test]
    fn hashing_is_limited_per_derivation_and_per_file() {
        assert_eq!(Budget::new().spend(10_000_001, 1), Err(Refusal::Iterations));
        assert_eq!(Budget::new().spend(10_000_000, 3), Err(Refusal::Iterations));
        let mut budget = Budget::new();
        assert_eq!(budget.spend(10_000_000, 2), Ok(10_000_000));
        assert_eq!(budget.spend(10_000_000, 1), Err(Refusal::Iterations));
        assert!(budget.spend(0, 1).is_err());
    }
}
