//! Commit records and markers, and the names that records lie under.
#![no_main]

mod bounded;

use coldkeep_core::format::{self, CommitRecord, Marker};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
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
