//! The engine against the simulator, over real sockets.

mod adversary;
mod authentic;
mod azure_view;
mod bounds;
mod compare;
mod content;
mod copy;
mod cut;
mod edit;
mod north;
mod onboard;
mod plain;
mod points;
mod reach;
mod renew;
mod restore;
mod resume;
mod scene;
mod script;
mod sealed;
mod sign_in;
mod target;
mod tenant;
mod tools;
mod wire;
mod wire_suite;
