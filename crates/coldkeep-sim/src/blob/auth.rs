//! Who is asking, and whether they may: bearer tokens by role, account keys, shared access signatures.

use http::{HeaderMap, Method, StatusCode};

use super::{
    acl,
    needs::{ADD, Need, WRITE},
    reply::Refusal,
    request::{Address, Query, header},
    sas::{self, Grant, Way},
    shared_key::{self, Scheme},
};
use crate::{
    storage::container_rules::PublicAccess,
    world::{
        Principal, StorageAccount, TokenRefusal,
        conditions::{Circumstances, SubOperations},
        roles::Asked,
        state::World,
    },
};

/// Who is asking.
#[derive(Debug, Clone)]
pub(super) enum Caller {
    /// Somebody who holds an account key: may do everything.
    Owner,
    /// The bearer of a token: may do what their roles say.
    Bearer(Principal),
    /// The holder of a shared access signature.
    Signature(Box<Grant>),
    /// Anybody, in a public container.
    Anonymous(PublicAccess),
}

impl Caller {
    /// How the request log names the caller.
    pub(super) fn log_name(&self) -> String {
        match self {
            Self::Owner => "account key".to_owned(),
            Self::Bearer(principal) => principal.name.clone(),
            Self::Signature(grant) => match &grant.signer {
                Some(signer) => format!("SAS of {}", signer.object_id),
                None => "SAS of account key".to_owned(),
            },
            Self::Anonymous(_) => "anonymous".to_owned(),
        }
    }
}

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

    /// Refuses who has a token, or a signature made with one, and no right to `need` in the whole account or, if it is
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

pub(super) fn mismatch() -> Refusal {
    Refusal::forbidden(
        "AuthorizationPermissionMismatch",
        "This request is not authorized to perform this operation using this permission.",
    )
}

/// What a request says about its sender, before anything is believed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) query: &'a Query,
    pub(super) headers: &'a HeaderMap,
    pub(super) address: &'a Address,
    /// Whether the path was sent without the account, which the host named.
    pub(super) host_style: bool,
    /// The version of the service that is asked for; empty if none is.
    pub(super) version: &'a str,
    pub(super) way: Way,
}

/// Finds out who is asking.
pub(super) fn authenticate(
    world: &World,
    account: &StorageAccount,
    claim: Claim<'_>,
) -> Result<Caller, Refusal> {
    let authorization = header(claim.headers, "authorization");
    let version = claim.version;
    if let Some(token) = authorization.and_then(|value| value.strip_prefix("Bearer ")) {
        if version < BEARER_SINCE {
            let detail = "Authentication scheme Bearer is not supported in this version.";
            return Err(shared_key::refused().detail(shared_key::DETAIL, detail));
        }
        return bearer(world, account, token).map(Caller::Bearer);
    }
    if let Some(signed) = authorization.and_then(Scheme::parse) {
        if !account.allow_shared_key {
            return Err(key_not_permitted());
        }
        shared_key::verify(account, claim, signed, world.machine_now())?;
        return Ok(Caller::Owner);
    }
    if authorization.is_some() {
        return Err(Refusal::bad_request(
            "InvalidAuthenticationInfo",
            "Authentication information is not given in the correct format. Check the value of Authorization header.",
        ));
    }
    if claim.query.some("sig").is_some() {
        return sas::verify(world, account, claim.address, claim.query, Some(claim.way))
            .map(|grant| Caller::Signature(Box::new(grant)));
    }
    if let Some(access) = public_access(world, account, claim.address) {
        return Ok(Caller::Anonymous(access));
    }
    if version < CHALLENGE_SINCE {
        return Err(not_public(account));
    }
    Err(challenge(
        world,
        account,
        "NoAuthenticationInformation",
        "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
    ))
}

/// The version that brought bearer tokens; a request that names none has an older one:
/// <https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory#call-storage-operations-with-oauth-tokens>.
const BEARER_SINCE: &str = "2017-11-09";

/// The version from which on strangers are told where to get a token:
/// <https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory#bearer-challenge>.
const CHALLENGE_SINCE: &str = "2019-12-12";

/// What strangers were told before:
/// <https://learn.microsoft.com/azure/storage/blobs/anonymous-read-access-prevent>.
fn not_public(account: &StorageAccount) -> Refusal {
    if acl::may_be_public(account) {
        return Refusal::new(
            StatusCode::NOT_FOUND,
            "ResourceNotFound",
            "The specified resource does not exist.",
        );
    }
    Refusal::conflict(
        "PublicAccessNotPermitted",
        "Public access is not permitted on this storage account.",
    )
}

/// What anybody may do to what is addressed, if that is anything:
/// <https://learn.microsoft.com/azure/storage/blobs/anonymous-read-access-configure>.
pub(super) fn public_access(
    world: &World,
    account: &StorageAccount,
    address: &Address,
) -> Option<PublicAccess> {
    let container = world
        .blobs
        .container(&account.name, address.container.as_deref()?)?;
    let access = container.facts().rules.public_access;
    (access != PublicAccess::None && acl::may_be_public(account)).then_some(access)
}

/// Whom a bearer token stands for.
pub(super) fn bearer(world: &World, account: &StorageAccount, token: &str) -> Result<Principal, Refusal> {
    let refuse = |message: &str| challenge(world, account, "InvalidAuthenticationInfo", message);
    let principal = world
        .verify_token(token, |audience| audience_fits(audience, &account.name))
        .map_err(|why| {
            refuse(match why {
                TokenRefusal::Expired => "Lifetime validation failed. The token is expired.",
                TokenRefusal::NotYetValid => "Lifetime validation failed. The token is not yet valid.",
                TokenRefusal::WrongAudience(_) => "Audience validation failed. Audience did not match.",
                TokenRefusal::BadSignature => "Signature validation failed.",
                TokenRefusal::Malformed => "Server failed to authenticate the request.",
            })
        })?;
    if principal.tenant_id != account.tenant_id {
        return Err(refuse("Issuer validation failed. Issuer did not match."));
    }
    Ok(principal)
}

/// Tokens are for all of Azure Storage, or for one account.
fn audience_fits(audience: &str, account: &str) -> bool {
    let audience = audience.trim_end_matches('/');
    audience == "https://storage.azure.com"
        || audience == "e406a681-f3d4-42a8-90b6-c2b029497af1"
        || audience
            .strip_prefix("https://")
            .and_then(|host| host.strip_prefix(account))
            .is_some_and(|rest| rest.starts_with(".blob."))
}

pub(super) fn key_not_permitted() -> Refusal {
    Refusal::forbidden(
        "KeyBasedAuthenticationNotPermitted",
        "Key based authentication is not permitted on this storage account.",
    )
}

fn challenge(world: &World, account: &StorageAccount, code: &'static str, message: &str) -> Refusal {
    let authority = format!(
        "{}/{}/oauth2/authorize",
        world.endpoints().login,
        account.tenant_id
    );
    Refusal::new(StatusCode::UNAUTHORIZED, code, message).with(
        "www-authenticate",
        format!("Bearer authorization_uri={authority} resource_id=https://storage.azure.com"),
    )
}
