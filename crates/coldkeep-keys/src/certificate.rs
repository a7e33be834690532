//! What a certificate says about itself.
use crate::KeyMaterial;
use coldkeep_core::{Problem, Timestamp, certificate::Certificate};

/// The store's entry for `material`, with a fresh id. `origin`: `generated` or `imported`.
pub fn describe(
    _material: &KeyMaterial,
    _name: &str,
    _origin: &str,
    _now: Timestamp,
) -> Result<Certificate, Problem> {
    todo!()
}
