//! The project's own chores: `cargo xtask test`, `walls`, `bench`.
fn main() {}
