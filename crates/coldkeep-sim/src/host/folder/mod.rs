//! The folder that keeps a world, and when it is written.

mod document;
pub(super) mod keeper;
mod world_folder;

pub(super) use world_folder::Folder;
