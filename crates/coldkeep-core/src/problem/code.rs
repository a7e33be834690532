//! What a failure is, for programs: one stable word each, with its one kind. `docs/codes.md` is made of this table.

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
    /// It exists already, is in use, or somebody else changed it meanwhile.
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
    AccessTokenInvalid, "access_token_invalid", Invalid, "What was given is not an access token for that service.";
    AccountKeyInvalid, "account_key_invalid", Invalid, "A storage account's key is not base64.";
    AccountKeysDisabled, "account_keys_disabled", Denied, "The storage account forbids its keys and what is signed with them.";
    AnonymousAccessDisabled, "anonymous_access_disabled", Denied, "The storage account allows no anonymous access.";
    ApplicationDeleted, "application_deleted", Conflict, "The application is among the tenant's deleted applications and still holds its unique name.";
    ApplicationDisabled, "application_disabled", Denied, "The application is disabled in the tenant.";
    ApplicationIdInvalid, "application_id_invalid", Invalid, "What was given is not an application (client) id.";
    ApplicationIsPublicClient, "application_is_public_client", Invalid, "The application is a public client, which takes no credential.";
    ApplicationKeysNotAllowed, "application_keys_not_allowed", Denied, "The signed-in user is not allowed to add keys to the application.";
    ApplicationNameTaken, "application_name_taken", Conflict, "The tenant has an application of that name.";
    ApplicationNotAssigned, "application_not_assigned", Denied, "The user or the application is not assigned to what it asks for.";
    ApplicationNotFound, "application_not_found", NotFound, "The tenant has no such application.";
    ApplicationProofRefused, "application_proof_refused", Unauthenticated, "Microsoft Graph refused the proof that the application has its key.";
    ApplicationRegistrationNotAllowed, "application_registration_not_allowed", Denied, "The signed-in user is not allowed to register applications.";
    ApplicationSignInBlocked, "application_sign_in_blocked", Denied, "A Conditional Access policy for workload identities refuses the application's own sign-in.";
    AssignmentConditionDiffers, "assignment_condition_differs", Conflict, "The role is assigned at that place already, under another condition.";
    AudienceUnknown, "audience_unknown", NotFound, "The tenant does not know the audience a token was asked for.";
    AzureCliCloudDiffers, "azure_cli_cloud_differs", Invalid, "The Azure CLI is set to another cloud.";
    AzureCliFailed, "azure_cli_failed", Unauthenticated, "The Azure CLI gives no token.";
    AzureCliOutputUnexpected, "azure_cli_output_unexpected", Unsupported, "The Azure CLI printed something that is not understood.";
    AzureCliUnavailable, "azure_cli_unavailable", Unavailable, "The Azure CLI cannot be run.";
    AzureConflict, "azure_conflict", Conflict, "A service reports a conflict with what exists.";
    AzureFeatureUnsupported, "azure_feature_unsupported", Unsupported, "The service does not offer what was asked for.";
    AzureObjectNotFound, "azure_object_not_found", NotFound, "A service does not have what was asked for.";
    AzurePolicyDenied, "azure_policy_denied", Denied, "A policy of the subscription refuses the request.";
    AzureRequestInvalid, "azure_request_invalid", Invalid, "A service does not accept the request as it is.";
    BlobArchived, "blob_archived", Conflict, "The blob is in the archive tier.";
    BlobChanged, "blob_changed", Conflict, "A source blob changed after the cut and its state at the cut is lost.";
    BlobDeleted, "blob_deleted", Conflict, "A source blob was deleted before it could be copied.";
    BlobEncryptedByCustomerKey, "blob_encrypted_by_customer_key", Unsupported, "The blob is encrypted with a key that only its owner has.";
    BlobLocked, "blob_locked", Conflict, "A lease, a policy or a legal hold protects the blob.";
    BlobNameNotRestorable, "blob_name_not_restorable", Unsupported, "The blob's name cannot exist at the destination.";
    BlobNotFound, "blob_not_found", NotFound, "The blob does not exist.";
    BlobNotInPoint, "blob_not_in_point", NotFound, "The restore point has no blob of that name.";
    BlobOfPages, "blob_of_pages", Unsupported, "Page blobs cannot be copied into block blobs.";
    BlobOffline, "blob_offline", Unsupported, "The blob is in the archive tier and cannot be read.";
    BlobOverwriteNotAllowed, "blob_overwrite_not_allowed", Denied, "A blob of that name exists, and the permissions allow creating only.";
    BlobPacked, "blob_packed", Unsupported, "The blob's content is in a pack, which this version does not read.";
    BlobRehydrating, "blob_rehydrating", Conflict, "The blob is on its way out of the archive tier.";
    BlobTooLarge, "blob_too_large", Denied, "The permissions at the target do not suffice for blobs of that size.";
    BlobTooLargeForRelay, "blob_too_large_for_relay", Unsupported, "The blob is too large to pass through this host.";
    BrowserNotReachable, "browser_not_reachable", Unavailable, "No loopback address is available for the browser's answer.";
    BuildWithoutFeature, "build_without_feature", Unsupported, "This build of Coldkeep does not have that part.";
    CaCertificatesInvalid, "ca_certificates_invalid", Invalid, "The file of trusted certificates cannot be used.";
    CertificateAlreadyUsed, "certificate_already_used", Conflict, "The service account uses this certificate already.";
    CertificateDamaged, "certificate_damaged", Corrupt, "A stored certificate or its key cannot be read.";
    CertificateExists, "certificate_exists", Conflict, "The certificate is in the store already.";
    CertificateExpired, "certificate_expired", Expired, "The certificate has expired.";
    CertificateFolderNotFound, "certificate_folder_not_found", NotFound, "The folder is not among the certificate folders.";
    CertificateFolderUnreadable, "certificate_folder_unreadable", Invalid, "The certificate folder cannot be read.";
    CertificateInFolder, "certificate_in_folder", Conflict, "The certificate comes from a certificate folder and cannot be removed by itself.";
    CertificateInUse, "certificate_in_use", Conflict, "Service accounts use the certificate.";
    CertificateInvalid, "certificate_invalid", Invalid, "The certificate cannot be used.";
    CertificateKeyMismatch, "certificate_key_mismatch", Invalid, "The private key does not belong to the certificate.";
    CertificateKeyNotExportable, "certificate_key_not_exportable", Invalid, "The private key is not in the store and cannot be exported.";
    CertificateKeyReplaced, "certificate_key_replaced", Conflict, "The key file holds another key than the certificate's.";
    CertificateNameTaken, "certificate_name_taken", Conflict, "There is a certificate of that name.";
    CertificateNotFound, "certificate_not_found", NotFound, "There is no such certificate.";
    CertificateNotRegistered, "certificate_not_registered", Unauthenticated, "The application does not know the certificate.";
    CertificateNotYetValid, "certificate_not_yet_valid", Invalid, "The certificate is not valid yet.";
    CertificateRevoked, "certificate_revoked", Unauthenticated, "The certificate was revoked.";
    CertificateStoreEmpty, "certificate_store_empty", NotFound, "The certificate store is empty.";
    CertificateUnregistered, "certificate_unregistered", Invalid, "A new certificate would not be registered with the application.";
    ChoiceUnknown, "choice_unknown", Invalid, "A word is none of those to choose from.";
    ClaimsNeeded, "claims_needed", Unauthenticated, "The service asks the signed-in person for more, such as multi-factor authentication.";
    ClockDiffers, "clock_differs", Unauthenticated, "This machine's clock differs too much from the service's.";
    ClockStandsStill, "clock_stands_still", Unavailable, "The clock of a storage account does not advance.";
    CloudBuiltIn, "cloud_built_in", Conflict, "Built-in clouds can neither be changed nor removed.";
    CloudNameTaken, "cloud_name_taken", Conflict, "There is a cloud of that name.";
    CloudNotFound, "cloud_not_found", NotFound, "There is no such cloud.";
    ConditionalAccessBlocks, "conditional_access_blocks", Denied, "A Conditional Access policy refuses the sign-in.";
    ConfirmationDeclined, "confirmation_declined", Cancelled, "The question was not answered with yes.";
    ConsentMissing, "consent_missing", Denied, "An administrator of the tenant has to consent to the application.";
    ContainerNameInvalid, "container_name_invalid", Invalid, "A container cannot have that name.";
    ContainerNotFound, "container_not_found", NotFound, "The container does not exist.";
    ContainerUnavailable, "container_unavailable", Conflict, "The container is being deleted, or is disabled.";
    ContentDamaged, "content_damaged", Corrupt, "Content is gone, or not what was recorded.";
    CredentialEndUnknown, "credential_end_unknown", Expired, "It is not known when a credential expires.";
    CredentialExpired, "credential_expired", Expired, "The credential has expired.";
    CredentialExpiresSoon, "credential_expires_soon", Expired, "A credential expires soon.";
    CredentialReplaced, "credential_replaced", Conflict, "A credential that was replaced is still registered.";
    DataDirInUse, "data_dir_in_use", Conflict, "Another process uses the data folder.";
    DataDirNotPrivate, "data_dir_not_private", Denied, "Others can write to the data folder.";
    DataDirNotWritable, "data_dir_not_writable", Denied, "The data folder cannot be written.";
    DataDirUnusable, "data_dir_unusable", Invalid, "There is no folder for Coldkeep's data, or it cannot be used.";
    DatabaseAddressInvalid, "database_address_invalid", Invalid, "The database's address cannot be used.";
    DatabaseDamaged, "database_damaged", Corrupt, "The database is damaged.";
    DatabaseLoginRefused, "database_login_refused", Unauthenticated, "The database does not accept the user.";
    DatabaseNotFound, "database_not_found", NotFound, "The database does not exist.";
    DatabasePermissionMissing, "database_permission_missing", Denied, "The database cannot be opened or written by this user.";
    DatabaseRecordUnreadable, "database_record_unreadable", Corrupt, "A record in the database cannot be read.";
    DatabaseUnavailable, "database_unavailable", Unavailable, "The database cannot be reached.";
    DiskFull, "disk_full", Unavailable, "There is no room left, or the output cannot be written.";
    EditEmpty, "edit_empty", Invalid, "Nothing is to be changed.";
    EndpointInvalid, "endpoint_invalid", Invalid, "An address is not an https URL that can be used.";
    FederatedCredential, "federated_credential", Conflict, "Tokens of another issuer are accepted as the application's proof.";
    FieldMissing, "field_missing", Invalid, "Something required was not given.";
    FileNotFound, "file_not_found", NotFound, "A file does not exist.";
    FilePermissionMissing, "file_permission_missing", Denied, "A file may not be read or written.";
    FileUnreadable, "file_unreadable", Invalid, "A file cannot be read.";
    FileUnwritable, "file_unwritable", Invalid, "A file cannot be written.";
    FilterInvalid, "filter_invalid", Invalid, "A filter is not a glob that can be used.";
    FolderInvalid, "folder_invalid", Invalid, "A folder's name cannot be used there.";
    FolderUnusable, "folder_unusable", Unavailable, "A working folder cannot be used.";
    ForeignCertificate, "foreign_certificate", Conflict, "The application has a certificate that Coldkeep does not know.";
    ForeignCertificateOfPrincipal, "foreign_certificate_of_principal", Conflict, "The service principal has a certificate that Coldkeep does not know.";
    ForeignSecret, "foreign_secret", Conflict, "The application has a secret that Coldkeep does not know.";
    ForeignSecretOfPrincipal, "foreign_secret_of_principal", Conflict, "The service principal has a secret that Coldkeep does not know.";
    FormatUnsupported, "format_unsupported", Unsupported, "A newer version of Coldkeep wrote it.";
    GrantGivenTwice, "grant_given_twice", Invalid, "The same permission set is asked for twice at one place.";
    GrantInvalid, "grant_invalid", Invalid, "A grant does not say what is granted where.";
    GrantNotFound, "grant_not_found", NotFound, "The service account has no such grant.";
    GrantNotOurs, "grant_not_ours", Conflict, "Coldkeep did not create that role assignment.";
    GrantSignInMissing, "grant_sign_in_missing", Invalid, "Granting was asked for without changing anything in Azure.";
    HostNotAllowed, "host_not_allowed", Denied, "A request would go to a host that the cloud does not name.";
    IdInvalid, "id_invalid", Invalid, "What was given is not an id.";
    InternalError, "internal_error", Internal, "A defect of Coldkeep.";
    JobNameTaken, "job_name_taken", Conflict, "There is a job of that name.";
    JobNotFound, "job_not_found", NotFound, "There is no such job.";
    JobRateInvalid, "job_rate_invalid", Invalid, "The bound on requests per second is not a positive number.";
    JobRunning, "job_running", Conflict, "The job is running already.";
    KeyAddressInvalid, "key_address_invalid", Invalid, "The pkcs11 address cannot be used, or fits several things.";
    KeyEncrypted, "key_encrypted", Invalid, "The private key is encrypted.";
    KeyFileExposed, "key_file_exposed", Invalid, "Others can use the file of a private key.";
    KeySizeInvalid, "key_size_invalid", Invalid, "RSA keys of that size are not made.";
    KeyUnusable, "key_unusable", Invalid, "The private key is of a kind that cannot be used.";
    LeaseHeld, "lease_held", Conflict, "Another process is doing this at the moment.";
    LeaseLost, "lease_lost", Conflict, "Another process took over what this one was doing.";
    LimitReached, "limit_reached", Conflict, "The tenant or the subscription has no room for more of it.";
    ListenAddressInvalid, "listen_address_invalid", Invalid, "The server listens on this machine's own addresses only.";
    ListenAddressUnavailable, "listen_address_unavailable", Unavailable, "Nothing can listen at that address.";
    ListingEndless, "listing_endless", Unavailable, "A listing does not come to an end.";
    ListingUnsupported, "listing_unsupported", Unsupported, "A list is longer than any that is read, or leads in a circle.";
    MarkerDamaged, "marker_damaged", Corrupt, "The marker of a target is damaged or not the one that was seen.";
    MarkerUnproven, "marker_unproven", Corrupt, "No record proves whose the target is.";
    MarkerUnreadable, "marker_unreadable", Conflict, "The marker cannot be read back.";
    MarkerWriterUnknown, "marker_writer_unknown", Invalid, "The target's first writer is not known here.";
    MasterKeyInDataDir, "master_key_in_data_dir", Denied, "The master key is in the data folder, beside the secrets it seals.";
    MasterKeyInvalid, "master_key_invalid", Invalid, "The file is not a master key that can be used.";
    MasterKeyMissing, "master_key_missing", Denied, "The master key that opens the database's secrets is missing.";
    MasterKeyNoteDamaged, "master_key_note_damaged", Corrupt, "The note about the change of the master key cannot be read.";
    MasterKeyOther, "master_key_other", Invalid, "The secret was stored under another master key.";
    MasterKeyPathTaken, "master_key_path_taken", Conflict, "The file for the new master key exists.";
    MasterKeyReplaced, "master_key_replaced", Conflict, "Another process replaced the master key.";
    MasterKeyUnavailable, "master_key_unavailable", Unavailable, "The master key's file cannot be read or written.";
    MasterKeyWrong, "master_key_wrong", Denied, "The database's secrets are sealed under another master key.";
    MethodNotAllowed, "method_not_allowed", Invalid, "The path does not take this method.";
    ModuleNotFound, "module_not_found", NotFound, "No PKCS#11 module was found.";
    ModuleUnusable, "module_unusable", Invalid, "The PKCS#11 module, or the key in the token, cannot be used.";
    NameInvalid, "name_invalid", Invalid, "The name cannot be used.";
    NameTaken, "name_taken", Conflict, "The name is taken.";
    NamespaceHierarchical, "namespace_hierarchical", Unsupported, "Storage accounts with a hierarchical namespace cannot be targets.";
    NetworkCertificateUntrusted, "network_certificate_untrusted", Unavailable, "The certificate of the other side is not trusted.";
    NotAuthenticated, "not_authenticated", Unauthenticated, "The service does not accept the credential.";
    ObjectIdInvalid, "object_id_invalid", Invalid, "What was given is not an object id.";
    OriginNotAllowed, "origin_not_allowed", Denied, "The request comes from another site's page or names another host.";
    PasswordInvalid, "password_invalid", Invalid, "The password cannot be used.";
    PathInvalid, "path_invalid", Invalid, "The path cannot be used.";
    PemInvalid, "pem_invalid", Invalid, "The PEM text lacks something, or is damaged.";
    PermissionMissing, "permission_missing", Denied, "The credential is accepted, but a permission is missing.";
    PermissionSetMisplaced, "permission_set_misplaced", Invalid, "The permission set cannot be granted at that kind of scope.";
    PermissionSetUnknown, "permission_set_unknown", Invalid, "There is no such permission set.";
    PfxEncryptionUnsupported, "pfx_encryption_unsupported", Invalid, "The PFX is protected in a way that is not read.";
    PfxHasSeveralKeys, "pfx_has_several_keys", Invalid, "The PFX holds several keys or certificates to choose from.";
    PfxInvalid, "pfx_invalid", Invalid, "The file is not a PFX with a key and its certificate.";
    PfxKeyNotFound, "pfx_key_not_found", Invalid, "The PFX holds no key of that name.";
    PfxPasswordNeeded, "pfx_password_needed", Invalid, "The PFX is protected by a password, and none was given.";
    PfxPasswordWrong, "pfx_password_wrong", Invalid, "The password does not open the PFX.";
    PinNeeded, "pin_needed", Invalid, "The token asks for a PIN.";
    PinRefused, "pin_refused", Denied, "The token refused the PIN, or has locked it.";
    PlanChanged, "plan_changed", Conflict, "What would be done now differs from the plan that was agreed to.";
    PointAddressInvalid, "point_address_invalid", Invalid, "What was given is not a restore point.";
    PointAmbiguous, "point_ambiguous", Conflict, "Several restore points have that id.";
    PointDamaged, "point_damaged", Corrupt, "The restore point is damaged.";
    PointNotFound, "point_not_found", NotFound, "There is no such restore point.";
    PointRecordTooLong, "point_record_too_long", Unsupported, "The restore point's record would be too long.";
    PolicyForbidsApplication, "policy_forbids_application", Invalid, "The tenant's policy forbids applications of this tenant alone.";
    PolicyForbidsCredential, "policy_forbids_credential", Invalid, "The tenant's policy forbids this kind of credential.";
    PolicyLimitsLifetime, "policy_limits_lifetime", Invalid, "The tenant's policy limits how long credentials may be valid.";
    ProxyInvalid, "proxy_invalid", Invalid, "The address, user or password of the proxy cannot be used.";
    ProxyRefused, "proxy_refused", Unavailable, "The proxy does not let the request through, or does not accept its user.";
    ProxySchemeUnsupported, "proxy_scheme_unsupported", Unsupported, "The proxy is of a kind that is not supported.";
    ProxyUnreachable, "proxy_unreachable", Unavailable, "The proxy cannot be reached.";
    RandomUnavailable, "random_unavailable", Unavailable, "The system gives no random numbers.";
    RecordNotTrusted, "record_not_trusted", Conflict, "Something among a target's records is not one that is trusted here.";
    ReferenceGone, "reference_gone", Conflict, "Something it refers to no longer exists.";
    RenewalNeedsSignIn, "renewal_needs_sign_in", Unauthenticated, "The application cannot renew its own credential.";
    RenewalNotRunning, "renewal_not_running", Conflict, "No renewal is under way.";
    RenewalRunning, "renewal_running", Conflict, "A renewal is under way.";
    RenewalUnsupported, "renewal_unsupported", Invalid, "The server cannot renew this kind of credential.";
    RepositoryEmpty, "repository_empty", NotFound, "Nothing has been copied into the repository yet, so there is nothing to attach.";
    RepositoryInUse, "repository_in_use", Conflict, "A job uses the repository.";
    RepositoryNameTaken, "repository_name_taken", Conflict, "There is a repository of that name.";
    RepositoryNotCopiedInto, "repository_not_copied_into", Invalid, "Nothing has been copied into the repository yet.";
    RepositoryNotFound, "repository_not_found", NotFound, "There is no such repository.";
    RepositorySlow, "repository_slow", Unavailable, "The repository did not answer in time.";
    RepositoryUnopened, "repository_unopened", Invalid, "Nothing opens the repository.";
    RequestBodyInvalid, "request_body_invalid", Invalid, "The request's body cannot be used, is too long or came too slowly.";
    RequestQueryInvalid, "request_query_invalid", Invalid, "The request's query cannot be used.";
    ResourceIdInvalid, "resource_id_invalid", Invalid, "What was given is not a resource id that can be used.";
    ResourceNotFound, "resource_not_found", NotFound, "The resource does not exist, or is not visible to the signed-in user.";
    ResourceNotVisible, "resource_not_visible", Denied, "The signed-in user is not allowed to see the resource.";
    RestoreDestinationInTarget, "restore_destination_in_target", Conflict, "The destination overlaps a Coldkeep target.";
    RestoreDestinationOccupied, "restore_destination_occupied", Conflict, "Something else is at the destination, or it changes meanwhile.";
    RestoreDestinationStopped, "restore_destination_stopped", Cancelled, "Nothing more can be written to the destination.";
    RestorePlaceInvalid, "restore_place_invalid", Invalid, "Nothing can be restored into that container.";
    RightsBeyondGrants, "rights_beyond_grants", Conflict, "The application has a role that Coldkeep did not grant.";
    RoleAssignmentNotAllowed, "role_assignment_not_allowed", Denied, "The signed-in user is not allowed to assign roles there.";
    RoleChanged, "role_changed", Conflict, "A role of Coldkeep's grants other permissions than it should.";
    RoleDefinitionNotAllowed, "role_definition_not_allowed", Denied, "The signed-in user is not allowed to create custom roles there.";
    RoleGivesLess, "role_gives_less", Conflict, "Somebody edited a role of Coldkeep's: it grants less than it should.";
    RoleGivesMore, "role_gives_more", Conflict, "Somebody edited a role of Coldkeep's: it grants more than it should.";
    RoleGone, "role_gone", NotFound, "The definition of a role that was granted is gone.";
    RoleNameTaken, "role_name_taken", Conflict, "The tenant has a custom role of that name.";
    RoleOutdated, "role_outdated", Conflict, "A role is not the one of this version.";
    RouteNotFound, "route_not_found", NotFound, "The API has nothing at that path.";
    RunNotFound, "run_not_found", NotFound, "There is no such run.";
    RunStopped, "run_stopped", Cancelled, "The run was stopped.";
    SasExpired, "sas_expired", Expired, "The shared access signature has expired.";
    SasInvalid, "sas_invalid", Invalid, "What was given is not a shared access signature that is valid now.";
    ScriptCertificateGone, "script_certificate_gone", NotFound, "The certificate that the script registered is not in the store.";
    ScriptInvalid, "script_invalid", Invalid, "The script cannot be written, or its result line cannot be used.";
    ScriptUsed, "script_used", Conflict, "A service account was created from this script already.";
    SecondFactorNeeded, "second_factor_needed", Denied, "The tenant asks for multi-factor authentication.";
    SecretDamaged, "secret_damaged", Corrupt, "A stored secret cannot be decrypted.";
    SecretExpired, "secret_expired", Expired, "The client secret has expired.";
    SecretMissing, "secret_missing", NotFound, "A secret is not in the store.";
    SecretMoved, "secret_moved", Denied, "A secret was stored for another destination.";
    SecretNotPossible, "secret_not_possible", Invalid, "A new application has no secret yet.";
    SecretRefused, "secret_refused", Unauthenticated, "The application does not have this secret.";
    ServerAnswerInvalid, "server_answer_invalid", Unsupported, "What answered is not a Coldkeep server of this version.";
    ServerTokenFileUnusable, "server_token_file_unusable", Denied, "The server's token file cannot be used.";
    ServerTokenMissing, "server_token_missing", Unauthenticated, "The request has no token, or not this server's.";
    ServerTokenUnusable, "server_token_unusable", Invalid, "The token cannot be sent.";
    ServerUnreachable, "server_unreachable", Unavailable, "The Coldkeep server cannot be reached.";
    ServiceAccountBeingRemoved, "service_account_being_removed", Conflict, "The service account is being removed.";
    ServiceAccountCloudDiffers, "service_account_cloud_differs", Invalid, "The service account is of another cloud.";
    ServiceAccountDiffers, "service_account_differs", Conflict, "The unfinished service account is of another cloud, tenant or application.";
    ServiceAccountInUse, "service_account_in_use", Conflict, "Repositories use the service account.";
    ServiceAccountIncomplete, "service_account_incomplete", Conflict, "The service account is not set up completely.";
    ServiceAccountNameTaken, "service_account_name_taken", Conflict, "There is a service account of that name.";
    ServiceAccountNotFound, "service_account_not_found", NotFound, "There is no such service account.";
    ServiceAccountNotMovable, "service_account_not_movable", Invalid, "A service account belongs to its application.";
    ServiceAnswerUnexpected, "service_answer_unexpected", Unavailable, "The service's response is unexpected.";
    ServicePrincipalNotFound, "service_principal_not_found", NotFound, "The tenant has no service principal of the application, or not everywhere yet.";
    ServiceUnavailable, "service_unavailable", Unavailable, "The service cannot be reached or is failing.";
    SignInAddressInvalid, "sign_in_address_invalid", Invalid, "There is no address to sign in at.";
    SignInAnswerInvalid, "sign_in_answer_invalid", Invalid, "The browser's answer does not belong to this sign-in, or cannot be used.";
    SignInClientNotAllowed, "sign_in_client_not_allowed", Denied, "The tenant does not allow signing in with this public client.";
    SignInClientUnsupported, "sign_in_client_unsupported", Invalid, "The public client does not take the browser's answer.";
    SignInDeclined, "sign_in_declined", Cancelled, "The sign-in was declined.";
    SignInElsewhere, "sign_in_elsewhere", Conflict, "Another server holds the sign-in.";
    SignInEnded, "sign_in_ended", Conflict, "The sign-in has ended, or waits for something else.";
    SignInExpired, "sign_in_expired", Expired, "The sign-in or its code has expired.";
    SignInFailed, "sign_in_failed", Unauthenticated, "The sign-in failed.";
    SignInNeeded, "sign_in_needed", Unauthenticated, "Somebody has to sign in.";
    SignInNotFound, "sign_in_not_found", NotFound, "There is no such sign-in.";
    SignInOtherCloud, "sign_in_other_cloud", Invalid, "The sign-in is in another cloud.";
    SignInOtherTenant, "sign_in_other_tenant", Invalid, "The sign-in is in another tenant.";
    SignInPending, "sign_in_pending", Unauthenticated, "Nobody has signed in yet.";
    SignInWayBlocked, "sign_in_way_blocked", Denied, "The tenant refuses this way of signing in.";
    SocketUnusable, "socket_unusable", Denied, "The server's socket cannot be opened.";
    SourceOverlapsTarget, "source_overlaps_target", Invalid, "Source and target overlap.";
    StillInUse, "still_in_use", Conflict, "Something else still uses it.";
    StorageAccountDisabled, "storage_account_disabled", Denied, "The storage account is disabled.";
    StorageAccountNameInvalid, "storage_account_name_invalid", Invalid, "A storage account cannot have that name.";
    StorageAccountNotFound, "storage_account_not_found", NotFound, "The storage account or the container does not exist.";
    StorageCredentialRefused, "storage_credential_refused", Unauthenticated, "The storage account does not accept the key or the shared access signature.";
    StorageNetworkDenied, "storage_network_denied", Denied, "The storage account's network rules or its settings refuse the request.";
    SubscriptionIdInvalid, "subscription_id_invalid", Invalid, "A subscription is named by its GUID.";
    SubscriptionNotFound, "subscription_not_found", NotFound, "The subscription does not exist, or is not visible to the signed-in user.";
    TargetBusy, "target_busy", Conflict, "Others write to the target all the time.";
    TargetDamaged, "target_damaged", Corrupt, "Something in the target is gone, or not what Coldkeep wrote.";
    TargetFull, "target_full", Conflict, "The target has no number left for another record.";
    TargetNameTaken, "target_name_taken", Conflict, "Every new name in the target was taken.";
    TargetNested, "target_nested", Conflict, "The target lies in another target.";
    TargetNotEmpty, "target_not_empty", Conflict, "The place holds something else.";
    TargetPlaceInvalid, "target_place_invalid", Invalid, "No target can be at that place.";
    TenantCloudDiffers, "tenant_cloud_differs", Invalid, "The tenant is in another cloud.";
    TenantIdInvalid, "tenant_id_invalid", Invalid, "What was given is neither a tenant id nor a domain.";
    TenantNotFound, "tenant_not_found", NotFound, "There is no such tenant in that cloud.";
    TerminalUnavailable, "terminal_unavailable", Unavailable, "The question cannot be asked on this terminal.";
    Throttled, "throttled", Throttled, "The service asks for fewer requests.";
    TierUnsupported, "tier_unsupported", Unsupported, "The storage account does not have the access tier.";
    TokenFeatureMissing, "token_feature_missing", Unsupported, "The token cannot sign in the way that is needed.";
    TokenKeyNotFound, "token_key_not_found", NotFound, "The token holds no such key.";
    TokenNotFound, "token_not_found", NotFound, "There is no such PKCS#11 token.";
    TokenReadOnly, "token_read_only", Denied, "The token takes no new keys.";
    TokenUnavailable, "token_unavailable", Unavailable, "The token is not there, or failed.";
    TokensDiffer, "tokens_differ", Invalid, "The two access tokens belong to different people or tenants.";
    UserDisabled, "user_disabled", Denied, "The user account is disabled.";
    UserNotFound, "user_not_found", NotFound, "The tenant has no such user.";
    UserNotInTenant, "user_not_in_tenant", Denied, "The user account belongs to another tenant.";
    ValidDaysInvalid, "valid_days_invalid", Invalid, "A credential cannot be valid for that many days.";
    WideScopeNotAllowed, "wide_scope_not_allowed", Invalid, "A grant at a whole subscription or resource group was not allowed.";
    WizardCancelled, "wizard_cancelled", Cancelled, "The wizard was left before its end.";
    WizardOrder, "wizard_order", Invalid, "The answer is to another step.";
    WriterKeyDamaged, "writer_key_damaged", Corrupt, "The writer key in the store is damaged.";
    WriterKeyInvalid, "writer_key_invalid", Invalid, "What was given is not a writer key.";
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
