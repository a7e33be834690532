//! The wire, against a scripted network.

mod blob;
mod bounds;
mod oracle;
mod script;
