//! Commit records and markers, their signatures, and the names that records lie under.
#![no_main]

mod bounded;
// The engine's own code, by its path: the fuzzer need not build a database.
#[allow(dead_code, reason = "the fuzzer opens signed documents and signs none")]
#[path = "../../crates/coldkeep-engine/src/data/ledger/signed.rs"]
mod signed;

use coldkeep_core::format::{self, CommitRecord, DOMAIN_MARKER, DOMAIN_RECORD, Marker};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for domain in [DOMAIN_MARKER, DOMAIN_RECORD] {
        if let Some(signed) = signed::open(domain, data) {
            assert!(!signed.genuine, "nobody forges a signature by chance");
        }
    }
    if let Ok(marker) = serde_json::from_slice::<Marker>(data) {
        let _ = format::check_readable("the marker", marker.format, &marker.requires);
    }
    if let Ok(record) = serde_json::from_slice::<CommitRecord>(data) {
        let _ = format::check_readable("the record", record.format, &record.requires);
        // What is read is written the same.
        let text = serde_json::to_vec(&record).expect("a record is JSON");
        assert_eq!(serde_json::from_slice::<CommitRecord>(&text).ok(), Some(record));
    }
    if let Ok(name) = std::str::from_utf8(data)
        && let Some(sequence) = format::commit_sequence(name)
    {
        assert_eq!(format::commit_name(sequence), name);
    }
});
