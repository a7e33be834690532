//! Certificates, signers and secrets at rest: the only crate that sees private key bytes.
