//! The reader of manifest and index parts, which a stranger may have written.
#![no_main]

mod bounded;
mod part_reader;

libfuzzer_sys::fuzz_target!(|data: &[u8]| part_reader::read(data));
