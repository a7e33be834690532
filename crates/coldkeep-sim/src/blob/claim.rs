//! A request's claims about its sender, before any check.

use super::{
    address::{Address, Query},
    way::Way,
};
use http::{HeaderMap, Method};

/// A request's claims about its sender, before any check.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) query: &'a Query,
    pub(super) headers: &'a HeaderMap,
    pub(super) address: &'a Address,
    /// Whether the path was sent without the account, which the host named.
    pub(super) host_style: bool,
    /// The version of the service that is asked for; empty if none is.
    pub(super) version: &'a str,
    pub(super) way: Way,
}
