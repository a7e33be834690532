//! Pages of a listing and the other XML that Blob Storage answers.
#![no_main]

mod bounded;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    coldkeep_azure::fuzzing::read_xml(data);
    // The inside of a page, for what finds no way into one.
    let page = [
        b"<EnumerationResults><Blobs><Blob>".as_slice(),
        data,
        b"</Blob></Blobs></EnumerationResults>",
    ];
    coldkeep_azure::fuzzing::read_xml(&page.concat());
});
