//! An XML document as a tree of elements, so that two spellings of the same document are equal.

use quick_xml::{Reader, escape::resolve_xml_entity, events::Event};

#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// The same elements without an order.
    pub(crate) fn unordered(mut self) -> Self {
        self.children = self.children.into_iter().map(Self::unordered).collect();
        self.children.sort();
        self
    }
}

/// # Panics
/// If it is no XML, or says something by attributes: no request of the Blob service does.
pub(crate) fn parse(document: &[u8]) -> Element {
    let text = std::str::from_utf8(document).expect("UTF-8");
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open = vec![Element::default()];
    loop {
        let event = reader.read_event().expect("well-formed XML");
        match event {
            Event::Start(start) => {
                assert_eq!(start.attributes().count(), 0, "attributes are not compared");
                open.push(Element {
                    name: start.name().0.to_owned(),
                    ..Element::default()
                });
            }
            Event::End(_) => {
                let closed = open.pop().expect("an open element");
                open.last_mut().expect("the root stays").children.push(closed);
            }
            Event::Text(text) => open
                .last_mut()
                .expect("the root stays")
                .text
                .push_str(&text.into_inner()),
            Event::GeneralRef(entity) => {
                let said = entity.resolve_char_ref().expect("a character").map_or_else(
                    || {
                        resolve_xml_entity(&entity)
                            .expect("one of XML's five entities")
                            .to_owned()
                    },
                    String::from,
                );
                open.last_mut().expect("the root stays").text.push_str(&said);
            }
            Event::Eof => break,
            Event::Decl(_) => {}
            other => panic!("no request has a {other:?}"),
        }
    }
    assert_eq!(open.len(), 1, "every element is closed");
    open.remove(0)
}
