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
            " names the cloud that the tenant is in."
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
        "Check the application (client) id and the tenant. If the application was just created, try again in \
         a few minutes."
            .into()
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
        "Give the secret's value, not its id, and check that it belongs to this application. A new secret \
         can take a few minutes to work."
            .into()
    }),
    ("AADSTS7000222", Code::SecretExpired, || {
        "The secret has expired; create a new one for the application and give it here.".into()
    }),
    ("AADSTS700027", Code::CertificateNotRegistered, || {
        fix![
            "Register this certificate with the application (or add the service account with ",
            Field::Grant,
            ", which registers it), and check that it is the right application."
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
        "The application is a public client, which cannot have a credential; use another one.".into()
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
            "A Conditional Access policy of the tenant blocks sign-ins from this kind of device: sign in \
             from another one, or give an administrator a script to run elsewhere: ",
            Verb::ServiceAccountScript.any(),
            "."
        ]
    }),
    ("AADSTS530035", Code::SignInWayBlocked, || {
        fix![
            "The tenant's security defaults block this sign-in method, especially device codes: sign in with \
             a browser (",
            Field::SignIn.set("browser"),
            ") or with the Azure CLI's sign-in (",
            Field::SignIn.set("azure-cli"),
            ")."
        ]
    }),
    ("AADSTS530036", Code::SignInWayBlocked, || {
        fix![
            "The tenant does not allow sign-in by device code: sign in with a browser (",
            Field::SignIn.set("browser"),
            ") or with the Azure CLI's sign-in (",
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
        "The application is not assigned to the application it requests: have an administrator assign it \
         (Enterprise applications, Users and groups), or switch off `Assignment required` there."
            .into()
    }),
    ("AADSTS50057", Code::UserDisabled, || {
        "This user account is disabled: sign in as another user, or have an administrator of the tenant \
         enable it."
            .into()
    }),
    ("AADSTS90072", Code::UserNotInTenant, || {
        "The account belongs to another tenant and is not a guest of this one: sign in as a user of this \
         tenant, or have an administrator invite the account."
            .into()
    }),
    ("AADSTS7000229", Code::ServicePrincipalNotFound, || {
        fix![
            "The application has no service principal in the tenant: add the service account with ",
            Field::Grant,
            ", which creates it, or have an administrator create it (`az ad sp create --id` with the \
             application's id). A new one can take a few minutes to replicate."
        ]
    }),
    ("AADSTS50074", Code::SecondFactorNeeded, super::step_up),
    ("AADSTS50076", Code::SecondFactorNeeded, super::step_up),
    ("AADSTS50079", Code::SecondFactorNeeded, || {
        fix![
            "Sign in again with a browser (",
            Field::SignIn.set("browser"),
            "): the tenant requires you to set up multi-factor authentication first."
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
        "Sign in again: the code expired before it was used. If the browser refused it, ask an administrator \
         whether a Conditional Access policy blocks device codes."
            .into()
    }),
    ("AADSTS70018", Code::SignInExpired, || {
        "Sign in again: Entra no longer knows the code (it was used, or the response was lost).".into()
    }),
    ("AADSTS54005", Code::SignInExpired, || {
        "Sign in again: the code from the browser was used before.".into()
    }),
    ("AADSTS70008", Code::SignInExpired, || {
        "Sign in again: the code from the browser expired before it was used.".into()
    }),
    ("AADSTS9002313", Code::SignInAnswerInvalid, || {
        "Sign in again: Entra could not read the code or the state of the sign-in.".into()
    }),
    ("AADSTS65004", Code::SignInDeclined, || DECLINED.into()),
    ("access_denied", Code::SignInDeclined, || DECLINED.into()),
    ("no_code", Code::SignInFailed, || {
        "Sign in again: the browser's response has neither a code nor an error.".into()
    }),
    ("AADSTS50011", Code::SignInClientUnsupported, || {
        fix![
            "The public client does not have the redirect URI http://localhost; register it (platform \
             `Mobile and desktop applications`), or sign in with another client (",
            Field::ClientId,
            ")."
        ]
    }),
    ("AADSTS50020", Code::UserNotInTenant, || {
        fix![
            "Sign in as a user of the tenant, or omit ",
            Field::Tenant,
            " to use the user's own tenant."
        ]
    }),
    ("AADSTS50034", Code::UserNotFound, || {
        "Sign in as a user of the tenant; this user does not exist there.".into()
    }),
    ("AADSTS50196", Code::Throttled, || {
        "Wait a few minutes; Entra received too many identical requests.".into()
    }),
    ("Authorization_RequestDenied", Code::PermissionMissing, || {
        "Sign in as a user who is allowed to register applications (Application Developer or higher).".into()
    }),
    ("Request_ResourceNotFound", Code::AzureObjectNotFound, || {
        "Check the id; the object may have been deleted in the portal.".into()
    }),
    (
        "CredentialInvalidLifetimeAsPerAppPolicy",
        Code::PolicyLimitsLifetime,
        || {
            "The tenant's policy limits the lifetime of credentials; use a certificate with a shorter \
             lifetime."
                .into()
        },
    ),
    (
        "CredentialTypeNotAllowedAsPerAppPolicy",
        Code::PolicyForbidsCredential,
        || {
            "The tenant's policy forbids this kind of credential: use a certificate, from an authority that \
             the tenant trusts if the policy requires one."
                .into()
        },
    ),
    (
        "SignInAudienceNotAllowedAsPerAppPolicy",
        Code::PolicyForbidsApplication,
        || {
            fix![
                "The tenant's policy does not allow single-tenant applications: ask the administrator of the \
                 app management policies for an exemption, or use an existing application (",
                Field::Existing,
                ")."
            ]
        },
    ),
    (
        "Authentication_MissingOrMalformed",
        Code::ApplicationProofRefused,
        || {
            "The proof of the application's key was refused. Check that the object id is the application's \
             (not its service principal's), check this machine's clock, or use a sign-in."
                .into()
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
        "A Conditional Access policy for workload identities blocks the application's own sign-in, usually \
         because of its IP address or its risk level. Have an administrator of the tenant allow its service \
         principal from this machine; the service principal's sign-in logs name the policy."
            .into()
    })
}

fn another_way() -> Fix {
    fix![
        "A Conditional Access policy of the tenant blocks this sign-in method. Use another one (",
        Field::SignIn.set("browser"),
        " or ",
        Field::SignIn.set("azure-cli"),
        "), or give an administrator a script to run elsewhere: ",
        Verb::ServiceAccountScript.any(),
        "."
    ]
}

const DECLINED: &str = "The sign-in was declined. Start again, and finish the sign-in in the browser.";
