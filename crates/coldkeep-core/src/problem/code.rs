//! What a failure is, for programs: one stable word each, with its one kind. `docs/codes.md` is generated from this table.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What sort of failure it is: few kinds, each with one reaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The input cannot be used as it is.
    Invalid,
    /// The named thing does not exist.
    NotFound,
    /// It exists already, is in use, or was changed in the meantime.
    Conflict,
    /// The credential is not accepted.
    Unauthenticated,
    /// The credential is accepted, the permission is missing.
    Denied,
    /// Something has expired (a certificate, a sign-in).
    Expired,
    /// The service asks to slow down.
    Throttled,
    /// The service cannot be reached or is failing; later it may work.
    Unavailable,
    /// The service, or this version of Coldkeep, does not do that.
    Unsupported,
    /// What is stored is not what was written.
    Corrupt,
    /// It was stopped on purpose.
    Cancelled,
    /// A defect of Coldkeep.
    Internal,
}

impl Kind {
    /// The stable word used in REST's `kind` member.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Invalid => "invalid",
            Kind::NotFound => "not_found",
            Kind::Conflict => "conflict",
            Kind::Unauthenticated => "unauthenticated",
            Kind::Denied => "denied",
            Kind::Expired => "expired",
            Kind::Throttled => "throttled",
            Kind::Unavailable => "unavailable",
            Kind::Unsupported => "unsupported",
            Kind::Corrupt => "corrupt",
            Kind::Cancelled => "cancelled",
            Kind::Internal => "internal",
        }
    }
}

macro_rules! codes {
    ($($variant:ident, $word:literal, $kind:ident, $meaning:literal;)*) => {
        /// What failed, or what a check found. A word is never renamed, and never gets another kind.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Code { $(#[doc = $meaning] $variant,)* }

        impl Code {
            /// All of them, by their words.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stable word.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The one sort of failure that it is.
            pub fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind,)* }
            }

            /// What it means, as a sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

