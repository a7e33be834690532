//! Decryption under a password: PBES1 as PKCS#12 has it (RFC 7292, appendix C) and PBES2 (RFC 8018, 6.2).

use super::{
    ber::{INTEGER, OCTET_STRING, Reader, SEQUENCE},
    hash::Hash,
    kdf::{Budget, Password, Pkcs12Key, Purpose},
    refusal::Refusal,
};
use aes::{Aes128, Aes192, Aes256};
use camellia::{Camellia128, Camellia192, Camellia256};
use cbc::{
    Decryptor,
    cipher::{BlockCipherDecrypt, BlockModeDecrypt, InnerIvInit, KeyInit, block_padding::Pkcs7},
};
use des::{TdesEde2, TdesEde3};
use rc2::Rc2;
use x509_cert::der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

/// A block cipher in CBC mode.
#[derive(Debug, Clone, Copy)]
enum Cipher {
    Aes128,
    Aes192,
    Aes256,
    Camellia128,
    Camellia192,
    Camellia256,
    TripleDes,
    TwoKeyTripleDes,
    /// 40 bits.
    Rc2Weak,
    /// 128 bits.
    Rc2,
}

/// An `AlgorithmIdentifier` of password-based encryption, read.
pub(super) struct Scheme {
    cipher: Cipher,
    derivation: Derivation,
}

enum Derivation {
    Pkcs12 {
        salt: Zeroizing<Vec<u8>>,
        rounds: u64,
    },
    Pbkdf2 {
        parameters: Pbkdf2,
        iv: Zeroizing<Vec<u8>>,
    },
}

impl Scheme {
    /// Reads the content of an `AlgorithmIdentifier`.
    pub fn read(mut algorithm: Reader<'_>) -> Result<Self, Refusal> {
        let oid = algorithm.oid()?;
        let cipher = match oid.to_string().as_str() {
            "1.2.840.113549.1.5.13" => return Self::read_pbes2(algorithm.sequence()?),
            "1.2.840.113549.1.12.1.3" => Cipher::TripleDes,
            "1.2.840.113549.1.12.1.4" => Cipher::TwoKeyTripleDes,
            "1.2.840.113549.1.12.1.5" => Cipher::Rc2,
            "1.2.840.113549.1.12.1.6" => Cipher::Rc2Weak,
            "1.2.840.113549.1.12.1.1" | "1.2.840.113549.1.12.1.2" => {
                return Err(Refusal::Scheme("RC4".to_owned()));
            }
            other => return Err(Refusal::Scheme(format!("the encryption scheme {other}"))),
        };
        let mut parameters = algorithm.sequence()?;
        let derivation = Derivation::Pkcs12 {
            salt: parameters.octets()?,
            rounds: parameters.unsigned()?,
        };
        Ok(Self { cipher, derivation })
    }

    fn read_pbes2(mut parameters: Reader<'_>) -> Result<Self, Refusal> {
        let derivation = Pbkdf2::read(parameters.sequence()?)?;
        let mut encryption = parameters.sequence()?;
        let cipher = pbes2_cipher(&encryption.oid()?)?;
        let iv = encryption.octets()?;
        Ok(Self {
            cipher,
            derivation: Derivation::Pbkdf2 {
                parameters: derivation,
                iv,
            },
        })
    }

