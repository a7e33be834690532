//! The door: REST over a Unix socket and loopback TCP.
