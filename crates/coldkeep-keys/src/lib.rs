//! Certificates, signers and secrets at rest: the only crate that sees private key bytes.

pub mod certificate;
pub mod generate;
pub mod material;
pub mod pem;
pub mod pfx;
mod rsa_key;
pub mod signer;
pub mod vault;
mod x509;

pub use certificate::describe;
pub use generate::{Generate, generate};
pub use material::KeyMaterial;
pub use pem::read_pem;
pub use pfx::read_pfx;
pub use signer::MemorySigner;
pub use vault::Vault;
