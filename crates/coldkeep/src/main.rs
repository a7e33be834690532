//! The terminal: parses arguments, talks to the REST API, prints.
fn main() {}