codes! {
    AccessTokenExpired, "access_token_expired", Expired, "An access token has expired.";
    AccessTokenInvalid, "access_token_invalid", Invalid, "The value is not an access token for that service.";
    AccountKeyInvalid, "account_key_invalid", Invalid, "A storage account's key is not base64.";
    AccountKeysDisabled, "account_keys_disabled", Denied, "The storage account forbids account keys and the signatures created with them.";
    AnonymousAccessDisabled, "anonymous_access_disabled", Denied, "The storage account does not allow anonymous access.";
    ApplicationDeleted, "application_deleted", Conflict, "The application is among the tenant's deleted applications and still occupies its unique name.";
    ApplicationDisabled, "application_disabled", Denied, "The application is disabled in the tenant.";
    ApplicationIdInvalid, "application_id_invalid", Invalid, "The value is not an application (client) id.";
    ApplicationIsPublicClient, "application_is_public_client", Invalid, "The application is a public client, which cannot have a credential.";
    ApplicationKeysNotAllowed, "application_keys_not_allowed", Denied, "The signed-in user is not allowed to add keys to the application.";
    ApplicationNameTaken, "application_name_taken", Conflict, "The tenant already has an application with that name.";
    ApplicationNotAssigned, "application_not_assigned", Denied, "The user or the application is not assigned to the application it requests.";
    ApplicationNotFound, "application_not_found", NotFound, "The tenant has no such application.";
    ApplicationProofRefused, "application_proof_refused", Unauthenticated, "Microsoft Graph refused the proof that the application has its key.";
    ApplicationRegistrationNotAllowed, "application_registration_not_allowed", Denied, "The signed-in user is not allowed to register applications.";
    ApplicationSignInBlocked, "application_sign_in_blocked", Denied, "A Conditional Access policy for workload identities refuses the application's own sign-in.";
    AssignmentConditionDiffers, "assignment_condition_differs", Conflict, "The role is already assigned at that scope, under another condition.";
    AudienceUnknown, "audience_unknown", NotFound, "The tenant does not know the audience that a token was requested for.";
    AzureCliCloudDiffers, "azure_cli_cloud_differs", Invalid, "The Azure CLI is set to another cloud.";
    AzureCliFailed, "azure_cli_failed", Unauthenticated, "The Azure CLI returned no token.";
    AzureCliOutputUnexpected, "azure_cli_output_unexpected", Unsupported, "The output of the Azure CLI is unexpected.";
    AzureCliUnavailable, "azure_cli_unavailable", Unavailable, "The Azure CLI cannot be run.";
    AzureConflict, "azure_conflict", Conflict, "A service reports a conflict with what exists.";
    AzureFeatureUnsupported, "azure_feature_unsupported", Unsupported, "The service does not offer the requested feature.";
    AzureObjectNotFound, "azure_object_not_found", NotFound, "The requested resource does not exist in the service.";
    AzurePolicyDenied, "azure_policy_denied", Denied, "A policy of the subscription refuses the request.";
    AzureRequestInvalid, "azure_request_invalid", Invalid, "A service rejected the request as invalid.";
    BlobArchived, "blob_archived", Conflict, "The blob is in the archive tier.";
    BlobChanged, "blob_changed", Conflict, "A source blob changed after the snapshot time, and its state at that time is lost.";
    BlobDeleted, "blob_deleted", Conflict, "A source blob was deleted before it could be copied.";
    BlobEncryptedByCustomerKey, "blob_encrypted_by_customer_key", Unsupported, "The blob is encrypted with a customer-provided key, which Coldkeep does not have.";
    BlobLocked, "blob_locked", Conflict, "A lease, a policy or a legal hold protects the blob.";
    BlobNameNotRestorable, "blob_name_not_restorable", Unsupported, "The blob's name cannot exist at the destination.";
    BlobNotFound, "blob_not_found", NotFound, "The blob does not exist.";
    BlobNotInPoint, "blob_not_in_point", NotFound, "The restore point has no blob of that name.";
    BlobOfPages, "blob_of_pages", Unsupported, "Page blobs cannot be copied into block blobs.";
    BlobOffline, "blob_offline", Unsupported, "The blob is in the archive tier and cannot be read.";
    BlobOverwriteNotAllowed, "blob_overwrite_not_allowed", Denied, "A blob of that name exists, and the permissions allow creating only.";
    BlobPacked, "blob_packed", Unsupported, "The blob's content is in a pack, which this version cannot read.";
    BlobRehydrating, "blob_rehydrating", Conflict, "The blob is being rehydrated from the archive tier.";
    BlobTooLarge, "blob_too_large", Denied, "The permissions at the target are not sufficient for blobs of that size.";
    BlobTooLargeForRelay, "blob_too_large_for_relay", Unsupported, "The blob is too large to be relayed through this host.";
    BrowserNotReachable, "browser_not_reachable", Unavailable, "No loopback address is available for the browser's response.";
    BuildWithoutFeature, "build_without_feature", Unsupported, "This build of Coldkeep does not include that feature.";
    CaCertificatesInvalid, "ca_certificates_invalid", Invalid, "The file of trusted certificates cannot be used.";
    CertificateAlreadyUsed, "certificate_already_used", Conflict, "The service account already uses this certificate.";
    CertificateDamaged, "certificate_damaged", Corrupt, "A stored certificate or its key cannot be read.";
    CertificateExists, "certificate_exists", Conflict, "The certificate is already in the store.";
    CertificateExpired, "certificate_expired", Expired, "The certificate has expired.";
    CertificateFolderNotFound, "certificate_folder_not_found", NotFound, "The folder is not among the certificate folders.";
    CertificateFolderUnreadable, "certificate_folder_unreadable", Invalid, "The certificate folder cannot be read.";
    CertificateInFolder, "certificate_in_folder", Conflict, "The certificate comes from a certificate folder and cannot be removed separately.";
    CertificateInUse, "certificate_in_use", Conflict, "Service accounts use the certificate.";
    CertificateInvalid, "certificate_invalid", Invalid, "The certificate cannot be used.";
    CertificateKeyMismatch, "certificate_key_mismatch", Invalid, "The private key does not belong to the certificate.";
    CertificateKeyNotExportable, "certificate_key_not_exportable", Invalid, "The private key is not in the store and cannot be exported.";
    CertificateKeyReplaced, "certificate_key_replaced", Conflict, "The key in the key file does not belong to the certificate.";
    CertificateNameTaken, "certificate_name_taken", Conflict, "A certificate with that name already exists.";
    CertificateNotFound, "certificate_not_found", NotFound, "The certificate does not exist.";
    CertificateNotRegistered, "certificate_not_registered", Unauthenticated, "The certificate is not registered with the application.";
    CertificateNotYetValid, "certificate_not_yet_valid", Invalid, "The certificate is not valid yet.";
    CertificateRevoked, "certificate_revoked", Unauthenticated, "The certificate was revoked.";
    CertificateStoreEmpty, "certificate_store_empty", NotFound, "The certificate store is empty.";
    CertificateUnregistered, "certificate_unregistered", Invalid, "A new certificate would not be registered with the application.";
    ChoiceUnknown, "choice_unknown", Invalid, "The value is not one of the choices.";
    ClaimsNeeded, "claims_needed", Unauthenticated, "The service requires more from the signed-in user, such as multi-factor authentication.";
    ClockDiffers, "clock_differs", Unauthenticated, "This machine's clock differs too much from the service's.";
    ClockStandsStill, "clock_stands_still", Unavailable, "The clock of a storage account does not advance.";
    CloudBuiltIn, "cloud_built_in", Conflict, "Built-in clouds cannot be changed or removed.";
    CloudNameTaken, "cloud_name_taken", Conflict, "A cloud with that name already exists.";
    CloudNotFound, "cloud_not_found", NotFound, "The cloud does not exist.";
    ConditionalAccessBlocks, "conditional_access_blocks", Denied, "A Conditional Access policy refuses the sign-in.";
    ConfirmationDeclined, "confirmation_declined", Cancelled, "The question was not answered with yes.";
    ConsentMissing, "consent_missing", Denied, "An administrator of the tenant has to consent to the application.";
    ContainerNameInvalid, "container_name_invalid", Invalid, "The container name is not valid.";
    ContainerNotFound, "container_not_found", NotFound, "The container does not exist.";
    ContainerUnavailable, "container_unavailable", Conflict, "The container is being deleted, or is disabled.";
    ContentDamaged, "content_damaged", Corrupt, "Content is missing, or differs from what was recorded.";
    CredentialEndUnknown, "credential_end_unknown", Expired, "It is not known when a credential expires.";
    CredentialExpired, "credential_expired", Expired, "The credential has expired.";
    CredentialExpiresSoon, "credential_expires_soon", Expired, "A credential expires soon.";
    CredentialReplaced, "credential_replaced", Conflict, "A replaced credential is still registered.";
    DataDirInUse, "data_dir_in_use", Conflict, "Another process uses the data folder.";
    DataDirNotPrivate, "data_dir_not_private", Denied, "Others can write to the data folder.";
    DataDirNotWritable, "data_dir_not_writable", Denied, "The data folder cannot be written.";
    DataDirUnusable, "data_dir_unusable", Invalid, "The folder for Coldkeep's data does not exist, or it cannot be used.";
    DatabaseAddressInvalid, "database_address_invalid", Invalid, "The database's address cannot be used.";
    DatabaseDamaged, "database_damaged", Corrupt, "The database is damaged.";
    DatabaseLoginRefused, "database_login_refused", Unauthenticated, "The database does not accept the user.";
    DatabaseNotFound, "database_not_found", NotFound, "The database does not exist.";
    DatabasePermissionMissing, "database_permission_missing", Denied, "The database cannot be opened or written by this user.";
    DatabaseRecordUnreadable, "database_record_unreadable", Corrupt, "A record in the database cannot be read.";
    DatabaseUnavailable, "database_unavailable", Unavailable, "The database cannot be reached.";
    DiskFull, "disk_full", Unavailable, "The disk is full, or the output cannot be written.";
    EditEmpty, "edit_empty", Invalid, "The request changes nothing.";
    EndpointInvalid, "endpoint_invalid", Invalid, "An address is not an https URL that can be used.";
    FederatedCredential, "federated_credential", Conflict, "The application accepts tokens of another issuer as its credential.";
    FieldMissing, "field_missing", Invalid, "A required value is missing.";
    FileNotFound, "file_not_found", NotFound, "A file does not exist.";
    FilePermissionMissing, "file_permission_missing", Denied, "The user that runs Coldkeep is not allowed to read or write a file.";
    FileUnreadable, "file_unreadable", Invalid, "A file cannot be read.";
    FileUnwritable, "file_unwritable", Invalid, "A file cannot be written.";
    FilterInvalid, "filter_invalid", Invalid, "A filter is not a glob that can be used.";
    FolderInvalid, "folder_invalid", Invalid, "The folder's name cannot be used there.";
    FolderUnusable, "folder_unusable", Unavailable, "A working folder cannot be used.";
    ForeignCertificate, "foreign_certificate", Conflict, "The application has a certificate that Coldkeep does not know.";
    ForeignCertificateOfPrincipal, "foreign_certificate_of_principal", Conflict, "The service principal has a certificate that Coldkeep does not know.";
    ForeignSecret, "foreign_secret", Conflict, "The application has a secret that Coldkeep does not know.";
    ForeignSecretOfPrincipal, "foreign_secret_of_principal", Conflict, "The service principal has a secret that Coldkeep does not know.";
    FormInvalid, "form_invalid", Invalid, "The form was not sent by a page of this server, or is incomplete.";
    FormatUnsupported, "format_unsupported", Unsupported, "A newer version of Coldkeep wrote it.";
    GrantGivenTwice, "grant_given_twice", Invalid, "The same permission set is requested twice at one scope.";
    GrantInvalid, "grant_invalid", Invalid, "A grant lacks its permission set or its scope.";
    GrantNotFound, "grant_not_found", NotFound, "The service account does not have that grant.";
    GrantNotOurs, "grant_not_ours", Conflict, "Coldkeep did not create that role assignment.";
    GrantSignInMissing, "grant_sign_in_missing", Invalid, "Grants were given, but changes in Azure were not requested.";
    HostNotAllowed, "host_not_allowed", Denied, "A request would go to a host that the cloud does not name.";
    IdInvalid, "id_invalid", Invalid, "The value is not an id.";
    InternalError, "internal_error", Internal, "An internal error of Coldkeep.";
    JobNameTaken, "job_name_taken", Conflict, "A job with that name already exists.";
    JobNotFound, "job_not_found", NotFound, "The job does not exist.";
    JobRateInvalid, "job_rate_invalid", Invalid, "The maximum number of requests per second is not a positive number.";
    JobRunning, "job_running", Conflict, "The job is already running.";
    KeyAddressInvalid, "key_address_invalid", Invalid, "The pkcs11 address cannot be used, or matches several objects.";
    KeyEncrypted, "key_encrypted", Invalid, "The private key is encrypted.";
    KeyFileExposed, "key_file_exposed", Invalid, "Other users can read or write the file of a private key.";
    KeySizeInvalid, "key_size_invalid", Invalid, "RSA keys of that size are not supported.";
    KeyUnusable, "key_unusable", Invalid, "The private key is of a kind that cannot be used.";
    LeaseHeld, "lease_held", Conflict, "Another process is already doing this.";
    LeaseLost, "lease_lost", Conflict, "Another process took over the work of this process.";
    LimitReached, "limit_reached", Conflict, "A limit of the tenant or the subscription is reached.";
    ListenAddressInvalid, "listen_address_invalid", Invalid, "The server listens on this machine's own addresses only.";
    ListenAddressUnavailable, "listen_address_unavailable", Unavailable, "Nothing can listen at that address.";
    ListingEndless, "listing_endless", Unavailable, "A listing does not come to an end.";
    ListingUnsupported, "listing_unsupported", Unsupported, "A list is longer than Coldkeep reads, or its pages form a loop.";
    MarkerDamaged, "marker_damaged", Corrupt, "The marker of a target is damaged, or differs from the one that was seen earlier.";
    MarkerUnproven, "marker_unproven", Corrupt, "No record proves which writer the target belongs to.";
    MarkerUnreadable, "marker_unreadable", Conflict, "The marker cannot be read back.";
    MarkerWriterUnknown, "marker_writer_unknown", Invalid, "The target's first writer is not known here.";
    MasterKeyInDataDir, "master_key_in_data_dir", Denied, "The master key is in the data folder, together with the secrets it seals.";
    MasterKeyInvalid, "master_key_invalid", Invalid, "The file does not hold a usable master key.";
    MasterKeyMissing, "master_key_missing", Denied, "The master key that opens the database's secrets is missing.";
    MasterKeyNoteDamaged, "master_key_note_damaged", Corrupt, "The note about the change of the master key cannot be read.";
    MasterKeyOther, "master_key_other", Invalid, "The secret was stored under another master key.";
    MasterKeyPathTaken, "master_key_path_taken", Conflict, "The file for the new master key already exists.";
    MasterKeyReplaced, "master_key_replaced", Conflict, "Another process replaced the master key.";
    MasterKeyUnavailable, "master_key_unavailable", Unavailable, "The master key's file cannot be read or written.";
    MasterKeyWrong, "master_key_wrong", Denied, "The database's secrets are sealed under another master key.";
    MethodNotAllowed, "method_not_allowed", Invalid, "The path does not support this method.";
    ModuleNotFound, "module_not_found", NotFound, "No PKCS#11 module was found.";
    ModuleUnusable, "module_unusable", Invalid, "The PKCS#11 module, or the key in the token, cannot be used.";
    NameInvalid, "name_invalid", Invalid, "The name cannot be used.";
    NameTaken, "name_taken", Conflict, "The name is already in use.";
    NamespaceHierarchical, "namespace_hierarchical", Unsupported, "Storage accounts with a hierarchical namespace cannot be targets.";
    NetworkCertificateUntrusted, "network_certificate_untrusted", Unavailable, "The server's TLS certificate is not trusted.";
    NotAuthenticated, "not_authenticated", Unauthenticated, "The service does not accept the credential.";
    ObjectIdInvalid, "object_id_invalid", Invalid, "The value is not an object id.";
    OriginNotAllowed, "origin_not_allowed", Denied, "The request comes from a page of another site, or names another host.";
    PasswordInvalid, "password_invalid", Invalid, "The password cannot be used.";
    PasswordUnsuitable, "password_unsuitable", Invalid, "The password is too short, too long or too easy to guess.";
    PathInvalid, "path_invalid", Invalid, "The path cannot be used.";
    PemInvalid, "pem_invalid", Invalid, "The PEM text lacks something, or is damaged.";
    PermissionMissing, "permission_missing", Denied, "The credential is accepted, but a permission is missing.";
    PermissionSetMisplaced, "permission_set_misplaced", Invalid, "The permission set cannot be granted at that kind of scope.";
    PermissionSetUnknown, "permission_set_unknown", Invalid, "The permission set does not exist.";
    PersonNameInvalid, "person_name_invalid", Invalid, "The user name is empty, too long, or has control characters.";
    PfxEncryptionUnsupported, "pfx_encryption_unsupported", Invalid, "The PFX is protected in a way that is not supported.";
    PfxHasSeveralKeys, "pfx_has_several_keys", Invalid, "The PFX holds several keys or certificates to choose from.";
    PfxInvalid, "pfx_invalid", Invalid, "The file is not a PFX with a key and its certificate.";
    PfxKeyNotFound, "pfx_key_not_found", Invalid, "The PFX holds no key with that name.";
    PfxPasswordNeeded, "pfx_password_needed", Invalid, "The PFX is protected by a password, and none was given.";
    PfxPasswordWrong, "pfx_password_wrong", Invalid, "The password does not open the PFX.";
    PinNeeded, "pin_needed", Invalid, "The token asks for a PIN.";
    PinRefused, "pin_refused", Denied, "The token refused the PIN, or has locked it.";
    PlanChanged, "plan_changed", Conflict, "The plan has changed since it was confirmed.";
    PointAddressInvalid, "point_address_invalid", Invalid, "The value is not a restore point.";
    PointAmbiguous, "point_ambiguous", Conflict, "Several restore points have that id.";
    PointDamaged, "point_damaged", Corrupt, "The restore point is damaged.";
    PointNotFound, "point_not_found", NotFound, "The restore point does not exist.";
    PointRecordTooLong, "point_record_too_long", Unsupported, "The restore point's record would be too long.";
    PolicyForbidsApplication, "policy_forbids_application", Invalid, "The tenant's policy forbids single-tenant applications.";
    PolicyForbidsCredential, "policy_forbids_credential", Invalid, "The tenant's policy forbids this kind of credential.";
    PolicyLimitsLifetime, "policy_limits_lifetime", Invalid, "The tenant's policy limits how long credentials may be valid.";
    ProxyInvalid, "proxy_invalid", Invalid, "The address, user or password of the proxy cannot be used.";
    ProxyRefused, "proxy_refused", Unavailable, "The proxy blocks the request, or does not accept its user.";
    ProxySchemeUnsupported, "proxy_scheme_unsupported", Unsupported, "The proxy's protocol is not supported.";
    ProxyUnreachable, "proxy_unreachable", Unavailable, "The proxy cannot be reached.";
    RandomUnavailable, "random_unavailable", Unavailable, "The operating system returned no random numbers.";
    RecordNotTrusted, "record_not_trusted", Conflict, "A blob among a target's records is not a trusted record.";
    ReferenceGone, "reference_gone", Conflict, "The record refers to something that no longer exists.";
    RenewalNeedsSignIn, "renewal_needs_sign_in", Unauthenticated, "The application cannot renew its own credential.";
    RenewalNotRunning, "renewal_not_running", Conflict, "No renewal is in progress.";
    RenewalRunning, "renewal_running", Conflict, "A renewal is in progress.";
    RenewalUnsupported, "renewal_unsupported", Invalid, "The server cannot renew this kind of credential.";
    RepositoryEmpty, "repository_empty", NotFound, "Nothing has been copied into the repository yet, so there is nothing to attach.";
    RepositoryInUse, "repository_in_use", Conflict, "A job uses the repository.";
    RepositoryNameTaken, "repository_name_taken", Conflict, "A repository with that name already exists.";
    RepositoryNotCopiedInto, "repository_not_copied_into", Invalid, "Nothing has been copied into the repository yet.";
    RepositoryNotFound, "repository_not_found", NotFound, "The repository does not exist.";
    RepositorySlow, "repository_slow", Unavailable, "The repository did not respond in time.";
    RepositoryUnopened, "repository_unopened", Invalid, "The repository has no credential.";
    RequestBodyInvalid, "request_body_invalid", Invalid, "The request's body is not valid, is too long or arrived too slowly.";
    RequestQueryInvalid, "request_query_invalid", Invalid, "The request's query is not valid.";
    ResourceIdInvalid, "resource_id_invalid", Invalid, "The value is not a usable resource id.";
    ResourceNotFound, "resource_not_found", NotFound, "The resource does not exist, or is not visible to the signed-in user.";
    ResourceNotVisible, "resource_not_visible", Denied, "The signed-in user is not allowed to see the resource.";
    RestoreDestinationInTarget, "restore_destination_in_target", Conflict, "The destination overlaps a Coldkeep target.";
    RestoreDestinationOccupied, "restore_destination_occupied", Conflict, "The destination has another blob, or a blob there changed during the restore.";
    RestoreDestinationStopped, "restore_destination_stopped", Cancelled, "Nothing more can be written to the destination.";
    RestorePlaceInvalid, "restore_place_invalid", Invalid, "Nothing can be restored into that container.";
    RightsBeyondGrants, "rights_beyond_grants", Conflict, "The application has a role that Coldkeep did not grant.";
    RoleAssignmentNotAllowed, "role_assignment_not_allowed", Denied, "The signed-in user is not allowed to assign roles there.";
    RoleChanged, "role_changed", Conflict, "A role that Coldkeep created grants other permissions than it should.";
    RoleDefinitionNotAllowed, "role_definition_not_allowed", Denied, "The signed-in user is not allowed to create custom roles there.";
    RoleGivesLess, "role_gives_less", Conflict, "A role that Coldkeep created was edited: it grants less than it should.";
    RoleGivesMore, "role_gives_more", Conflict, "A role that Coldkeep created was edited: it grants more than it should.";
    RoleGone, "role_gone", NotFound, "The definition of a granted role no longer exists.";
    RoleNameTaken, "role_name_taken", Conflict, "The tenant already has a custom role with that name.";
    RoleOutdated, "role_outdated", Conflict, "A role is not the one that this version assigns.";
    RoleTooLow, "role_too_low", Denied, "The role of the signed-in person does not include this.";
    RouteNotFound, "route_not_found", NotFound, "The API has no such path.";
    RunNotFound, "run_not_found", NotFound, "The run does not exist.";
    RunStopped, "run_stopped", Cancelled, "The run was cancelled.";
    SasExpired, "sas_expired", Expired, "The shared access signature has expired.";
    SasInvalid, "sas_invalid", Invalid, "The value is not a shared access signature that is valid now.";
    ScriptCertificateGone, "script_certificate_gone", NotFound, "The certificate that the script registered is not in the store.";
    ScriptInvalid, "script_invalid", Invalid, "The script cannot be written, or its result line cannot be used.";
    ScriptUsed, "script_used", Conflict, "A service account was already created from this script.";
    SecondFactorNeeded, "second_factor_needed", Denied, "The tenant requires multi-factor authentication.";
    SecretDamaged, "secret_damaged", Corrupt, "A stored secret cannot be decrypted.";
    SecretExpired, "secret_expired", Expired, "The client secret has expired.";
    SecretMissing, "secret_missing", NotFound, "A secret is not in the store.";
    SecretMoved, "secret_moved", Denied, "A secret was stored for another destination.";
    SecretNotPossible, "secret_not_possible", Invalid, "A new application has no secret yet.";
    SecretRefused, "secret_refused", Unauthenticated, "The application does not have this secret.";
    ServerAnswerInvalid, "server_answer_invalid", Unsupported, "The server is not a Coldkeep server of this version.";
    ServerTokenFileUnusable, "server_token_file_unusable", Denied, "The server's token file cannot be used.";
    ServerTokenMissing, "server_token_missing", Unauthenticated, "The request has no token, or another token than this server's.";
    ServerTokenUnusable, "server_token_unusable", Invalid, "The token has characters that cannot be sent.";
    ServerUnreachable, "server_unreachable", Unavailable, "The Coldkeep server cannot be reached.";
    ServiceAccountBeingRemoved, "service_account_being_removed", Conflict, "The service account is being removed.";
    ServiceAccountCloudDiffers, "service_account_cloud_differs", Invalid, "The service account belongs to another cloud.";
    ServiceAccountDiffers, "service_account_differs", Conflict, "The unfinished service account belongs to another cloud, tenant or application.";
    ServiceAccountInUse, "service_account_in_use", Conflict, "Repositories use the service account.";
    ServiceAccountIncomplete, "service_account_incomplete", Conflict, "The service account is not set up completely.";
    ServiceAccountNameTaken, "service_account_name_taken", Conflict, "A service account with that name already exists.";
    ServiceAccountNotFound, "service_account_not_found", NotFound, "The service account does not exist.";
    ServiceAccountNotMovable, "service_account_not_movable", Invalid, "The application of a service account cannot be changed.";
    ServiceAnswerUnexpected, "service_answer_unexpected", Unavailable, "The service's response is unexpected.";
    ServicePrincipalNotFound, "service_principal_not_found", NotFound, "The tenant has no service principal of the application, or it has not been replicated everywhere yet.";
    ServiceUnavailable, "service_unavailable", Unavailable, "The service cannot be reached or is failing.";
    SetupClosed, "setup_closed", Conflict, "The first administrator exists already.";
    SetupLinkInvalid, "setup_link_invalid", Denied, "The one-time link is wrong, used or expired.";
    SignInAddressInvalid, "sign_in_address_invalid", Invalid, "The sign-in address is not valid.";
    SignInAnswerInvalid, "sign_in_answer_invalid", Invalid, "The browser's response does not belong to this sign-in, or is not valid.";
    SignInClientNotAllowed, "sign_in_client_not_allowed", Denied, "The tenant does not allow signing in with this public client.";
    SignInClientUnsupported, "sign_in_client_unsupported", Invalid, "The public client does not accept the redirect to this machine.";
    SignInDeclined, "sign_in_declined", Cancelled, "The sign-in was declined.";
    SignInElsewhere, "sign_in_elsewhere", Conflict, "Another server holds the sign-in.";
    SignInEnded, "sign_in_ended", Conflict, "The sign-in has ended, or is waiting for something else.";
    SignInExpired, "sign_in_expired", Expired, "The sign-in or its code has expired.";
    SignInFailed, "sign_in_failed", Unauthenticated, "The sign-in failed.";
    SignInNeeded, "sign_in_needed", Unauthenticated, "A sign-in is required.";
    SignInNotFound, "sign_in_not_found", NotFound, "The sign-in does not exist.";
    SignInOtherCloud, "sign_in_other_cloud", Invalid, "The sign-in is for another cloud.";
    SignInOtherTenant, "sign_in_other_tenant", Invalid, "The sign-in is for another tenant.";
    SignInPending, "sign_in_pending", Unauthenticated, "The sign-in is not finished yet.";
    SignInRefused, "sign_in_refused", Unauthenticated, "The user name or the password is wrong.";
    SignInWayBlocked, "sign_in_way_blocked", Denied, "The tenant does not allow this sign-in method.";
    SignInsTooMany, "sign_ins_too_many", Throttled, "Too many sign-ins were refused in a short time.";
    SocketUnusable, "socket_unusable", Denied, "The server's socket cannot be opened.";
    SourceOverlapsTarget, "source_overlaps_target", Invalid, "Source and target overlap.";
    StillInUse, "still_in_use", Conflict, "The object is still in use.";
    StorageAccountDisabled, "storage_account_disabled", Denied, "The storage account is disabled.";
    StorageAccountNameInvalid, "storage_account_name_invalid", Invalid, "The storage account name is not valid.";
    StorageAccountNotFound, "storage_account_not_found", NotFound, "The storage account or the container does not exist.";
    StorageCredentialRefused, "storage_credential_refused", Unauthenticated, "The storage account does not accept the key or the shared access signature.";
    StorageNetworkDenied, "storage_network_denied", Denied, "The storage account's network rules or its settings refuse the request.";
    SubscriptionIdInvalid, "subscription_id_invalid", Invalid, "The subscription id is not a GUID.";
    SubscriptionNotFound, "subscription_not_found", NotFound, "The subscription does not exist, or is not visible to the signed-in user.";
    TargetBusy, "target_busy", Conflict, "Other writers keep writing to the target.";
    TargetDamaged, "target_damaged", Corrupt, "A blob in the target is missing, or is not what Coldkeep wrote.";
    TargetFull, "target_full", Conflict, "The target has no free number for another record.";
    TargetNameTaken, "target_name_taken", Conflict, "Every new name in the target was already in use.";
    TargetNested, "target_nested", Conflict, "The target is inside another target.";
    TargetNotEmpty, "target_not_empty", Conflict, "The place for the target holds other data.";
    TargetPlaceInvalid, "target_place_invalid", Invalid, "A target cannot be at that place.";
    TenantCloudDiffers, "tenant_cloud_differs", Invalid, "The tenant is in another cloud.";
    TenantIdInvalid, "tenant_id_invalid", Invalid, "The value is neither a tenant id nor a domain.";
    TenantNotFound, "tenant_not_found", NotFound, "The tenant does not exist in that cloud.";
    TerminalUnavailable, "terminal_unavailable", Unavailable, "The question cannot be asked on this terminal.";
    Throttled, "throttled", Throttled, "The service asks for fewer requests.";
    TierUnsupported, "tier_unsupported", Unsupported, "The storage account does not have the access tier.";
    TokenFeatureMissing, "token_feature_missing", Unsupported, "The PKCS#11 token does not support the signatures that are needed.";
    TokenKeyNotFound, "token_key_not_found", NotFound, "The PKCS#11 token does not hold the key.";
    TokenNotFound, "token_not_found", NotFound, "The PKCS#11 token does not exist.";
    TokenReadOnly, "token_read_only", Denied, "The PKCS#11 token does not accept new keys.";
    TokenUnavailable, "token_unavailable", Unavailable, "The PKCS#11 token is not connected, or failed.";
    TokensDiffer, "tokens_differ", Invalid, "The two access tokens belong to different people or tenants.";
    UserDisabled, "user_disabled", Denied, "The user account is disabled.";
    UserNotFound, "user_not_found", NotFound, "The user does not exist in the tenant.";
    UserNotInTenant, "user_not_in_tenant", Denied, "The user account belongs to another tenant.";
    ValidDaysInvalid, "valid_days_invalid", Invalid, "A credential cannot be valid for that many days.";
    WideScopeNotAllowed, "wide_scope_not_allowed", Invalid, "A grant at subscription or resource-group scope was not allowed.";
    WizardCancelled, "wizard_cancelled", Cancelled, "The wizard was cancelled.";
    WizardOrder, "wizard_order", Invalid, "The answer is for another step.";
    WriterKeyDamaged, "writer_key_damaged", Corrupt, "The writer key in the store is damaged.";
    WriterKeyInvalid, "writer_key_invalid", Invalid, "The value is not a writer key.";
    WriterNotAdmitted, "writer_not_admitted", Conflict, "This installation's writer key is not admitted in the target.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_what_json_has_and_the_table_is_in_order() {
        for code in Code::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.word());
            assert!(code.meaning().ends_with('.'), "{code}");
        }
        assert!(Code::ALL.windows(2).all(|pair| pair[0].word() < pair[1].word()));
    }

    #[test]
    fn a_kind_has_one_word_too() {
        for code in Code::ALL {
            assert_eq!(serde_json::to_value(code.kind()).unwrap(), code.kind().word());
        }
    }
}
