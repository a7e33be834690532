//! Integration tests of the simulator over real sockets.

mod arm;
mod blob;
mod certificate;
mod client;
mod clients;
mod command_line;
mod control;
mod faults;
mod folder;
mod graph;
mod login;
mod program;
mod rolling;
mod scenario;
