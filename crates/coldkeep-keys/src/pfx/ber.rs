//! A lenient BER reader: definite and indefinite lengths, primitive and constructed octet strings. It never reads past
//! its input, and nests no deeper than a limit.

use x509_cert::der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

/// Real files nest five deep; a file that nests deeper than this wants to exhaust the stack.
const DEEPEST: usize = 16;

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// `[0]`, constructed.
pub(crate) const CONTEXT_0: u8 = 0xA0;
/// `[0] IMPLICIT`, primitive.
pub(crate) const CONTEXT_0_PRIMITIVE: u8 = 0x80;
const CONSTRUCTED: u8 = 0x20;

/// Why bytes are not BER.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BerError {
    /// An element is longer than what is there.
    Truncated,
    Malformed(&'static str),
}

type Result<T> = std::result::Result<T, BerError>;

/// One element: its identifier octet and what is inside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a> {
    pub tag: u8,
    pub content: &'a [u8],
}

/// Reads the elements of a byte string one after another.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn element(&mut self) -> Result<Element<'a>> {
        let header = Header::read(self.rest)?;
        let body = &self.rest[header.length..];
        let (content, after) = match header.content {
            Some(length) if length > body.len() => return Err(BerError::Truncated),
            Some(length) => body.split_at(length),
            None => {
                let length = indefinite_length(body, DEEPEST)?;
                (&body[..length], &body[length + 2..])
            }
        };
        self.rest = after;
        Ok(Element {
            tag: header.tag,
            content,
        })
    }

    /// The next element, if it has this tag.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>> {
        match self.rest.first() {
            Some(next) if *next == tag => self.element().map(Some),
            _ => Ok(None),
        }
    }

    pub fn expect(&mut self, tag: u8) -> Result<Element<'a>> {
        self.optional(tag)?.ok_or(match tag {
            INTEGER => BerError::Malformed("a number is missing"),
            OCTET_STRING => BerError::Malformed("an octet string is missing"),
            OBJECT_IDENTIFIER => BerError::Malformed("an object identifier is missing"),
            SEQUENCE => BerError::Malformed("a sequence is missing"),
            _ => BerError::Malformed("an element is missing"),
        })
    }

    /// Enters the next element, which must have this tag.
    pub fn enter(&mut self, tag: u8) -> Result<Reader<'a>> {
        Ok(Reader::new(self.expect(tag)?.content))
    }

    pub fn sequence(&mut self) -> Result<Reader<'a>> {
        self.enter(SEQUENCE)
    }

    pub fn oid(&mut self) -> Result<ObjectIdentifier> {
        let content = self.expect(OBJECT_IDENTIFIER)?.content;
        ObjectIdentifier::from_bytes(content)
            .map_err(|_| BerError::Malformed("an object identifier is broken"))
    }

    /// A number that is not negative and fits.
    pub fn unsigned(&mut self) -> Result<u64> {
        let content = self.expect(INTEGER)?.content;
        let broken = BerError::Malformed("a number is negative or too large");
        if content.is_empty()
            || content.len() > 9
            || content[0] & 0x80 != 0
            || (content.len() == 9 && content[0] != 0)
        {
            return Err(broken);
        }
        Ok(content
            .iter()
            .fold(0, |value, byte| (value << 8) | u64::from(*byte)))
    }

    /// An octet string, its pieces joined where it is constructed.
    pub fn octets(&mut self) -> Result<Zeroizing<Vec<u8>>> {
        let element = self.element()?;
        octets_of(element, OCTET_STRING)
    }
}

/// The bytes of an octet string whose tag (without the constructed bit) is `tag`.
pub(crate) fn octets_of(element: Element<'_>, tag: u8) -> Result<Zeroizing<Vec<u8>>> {
    // The size is reserved at once: a buffer that grows leaves copies of its content behind.
    let mut joined = Zeroizing::new(Vec::with_capacity(element.content.len()));
    join(element, tag, DEEPEST, &mut joined)?;
    Ok(joined)
}

