//! Integration tests of the simulator over real sockets.

mod arm;
mod arm_conditions;
mod arm_rights;
mod blob;
mod certificate;
mod client;
mod clients;
mod command_line;
mod consent;
mod control;
mod device_code;
mod faults;
mod folder;
mod graph;
mod graph_objects;
mod login;
mod program;
mod rolling;
mod scenario;
mod stale;
mod step_up;
