//! The container that a request is about.

use super::{error::ArmError, target::Target};
use crate::{Body, storage::container_state::ContainerSummary, wire::reply, world::StorageAccount};
use http::Response;
use serde_json::Value;

/// A container of an account. Errors: there is none.
pub(super) fn find_container(
    target: &Target<'_>,
    account: &StorageAccount,
    name: &str,
) -> Result<ContainerSummary, ArmError> {
    let all = target.ask.world.blobs.containers(&account.name);
    all.into_iter()
        .find(|c| c.name == name)
        .ok_or_else(|| missing(name))
}

/// There is no such container.
pub(super) fn missing(name: &str) -> ArmError {
    ArmError::new(
        404,
        "ContainerNotFound",
        format!("The specified container '{name}' does not exist."),
    )
}

/// JSON with an ETag in the headers too.
pub(super) fn with_etag(value: &Value, etag: &str) -> Response<Body> {
    let mut response = reply::json(200, value);
    reply::set_header(&mut response, "etag", &format!("\"{etag}\""));
    response
}
