//! What a refusal means and what to do next: one table by the services' codes, then by kind.

use coldkeep_core::Kind;

/// A code, what sort of failure it is, and the next step.
type Row = (&'static str, Kind, &'static str);

/// Codes of Entra ID (<https://learn.microsoft.com/entra/identity-platform/reference-error-codes>), Graph, Resource
/// Manager and Blob Storage (<https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes>).
const ROWS: &[Row] = &[
    (
        "AADSTS90002",
        Kind::NotFound,
        "Check the tenant id, and that --cloud names the cloud the tenant is in.",
    ),
    (
        "AADSTS900023",
        Kind::Invalid,
        "Give the tenant as its id (a GUID) or as one of its verified domains.",
    ),
    (
        "AADSTS90038",
        Kind::Invalid,
        "The tenant is in another cloud; choose that one with --cloud.",
    ),
    (
        "AADSTS900382",
        Kind::Invalid,
        "The tenant is in another cloud; choose that one with --cloud.",
    ),
    (
        "AADSTS900432",
        Kind::Invalid,
        "The tenant is in another cloud; choose that one with --cloud.",
    ),
    (
        "AADSTS700016",
        Kind::NotFound,
        "Check the application (client) id and the tenant. If the application was made a moment ago, try again in a few minutes.",
    ),
    (
        "AADSTS700011",
        Kind::NotFound,
        "Check the application (client) id and the tenant.",
    ),
    (
        "AADSTS70001",
        Kind::NotFound,
        "Check the application (client) id and the tenant; the application may be disabled.",
    ),
    (
        "AADSTS7000112",
        Kind::Denied,
        "The application is disabled; enable it under Enterprise applications in the portal.",
    ),
    (
        "AADSTS7000215",
        Kind::Unauthenticated,
        "Give the secret's value, not its id, and check that it belongs to this application. A secret made a moment ago may need a few minutes.",
    ),
    (
        "AADSTS7000222",
        Kind::Expired,
        "The secret has expired; make a new one for the application and give it here.",
    ),
    (
        "AADSTS700027",
        Kind::Unauthenticated,
        "Register this certificate with the application (or add the service account with --grant, which does so), and check that it is the right application.",
    ),
    (
        "AADSTS700024",
        Kind::Unauthenticated,
        "Compare this machine's clock with the real time: the assertion was outside its validity.",
    ),
    (
        "AADSTS7000214",
        Kind::Unauthenticated,
        "The certificate was revoked; use another one.",
    ),
    (
        "AADSTS1000502",
        Kind::Expired,
        "The certificate has expired; register a new one with the application.",
    ),
    (
        "AADSTS7000218",
        Kind::Invalid,
        "The application is marked as a public client; clear `Allow public client flows`.",
    ),
    (
        "AADSTS700025",
        Kind::Invalid,
        "The application is a public client and takes no credential; use another one.",
    ),
    (
        "AADSTS500011",
        Kind::NotFound,
        "The tenant does not know this audience; check the cloud's audiences.",
    ),
    (
        "AADSTS50001",
        Kind::NotFound,
        "The tenant does not know this audience; check the cloud's audiences.",
    ),
    (
        "AADSTS65001",
        Kind::Denied,
        "An administrator of the tenant must consent to the application first.",
    ),
    (
        "AADSTS90094",
        Kind::Denied,
        "An administrator of the tenant must consent to the application first.",
    ),
    (
        "AADSTS65002",
        Kind::Denied,
        "Sign in with another public client: give its id with --client-id.",
    ),
    ("AADSTS50097", Kind::Denied, CONDITIONAL_ACCESS),
    ("AADSTS50158", Kind::Denied, CONDITIONAL_ACCESS),
    ("AADSTS53000", Kind::Denied, CONDITIONAL_ACCESS),
    ("AADSTS53001", Kind::Denied, CONDITIONAL_ACCESS),
    ("AADSTS53003", Kind::Denied, CONDITIONAL_ACCESS),
    ("AADSTS530003", Kind::Denied, CONDITIONAL_ACCESS),
    ("AADSTS530033", Kind::Denied, CONDITIONAL_ACCESS),
    (
        "AADSTS50076",
        Kind::Denied,
        "Sign in again and do the second step that the tenant asks for (multi-factor authentication); in a browser (`--sign-in browser`) it can always be asked for.",
    ),
    (
        "AADSTS50079",
        Kind::Denied,
        "Sign in again; the tenant asks to set up multi-factor authentication.",
    ),
    (
        "AADSTS70043",
        Kind::Expired,
        "Sign in again; the tenant limits how long a sign-in lasts.",
    ),
    (
        "AADSTS700082",
        Kind::Expired,
        "Sign in again; the sign-in was unused for too long.",
    ),
    (
        "AADSTS50173",
        Kind::Expired,
        "Sign in again; the sign-in was revoked.",
    ),
    (
        "AADSTS70019",
        Kind::Expired,
        "Sign in again: the code ran out before it was used. If the browser refused it, ask whether a Conditional Access policy blocks device codes.",
    ),
    (
        "AADSTS70018",
        Kind::Expired,
        "Sign in again: Entra knows the code no more (it was used, or its answer was lost on the way).",
    ),
    (
        "AADSTS54005",
        Kind::Expired,
        "Sign in again: the code from the browser was used before.",
    ),
    (
        "AADSTS70008",
        Kind::Expired,
        "Sign in again: the code from the browser ran out before it was used.",
    ),
    ("AADSTS65004", Kind::Cancelled, DECLINED),
    ("access_denied", Kind::Cancelled, DECLINED),
    (
        "no_code",
        Kind::Unauthenticated,
        "Sign in again: the browser brought back neither a code nor a reason.",
    ),
    (
        "AADSTS50011",
        Kind::Invalid,
        "The public client does not take answers at http://localhost; register that for it (platform `Mobile and desktop applications`), or sign in with another one (`--client-id`).",
    ),
    (
        "AADSTS50020",
        Kind::Denied,
        "Sign in as somebody of the tenant, or leave --tenant away to use the person's own.",
    ),
    (
        "AADSTS50034",
        Kind::NotFound,
        "Sign in as somebody of the tenant; this one knows no such user.",
    ),
    (
        "AADSTS50196",
        Kind::Throttled,
        "Wait a few minutes; Entra saw too many equal requests.",
    ),
    (
        "Authorization_RequestDenied",
        Kind::Denied,
        "Sign in as somebody who may register applications (Application Developer or higher).",
    ),
    (
        "Request_ResourceNotFound",
        Kind::NotFound,
        "Check the id; an object deleted in the portal is found no more.",
    ),
    (
        "CredentialInvalidLifetimeAsPerAppPolicy",
        Kind::Invalid,
        "The tenant's policy limits how long credentials may last; use a certificate with a shorter life.",
    ),
    (
        "CredentialTypeNotAllowedAsPerAppPolicy",
        Kind::Invalid,
        "The tenant's policy forbids this kind of credential: use a certificate, of an authority the tenant trusts where it asks for one.",
    ),
    (
        "Authentication_MissingOrMalformed",
        Kind::Unauthenticated,
        "The proof of the application's key was refused. Check that the object id is the application's (not its service principal's) and this machine's clock, or have somebody sign in.",
    ),
    (
        "KeyCredentialsInvalidEndDate",
        Kind::Invalid,
        "Use a certificate that has not expired.",
    ),
    (
        "AuthorizationFailed",
        Kind::Denied,
        "Sign in as somebody with the needed role there; granting rights needs Owner, User Access Administrator or Role Based Access Control Administrator.",
    ),
    (
        "SubscriptionNotFound",
        Kind::NotFound,
        "Check the subscription id, and that it belongs to the tenant that you signed in to.",
    ),
    (
        "ResourceGroupNotFound",
        Kind::NotFound,
        "Check the resource group in the resource id.",
    ),
    (
        "ResourceNotFound",
        Kind::NotFound,
        "Check the resource id; copy it from the portal (JSON view).",
    ),
    (
        "InvalidAuthenticationTokenTenant",
        Kind::Denied,
        "Sign in to the tenant that the subscription belongs to.",
    ),
    (
        "RoleAssignmentLimitExceeded",
        Kind::Conflict,
        "Remove role assignments that nobody needs from the subscription.",
    ),
    (
        "PrincipalNotFound",
        Kind::NotFound,
        "Try again in a few minutes: the service principal has not reached Resource Manager yet.",
    ),
    (
        "RoleDefinitionWithSameNameExists",
        Kind::Conflict,
        "Remove or rename the custom role of the same name in the tenant.",
    ),
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
        "Check the storage account's network rules and whether it allows this kind of authorization.",
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
        "The service may not know this version of its protocol; try the cloud's --api-version.",
    ),
];

