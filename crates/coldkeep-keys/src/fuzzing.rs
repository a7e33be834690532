//! Doors for the fuzzer, which must not spend its time on hashing passwords.

use crate::{pfx, x509};

/// Reads a file of any content as PFX, under the password of the fixtures and without one.
pub fn read_any_pfx(bytes: &[u8]) {
    pfx::read_cheaply(bytes, Some(&"swordfish".into()));
    pfx::read_cheaply(bytes, None);
}

/// Takes any octets apart as a certificate.
pub fn read_any_certificate(bytes: &[u8]) {
    let _ = x509::parse(bytes);
    let _ = x509::names_der(bytes);
}
