//! The parsers that read what strangers give: PFX files, certificates, PEM, PKCS#11 addresses.
#![no_main]

use coldkeep_core::Timestamp;
use coldkeep_keys::{TokenUri, fuzzing, read_pem};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    fuzzing::read_any_pfx(data);
    fuzzing::read_any_certificate(data);
    if let Ok(text) = std::str::from_utf8(data) {
        let now = Timestamp::from_second(1_790_000_000).expect("a moment of 2026");
        let _ = read_pem(text, &text.into(), now);
        if let Ok(uri) = text.parse::<TokenUri>() {
            assert_eq!(uri.to_string().parse::<TokenUri>().ok(), Some(uri));
        }
    }
});
