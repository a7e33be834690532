//! The binary as a person or a script meets it.

mod bin;
mod certificates;
mod clouds;
mod daemon;
mod scene;
mod story;
mod usage;
