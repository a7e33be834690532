//! Codes of Blob Storage (<https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes>).

use super::Row;
use coldkeep_core::Kind;

pub(super) const ROWS: &[Row] = &[
    (
        "ContainerNotFound",
        Kind::NotFound,
        "Create the container, or correct its name.",
    ),
    (
        "ContainerBeingDeleted",
        Kind::Conflict,
        "Somebody deleted the container; bring it back in the portal, or wait until it is gone and make a new one.",
    ),
    (
        "BlobNotFound",
        Kind::NotFound,
        "Check the name; the blob may have been deleted.",
    ),
    (
        "AuthorizationPermissionMismatch",
        Kind::Denied,
        "Grant the missing right at the container; a new grant may need ten minutes to be known everywhere.",
    ),
    (
        "AuthorizationFailure",
        Kind::Denied,
        "Check the storage account's network rules, whether it allows this kind of authorization and, where a copy was \
         refused, from where it takes copies (Configuration, Permitted scope for copy operations).",
    ),
    (
        "KeyBasedAuthenticationNotPermitted",
        Kind::Denied,
        "The storage account forbids account keys, and signatures made with them; open it with a service account (`coldkeep repository edit NAME --service-account SA`).",
    ),
    (
        "PublicAccessNotPermitted",
        Kind::Denied,
        "The storage account allows no anonymous access; open it with a service account.",
    ),
    (
        "AuthenticationFailed",
        Kind::Unauthenticated,
        "Check whether the key was rotated or the signature has ended (`coldkeep repository edit` gives a repository new ones), and compare this machine's clock with the real time.",
    ),
    (
        "InvalidAuthenticationInfo",
        Kind::Unauthenticated,
        "Check the service account, and that the cloud's storage audience is right.",
    ),
    (
        "AccountIsDisabled",
        Kind::Denied,
        "The storage account is disabled; ask the subscription's owner.",
    ),
    (
        "ServerBusy",
        Kind::Throttled,
        "Try again later, or lower the job's requests per second.",
    ),
    (
        "BlobArchived",
        Kind::Conflict,
        "The blob is archived; bring it back online first.",
    ),
    (
        "BlobBeingRehydrated",
        Kind::Conflict,
        "The blob is on its way back online; wait until it is there.",
    ),
    (
        "BlobImmutableDueToPolicy",
        Kind::Conflict,
        "The blob is locked; it cannot be changed before the lock ends.",
    ),
    (
        "BlobImmutableDueToLegalHold",
        Kind::Conflict,
        "The blob is under a legal hold; it cannot be changed before somebody lifts the hold.",
    ),
    (
        "LeaseIdMissing",
        Kind::Conflict,
        "Somebody holds a lease on it; wait, or break the lease in the portal.",
    ),
    (
        "InvalidHeaderValue",
        Kind::Invalid,
        "Correct what the service names. Where it names nothing: the account may not have the tier that was asked for, or \
         the service may not know this version of its protocol (the cloud's --api-version).",
    ),
    (
        "BlobAccessTierNotSupportedForAccountType",
        Kind::Unsupported,
        NO_SUCH_TIER,
    ),
    ("InvalidBlobTier", Kind::Unsupported, NO_SUCH_TIER),
    (
        "UnauthorizedBlobOverwrite",
        Kind::Denied,
        "A blob of that name is there, and the rights allow creating only: leave it, choose another folder, or grant \
         `restore-target` where a restore shall overwrite.",
    ),
    (
        "OperationTimedOut",
        Kind::Unavailable,
        "The service did not finish in time; try again. Where large blobs fail so again and again, grant `copy-large`, \
         so that they go in blocks.",
    ),
];

/// Where a tier is refused, by whichever code
/// (<https://learn.microsoft.com/azure/storage/blobs/access-tiers-overview>).
pub(crate) const NO_SUCH_TIER: &str = "The storage account does not have this tier: Archive needs a general-purpose v2 account \
     with LRS, GRS or RA-GRS, and every tier one that is not premium. Choose another (`coldkeep repository edit NAME --tier \
     cold`) or another account.";
