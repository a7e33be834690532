//! The Blob service over real sockets, asked by a client of the tests' own.

mod auth;
mod blocks;
mod client;
mod copy;
mod limits;
mod list;
mod protect;
mod structured;
mod tiers;
mod versions;
mod write;