fn join(element: Element<'_>, tag: u8, depth: usize, joined: &mut Vec<u8>) -> Result<()> {
    if element.tag == tag {
        joined.extend_from_slice(element.content);
        return Ok(());
    }
    if element.tag != tag | CONSTRUCTED {
        return Err(BerError::Malformed("an octet string is missing"));
    }
    if depth == 0 {
        return Err(BerError::Malformed("it nests too deep"));
    }
    let mut pieces = Reader::new(element.content);
    while !pieces.is_at_end() {
        join(pieces.element()?, OCTET_STRING, depth - 1, joined)?;
    }
    Ok(())
}

/// Identifier and length octets.
struct Header {
    tag: u8,
    /// Of the header itself.
    length: usize,
    /// Of the content; `None`: up to the end-of-contents octets.
    content: Option<usize>,
}

impl Header {
    fn read(bytes: &[u8]) -> Result<Self> {
        let (&tag, rest) = bytes.split_first().ok_or(BerError::Truncated)?;
        let (&first, rest) = rest.split_first().ok_or(BerError::Truncated)?;
        if tag & 0x1F == 0x1F {
            return Err(BerError::Malformed("it has a tag of several bytes"));
        }
        match first {
            0x80 if tag & CONSTRUCTED != 0 => Ok(Self {
                tag,
                length: 2,
                content: None,
            }),
            0..=0x7F => Ok(Self {
                tag,
                length: 2,
                content: Some(usize::from(first)),
            }),
            0x81..=0x84 => {
                let count = usize::from(first & 0x7F);
                let octets = rest.get(..count).ok_or(BerError::Truncated)?;
                let content = octets
                    .iter()
                    .fold(0_usize, |length, byte| (length << 8) | usize::from(*byte));
                Ok(Self {
                    tag,
                    length: 2 + count,
                    content: Some(content),
                })
            }
            _ => Err(BerError::Malformed("a length is broken")),
        }
    }
}

/// The length of a content of indefinite length, without its end-of-contents octets.
fn indefinite_length(body: &[u8], depth: usize) -> Result<usize> {
    if depth == 0 {
        return Err(BerError::Malformed("it nests too deep"));
    }
    let mut position = 0;
    loop {
        let rest = &body[position..];
        let header = Header::read(rest)?;
        if header.tag == 0 {
            return match header.content {
                Some(0) => Ok(position),
                _ => Err(BerError::Malformed("an end of contents is broken")),
            };
        }
        let after = &rest[header.length..];
        let content = match header.content {
            Some(length) if length > after.len() => return Err(BerError::Truncated),
            Some(length) => length,
            None => indefinite_length(after, depth - 1)? + 2,
        };
        position += header.length + content;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indefinite_lengths_and_octet_strings_in_pieces_are_read() {
        // SEQUENCE (indefinite) { OCTET STRING (constructed, indefinite) { 01 02 | 03 }, INTEGER 2048 } and one byte more
        let bytes = [
            0x30, 0x80, 0x24, 0x80, 0x04, 0x02, 1, 2, 0x04, 0x01, 3, 0, 0, 0x02, 0x02, 8, 0, 0, 0, 0xFF,
        ];
        let mut outer = Reader::new(&bytes);
        let mut inner = outer.sequence().unwrap();
        assert_eq!(inner.octets().unwrap().as_slice(), [1, 2, 3]);
        assert_eq!(inner.unsigned().unwrap(), 2048);
        assert!(inner.is_at_end());
        assert_eq!(outer.rest(), [0xFF]);
        for length in 0..bytes.len() - 1 {
            assert_eq!(
                Reader::new(&bytes[..length]).element().unwrap_err(),
                BerError::Truncated
            );
        }
    }

    #[test]
    fn nesting_is_limited() {
        let deep = [0x30, 0x80].repeat(100_000);
        assert!(matches!(
            Reader::new(&deep).element(),
            Err(BerError::Malformed(_))
        ));
        let deep = [0x24, 0x80]
            .repeat(10)
            .into_iter()
            .chain([0; 20])
            .collect::<Vec<_>>();
        assert!(Reader::new(&deep).octets().unwrap().is_empty());
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        for bytes in [&[2, 1, 0x80][..], &[2, 0], &[2, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0]] {
            assert!(Reader::new(bytes).unsigned().is_err());
        }
        assert_eq!(
            Reader::new(&[2, 9, 0, 255, 255, 255, 255, 255, 255, 255, 255])
                .unsigned()
                .unwrap(),
            u64::MAX
        );
    }
}
