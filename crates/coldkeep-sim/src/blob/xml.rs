//! The little XML the service writes and reads.

use super::xml;
use quick_xml::events::Event;

/// Appends `text` with markup escaped. Line ends are written as references, because readers fold them otherwise; what XML
/// cannot hold at all is replaced.
pub(super) fn push_text(out: &mut String, text: &str) {
    // What XML cannot hold are control characters, and two that begin with 0xef.
    if !text
        .bytes()
        .any(|byte| matches!(byte, b'&' | b'<' | b'>' | ..b' ' | 0xef))
    {
        return out.push_str(text);
    }
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#xD;"),
            '\n' => out.push_str("&#xA;"),
            other if fits_xml(other) => out.push(other),
            _ => out.push(char::REPLACEMENT_CHARACTER),
        }
    }
}

/// Appends `<name>text</name>`, or `<name />` for nothing.
pub(super) fn push_element(out: &mut String, name: &str, text: &str) {
    out.push('<');
    out.push_str(name);
    if text.is_empty() {
        return out.push_str(" />");
    }
    out.push('>');
    push_text(out, text);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// Appends an element holding a name; one that XML 1.0 cannot hold is percent-encoded and marked as such.
pub(super) fn push_name(out: &mut String, element: &str, name: &str) {
    if name.chars().all(fits_xml) {
        return push_element(out, element, name);
    }
    out.push_str(&format!("<{element} Encoded=\"true\">"));
    out.extend(percent_encoding::utf8_percent_encode(
        name,
        percent_encoding::NON_ALPHANUMERIC,
    ));
    out.push_str(&format!("</{element}>"));
}

/// Whether XML 1.0 can hold a character at all.
fn fits_xml(character: char) -> bool {
    !matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Elements within elements; our own limit, so that no request can exhaust the stack.
const DEPTH_MAX: usize = 32;

/// The elements of a small document in order: how deep, their name, their text.
pub(super) fn parse_elements(document: &[u8]) -> Option<Vec<(usize, String, String)>> {
    let text = std::str::from_utf8(document).ok()?;
    let mut reader = quick_xml::Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut found: Vec<(usize, String, String)> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(_) if open.len() >= DEPTH_MAX => return None,
            Event::Start(start) => {
                found.push((open.len(), start.local_name().as_ref().to_owned(), String::new()));
                open.push(found.len() - 1);
            }
            Event::Empty(empty) => {
                found.push((open.len(), empty.local_name().as_ref().to_owned(), String::new()));
            }
            Event::Text(text) => {
                if let Some(at) = open.last() {
                    found[*at].2.push_str(&text);
                }
            }
            Event::CData(text) => {
                if let Some(at) = open.last() {
                    found[*at].2.push_str(&text);
                }
            }
            Event::GeneralRef(reference) => {
                let at = *open.last()?;
                let resolved = match reference.resolve_char_ref().ok()? {
                    Some(character) => character.to_string(),
                    None => quick_xml::escape::resolve_predefined_entity(&reference)?.to_owned(),
                };
                found[at].2.push_str(&resolved);
            }
            Event::End(_) => {
                open.pop()?;
            }
            Event::Eof => return open.is_empty().then_some(found),
            _ => {}
        }
    }
}

/// `<TagSet>...</TagSet>`.
pub(super) fn push_tag_set<'t>(text: &mut String, tags: impl Iterator<Item = (&'t String, &'t String)>) {
    text.push_str("<TagSet>");
    for (key, value) in tags {
        text.push_str("<Tag>");
        xml::push_element(text, "Key", key);
        xml::push_element(text, "Value", value);
        text.push_str("</Tag>");
    }
    text.push_str("</TagSet>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_in_order() {
        let found =
            parse_elements(b"\xef\xbb\xbf<?xml version=\"1.0\"?><A><B>x&amp;&#x41;</B><C/></A>").unwrap();
        let expected = [(0, "A", ""), (1, "B", "x&A"), (1, "C", "")];
        let found: Vec<_> = found
            .iter()
            .map(|(depth, name, text)| (*depth, name.as_str(), text.as_str()))
            .collect();
        assert_eq!(found, expected);
        assert_eq!(parse_elements(b"<A><B></A>"), None);
        assert_eq!(parse_elements(b"<A>"), None);
    }

    #[test]
    fn names_that_xml_cannot_hold_are_encoded() {
        let mut out = String::new();
        push_name(&mut out, "Name", "a<b\u{1}");
        push_name(&mut out, "Name", "a<b\r");
        assert_eq!(
            out,
            "<Name Encoded=\"true\">a%3Cb%01</Name><Name>a&lt;b&#xD;</Name>"
        );
    }
}
