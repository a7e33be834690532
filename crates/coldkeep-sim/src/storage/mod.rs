//! What Blob Storage holds, in memory and in the files of a folder. It knows no request and no world.

pub mod container_rules;
pub(crate) mod container_state;
pub(crate) mod content;
pub(crate) mod files;
pub(crate) mod kept;
pub(crate) mod lease;
pub(crate) mod moment;
pub(crate) mod packs;
pub(crate) mod pending;
pub(crate) mod record;
pub(crate) mod sections;
pub(crate) mod slot;
pub(crate) mod slots;
pub(crate) mod state;
pub(crate) mod stored;
pub(crate) mod tier;
