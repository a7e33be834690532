//! The wire: the only crate that knows Microsoft's URLs, headers, JSON, XML, tokens and error codes.
