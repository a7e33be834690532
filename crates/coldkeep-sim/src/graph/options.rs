//! The options of a query (<https://learn.microsoft.com/graph/query-parameters>): options that do not exist,
//! properties that the
//! type does not have, and expansions that are not simulated are refused, not ignored.

use super::{error::GraphError, odata::address};
use crate::wire::call::Call;

const OPTIONS: [&str; 10] = [
    "$count",
    "$expand",
    "$filter",
    "$format",
    "$orderby",
    "$search",
    "$select",
    "$skip",
    "$skiptoken",
    "$top",
];

/// A type, where its objects are found in paths, and all its properties of v1.0, simulated or not.
struct Type {
    name: &'static str,
    places: &'static [&'static str],
    properties: &'static str,
}

const APPLICATION: Type = Type {
    name: "application",
    places: &["applications", "microsoft.graph.application"],
    properties: "addIns api appId applicationTemplateId appRoles certification createdByAppId createdDateTime \
        defaultRedirectUri deletedDateTime description disabledByMicrosoftStatus displayName groupMembershipClaims id \
        identifierUris info isDeviceOnlyAuthSupported isDisabled isFallbackPublicClient keyCredentials logo \
        nativeAuthenticationApisEnabled notes oauth2RequirePostResponse optionalClaims parentalControlSettings \
        passwordCredentials publicClient publisherDomain requestSignatureVerification requiredResourceAccess \
        samlMetadataUrl serviceManagementReference servicePrincipalLockConfiguration signInAudience spa tags \
        tokenEncryptionKeyId uniqueName verifiedPublisher web",
};

const SERVICE_PRINCIPAL: Type = Type {
    name: "servicePrincipal",
    places: &["servicePrincipals", "microsoft.graph.servicePrincipal"],
    properties: "accountEnabled addIns alternativeNames appDescription appDisplayName appId applicationTemplateId \
        appOwnerOrganizationId appRoleAssignmentRequired appRoles createdByAppId createdDateTime customSecurityAttributes \
        deletedDateTime description disabledByMicrosoftStatus displayName homepage id info isDisabled keyCredentials loginUrl \
        logoutUrl notes notificationEmailAddresses oauth2PermissionScopes passwordCredentials preferredSingleSignOnMode \
        preferredTokenSigningKeyThumbprint replyUrls resourceSpecificApplicationPermissions samlSingleSignOnSettings \
        servicePrincipalNames servicePrincipalType signInAudience tags tokenEncryptionKeyId verifiedPublisher",
};

const USER: Type = Type {
    name: "user",
    places: &["users", "me", "members", "microsoft.graph.user"],
    properties: "aboutMe accountEnabled ageGroup assignedLicenses assignedPlans authorizationInfo birthday businessPhones city \
        companyName consentProvidedForMinor country createdDateTime creationType customSecurityAttributes deletedDateTime \
        department deviceEnrollmentLimit displayName employeeHireDate employeeId employeeLeaveDateTime employeeOrgData \
        employeeType externalUserState externalUserStateChangeDateTime faxNumber givenName hireDate id identities imAddresses \
        interests isManagementRestricted isResourceAccount jobTitle lastPasswordChangeDateTime legalAgeGroupClassification \
        licenseAssignmentStates mail mailboxSettings mailNickname mobilePhone mySite officeLocation \
        onPremisesDistinguishedName onPremisesDomainName onPremisesExtensionAttributes onPremisesImmutableId \
        onPremisesLastSyncDateTime onPremisesProvisioningErrors onPremisesSamAccountName onPremisesSecurityIdentifier \
        onPremisesSyncEnabled onPremisesUserPrincipalName otherMails passwordPolicies passwordProfile pastProjects postalCode \
        preferredDataLocation preferredLanguage preferredName print provisionedPlans proxyAddresses responsibilities schools \
        securityIdentifier serviceProvisioningErrors showInAddressList signInActivity signInSessionsValidFromDateTime skills \
        state streetAddress surname usageLocation userPrincipalName userType",
};