    /// The plaintext of `ciphertext` under this password; `None` if it is not valid, as with a wrong password.
    pub fn decrypt(
        &self,
        ciphertext: &[u8],
        password: &Password,
        budget: &mut Budget,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Refusal> {
        let (key, iv) = match &self.derivation {
            Derivation::Pkcs12 { salt, rounds } => {
                let blocks = self.cipher.key_length().div_ceil(20) + 1;
                let rounds = budget.spend(*rounds, blocks)?;
                let derive = |purpose, length| {
                    Hash::Sha1.pkcs12(
                        &Pkcs12Key {
                            purpose,
                            salt,
                            rounds,
                            length,
                        },
                        &password.utf16,
                    )
                };
                (
                    derive(Purpose::Key, self.cipher.key_length()),
                    derive(Purpose::Iv, 8),
                )
            }
            Derivation::Pbkdf2 { parameters, iv } => (
                parameters.derive(password, self.cipher.key_length(), budget)?,
                iv.clone(),
            ),
        };
        self.cipher.decrypt(&key, &iv, ciphertext)
    }
}

fn pbes2_cipher(oid: &ObjectIdentifier) -> Result<Cipher, Refusal> {
    match oid.to_string().as_str() {
        "2.16.840.1.101.3.4.1.2" => Ok(Cipher::Aes128),
        "2.16.840.1.101.3.4.1.22" => Ok(Cipher::Aes192),
        "2.16.840.1.101.3.4.1.42" => Ok(Cipher::Aes256),
        "1.2.392.200011.61.1.1.1.2" => Ok(Cipher::Camellia128),
        "1.2.392.200011.61.1.1.1.3" => Ok(Cipher::Camellia192),
        "1.2.392.200011.61.1.1.1.4" => Ok(Cipher::Camellia256),
        "1.2.840.113549.3.7" => Ok(Cipher::TripleDes),
        other => Err(Refusal::Scheme(format!("the cipher {other}"))),
    }
}

/// PBKDF2's parameters (RFC 8018, appendix A.2).
pub(super) struct Pbkdf2 {
    salt: Zeroizing<Vec<u8>>,
    rounds: u64,
    pub key_length: Option<u64>,
    hash: Hash,
}

impl Pbkdf2 {
    /// Reads the content of the derivation's `AlgorithmIdentifier`.
    pub fn read(mut algorithm: Reader<'_>) -> Result<Self, Refusal> {
        match algorithm.oid()?.to_string().as_str() {
            "1.2.840.113549.1.5.12" => {}
            "1.3.6.1.4.1.11591.4.11" => return Err(Refusal::Scheme("scrypt".to_owned())),
            other => return Err(Refusal::Scheme(format!("the key derivation {other}"))),
        }
        let mut parameters = algorithm.sequence()?;
        if parameters.rest().first() != Some(&OCTET_STRING) {
            return Err(Refusal::Scheme(
                "PBKDF2 with a salt from another source".to_owned(),
            ));
        }
        let salt = parameters.octets()?;
        let rounds = parameters.unsigned()?;
        let key_length = match parameters.rest().first() {
            Some(&INTEGER) => Some(parameters.unsigned()?),
            _ => None,
        };
        let hash = match parameters.optional(SEQUENCE)? {
            Some(function) => Hash::of_hmac(&Reader::new(function.content).oid()?)?,
            None => Hash::Sha1,
        };
        Ok(Self {
            salt,
            rounds,
            key_length,
            hash,
        })
    }

    pub fn derive(
        &self,
        password: &Password,
        length: usize,
        budget: &mut Budget,
    ) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let rounds = budget.spend(self.rounds, length.div_ceil(self.hash.output_length()))?;
        Ok(self.hash.pbkdf2(&password.utf8, &self.salt, rounds, length))
    }
}

impl Cipher {
    /// In bytes.
    fn key_length(self) -> usize {
        match self {
            Cipher::Rc2Weak => 5,
            Cipher::Aes128 | Cipher::Camellia128 | Cipher::TwoKeyTripleDes | Cipher::Rc2 => 16,
            Cipher::Aes192 | Cipher::Camellia192 | Cipher::TripleDes => 24,
            Cipher::Aes256 | Cipher::Camellia256 => 32,
        }
    }

    fn decrypt(
        self,
        key: &[u8],
        iv: &[u8],
        ciphertext: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Refusal> {
        match self {
            Cipher::Aes128 => cbc(Aes128::new_from_slice(key).ok(), iv, ciphertext),
            Cipher::Aes192 => cbc(Aes192::new_from_slice(key).ok(), iv, ciphertext),
            Cipher::Aes256 => cbc(Aes256::new_from_slice(key).ok(), iv, ciphertext),
            Cipher::Camellia128 => cbc(Camellia128::new_from_slice(key).ok(), iv, ciphertext),
            Cipher::Camellia192 => cbc(Camellia192::new_from_slice(key).ok(), iv, ciphertext),
            Cipher::Camellia256 => cbc(Camellia256::new_from_slice(key).ok(), iv, ciphertext),
            Cipher::TripleDes => cbc(TdesEde3::new_from_slice(key).ok(), iv, ciphertext),
            Cipher::TwoKeyTripleDes => cbc(TdesEde2::new_from_slice(key).ok(), iv, ciphertext),
            Cipher::Rc2Weak | Cipher::Rc2 => cbc(
                Some(Rc2::new_with_eff_key_len(key, key.len() * 8)),
                iv,
                ciphertext,
            ),
        }
    }
}

/// Decrypts in place; `None` if the padding is wrong.
fn cbc<C: BlockCipherDecrypt>(
    cipher: Option<C>,
    iv: &[u8],
    ciphertext: &[u8],
) -> Result<Option<Zeroizing<Vec<u8>>>, Refusal> {
    let mode = cipher
        .and_then(|cipher| Decryptor::inner_iv_slice_init(cipher, iv).ok())
        .ok_or_else(|| Refusal::Damaged("an initialisation vector has a wrong length".to_owned()))?;
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    let Ok(length) = mode.decrypt_padded::<Pkcs7>(&mut buffer).map(<[u8]>::len) else {
        return Ok(None);
    };
    buffer.truncate(length);
    Ok(Some(buffer))
}
