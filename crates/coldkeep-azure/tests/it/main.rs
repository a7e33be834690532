//! The wire, against a scripted network.

mod blob;
