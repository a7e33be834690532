//! Codes of Resource Manager (<https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors>).

use super::Row;
use coldkeep_core::{
    Code, fix,
    problem::{Allowance, Field},
};

pub(super) const ROWS: &[Row] = &[
    ("AuthorizationFailed", Code::PermissionMissing, || {
        "Sign in as a user with the required role at that scope; assigning roles requires Owner, User Access \
         Administrator or Role Based Access Control Administrator."
            .into()
    }),
    ("SubscriptionNotFound", Code::SubscriptionNotFound, || {
        "Check the subscription id, and that it belongs to the tenant that you signed in to.".into()
    }),
    ("ResourceGroupNotFound", Code::ResourceNotFound, || {
        "Check the resource group in the resource id.".into()
    }),
    ("ResourceNotFound", Code::ResourceNotFound, || {
        "Check the resource id; copy it from the portal (JSON view).".into()
    }),
    ("InvalidAuthenticationTokenTenant", Code::UserNotInTenant, || {
        "Sign in to the tenant that the subscription belongs to.".into()
    }),
    ("RoleAssignmentLimitExceeded", Code::LimitReached, || {
        "Remove unused role assignments from the subscription.".into()
    }),
    ("RoleDefinitionLimitExceeded", Code::LimitReached, || {
        fix![
            "The tenant has the maximum number of custom roles (5,000): delete unused ones, or allow the \
             closest built-in roles (",
            Allowance::BuiltInRoles,
            ")."
        ]
    }),
    ("RequestDisallowedByPolicy", Code::AzurePolicyDenied, || {
        fix![
            "A policy of the subscription denies the request, or requires multi-factor authentication: sign \
             in again with it (",
            Field::SignIn.set("browser"),
            ", or `az login` again); the policy's name is in the message, and an administrator can exempt the scope."
        ]
    }),
    ("PrincipalNotFound", Code::ServicePrincipalNotFound, || {
        "Try again in a few minutes: the service principal has not reached Resource Manager yet.".into()
    }),
    ("RoleDefinitionWithSameNameExists", Code::RoleNameTaken, || {
        "Remove or rename the custom role of the same name in the tenant.".into()
    }),
];
