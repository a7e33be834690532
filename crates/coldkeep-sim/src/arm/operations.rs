//! Long operations: a reply 202 names the address to poll
//! (<https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations>).
//!
//! In the simulator the effect is there before the 202 is; anyone who asks finds it done.

use super::{
    account_document,
    ask::{Answer, Ask},
    error::ArmError,
};
use crate::{
    Body,
    wire::{new_guid, read, reply, write},
};
use http::{Method, Response};

/// The reply that an operation has begun. `path` is the address to poll; `account` what it creates.
pub(super) fn accepted(ask: &Ask<'_>, path: &str, account: Option<&str>) -> Response<Body> {
    let id = new_guid();
    write(&ask.world.resources)
        .operations
        .insert(id.clone(), account.map(str::to_owned));
    let version = ask.call.query("api-version").unwrap_or_default();
    let at = format!(
        "{}{path}/{id}?monitor=true&api-version={version}",
        ask.world.endpoints().resource_manager
    );
    let mut response = reply::bare(202);
    reply::set_header(&mut response, "location", &at);
    // Clients treat 0 as missing, and then wait half a minute.
    reply::set_header(&mut response, "retry-after", "1");
    response
}

/// Whether it has ended: 200, with the created object.
pub(super) fn poll(ask: &Ask<'_>, id: &str) -> Answer {
    let known = read(&ask.world.resources).operations.get(id).cloned();
    let missing = || {
        ArmError::new(
            404,
            "OperationNotFound",
            format!("The operation '{id}' was not found."),
        )
    };
    if ask.call.method != Method::GET {
        return Err(ArmError::no_route(ask.call));
    }
    match known.ok_or_else(missing)? {
        None => Ok(reply::bare(200)),
        Some(name) => {
            let account = ask.world.storage_account(&name).ok_or_else(missing)?;
            Ok(reply::json(200, &account_document::render(ask.world, &account)))
        }
    }
}
