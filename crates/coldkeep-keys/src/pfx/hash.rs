//! The hash functions a PFX may name, and what is derived with them: PKCS#12's own key key (RFC 7292,
//! appendix B), PBKDF2 and HMAC.

use super::{kdf, refusal::Refusal};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use x509_cert::der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// Runs `$call` with `$type` being the hash's type.
macro_rules! with_hash {
    ($hash:expr, $type:ident => $call:expr) => {
        match $hash {
            Hash::Sha1 => {
                type $type = Sha1;
                $call
            }
            Hash::Sha224 => {
                type $type = Sha224;
                $call
            }
            Hash::Sha256 => {
                type $type = Sha256;
                $call
            }
            Hash::Sha384 => {
                type $type = Sha384;
                $call
            }
            Hash::Sha512 => {
                type $type = Sha512;
                $call
            }
        }
    };
}

impl Hash {
    /// By the identifier of the digest.
    pub fn of_digest(oid: &ObjectIdentifier) -> Result<Self, Refusal> {
        match oid.to_string().as_str() {
            "1.3.14.3.2.26" => Ok(Hash::Sha1),
            "2.16.840.1.101.3.4.2.4" => Ok(Hash::Sha224),
            "2.16.840.1.101.3.4.2.1" => Ok(Hash::Sha256),
            "2.16.840.1.101.3.4.2.2" => Ok(Hash::Sha384),
            "2.16.840.1.101.3.4.2.3" => Ok(Hash::Sha512),
            other => Err(Refusal::Scheme(format!("the hash function {other}"))),
        }
    }

    /// By the identifier of HMAC with it.
    pub fn of_hmac(oid: &ObjectIdentifier) -> Result<Self, Refusal> {
        match oid.to_string().as_str() {
            "1.2.840.113549.2.7" => Ok(Hash::Sha1),
            "1.2.840.113549.2.8" => Ok(Hash::Sha224),
            "1.2.840.113549.2.9" => Ok(Hash::Sha256),
            "1.2.840.113549.2.10" => Ok(Hash::Sha384),
            "1.2.840.113549.2.11" => Ok(Hash::Sha512),
            other => Err(Refusal::Scheme(format!("the keyed hash {other}"))),
        }
    }

    pub fn output_length(self) -> usize {
        match self {
            Hash::Sha1 => 20,
            Hash::Sha224 => 28,
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
            Hash::Sha512 => 64,
        }
    }

    /// The length of the block the hash works on: v in RFC 7292.
    fn block_length(self) -> usize {
        match self {
            Hash::Sha1 | Hash::Sha224 | Hash::Sha256 => 64,
            Hash::Sha384 | Hash::Sha512 => 128,
        }
    }

    /// PKCS#12's key key; `password` as [`kdf::Password::utf16`] gives it.
    pub fn pkcs12(self, key: &kdf::Pkcs12Key<'_>, password: &[u8]) -> Zeroizing<Vec<u8>> {
        with_hash!(self, D => kdf::pkcs12::<D>(key, password, self.block_length()))
    }

    /// PBKDF2 with HMAC of this hash.
    pub fn pbkdf2(self, password: &[u8], salt: &[u8], rounds: u32, length: usize) -> Zeroizing<Vec<u8>> {
        let mut key = Zeroizing::new(vec![0; length]);
        with_hash!(self, D => pbkdf2::pbkdf2_hmac::<D>(password, salt, rounds, &mut key));
        key
    }

    /// The HMAC of `message`.
    pub fn keyed(self, key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
        with_hash!(self, D => Hmac::<D>::new_from_slice(key)
            .ok()
            .map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec()))
    }

    /// Whether `expected` is the HMAC of `message`, compared in constant time.
    pub fn verifies(self, key: &[u8], message: &[u8], expected: &[u8]) -> bool {
        with_hash!(self, D => Hmac::<D>::new_from_slice(key)
            .is_ok_and(|mac| mac.chain_update(message).verify_slice(expected).is_ok()))
    }
}
