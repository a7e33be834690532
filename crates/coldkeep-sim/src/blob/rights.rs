//! Whether a caller may do what a request asks for.

use super::{
    address::{Address, Query},
    caller::Caller,
    need::{ADD, Need, WRITE},
    refusals::mismatch,
    reply::Refusal,
    request::Ask,
};
use crate::{
    storage::container_rules::PublicAccess,
    world::{
        Principal, StorageAccount,
        conditions::{Circumstances, SubOperations},
        roles::Asked,
        state::World,
    },
};

/// What a write may do to a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rights {
    pub(super) create: bool,
    pub(super) overwrite: bool,
}

/// What one request addresses, as far as rights go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) world: &'a World,
    pub(super) account: &'a StorageAccount,
    pub(super) address: &'a Address,
    pub(super) query: &'a Query,
    /// What conditions know of the request besides.
    pub(super) does: SubOperations,
}

impl Scope<'_> {
    /// Refuses what `caller` has no right to.
    pub(super) fn require(&self, caller: &Caller, need: Need) -> Result<(), Refusal> {
        match caller {
            _ if self.allows(caller, need) => Ok(()),
            Caller::Signature(grant) => Err(grant.refusal(need.resource)),
            _ => Err(mismatch()),
        }
    }

    /// Refuses what `caller` has no right to by either:
    /// <https://learn.microsoft.com/rest/api/storageservices/create-account-sas#account-sas-permissions-by-operation>.
    pub(super) fn require_either(&self, caller: &Caller, need: Need, other: Need) -> Result<(), Refusal> {
        match self.require(caller, other) {
            Ok(()) => Ok(()),
            Err(_) => self.require(caller, need),
        }
    }

    /// Refuses a caller with a token, or a user-delegation signature, without the permission `need` in the whole
    /// account or, if it is
    /// addressed, the container. Other signatures and keys open what they are for.
    pub(super) fn require_of_token(&self, caller: &Caller, need: Need) -> Result<(), Refusal> {
        let holder = match caller {
            Caller::Owner => None,
            Caller::Anonymous(_) => return Err(mismatch()),
            Caller::Bearer(principal) => Some(principal),
            Caller::Signature(grant) => grant.signer.as_ref(),
        };
        match holder {
            Some(principal) if !self.role_allows(principal, need) => Err(mismatch()),
            _ => Ok(()),
        }
    }

    /// What `caller` may do to the blob addressed; refused if that is nothing.
    pub(super) fn write_rights(&self, caller: &Caller) -> Result<Rights, Refusal> {
        let overwrite = self.allows(caller, WRITE);
        let create = overwrite || self.allows(caller, ADD);
        match caller {
            _ if create => Ok(Rights { create, overwrite }),
            Caller::Signature(grant) => Err(grant.refusal(WRITE.resource)),
            _ => Err(mismatch()),
        }
    }

    pub(super) fn allows(&self, caller: &Caller, need: Need) -> bool {
        match caller {
            Caller::Owner => true,
            Caller::Anonymous(access) => match (need.letter, need.resource) {
                ('r', 'o') => *access != PublicAccess::None,
                ('r' | 'l', 'c') => *access == PublicAccess::Container,
                _ => false,
            },
            Caller::Bearer(principal) => self.role_allows(principal, need),
            Caller::Signature(grant) => {
                grant.allows(need.letter, need.resource, self.address, self.query)
                    && grant
                        .signer
                        .as_ref()
                        .is_none_or(|signer| self.signer_allows(signer, need))
            }
        }
    }

    /// A user delegation signature gives no more than its signer has; creating is allowed to who may write.
    fn signer_allows(&self, signer: &Principal, need: Need) -> bool {
        self.role_allows(signer, need) || (need.letter == ADD.letter && self.role_allows(signer, WRITE))
    }

    fn role_allows(&self, principal: &Principal, need: Need) -> bool {
        let action = format!("Microsoft.Storage/storageAccounts/{}", need.action);
        let asked = Asked {
            action: &action,
            data: need.data,
            circumstances: self.circumstances(need),
        };
        match &self.address.container {
            Some(container) => {
                let scope = self.account.container_id(container);
                self.world.may_do(principal, &scope, &asked)
            }
            None => self.world.may_do(principal, &self.account.resource_id, &asked),
        }
    }

    /// What conditions on role assignments are held against.
    fn circumstances(&self, need: Need) -> Circumstances<'_> {
        let lists = need.lists_blobs();
        Circumstances {
            account: Some(&self.account.name),
            has_directories: Some(self.account.hns),
            container: self.address.container.as_deref(),
            path: self.address.blob.as_deref(),
            prefix: self.query.some("prefix").filter(|_| lists),
            does: SubOperations {
                list: lists,
                ..self.does
            },
        }
    }
}

/// What a request addresses, as far as rights go.
pub(super) fn scope<'a>(ask: &'a Ask<'_>) -> Scope<'a> {
    Scope {
        world: ask.world,
        account: &ask.account,
        address: &ask.address,
        query: &ask.query,
        does: sub_operations(ask),
    }
}

/// What a request does beside its action, as conditions on role assignments have it.
pub(super) fn sub_operations(ask: &Ask<'_>) -> SubOperations {
    let has = |name: &str| ask.headers.contains_key(name);
    SubOperations {
        list: false,
        write_tier: has("x-ms-access-tier"),
        write_with_tags: has("x-ms-tags"),
        read_with_tag_conditions: has("x-ms-if-tags"),
    }
}
