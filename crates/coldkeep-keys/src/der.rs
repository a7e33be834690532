//! Writes DER (X.690, section 10): the few forms that certificates and PFX files consist of.

use crate::pfx::ber::{INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET};
use x509_cert::der::asn1::ObjectIdentifier;

pub(crate) const NULL: &[u8] = &[0x05, 0x00];

/// One element: its tag, its length, and what is in it.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut written = Vec::with_capacity(length + 6);
    written.push(tag);
    if let Some(short) = u8::try_from(length).ok().filter(|short| *short < 0x80) {
        written.push(short);
    } else {
        let bytes = length.to_be_bytes();
        let start = bytes.iter().position(|b| *b != 0).unwrap_or_default();
        // At most eight bytes: it fits.
        written.push(0x80 | u8::try_from(bytes.len() - start).unwrap_or_default());
        written.extend_from_slice(&bytes[start..]);
    }
    written.extend(parts.iter().copied().flatten());
    written
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(SEQUENCE, parts)
}

/// A set, in the order that DER asks for.
pub(crate) fn set(mut members: Vec<Vec<u8>>) -> Vec<u8> {
    members.sort_unstable();
    let members: Vec<&[u8]> = members.iter().map(Vec::as_slice).collect();
    element(SET, &members)
}

pub(crate) fn octets(content: &[u8]) -> Vec<u8> {
    element(OCTET_STRING, &[content])
}

pub(crate) fn oid(oid: ObjectIdentifier) -> Vec<u8> {
    element(OBJECT_IDENTIFIER, &[oid.as_bytes()])
}

/// An integer that is not negative: without needless zero bytes, and with one where its first bit would be a sign.
pub(crate) fn unsigned(value: u32) -> Vec<u8> {
    let mut bytes = vec![0];
    bytes.extend(value.to_be_bytes());
    let needless = |pair: &&[u8]| pair[0] == 0 && pair[1] < 0x80;
    let start = bytes.windows(2).take_while(needless).count();
    element(INTEGER, &[&bytes[start..]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use x509_cert::der::{Decode, Encode, asn1::OctetStringRef};

    #[test]
    fn numbers_and_lengths_are_written_as_the_der_library_writes_them() {
        for value in [
            0,
            1,
            127,
            128,
            255,
            256,
            32_767,
            32_768,
            600_000,
            u32::MAX >> 1,
            u32::MAX,
        ] {
            assert_eq!(unsigned(value), value.to_der().unwrap(), "{value}");
            assert_eq!(u32::from_der(&unsigned(value)).unwrap(), value);
        }
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536, 70_000] {
            let content = vec![7; length];
            let judge = OctetStringRef::new(&content).unwrap().to_der().unwrap();
            assert_eq!(octets(&content), judge, "{length}");
        }
    }

    #[test]
    fn members_of_a_set_are_in_the_order_of_their_bytes() {
        let set = set(vec![unsigned(300), unsigned(2), octets(b""), unsigned(1)]);
        assert_eq!(set, [0x31, 12, 2, 1, 1, 2, 1, 2, 2, 2, 1, 44, 4, 0]);
    }
}
