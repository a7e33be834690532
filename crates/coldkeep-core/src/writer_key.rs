//! The public part of a writer's key: who signed a marker or a commit record, as people and files spell it.

use crate::{Code, Problem, fix, problem::Verb};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::{fmt, str::FromStr};

/// An Ed25519 public key. In text and JSON: 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WriterPublicKey(pub [u8; 32]);

impl fmt::Display for WriterPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for WriterPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WriterPublicKey({self})")
    }
}

impl FromStr for WriterPublicKey {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok();
        bytes.and_then(|b| b.try_into().ok()).map(Self).ok_or_else(|| {
            Problem::new(
                Code::WriterKeyInvalid,
                "The value is not a writer key",
                fix![
                    "Copy its 64 lower-case hexadecimal digits. To show it on the machine that has it: ",
                    Verb::RepositoryAttach.any(),
                    "."
                ],
            )
        })
    }
}

impl Serialize for WriterPublicKey {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WriterPublicKey {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse()
            .map_err(|_| D::Error::custom("a writer key has 64 lower-case hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_spelling() {
        let text = "00ff".repeat(16);
        let key: WriterPublicKey = text.parse().unwrap();
        assert_eq!(key.to_string(), text);
        let upper = text.to_uppercase();
        for other in ["", "00", text.trim_start_matches('0'), upper.as_str()] {
            assert!(other.parse::<WriterPublicKey>().is_err(), "{other}");
        }
        assert_eq!(serde_json::to_string(&key).unwrap(), format!("\"{text}\""));
        assert!(serde_json::from_str::<WriterPublicKey>("\"zz\"").is_err());
    }
}
