//! The reader of manifest and index parts, which a stranger may have written.
#![no_main]

mod bounded;
// By this name, because the code says who may see it.
#[path = "part_reader.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::read(data));
