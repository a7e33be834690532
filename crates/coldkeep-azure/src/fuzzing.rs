//! The parsers of what a service answers, reachable for the fuzzer.

/// Reads bytes as every document of Blob Storage.
pub fn read_xml(document: &[u8]) {
    crate::blob::read_any_document(document);
}
