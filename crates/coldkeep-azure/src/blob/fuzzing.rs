//! What the fuzzer reads.

use super::list;

/// Reads bytes as every document there is, for the fuzzer.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_any_document(document: &[u8]) {
    for versions in [false, true] {
        let _ = list::parse_page(document, versions, 5000);
    }
    let _ = list::parse_tags(document);
    let _ = list::parse_staged_blocks(document);
    let _ = list::parse_delegation_key(document);
    let _ = list::parse_error(document);
}
