//! Codes of Entra ID (<https://learn.microsoft.com/entra/identity-platform/reference-error-codes>) and of Graph.

use super::Row;
use coldkeep_core::{
    Code, Fix, fix,
    problem::{Field, Verb},
};

pub(super) const ROWS: &[Row] = &[
    ("AADSTS90002", Code::TenantNotFound, || {
        fix![
            "Check the tenant id, and that ",
            Field::Cloud,
            " names the cloud the tenant is in."
        ]
    }),
    ("AADSTS900023", Code::TenantIdInvalid, || {
        "Give the tenant as its id (a GUID) or as one of its verified domains.".into()
    }),
    ("AADSTS90038", Code::TenantCloudDiffers, || {
        fix![
            "The tenant is in another cloud; choose that one with ",
            Field::Cloud,
            "."
        ]
    }),
    ("AADSTS900382", Code::TenantCloudDiffers, || {
        fix![
            "The tenant is in another cloud; choose that one with ",
            Field::Cloud,
            "."
        ]
    }),
    ("AADSTS900432", Code::TenantCloudDiffers, || {
        fix![
            "The tenant is in another cloud; choose that one with ",
            Field::Cloud,
            "."
        ]
    }),
    ("AADSTS700016", Code::ApplicationNotFound, || {
        "Check the application (client) id and the tenant. If the application was made a moment ago, try again in a few minutes.".into()
    }),
    ("AADSTS700011", Code::ApplicationNotFound, || {
        "Check the application (client) id and the tenant.".into()
    }),
    ("AADSTS70001", Code::ApplicationNotFound, || {
        "Check the application (client) id and the tenant; the application may be disabled.".into()
    }),
    ("AADSTS7000112", Code::ApplicationDisabled, || {
        "The application is disabled; enable it under Enterprise applications in the portal.".into()
    }),
    ("AADSTS7000215", Code::SecretRefused, || {
        "Give the secret's value, not its id, and check that it belongs to this application. A secret made a moment ago may need a few minutes.".into()
    }),
    ("AADSTS7000222", Code::SecretExpired, || {
        "The secret has expired; make a new one for the application and give it here.".into()
    }),
    ("AADSTS700027", Code::CertificateNotRegistered, || {
        fix![
            "Register this certificate with the application (or add the service account with ",
            Field::Grant,
            ", which does so), and check that it is the right application."
        ]
    }),
    ("AADSTS700024", Code::ClockDiffers, || {
        "Compare this machine's clock with the real time: the assertion was outside its validity.".into()
    }),
    ("AADSTS7000214", Code::CertificateRevoked, || {
        "The certificate was revoked; use another one.".into()
    }),
    ("AADSTS1000502", Code::CertificateExpired, || {
        "The certificate has expired; register a new one with the application.".into()
    }),
    ("AADSTS7000218", Code::ApplicationIsPublicClient, || {
        "The application is marked as a public client; clear `Allow public client flows`.".into()
    }),
    ("AADSTS700025", Code::ApplicationIsPublicClient, || {
        "The application is a public client and takes no credential; use another one.".into()
    }),
    ("AADSTS500011", Code::AudienceUnknown, || {
        "The tenant does not know this audience; check the cloud's audiences.".into()
    }),
    ("AADSTS50001", Code::AudienceUnknown, || {
        "The tenant does not know this audience; check the cloud's audiences.".into()
    }),
    ("AADSTS65001", Code::ConsentMissing, || {
        "An administrator of the tenant must consent to the application first.".into()
    }),
    ("AADSTS90094", Code::ConsentMissing, || {
        "An administrator of the tenant must consent to the application first.".into()
    }),
    ("AADSTS65002", Code::SignInClientNotAllowed, || {
        fix![
            "Sign in with another public client: give its id with ",
            Field::ClientId,
            "."
        ]
    }),
    ("AADSTS50097", Code::ConditionalAccessBlocks, another_way),
    ("AADSTS50158", Code::ConditionalAccessBlocks, another_way),
    ("AADSTS53000", Code::ConditionalAccessBlocks, another_way),
    ("AADSTS53001", Code::ConditionalAccessBlocks, another_way),
    ("AADSTS53003", Code::ConditionalAccessBlocks, another_way),
    ("AADSTS530003", Code::ConditionalAccessBlocks, another_way),
    ("AADSTS530032", Code::ConditionalAccessBlocks, another_way),
    ("AADSTS530033", Code::ConditionalAccessBlocks, another_way),
    ("AADSTS50005", Code::ConditionalAccessBlocks, || {
        fix![
            "A Conditional Access policy of the tenant lets nobody sign in from this kind of device: sign in from another one, or give an administrator what is run elsewhere: ",
            Verb::ServiceAccountScript.any(),
            "."
        ]
    }),
    ("AADSTS530035", Code::SignInWayBlocked, || {
        fix![
            "The tenant's security defaults refuse this way of signing in, device codes above all: sign in in a browser (",
            Field::SignIn.set("browser"),
            ") or as the Azure CLI has there (",
            Field::SignIn.set("azure-cli"),
            ")."
        ]
    }),
    ("AADSTS530036", Code::SignInWayBlocked, || {
        fix![
            "The tenant allows no sign-in by device code: sign in in a browser (",
            Field::SignIn.set("browser"),
            ") or as the Azure CLI has there (",
            Field::SignIn.set("azure-cli"),
            ")."
        ]
    }),
    ("AADSTS50199", Code::SignInDeclined, || {
        "Sign in again, and confirm on the page that you are signing in to this application.".into()
    }),
    ("AADSTS50105", Code::ApplicationNotAssigned, || {
        fix![
            "The tenant requires an assignment to this client: have an administrator assign you to it (Enterprise applications, Users and groups), or sign in with another client (",
            Field::ClientId,
            ")."
        ]
    }),
    ("AADSTS501051", Code::ApplicationNotAssigned, || {
        "The application is not assigned to what it asks for: have an administrator assign it (Enterprise applications, Users and groups), or switch off `Assignment required` there.".into()
    }),
    ("AADSTS50057", Code::UserDisabled, || {
        "This user account is disabled: sign in as somebody else, or have an administrator of the tenant enable it.".into()
    }),
    ("AADSTS90072", Code::UserNotInTenant, || {
        "The account is of another tenant, and no guest of this one: sign in as somebody of the tenant, or have an administrator invite the account.".into()
    }),
    ("AADSTS7000229", Code::ServicePrincipalNotFound, || {
        fix![
            "The application has no service principal in the tenant: add the service account with ",
            Field::Grant,
            ", which makes it, or have an administrator make it (`az ad sp create --id` with the application's id). One made a moment ago may need a few minutes."
        ]
    }),
    ("AADSTS50074", Code::SecondFactorNeeded, super::step_up),
    ("AADSTS50076", Code::SecondFactorNeeded, super::step_up),
    ("AADSTS50079", Code::SecondFactorNeeded, || {
        fix![
            "Sign in again in a browser (",
            Field::SignIn.set("browser"),
            "): the tenant asks to set up multi-factor authentication first."
        ]
    }),
    ("AADSTS70043", Code::SignInExpired, || {
        "Sign in again; the tenant limits how long a sign-in lasts.".into()
    }),
    ("AADSTS700082", Code::SignInExpired, || {
        "Sign in again; the sign-in was unused for too long.".into()
    }),
    ("AADSTS50173", Code::SignInExpired, || {
        "Sign in again; the sign-in was revoked.".into()
    }),
    ("AADSTS70019", Code::SignInExpired, || {
        "Sign in again: the code ran out before it was used. If the browser refused it, ask whether a Conditional Access policy blocks device codes.".into()
    }),
    ("AADSTS70018", Code::SignInExpired, || {
        "Sign in again: Entra knows the code no more (it was used, or its answer was lost on the way).".into()
    }),
    ("AADSTS54005", Code::SignInExpired, || {
        "Sign in again: the code from the browser was used before.".into()
    }),
    ("AADSTS70008", Code::SignInExpired, || {
        "Sign in again: the code from the browser ran out before it was used.".into()
    }),
    ("AADSTS9002313", Code::SignInAnswerInvalid, || {
        "Sign in again: Entra could not make sense of the code, or of what is left of the sign-in.".into()
    }),
    ("AADSTS65004", Code::SignInDeclined, || DECLINED.into()),
    ("access_denied", Code::SignInDeclined, || DECLINED.into()),
    ("no_code", Code::SignInFailed, || {
        "Sign in again: the browser brought back neither a code nor a reason.".into()
    }),
    ("AADSTS50011", Code::SignInClientUnsupported, || {
        fix![
            "The public client does not take answers at http://localhost; register that for it (platform `Mobile and desktop applications`), or sign in with another one (",
            Field::ClientId,
            ")."
        ]
    }),
    ("AADSTS50020", Code::UserNotInTenant, || {
        fix![
            "Sign in as somebody of the tenant, or leave ",
            Field::Tenant,
            " away to use the person's own."
        ]
    }),
    ("AADSTS50034", Code::UserNotFound, || {
        "Sign in as somebody of the tenant; this one knows no such user.".into()
    }),
    ("AADSTS50196", Code::Throttled, || {
        "Wait a few minutes; Entra saw too many equal requests.".into()
    }),
    ("Authorization_RequestDenied", Code::PermissionMissing, || {
        "Sign in as somebody who may register applications (Application Developer or higher).".into()
    }),
    ("Request_ResourceNotFound", Code::AzureObjectNotFound, || {
        "Check the id; an object deleted in the portal is found no more.".into()
    }),
    (
        "CredentialInvalidLifetimeAsPerAppPolicy",
        Code::PolicyLimitsLifetime,
        || {
            "The tenant's policy limits how long credentials may last; use a certificate with a shorter life."
                .into()
        },
    ),
    (
        "CredentialTypeNotAllowedAsPerAppPolicy",
        Code::PolicyForbidsCredential,
        || {
            "The tenant's policy forbids this kind of credential: use a certificate, of an authority the tenant trusts where it asks for one.".into()
        },
    ),
    (
        "SignInAudienceNotAllowedAsPerAppPolicy",
        Code::PolicyForbidsApplication,
        || {
            fix![
                "The tenant's policy allows no applications of this tenant alone to be registered: ask the administrator of the app management policies for an exemption, or use an application that exists (",
                Field::Existing,
                ")."
            ]
        },
    ),
    (
        "Authentication_MissingOrMalformed",
        Code::ApplicationProofRefused,
        || {
            "The proof of the application's key was refused. Check that the object id is the application's (not its service principal's) and this machine's clock, or have somebody sign in.".into()
        },
    ),
    ("KeyCredentialsInvalidEndDate", Code::CertificateInvalid, || {
        "Use a certificate that has not expired.".into()
    }),
];

/// The number in one of Entra's codes.
pub(super) fn number(code: Option<&str>) -> Option<u64> {
    code?.strip_prefix("AADSTS")?.parse().ok()
}

/// The next step where an application's own token is refused by what else refuses people.
pub(crate) fn next_of_application(meaning: Code) -> Option<Fix> {
    (meaning == Code::ConditionalAccessBlocks).then(|| {
        "A Conditional Access policy for workload identities refuses the application's own sign-in, mostly by the address it \
         comes from or for a risk. Have an administrator of the tenant allow its service principal from this machine; the \
         service principal's sign-in logs name the policy."
            .into()
    })
}

fn another_way() -> Fix {
    fix![
        "A Conditional Access policy of the tenant refuses this way of signing in. Sign in another way (",
        Field::SignIn.set("browser"),
        " or ",
        Field::SignIn.set("azure-cli"),
        "), or give an administrator what is run elsewhere: ",
        Verb::ServiceAccountScript.any(),
        "."
    ]
}

const DECLINED: &str = "The sign-in was declined. Start again, and finish it in the browser.";
