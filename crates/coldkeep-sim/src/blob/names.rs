//! The order in which names are listed: the service sorts by bytes, and other stores that speak its language do not agree.

use serde::Deserialize;
use std::borrow::Cow;

/// An order of names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameOrder {
    /// By their UTF-8 bytes, as the service does.
    #[default]
    Bytes,
    /// As if all letters were small; names that differ in nothing else by their bytes.
    CaseInsensitive,
    /// Folder by folder, so that `a/b` comes before `a-b`: a hierarchical namespace's order.
    SlashFirst,
}

impl NameOrder {
    /// The order of that name: `bytes`, `case-insensitive` or `slash-first`.
    pub fn of(word: &str) -> Option<Self> {
        Some(match word {
            "bytes" => Self::Bytes,
            "case-insensitive" => Self::CaseInsensitive,
            "slash-first" => Self::SlashFirst,
            _ => return None,
        })
    }

    /// What compares by its bytes as the name does in this order.
    pub(super) fn key(self, name: &str) -> (Cow<'_, str>, &str) {
        let folded = match self {
            Self::Bytes => Cow::Borrowed(name),
            Self::CaseInsensitive => Cow::Owned(name.to_lowercase()),
            Self::SlashFirst => Cow::Owned(name.replace('/', "\0")),
        };
        (folded, name)
    }

    /// Whichever of two names comes later.
    pub(super) fn later<'n>(self, one: &'n str, other: &'n str) -> &'n str {
        if self.key(one) > self.key(other) {
            one
        } else {
            other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(order: NameOrder) -> Vec<&'static str> {
        let mut names = vec!["b", "a/b", "B", "a-b", "C", "a"];
        names.sort_by_key(|name| order.key(name));
        names
    }

    #[test]
    fn every_order_is_its_own() {
        assert_eq!(sorted(NameOrder::Bytes), ["B", "C", "a", "a-b", "a/b", "b"]);
        assert_eq!(
            sorted(NameOrder::CaseInsensitive),
            ["a", "a-b", "a/b", "B", "b", "C"]
        );
        assert_eq!(sorted(NameOrder::SlashFirst), ["B", "C", "a", "a/b", "a-b", "b"]);
    }

    #[test]
    fn orders_are_known_by_name() {
        assert_eq!(NameOrder::of("slash-first"), Some(NameOrder::SlashFirst));
        assert_eq!(NameOrder::of("other"), None);
        assert_eq!(NameOrder::CaseInsensitive.later("a", "B"), "B");
    }
}
