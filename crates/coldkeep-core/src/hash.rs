//! Hashes as types: the bytes of one algorithm, and one spelling of each in text and JSON. Computing and comparing them:
//! [`crate::content_hash`].

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::fmt;

macro_rules! hashes {
    ($($(#[$doc:meta])* $name:ident, $bytes:literal, $encoding:ident, $spelling:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $bytes]);

        impl $name {
            /// None where the text is not spelled as this hash is.
            pub fn parse(text: &str) -> Option<Self> {
                Self::of_bytes(&data_encoding::$encoding.decode(text.as_bytes()).ok()?)
            }

            /// None where there are more or fewer bytes than this hash has.
            pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&data_encoding::$encoding.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                Self::parse(&text).ok_or_else(|| D::Error::custom(concat!("a hash is spelled as ", $spelling)))
            }
        }
    )*};
}

hashes! {
    /// An MD5. In text and JSON base64, as `Content-MD5` carries it.
    Md5, 16, BASE64, "base64 of 16 bytes";
    /// A CRC-64 as Blob Storage computes it, lowest byte first. In text and JSON base64, as `x-ms-content-crc64` carries it.
    Crc64, 8, BASE64, "base64 of 8 bytes";
    /// A SHA-256. In text and JSON lower-case hexadecimal.
    Sha256Digest, 32, HEXLOWER, "64 lower-case hexadecimal digits";
}

impl Sha256Digest {
    /// Of content that is in memory.
    pub fn of(content: &[u8]) -> Self {
        use sha2::Digest;
        Self(sha2::Sha256::digest(content).into())
    }
}

impl Md5 {
    /// Of content that is in memory.
    pub fn of(content: &[u8]) -> Self {
        use md5::Digest;
        Self(md5::Md5::digest(content).into())
    }
}

/// Who computed a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HashOrigin {
    /// The target service computed it over the bytes it wrote.
    TargetService,
    /// Coldkeep computed it over the bytes it relayed.
    Coldkeep,
}

/// A hash of content that was recorded, and who computed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hash<H> {
    pub value: H,
    pub origin: HashOrigin,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_has_one_spelling_and_one_length() {
        let md5 = Md5([7; 16]);
        assert_eq!(
            serde_json::to_string(&md5).unwrap(),
            "\"BwcHBwcHBwcHBwcHBwcHBw==\""
        );
        assert_eq!(Md5::parse(&md5.to_string()), Some(md5));
        let crc = Crc64([0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(Crc64::parse("AAECAwQFBgc="), Some(crc));
        assert_eq!(crc.to_string(), "AAECAwQFBgc=");
        for other in ["", "AAECAwQFBgc", "AAECAwQF", "BwcHBwcHBwcHBwcHBwcHBw=="] {
            assert_eq!(Crc64::parse(other), None, "{other}");
        }
        let digest = Sha256Digest::of(b"");
        let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest.to_string(), text);
        assert_eq!(Sha256Digest::parse(text), Some(digest));
        assert_eq!(Sha256Digest::parse(&text.to_uppercase()), None);
        assert!(serde_json::from_str::<Sha256Digest>("\"e3b0\"").is_err());
    }
}