const ORGANIZATION: Type = Type {
    name: "organization",
    places: &["organization"],
    properties: "assignedPlans businessPhones city country countryLetterCode createdDateTime defaultUsageLocation \
        deletedDateTime directorySizeQuota displayName id isMultipleDataLocationsForServicesEnabled \
        marketingNotificationEmails onPremisesLastSyncDateTime onPremisesSyncEnabled partnerTenantType postalCode \
        preferredLanguage privacyProfile provisionedPlans securityComplianceNotificationMails \
        securityComplianceNotificationPhones state street technicalNotificationMails tenantType verifiedDomains",
};

const DIRECTORY_ROLE: Type = Type {
    name: "directoryRole",
    places: &[
        "directoryRoles",
        "memberOf",
        "transitiveMemberOf",
        "microsoft.graph.directoryRole",
    ],
    properties: "deletedDateTime description displayName id roleTemplateId",
};

const APP_ROLE_ASSIGNMENT: Type = Type {
    name: "appRoleAssignment",
    places: &["appRoleAssignments", "appRoleAssignedTo"],
    properties: "appRoleId createdDateTime deletedDateTime id principalDisplayName principalId principalType \
        resourceDisplayName resourceId",
};

const PERMISSION_GRANT: Type = Type {
    name: "oAuth2PermissionGrant",
    places: &["oauth2PermissionGrants"],
    properties: "clientId consentType id principalId resourceId scope",
};

const ROLE_ASSIGNMENT: Type = Type {
    name: "unifiedRoleAssignment",
    places: &["roleAssignments"],
    properties: "appScopeId condition directoryScopeId id principalId roleDefinitionId",
};

/// Objects of several types; what one of them has may be selected.
const DIRECTORY_OBJECT: Type = Type {
    name: "directoryObject",
    places: &[
        "directoryObjects",
        "owners",
        "ownedObjects",
        "createdObjects",
        "deletedItems",
    ],
    properties: "",
};

const TYPES: [Type; 9] = [
    APPLICATION,
    SERVICE_PRINCIPAL,
    USER,
    ORGANIZATION,
    DIRECTORY_ROLE,
    APP_ROLE_ASSIGNMENT,
    PERMISSION_GRANT,
    ROLE_ASSIGNMENT,
    DIRECTORY_OBJECT,
];

impl Type {
    /// What the path's last collection holds.
    fn of(path: &[&str]) -> Option<&'static Self> {
        path.iter().rev().find_map(|segment| {
            let (name, _) = address(segment);
            TYPES.iter().find(|found| found.places.contains(&name))
        })
    }

    fn has(&self, property: &str) -> bool {
        let listed = |kind: &Self| kind.properties.split(' ').any(|known| known == property);
        let mixed = self.name == DIRECTORY_OBJECT.name;
        property.starts_with("extension_") || listed(self) || mixed && TYPES.iter().any(listed)
    }
}

/// Refuses what the query cannot mean. Options without a dollar sign are the client's own.
pub(super) fn check_options(call: &Call, path: &[&str]) -> Result<(), GraphError> {
    let mut options = call
        .queries()
        .map(|(name, _)| name)
        .filter(|name| name.starts_with('$'));
    if let Some(unknown) = options.find(|name| !OPTIONS.iter().any(|known| known.eq_ignore_ascii_case(name)))
    {
        return Err(GraphError::bad(format!(
            "Unrecognized query argument specified: '{unknown}'."
        )));
    }
    let kind = Type::of(path);
    if let (Some(kind), Some(selected)) = (kind, call.query("$select")) {
        let mut names = selected
            .split(',')
            .map(|name| name.trim().split('/').next().unwrap_or_default());
        if let Some(unknown) = names.find(|name| !["", "*"].contains(name) && !kind.has(name)) {
            return Err(not_found(unknown, kind));
        }
    }
    let expands_role = kind.is_some_and(|kind| kind.name == ROLE_ASSIGNMENT.name);
    match call.query("$expand") {
        Some("roleDefinition") if expands_role => Ok(()),
        Some(text) => Err(GraphError::new(
            400,
            "Request_UnsupportedQuery",
            format!("The simulator does not expand '{text}' here."),
        )),
        None => Ok(()),
    }
}

fn not_found(property: &str, kind: &Type) -> GraphError {
    GraphError::new(
        400,
        "BadRequest",
        format!(
            "Parsing OData Select and Expand failed: Could not find a property named '{property}' on type 'microsoft.graph.{}'.",
            kind.name
        ),
    )
}
