//! Certificates, signers and secrets at rest: the only crate that sees private key bytes.

pub mod certificate;
mod der;
pub mod folder;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
pub mod generate;
pub mod master_key;
pub mod material;
pub mod pem;
pub mod pfx;
mod rsa_key;
pub mod signer;
pub mod token;
pub mod vault;
pub mod writer_key;
mod x509;

pub use certificate::{describe, describe_der};
pub use folder::{PemPair, Scan, read_key_file_for, read_pem_files, scan_folders};
pub use generate::{Generate, generate};
pub use master_key::{create_new_key_file, ensure_key_file, is_credential, is_key_file, replace_key_file};
pub use material::KeyMaterial;
pub use pem::read_pem;
pub use pfx::{PfxKey, list_pfx_keys, read_pfx, write_pfx};
pub use signer::MemorySigner;
pub use token::{Linked, TokenSigner, TokenUri, generate_in_token, link_token};
pub use vault::Vault;
pub use writer_key::{WriterKey, verify_writer};
