//! The seal over a PFX: HMAC under a key from the password (RFC 7292, 4) and PBMAC1 (RFC 9579).

use super::{
    ber::Reader,
    hash::Hash,
    kdf::{Budget, Password, Pkcs12Key, Purpose},
    pbes::Pbkdf2,
    refusal::Refusal,
};
use zeroize::Zeroizing;

const PBMAC1: &str = "1.2.840.113549.1.5.14";
/// RFC 9579 forbids shorter keys; programs write none that are longer than a hash's block.
const PBMAC1_KEY_LENGTHS: std::ops::RangeInclusive<u64> = 16..=128;

/// A `MacData`, read.
pub(super) struct Mac {
    expected: Zeroizing<Vec<u8>>,
    hash: Hash,
    derivation: Derivation,
}

enum Derivation {
    Pkcs12 { salt: Zeroizing<Vec<u8>>, rounds: u64 },
    Pbkdf2 { parameters: Pbkdf2, length: usize },
}

impl Mac {
    /// Reads the content of a `MacData`.
    pub fn read(mut data: Reader<'_>) -> Result<Self, Refusal> {
        let mut info = data.sequence()?;
        let mut algorithm = info.sequence()?;
        let oid = algorithm.oid()?;
        let expected = info.octets()?;
        if oid.to_string() == PBMAC1 {
            let mut parameters = algorithm.sequence()?;
            let derivation = Pbkdf2::read(parameters.sequence()?)?;
            let hash = Hash::of_hmac(&parameters.sequence()?.oid()?)?;
            let length = derivation
                .key_length
                .filter(|length| PBMAC1_KEY_LENGTHS.contains(length));
            let length = length
                .and_then(|length| usize::try_from(length).ok())
                .ok_or_else(|| Refusal::Damaged("PBMAC1 has no usable key length".to_owned()))?;
            return Ok(Self {
                expected,
                hash,
                derivation: Derivation::Pbkdf2 {
                    parameters: derivation,
                    length,
                },
            });
        }
        let hash = Hash::of_digest(&oid)?;
        let salt = data.octets()?;
        let rounds = if data.is_at_end() { 1 } else { data.unsigned()? };
        Ok(Self {
            expected,
            hash,
            derivation: Derivation::Pkcs12 { salt, rounds },
        })
    }

    /// Whether `content` is what was sealed with this password.
    pub fn verifies(
        &self,
        content: &[u8],
        password: &Password,
        budget: &mut Budget,
    ) -> Result<bool, Refusal> {
        let key = match &self.derivation {
            Derivation::Pkcs12 { salt, rounds } => {
                let derivation = Pkcs12Key {
                    purpose: Purpose::Mac,
                    salt,
                    rounds: budget.spend(*rounds, 1)?,
                    length: self.hash.output_length(),
                };
                self.hash.pkcs12(&derivation, &password.utf16)
            }
            Derivation::Pbkdf2 { parameters, length } => parameters.derive(password, *length, budget)?,
        };
        Ok(self.hash.verifies(&key, content, &self.expected))
    }
}
