//! Who is asking, and whether they may: bearer tokens by role, account keys, shared access signatures.

use super::{
    address::{Address, header},
    caller::Caller,
    claim::Claim,
    public_access,
    refusals::key_not_permitted,
    reply::Refusal,
    sas,
    shared_key::{self, Scheme},
};
use crate::{
    storage::container_rules::PublicAccess,
    world::{Principal, StorageAccount, TokenRefusal, state::World},
};
use http::StatusCode;

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
    if let Some((scheme, signed)) = authorization.and_then(Scheme::parse) {
        if !account.allow_shared_key {
            return Err(key_not_permitted());
        }
        shared_key::verify(account, claim, scheme, signed, world.machine_now())?;
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

/// The version from which on anonymous callers get the address of a token endpoint:
/// <https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory#bearer-challenge>.
const CHALLENGE_SINCE: &str = "2019-12-12";

/// The earlier answer to anonymous callers:
/// <https://learn.microsoft.com/azure/storage/blobs/anonymous-read-access-prevent>.
fn not_public(account: &StorageAccount) -> Refusal {
    if public_access::may_be_public(account) {
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

/// What anonymous callers are allowed to do with the addressed resource:
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
    (access != PublicAccess::None && public_access::may_be_public(account)).then_some(access)
}

/// The principal that a bearer token stands for.
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
