//! Refusals of several ways to sign in.

use super::reply::Refusal;

pub(super) fn mismatch() -> Refusal {
    Refusal::forbidden(
        "AuthorizationPermissionMismatch",
        "This request is not authorized to perform this operation using this permission.",
    )
}

pub(super) fn key_not_permitted() -> Refusal {
    Refusal::forbidden(
        "KeyBasedAuthenticationNotPermitted",
        "Key based authentication is not permitted on this storage account.",
    )
}
