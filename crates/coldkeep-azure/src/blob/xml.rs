//! A pull parser for the XML that Blob Storage answers: elements, text, one attribute. Borrows from the input.

use quick_xml::{
    Reader,
    escape::resolve_xml_entity,
    events::{BytesStart, Event},
};
use std::borrow::Cow;

/// Why an answer is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the XML of the response cannot be read: {0}")]
pub(super) struct Malformed(pub(super) String);

impl From<quick_xml::Error> for Malformed {
    fn from(error: quick_xml::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<quick_xml::events::attributes::AttrError> for Malformed {
    fn from(error: quick_xml::events::attributes::AttrError) -> Self {
        Self(error.to_string())
    }
}

pub(super) struct Xml<'a> {
    reader: Reader<&'a [u8]>,
}

impl<'a> Xml<'a> {
    /// Opens a document and steps into its root element, which must have one of these names.
    pub(super) fn open(document: &'a [u8], root: &str) -> Result<Self, Malformed> {
        // The service begins its documents with a byte order mark.
        let document = document.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(document);
        let text = std::str::from_utf8(document).map_err(|e| Malformed(e.to_string()))?;
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let mut xml = Self { reader };
        match xml.child()? {
            Some(start) if start.name().0 == root => Ok(xml),
            Some(start) => Err(Malformed(format!(
                "it begins with <{}>, not <{root}>",
                start.name().0
            ))),
            None => Err(Malformed("it is empty".into())),
        }
    }

    /// The next child of the element we are in; none at its end, which is then behind us.
    pub(super) fn child(&mut self) -> Result<Option<BytesStart<'a>>, Malformed> {
        loop {
            match self.reader.read_event()? {
                Event::Start(start) => return Ok(Some(start)),
                Event::End(_) => return Ok(None),
                Event::Eof => return Err(Malformed("it ends too early".into())),
                _ => {}
            }
        }
    }

    /// The text of the element just entered, up to and including its end. Elements inside are skipped.
    pub(super) fn text(&mut self) -> Result<Cow<'a, str>, Malformed> {
        let mut text = Cow::Borrowed("");
        let mut append = |piece: Cow<'a, str>| {
            if text.is_empty() {
                text = piece;
            } else {
                text.to_mut().push_str(&piece);
            }
        };
        let mut depth = 0_u32;
        loop {
            match self.reader.read_event()? {
                Event::Text(piece) if depth == 0 => append(piece.into_inner()),
                Event::CData(piece) if depth == 0 => append(piece.into_inner()),
                Event::GeneralRef(reference) if depth == 0 => {
                    if let Some(character) = reference.resolve_char_ref()? {
                        append(Cow::Owned(character.to_string()));
                    } else {
                        let known = resolve_xml_entity(&reference)
                            .ok_or_else(|| Malformed(format!("the entity &{};", &*reference)))?;
                        append(Cow::Borrowed(known));
                    }
                }
                Event::Start(_) => depth += 1,
                Event::End(_) if depth > 0 => depth -= 1,
                Event::End(_) => break,
                Event::Eof => return Err(Malformed("it ends too early".into())),
                _ => {}
            }
        }
        Ok(text)
    }

    /// Leaves the element just entered.
    pub(super) fn skip(&mut self) -> Result<(), Malformed> {
        let mut depth = 0_u32;
        loop {
            match self.reader.read_event()? {
                Event::Start(_) => depth += 1,
                Event::End(_) if depth > 0 => depth -= 1,
                Event::End(_) => return Ok(()),
                Event::Eof => return Err(Malformed("it ends too early".into())),
                _ => {}
            }
        }
    }
}

/// The text of an XML document: the five characters that would end it early, and those that a reader would change,
/// are escaped.
pub(super) fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).replace('\r', "&#13;")
}
