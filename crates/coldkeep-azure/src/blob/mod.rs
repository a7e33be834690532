//! The Blob data plane: one container, opened by a token, a key or a SAS, and about fifteen operations on it
//! (<https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api>).

mod auth;
mod auth_detail;
mod container;
mod content;
mod copy;
mod dates;
mod delegation;
mod error;
#[cfg(feature = "fuzzing")]
mod fuzzing;
mod headers;
mod level;
mod list;
mod names;
mod pages;
mod probe;
mod ranges;
mod read;
mod refusal;
mod request;
mod sas;
mod sas_terms;
mod send;
mod span;
mod types;
mod write;
mod xml;

pub use crate::CountsAs;
pub use container::Container;
#[cfg(feature = "fuzzing")]
pub(crate) use fuzzing::read_any_document;
pub use pages::Pages;
pub use probe::Probed;
pub use ranges::Ranges;
pub use sas_terms::SasTerms;
pub use types::*;
