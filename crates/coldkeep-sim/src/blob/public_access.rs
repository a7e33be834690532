//! What is readable without a sign-in.

use super::{reply::Refusal, request::Ask};
use crate::{storage::container_rules::PublicAccess, world::StorageAccount};

/// How public access is written; none where there is none.
pub(super) fn access_name(access: PublicAccess) -> Option<&'static str> {
    match access {
        PublicAccess::None => None,
        PublicAccess::Blob => Some("blob"),
        PublicAccess::Container => Some("container"),
    }
}

/// Whether an account lets containers be public: `allowBlobPublicAccess`, off unless it was switched on
/// (<https://learn.microsoft.com/azure/storage/blobs/anonymous-read-access-prevent>).
pub(super) fn may_be_public(account: &StorageAccount) -> bool {
    account
        .other
        .get("allowBlobPublicAccess")
        .and_then(serde_json::Value::as_bool)
        == Some(true)
}

/// `x-ms-blob-public-access`, refused where the account has no public containers.
pub(super) fn public_access(ask: &Ask<'_>) -> Result<PublicAccess, Refusal> {
    let access = ask.header_as("x-ms-blob-public-access", |text| match text {
        "container" => Some(PublicAccess::Container),
        "blob" => Some(PublicAccess::Blob),
        _ => None,
    })?;
    if access.is_some() && !may_be_public(&ask.account) {
        return Err(Refusal::conflict(
            "PublicAccessNotPermitted",
            "Public access is not permitted on this storage account.",
        ));
    }
    Ok(access.unwrap_or_default())
}
