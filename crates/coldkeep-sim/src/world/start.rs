//! What a world begins with.

use super::{
    clock::SimClock, directory::Directory, registered::RegisteredApp, resources::Resources, roles::Roles,
    tokens::Tokens,
};
use crate::storage::state::Blobs;

/// The start of a world: created from the options, or read from a folder.
#[derive(Debug)]
pub(crate) struct Start {
    pub(crate) directory: Directory,
    pub(crate) resources: Resources,
    pub(crate) roles: Roles,
    pub(crate) blobs: Blobs,
    pub(crate) tokens: Tokens,
    pub(crate) ready_app: Option<RegisteredApp>,
    pub(crate) clock: SimClock,
}
