//! The order in which names are listed: the service sorts by UTF-16 code units, accounts with directories folder by folder,
//! and other stores that speak its language do otherwise.

use serde::Deserialize;
use std::borrow::Cow;

/// An order of names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameOrder {
    /// By their UTF-16 code units, as the service was seen to do with every character there is
    /// (<https://github.com/blobfile/blobfile/pull/238>); in accounts with directories [`NameOrder::SlashFirst`].
    #[default]
    Utf16,
    /// By their UTF-8 bytes.
    Bytes,
    /// As if all letters were small; names that differ in nothing else by their code units.
    CaseInsensitive,
    /// Folder by folder, so that `a/b` comes before `a-b`: a hierarchical namespace's order
    /// (<https://github.com/Azure/azure-sdk-for-go/issues/24210>).
    SlashFirst,
}

impl NameOrder {
    /// The order of that name: `utf16`, `bytes`, `case-insensitive` or `slash-first`.
    pub fn of(word: &str) -> Option<Self> {
        Some(match word {
            "utf16" => Self::Utf16,
            "bytes" => Self::Bytes,
            "case-insensitive" => Self::CaseInsensitive,
            "slash-first" => Self::SlashFirst,
            _ => return None,
        })
    }

    /// What it is in an account with or without directories.
    pub(crate) fn in_account(self, has_directories: bool) -> Self {
        match self {
            Self::Utf16 if has_directories => Self::SlashFirst,
            other => other,
        }
    }

    /// What compares by its bytes as the name does in this order.
    pub(crate) fn key(self, name: &str) -> (Cow<'_, [u8]>, Cow<'_, [u8]>) {
        let folded = match self {
            Self::Bytes => Cow::Borrowed(name.as_bytes()),
            Self::Utf16 => units(name),
            Self::CaseInsensitive => Cow::Owned(units(&name.to_lowercase()).into_owned()),
            Self::SlashFirst => Cow::Owned(units(&name.replace('/', "\0")).into_owned()),
        };
        (folded, units(name))
    }

    /// Whichever of two names comes later.
    pub(crate) fn later<'n>(self, one: &'n str, other: &'n str) -> &'n str {
        if self.key(one) > self.key(other) {
            one
        } else {
            other
        }
    }
}

/// The first byte of a character from U+E000 to U+FFFF; those beyond begin with greater ones in UTF-8, and with smaller units
/// in UTF-16.
const LAST_OF_PLANE: [u8; 2] = [0xee, 0xef];

/// Whether a name has characters of which UTF-16 has another order than UTF-8 may have.
pub(crate) fn is_beyond(name: &str) -> bool {
    name.bytes().any(|byte| byte >= LAST_OF_PLANE[0])
}

/// Bytes that compare as the UTF-16 code units of a name do.
fn units(name: &str) -> Cow<'_, [u8]> {
    const BEHIND_ALL: u8 = 0x10;
    if !is_beyond(name) {
        return Cow::Borrowed(name.as_bytes());
    }
    let moved = |byte: u8| {
        if LAST_OF_PLANE.contains(&byte) {
            byte + BEHIND_ALL
        } else {
            byte
        }
    };
    Cow::Owned(name.bytes().map(moved).collect())
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
        assert_eq!(sorted(NameOrder::Utf16), ["B", "C", "a", "a-b", "a/b", "b"]);
        assert_eq!(
            sorted(NameOrder::CaseInsensitive),
            ["a", "a-b", "a/b", "B", "b", "C"]
        );
        assert_eq!(sorted(NameOrder::SlashFirst), ["B", "C", "a", "a/b", "a-b", "b"]);
        for order in [
            NameOrder::Utf16,
            NameOrder::Bytes,
            NameOrder::CaseInsensitive,
            NameOrder::SlashFirst,
        ] {
            assert_eq!(order.later("a", "b"), "b");
            assert_eq!(order.later("b", "a"), "b");
        }
    }

    #[test]
    fn code_units_decide_and_not_code_points() {
        let names = [
            "",
            "a",
            "\u{e9}",
            "\u{7ff}",
            "\u{800}",
            "\u{d7ff}",
            "\u{e000}",
            "\u{fb01}",
            "\u{ff01}",
            "\u{ffff}",
            "\u{10000}",
            "\u{1f600}",
            "\u{10ffff}",
            "\u{1f600}\u{ff01}",
            "\u{1f600}a",
            "a\u{ff01}",
            "a\u{1f600}",
        ];
        for one in names {
            for other in names {
                let by_units = one.encode_utf16().cmp(other.encode_utf16());
                assert_eq!(units(one).cmp(&units(other)), by_units, "{one:?} {other:?}");
            }
        }
        assert!(NameOrder::Utf16.key("\u{1f600}") < NameOrder::Utf16.key("\u{ff01}"));
        assert!(NameOrder::Bytes.key("\u{1f600}") > NameOrder::Bytes.key("\u{ff01}"));
    }

    #[test]
    fn orders_have_names() {
        assert_eq!(NameOrder::of("utf16"), Some(NameOrder::Utf16));
        assert_eq!(
            NameOrder::of("case-insensitive"),
            Some(NameOrder::CaseInsensitive)
        );
        assert_eq!(NameOrder::of("random"), None);
    }
}
