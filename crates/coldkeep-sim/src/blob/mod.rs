//! The Blob service: `http://127.0.0.1:PORT/ACCOUNT/CONTAINER/BLOB`, or `ACCOUNT.blob.…/CONTAINER/BLOB` by the `Host` header.
//!
//! Simplified against the real one: nothing is really encrypted, deleted containers' names are free at once, page blobs
//! are held whole.

mod acl;
mod address;
pub(crate) mod alias;
mod append;
mod auth;
mod batch;
mod blocks;
mod caller;
mod change;
mod claim;
mod conditions;
mod container_list;
mod containers;
mod copy;
mod copy_source;
mod crypt;
mod delete;
mod draft;
mod find;
mod hashes;
mod host;
mod lease;
mod lease_check;
mod limits;
mod list;
mod listing;
mod naming;
mod need;
mod network;
mod page;
mod page_blob;
pub(crate) mod properties;
mod protect;
mod public_access;
mod put;
mod range;
mod read;
mod refusals;
mod reply;
mod request;
mod rights;
mod router;
mod sas;
mod sas_text;
mod sequence;
mod service;
mod service_properties;
mod shared_key;
mod snapshot;
mod structured;
mod tag_query;
mod versions;
mod way;
mod writable;
mod xml;

pub(crate) use alias::is_plain as is_plain_name;
pub(crate) use host::to_path_style;
pub(crate) use list::lead_back;
pub(crate) use naming::{check_blob_name, check_container_name};
pub(crate) use network::{Peer, is_rule};
pub(crate) use router::handle;
