//! The engine against the simulator, over real sockets.

mod azure_view;
mod compare;
mod copy;
mod cut;
mod edit;
mod north;
mod onboard;
mod plain;
mod points;
mod renew;
mod restore;
mod resume;
mod scene;
mod script;
mod sign_in;
mod target;
mod tenant;
mod tools;
mod wire;
mod wire_suite;
