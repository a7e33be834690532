//! The engine against the simulator, over real sockets.

mod azure_view;
mod copy;
mod cut;
mod onboard;
mod points;
mod renew;
mod restore;
mod resume;
mod scene;
mod script;
mod sign_in;
mod target;
mod tenant;
mod wire;
mod wire_suite;
