//! The Blob service over real sockets, asked by a client of the tests' own.

mod addresses;
mod auth;
mod batch;
mod blocks;
pub mod client;
mod copy;
mod limits;
mod list;
mod network;
mod order;
mod protect;
mod refusals;
mod rights;
mod rights_confined;
mod signatures;
mod structured;
mod tiers;
mod versions;
mod write;
