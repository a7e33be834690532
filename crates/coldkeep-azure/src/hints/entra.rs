//! Codes of Entra ID (<https://learn.microsoft.com/entra/identity-platform/reference-error-codes>) and of Graph.

use super::Row;
use coldkeep_core::Kind;

pub(super) const ROWS: &[Row] = &[
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
    ("AADSTS530032", Kind::Denied, CONDITIONAL_ACCESS),
    ("AADSTS530033", Kind::Denied, CONDITIONAL_ACCESS),
    (
        "AADSTS50005",
        Kind::Denied,
        "A Conditional Access policy of the tenant lets nobody sign in from this kind of device: sign in from another one, or print what an administrator runs elsewhere (`service-account script`).",
    ),
    (
        "AADSTS530035",
        Kind::Denied,
        "The tenant's security defaults refuse this way of signing in, device codes above all: sign in in a browser (`--sign-in browser`) or as the Azure CLI has there (`--sign-in azure-cli`).",
    ),
    (
        "AADSTS530036",
        Kind::Denied,
        "The tenant lets no sign-in by device code go on: sign in in a browser (`--sign-in browser`) or as the Azure CLI has there (`--sign-in azure-cli`).",
    ),
    (
        "AADSTS50199",
        Kind::Cancelled,
        "Sign in again, and confirm on the page that you are signing in to this application.",
    ),
    (
        "AADSTS50105",
        Kind::Denied,
        "The tenant requires an assignment to this client: have an administrator assign you to it (Enterprise applications, Users and groups), or sign in with another client (--client-id).",
    ),
    (
        "AADSTS501051",
        Kind::Denied,
        "The application is not assigned to what it asks for: have an administrator assign it (Enterprise applications, Users and groups), or switch off `Assignment required` there.",
    ),
    (
        "AADSTS50057",
        Kind::Denied,
        "This user account is disabled: sign in as somebody else, or have an administrator of the tenant enable it.",
    ),
    (
        "AADSTS90072",
        Kind::Denied,
        "The account is of another tenant, and no guest of this one: sign in as somebody of the tenant, or have an administrator invite the account.",
    ),
    (
        "AADSTS7000229",
        Kind::NotFound,
        "The application has no service principal in the tenant: add the service account with --grant, which makes it, or have an administrator make it (`az ad sp create --id` with the application's id). One made a moment ago may need a few minutes.",
    ),
    ("AADSTS50074", Kind::Denied, super::STEP_UP),
    ("AADSTS50076", Kind::Denied, super::STEP_UP),
    (
        "AADSTS50079",
        Kind::Denied,
        "Sign in again in a browser (`--sign-in browser`): the tenant asks to set up multi-factor authentication first.",
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
    (
        "AADSTS9002313",
        Kind::Invalid,
        "Sign in again: Entra could not make sense of the code, or of what is left of the sign-in.",
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
        "SignInAudienceNotAllowedAsPerAppPolicy",
        Kind::Invalid,
        "The tenant's policy allows no applications of this tenant alone to be registered: ask the administrator of the app management policies for an exemption, or use an application that exists (--existing).",
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
];

/// The number in one of Entra's codes.
pub(super) fn number(code: Option<&str>) -> Option<u64> {
    code?.strip_prefix("AADSTS")?.parse().ok()
}

/// The next step where an application's own token is refused by what else refuses people.
pub(crate) fn next_of_application(code: Option<&str>) -> Option<&'static str> {
    let (_, _, next) = super::row(code)?;
    (*next == CONDITIONAL_ACCESS).then_some(
        "A Conditional Access policy for workload identities refuses the application's own sign-in, mostly by the address it \
         comes from or for a risk. Have an administrator of the tenant allow its service principal from this machine; the \
         service principal's sign-in logs name the policy.",
    )
}

const CONDITIONAL_ACCESS: &str = "A Conditional Access policy of the tenant refuses this way of signing in. Sign in another \
     way (`--sign-in browser` or `--sign-in azure-cli`), or print what an administrator runs elsewhere \
     (`service-account script`).";
const DECLINED: &str = "The sign-in was declined. Start again, and go on to the end in the browser.";
