//! The wire, against a scripted network.

mod blob;
mod oracle;
mod script;
