//! Text in files that other programs wrote: with or without a byte order mark, and which is no part of the text.

use std::{borrow::Cow, fmt};

const BOM: char = '\u{feff}';

/// What a file is instead of text that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotText {
    Utf32,
    Utf16Unmarked,
    Utf16Damaged,
    NotUtf8,
}

impl NotText {
    /// Whether it is text anyway, of another encoding.
    pub fn is_other_text(self) -> bool {
        self != Self::NotUtf8
    }
}

/// As the end of a sentence.
impl fmt::Display for NotText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf32 => "it is UTF-32 text; save it as UTF-8",
            Self::Utf16Unmarked => "it is UTF-16 text without a byte order mark; save it as UTF-8",
            Self::Utf16Damaged => "its byte order mark is that of UTF-16, and its content is damaged",
            Self::NotUtf8 => "it is not UTF-8 text",
        })
    }
}

/// The text of a file, without its byte order mark. UTF-16 is decoded if a mark declares it.
///
/// # Errors
/// What it is instead.
pub fn read_foreign_text(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    let utf16 = |order: fn([u8; 2]) -> u16| {
        let units = bytes.get(2..).unwrap_or_default().chunks(2);
        let units = units.map(|pair| match pair {
            [a, b] => order([*a, *b]),
            // A half of one is no text.
            _ => 0xd800,
        });
        let text: Result<String, _> = char::decode_utf16(units).collect();
        text.map(Cow::Owned).map_err(|_| NotText::Utf16Damaged)
    };
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Err(NotText::Utf32),
        [0xff, 0xfe, ..] => utf16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf16(u16::from_be_bytes),
        _ if looks_like_utf16(bytes) => Err(NotText::Utf16Unmarked),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Cow::Borrowed(without_bom(text))),
            Err(_) => Err(NotText::NotUtf8),
        },
    }
}

/// The text without a byte order mark before it.
pub fn without_bom(text: &str) -> &str {
    text.strip_prefix(BOM).unwrap_or(text)
}

/// Whether every other octet is zero, as in Latin letters of UTF-16.
fn looks_like_utf16(bytes: &[u8]) -> bool {
    let zeros = |offset: usize| bytes.iter().skip(offset).step_by(2).all(|b| *b == 0);
    bytes.len() >= 2 && bytes.len().is_multiple_of(2) && zeros(0) != zeros(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_no_part_of_the_text_and_utf16_is_understood_or_named() {
        let utf16 = |text: &str, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(order).collect()
        };
        let marked = format!("{BOM}Grüße 🔑");
        for bytes in [
            "Grüße 🔑".as_bytes().to_vec(),
            marked.as_bytes().to_vec(),
            utf16(&marked, u16::to_le_bytes),
            utf16(&marked, u16::to_be_bytes),
        ] {
            assert_eq!(read_foreign_text(&bytes).unwrap(), "Grüße 🔑");
        }
        assert_eq!(read_foreign_text(b"").unwrap(), "");
        assert_eq!(read_foreign_text("\u{feff}".as_bytes()).unwrap(), "");
        for (bytes, why) in [
            (utf16("secret", u16::to_le_bytes), NotText::Utf16Unmarked),
            (utf16("secret", u16::to_be_bytes), NotText::Utf16Unmarked),
            (vec![0xff, 0xfe, b'a'], NotText::Utf16Damaged),
            (vec![0xff, 0xfe, 0, 0, b'a', 0, 0, 0], NotText::Utf32),
            (vec![b'a', 0xe9], NotText::NotUtf8),
        ] {
            assert_eq!(read_foreign_text(&bytes), Err(why));
        }
    }
}
