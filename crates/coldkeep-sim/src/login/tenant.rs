//! Which tenant a path names.

use super::error::Refusal;
use crate::{World, wire::read};

/// The words that stand for the user's own tenant.
pub(super) fn is_shared(tenant: &str) -> bool {
    matches!(tenant, "common" | "organizations" | "consumers")
}

/// The id of the tenant in the path; `None`: a shared endpoint.
pub(super) fn tenant_of_path(world: &World, tenant: &str) -> Result<Option<String>, Refusal> {
    if is_shared(tenant) {
        return Ok(None);
    }
    match read(&world.directory).tenant(tenant) {
        Some(found) => Ok(Some(found.id.clone())),
        None => Err(Refusal::unknown_tenant(tenant)),
    }
}
