//! The bodies of replies.

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full, combinators::BoxBody};
use std::io;

/// A reply's body. An error in it cuts the connection.
pub type Body = BoxBody<Bytes, io::Error>;

/// A body that is all there.
pub fn body_of(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed()
}

/// No body.
pub fn empty_body() -> Body {
    Empty::new().map_err(|never| match never {}).boxed()
}