const CONDITIONAL_ACCESS: &str = "A Conditional Access policy of the tenant refuses this way of signing in. Sign in another \
     way (`--sign-in browser` or `--sign-in azure-cli`), or print what an administrator runs elsewhere \
     (`service-account script`).";
const DECLINED: &str = "The sign-in was declined. Start again, and go on to the end in the browser.";

fn row(code: Option<&str>) -> Option<&'static Row> {
    let code = code?;
    ROWS.iter().find(|row| row.0 == code)
}

/// The kind of a refusal, by the code where it is known, else by the status.
pub(crate) fn kind_of(code: Option<&str>, status: u16) -> Kind {
    if let Some((_, kind, _)) = row(code) {
        return *kind;
    }
    match status {
        401 => Kind::Unauthenticated,
        403 => Kind::Denied,
        404 | 410 => Kind::NotFound,
        304 | 409 | 412 => Kind::Conflict,
        429 => Kind::Throttled,
        405 | 501 => Kind::Unsupported,
        408 | 500..=599 => Kind::Unavailable,
        _ => Kind::Invalid,
    }
}

/// The next step, never empty.
pub(crate) fn next_step(code: Option<&str>, kind: Kind, system: &str) -> String {
    if let Some((_, _, next)) = row(code) {
        return (*next).to_owned();
    }
    match kind {
        Kind::Invalid => "Correct what the service names, and try again.".to_owned(),
        Kind::NotFound => "Check the name or id, and that it was not deleted.".to_owned(),
        Kind::Conflict => {
            "Look at what exists already; it may have been changed meanwhile. Then try again.".to_owned()
        }
        Kind::Unauthenticated => {
            "Check the credential, and run `coldkeep service-account check` for the service account."
                .to_owned()
        }
        Kind::Denied => "Grant the missing right, or use somebody who has it.".to_owned(),
        Kind::Expired => "Renew what has expired, and try again.".to_owned(),
        Kind::Throttled => "Try again later, or with fewer requests per second.".to_owned(),
        Kind::Unavailable => {
            format!("Check that this machine reaches {system} (name, network, proxy), and try again.")
        }
        Kind::Unsupported => "Use another way; the service does not do this one.".to_owned(),
        Kind::Corrupt => "Verify what is stored before relying on it.".to_owned(),
        Kind::Cancelled => "Start it again when it is wanted.".to_owned(),
        Kind::Internal => {
            "This is a defect of Coldkeep; please report it with the command you ran.".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_codes_win_over_the_status() {
        assert_eq!(kind_of(Some("AADSTS90002"), 400), Kind::NotFound);
        assert_eq!(kind_of(Some("AuthenticationFailed"), 403), Kind::Unauthenticated);
        assert_eq!(kind_of(Some("SomethingNew"), 403), Kind::Denied);
        assert_eq!(kind_of(None, 503), Kind::Unavailable);
    }

    #[test]
    fn every_next_step_is_a_sentence_and_no_code_is_listed_twice() {
        for (at, (code, _, next)) in ROWS.iter().enumerate() {
            assert!(next.ends_with('.'), "{code}");
            assert!(ROWS[at + 1..].iter().all(|row| row.0 != *code), "{code}");
        }
    }
}
