//! Azure Resource Manager, as far as storage and the rights on it go (<https://learn.microsoft.com/rest/api/resources>).

mod account_document;
mod account_properties;
mod accounts;
mod actions;
mod ask;
mod assignments;
mod auth;
mod blob_service;
mod container_lookup;
mod containers;
mod definitions;
mod error;
mod groups;
mod legal_hold;
mod mfa;
mod operations;
mod providers;
mod retention;
mod router;
mod scope;
mod subscriptions;
mod target;
mod version;

pub(crate) use account_properties::{is_copy_scope, is_sku};
pub(crate) use groups::check_group_name;
pub(crate) use router::{describe_refusal, handle};
pub(crate) use scope::check_scope;
pub(crate) use version::is_location;
