//! JSON about the world that is checked while it is read, so that a mistake is reported with its line.

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    marker::PhantomData,
};

/// What can be written down and yet make no sense.
pub(crate) trait Check {
    /// Why it is invalid.
    fn check(&self) -> Result<(), String>;
}

/// A valid value.
#[derive(Debug, Clone)]
pub(crate) struct Checked<T>(pub(crate) T);

impl<'de, T: Check + Deserialize<'de>> Deserialize<'de> for Checked<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let read = T::deserialize(from)?;
        read.check().map_err(D::Error::custom)?;
        Ok(Self(read))
    }
}

/// Reads an object in which no name occurs twice; otherwise the last one would count, unnoticed.
pub(crate) fn each_once<'de, D, T>(from: D) -> Result<BTreeMap<String, T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct EachOnce<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for EachOnce<T> {
        type Value = BTreeMap<String, T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut all = BTreeMap::new();
            while let Some(name) = entries.next_key::<String>()? {
                if all.contains_key(&name) {
                    return Err(A::Error::custom(format!("`{name}` occurs twice")));
                }
                all.insert(name, entries.next_value()?);
            }
            Ok(all)
        }
    }

    from.deserialize_map(EachOnce(PhantomData))
}

/// Refuses values that come twice; the case of letters does not tell them apart.
pub(crate) fn check_once(what: &str, values: impl IntoIterator<Item = String>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for value in values {
        if !seen.insert(value.to_ascii_lowercase()) {
            return Err(format!("{what} `{value}` occurs twice"));
        }
    }
    Ok(())
}
