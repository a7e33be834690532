//! Codes of Blob Storage (<https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes>).

use super::Row;
use coldkeep_core::{
    Code, Fix, fix,
    problem::{Field, Verb},
};

pub(super) const ROWS: &[Row] = &[
    ("ContainerNotFound", Code::ContainerNotFound, || {
        "Create the container, or correct its name.".into()
    }),
    ("ContainerBeingDeleted", Code::ContainerUnavailable, || {
        "Somebody deleted the container; bring it back in the portal, or wait until it is gone and make a new one.".into()
    }),
    ("ContainerDisabled", Code::ContainerUnavailable, || {
        "The container is disabled; ask the subscription's owner.".into()
    }),
    ("BlobNotFound", Code::BlobNotFound, || {
        "Check the name; the blob may have been deleted.".into()
    }),
    ("AuthorizationPermissionMismatch", Code::PermissionMissing, || {
        "Grant the missing permission at the container; a new grant may need ten minutes to be known everywhere.".into()
    }),
    ("AuthorizationFailure", Code::StorageNetworkDenied, || {
        "Check the storage account's network rules, whether it allows this kind of authorization and, where a copy was refused, from where it takes copies (Configuration, Permitted scope for copy operations).".into()
    }),
    (
        "KeyBasedAuthenticationNotPermitted",
        Code::AccountKeysDisabled,
        || {
            fix![
                "The storage account forbids account keys, and signatures made with them; open it with a service account: ",
                Verb::RepositoryEdit.any().with(Field::ServiceAccount),
                "."
            ]
        },
    ),
    ("PublicAccessNotPermitted", Code::AnonymousAccessDisabled, || {
        "The storage account allows no anonymous access; open it with a service account.".into()
    }),
    ("AuthenticationFailed", Code::StorageCredentialRefused, || {
        fix![
            "Check whether the key was rotated or the signature has expired, and compare this machine's clock with the real time. Give the repository a new credential: ",
            Verb::RepositoryEdit.any(),
            "."
        ]
    }),
    ("InvalidAuthenticationInfo", Code::NotAuthenticated, || {
        "Check the service account, and that the cloud's storage audience is right.".into()
    }),
    ("AccountIsDisabled", Code::StorageAccountDisabled, || {
        "The storage account is disabled; ask the subscription's owner.".into()
    }),
    ("ServerBusy", Code::Throttled, || {
        "Try again later, or lower the job's requests per second.".into()
    }),
    ("BlobArchived", Code::BlobArchived, || {
        "The blob is archived; bring it back online first.".into()
    }),
    ("BlobBeingRehydrated", Code::BlobRehydrating, || {
        "The blob is on its way back online; wait until it is there.".into()
    }),
    ("BlobImmutableDueToPolicy", Code::BlobLocked, || {
        "The blob is locked; it cannot be changed before the lock ends.".into()
    }),
    ("BlobImmutableDueToLegalHold", Code::BlobLocked, || {
        "The blob is under a legal hold; it cannot be changed before somebody lifts the hold.".into()
    }),
    ("LeaseIdMissing", Code::BlobLocked, || {
        "Somebody holds a lease on it; wait, or break the lease in the portal.".into()
    }),
    ("InvalidHeaderValue", Code::AzureRequestInvalid, || {
        fix![
            "Correct what the service names. Where it names nothing: the account may not have the tier that was asked for, or the service may not know this version of its protocol (the cloud's ",
            Field::ApiVersion,
            ")."
        ]
    }),
    (
        "BlobAccessTierNotSupportedForAccountType",
        Code::TierUnsupported,
        no_such_tier,
    ),
    ("InvalidBlobTier", Code::TierUnsupported, no_such_tier),
    ("UnauthorizedBlobOverwrite", Code::BlobOverwriteNotAllowed, || {
        "A blob of that name is there, and the permissions allow creating only: leave it, choose another folder, or grant `restore-target` where a restore shall overwrite.".into()
    }),
    ("OperationTimedOut", Code::ServiceUnavailable, || {
        "The service did not finish in time; try again. Where large blobs fail so again and again, grant `copy-large`, so that they go in blocks.".into()
    }),
];

/// Where a tier is refused, by whichever code
/// (<https://learn.microsoft.com/azure/storage/blobs/access-tiers-overview>).
pub(crate) fn no_such_tier() -> Fix {
    fix![
        "The storage account does not have this tier: Archive needs a general-purpose v2 account with LRS, GRS or RA-GRS, and \
         every tier one that is not premium. Choose another account, or another tier: ",
        Verb::RepositoryEdit.any().with(Field::Tier.set("cold")),
        "."
    ]
}
