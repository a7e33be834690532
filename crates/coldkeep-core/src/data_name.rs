//! The name of a target blob that holds content, within the target's folder: what manifests, indexes and journals keep.
//! The container's own name of it has the folder before it, and only reading and writing the target joins the two.

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use std::fmt;

/// `b/HH/NAME`, or empty where an entry has no content in the target.
///
/// A name that is read from elsewhere is checked: it is below `b/`, and no request can leave that folder with it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(transparent)]
pub struct DataName(String);

/// The text names no data blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoDataName;

/// The number of random bytes in the name of a data blob.
pub const DATA_NAME_BYTES: usize = 20;

impl DataName {
    /// The bytes are random: no one can create a blob under the name before its writer does, names spread over the
    /// service's partitions, and every source name fits.
    pub fn of_random(random: [u8; DATA_NAME_BYTES]) -> Self {
        let text = data_encoding::BASE32_NOPAD.encode(&random).to_ascii_lowercase();
        Self(format!("b/{:02x}/{text}", random[0]))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Whether there is no such blob: the entry is empty and was kept without one.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Within the container; `prefix` is the target's: empty, or its folder with the slash.
    pub fn within(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.0)
    }
}

impl TryFrom<String> for DataName {
    type Error = NoDataName;

    fn try_from(text: String) -> Result<Self, NoDataName> {
        let is_plain = |segment: &str| !matches!(segment, "" | "." | "..");
        let is_name = |rest: &str| rest.split('/').all(is_plain);
        match text.strip_prefix("b/") {
            Some(rest) if is_name(rest) => Ok(Self(text)),
            None if text.is_empty() => Ok(Self(text)),
            _ => Err(NoDataName),
        }
    }
}

impl<'de> Deserialize<'de> for DataName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::try_from(text).map_err(|_| D::Error::custom("the name of a data blob begins with `b/`"))
    }
}

impl fmt::Display for DataName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for DataName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataName({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_spread_by_their_first_byte() {
        let mut random = [0; DATA_NAME_BYTES];
        (random[0], random[19]) = (0x8b, 1);
        let name = DataName::of_random(random);
        assert_eq!(name.as_str(), "b/8b/rmaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
        assert_eq!(
            name.within("vault/"),
            "vault/b/8b/rmaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"
        );
        assert_eq!(DataName::try_from(name.to_string()), Ok(name));
    }

    #[test]
    fn nothing_outside_the_data_is_a_data_name() {
        assert!(DataName::try_from(String::new()).unwrap().is_empty());
        for other in [
            "coldkeep.json",
            "commits/00000000000000000001.json",
            "vault/b/00/x",
            "/b/00/x",
            "b/",
            "b",
            "b/../coldkeep.json",
            "b/./x",
            "b//x",
            "b/00/",
        ] {
            assert_eq!(DataName::try_from(other.to_owned()), Err(NoDataName), "{other}");
            let json = serde_json::to_string(other).unwrap();
            assert!(serde_json::from_str::<DataName>(&json).is_err(), "{other}");
        }
    }
}
