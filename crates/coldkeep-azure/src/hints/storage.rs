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
        "The container is being deleted; restore it in the portal, or wait until it is deleted and create a \
         new one."
            .into()
    }),
    ("ContainerDisabled", Code::ContainerUnavailable, || {
        "The container is disabled; ask the subscription's owner.".into()
    }),
    ("BlobNotFound", Code::BlobNotFound, || {
        "Check the name; the blob may have been deleted.".into()
    }),
    ("AuthorizationPermissionMismatch", Code::PermissionMissing, || {
        "Grant the missing permission at the container; a new grant can take ten minutes to take effect."
            .into()
    }),
    ("AuthorizationFailure", Code::StorageNetworkDenied, || {
        "Check the storage account's network rules, whether it allows this kind of authorization and, where \
         a copy was refused, from where it accepts copies (Configuration, Permitted scope for copy \
         operations)."
            .into()
    }),
    (
        "KeyBasedAuthenticationNotPermitted",
        Code::AccountKeysDisabled,
        || {
            fix![
                "The storage account forbids account keys, and signatures created with them; use a service \
                 account: ",
                Verb::RepositoryEdit.any().with(Field::ServiceAccount),
                "."
            ]
        },
    ),
    ("PublicAccessNotPermitted", Code::AnonymousAccessDisabled, || {
        "The storage account does not allow anonymous access; use a service account.".into()
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
        "The blob is archived; rehydrate it first.".into()
    }),
    ("BlobBeingRehydrated", Code::BlobRehydrating, || {
        "The blob is being rehydrated; wait until it is online.".into()
    }),
    ("BlobImmutableDueToPolicy", Code::BlobLocked, || {
        "The blob is locked; it cannot be changed before the lock ends.".into()
    }),
    ("BlobImmutableDueToLegalHold", Code::BlobLocked, || {
        "The blob is under a legal hold; it cannot be changed before the hold is removed.".into()
    }),
    ("LeaseIdMissing", Code::BlobLocked, || {
        "The blob or container has an active lease; wait, or break the lease in the portal.".into()
    }),
    ("InvalidHeaderValue", Code::AzureRequestInvalid, || {
        fix![
            "Correct what the service names. If it names nothing: the account may not have the requested \
             tier, or the service may not support this API version (the cloud's ",
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
        "A blob with that name exists, and the permissions allow only creating: keep it, choose another \
         folder, or grant `restore-target` if a restore has to overwrite blobs."
            .into()
    }),
    ("OperationTimedOut", Code::ServiceUnavailable, || {
        "The service did not finish in time; try again. If large blobs fail repeatedly, grant `copy-large`, \
         so that they are written in blocks."
            .into()
    }),
];

/// Where a tier is refused, by whichever code
/// (<https://learn.microsoft.com/azure/storage/blobs/access-tiers-overview>).
pub(crate) fn no_such_tier() -> Fix {
    fix![
        "The storage account does not have this tier: Archive needs a general-purpose v2 account with LRS, \
         GRS or RA-GRS, and other tiers an account that is not premium. Choose another account, or another \
         tier: ",
        Verb::RepositoryEdit.any().with(Field::Tier.set("cold")),
        "."
    ]
}
