//! The account that a request is about.

use super::{
    account_document::TYPE,
    ask::{Ask, require},
    error::ArmError,
    scope::AccountPath,
};
use crate::world::StorageAccount;
use std::sync::Arc;

/// One account as a request names it, and what there is of it.
pub(super) struct Target<'a> {
    pub(super) ask: &'a Ask<'a>,
    pub(super) place: AccountPath<'a>,
    pub(super) found: Option<Arc<StorageAccount>>,
}

impl Target<'_> {
    /// Refuses a caller that does not hold an action of the storage provider on the account (or, with a container, there). Who may
    /// not look learns nothing: not even that there is nothing.
    pub(super) fn require(&self, container: Option<&str>, action: &str) -> Result<(), ArmError> {
        let asked = self.place.account_id();
        let base = self.found.as_ref().map_or(asked.as_str(), |a| &a.resource_id);
        let scope = match container {
            Some(name) => format!("{base}/blobServices/default/containers/{name}"),
            None => base.to_owned(),
        };
        require(self.ask, &scope, &format!("{TYPE}/{action}"))
    }

    /// The account. Errors: there is none.
    pub(super) fn account(&self) -> Result<Arc<StorageAccount>, ArmError> {
        self.found
            .clone()
            .ok_or_else(|| ArmError::no_resource(&format!("{TYPE}/{}", self.place.account), self.place.group))
    }
}
