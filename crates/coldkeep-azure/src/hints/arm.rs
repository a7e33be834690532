//! Codes of Resource Manager (<https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors>).

use super::Row;
use coldkeep_core::Kind;

pub(super) const ROWS: &[Row] = &[
    (
        "AuthorizationFailed",
        Kind::Denied,
        "Sign in as somebody with the needed role there; granting rights needs Owner, User Access Administrator or Role Based Access Control Administrator.",
    ),
    (
        "SubscriptionNotFound",
        Kind::NotFound,
        "Check the subscription id, and that it belongs to the tenant that you signed in to.",
    ),
    (
        "ResourceGroupNotFound",
        Kind::NotFound,
        "Check the resource group in the resource id.",
    ),
    (
        "ResourceNotFound",
        Kind::NotFound,
        "Check the resource id; copy it from the portal (JSON view).",
    ),
    (
        "InvalidAuthenticationTokenTenant",
        Kind::Denied,
        "Sign in to the tenant that the subscription belongs to.",
    ),
    (
        "RoleAssignmentLimitExceeded",
        Kind::Conflict,
        "Remove role assignments that nobody needs from the subscription.",
    ),
    (
        "RoleDefinitionLimitExceeded",
        Kind::Conflict,
        "The tenant has as many custom roles as it can have (5,000): delete some that nobody needs, or take the nearest \
         built-in roles on purpose (`--allow-built-in-roles`).",
    ),
    (
        "RequestDisallowedByPolicy",
        Kind::Denied,
        "A policy of the subscription refuses it, or asks for multi-factor authentication: sign in again with it \
         (`--sign-in browser`, or `az login` again); the policy's name is in the message, and an administrator can exempt the scope.",
    ),
    (
        "PrincipalNotFound",
        Kind::NotFound,
        "Try again in a few minutes: the service principal has not reached Resource Manager yet.",
    ),
    (
        "RoleDefinitionWithSameNameExists",
        Kind::Conflict,
        "Remove or rename the custom role of the same name in the tenant.",
    ),
];
