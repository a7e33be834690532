//! Who a client is, and how it proves it: a secret, a signed assertion, or nothing where it is public
//! (<https://learn.microsoft.com/entra/identity-platform/msal-client-applications>).

use super::{
    assertion,
    error::Refusal,
    form::{self, Form},
};
use crate::{
    World,
    wire::{call::Call, read},
    world::{
        directory::{Application, ServicePrincipal},
        first_party,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How the token's client authenticated: `appidacr`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    Nothing,
    Secret,
    Assertion,
}

impl Proof {
    pub(super) fn appidacr(self) -> &'static str {
        match self {
            Self::Nothing => "0",
            Self::Secret => "1",
            Self::Assertion => "2",
        }
    }
}

/// What a token request shows of its client.
pub(super) struct ClientCredential<'a> {
    pub id: String,
    secret: Option<String>,
    assertion: Option<&'a str>,
    assertion_type: Option<&'a str>,
}

/// Reads the client's id and credentials, from the form or from HTTP's basic authorization.
pub(super) fn read_client<'a>(call: &Call, form: &'a Form) -> Result<ClientCredential<'a>, Refusal> {
    let (id, secret) = match basic_credentials(call) {
        Some((id, secret)) => (id, Some(secret)),
        None => (
            form::field(form, "client_id")?.to_owned(),
            form::optional(form, "client_secret").map(str::to_owned),
        ),
    };
    Ok(ClientCredential {
        id,
        secret,
        assertion: form::optional(form, "client_assertion"),
        assertion_type: form::optional(form, "client_assertion_type"),
    })
}

impl ClientCredential<'_> {
    fn has_credential(&self) -> bool {
        self.secret.is_some() || self.assertion.is_some()
    }

    /// Checks the credential of an application; none is none.
    pub(super) fn check(
        &self,
        world: &World,
        application: &Application,
        tenant: &str,
    ) -> Result<Proof, Refusal> {
        match (self.assertion, &self.secret) {
            (Some(jwt), _) if self.assertion_type == Some(JWT_BEARER) => {
                assertion::check_assertion(world, application, tenant, jwt)?;
                Ok(Proof::Assertion)
            }
            (Some(_), _) => Err(Refusal::missing("client_assertion_type")),
            (None, Some(secret)) => {
                check_secret(world, application, secret)?;
                Ok(Proof::Secret)
            }
            (None, None) => Err(needs_credential()),
        }
    }

    /// Checks a client that acts for a person: a public one shows nothing, any other its credential.
    pub(super) fn check_for_person(
        &self,
        world: &World,
        tenant: Option<&str>,
        public: bool,
    ) -> Result<Proof, Refusal> {
        if first_party::is_client(&self.id) || public {
            return if self.has_credential() {
                Err(is_public())
            } else {
                Ok(Proof::Nothing)
            };
        }
        let application = find_application(world, &self.id, tenant)?;
        let tenant = tenant.unwrap_or(&application.tenant_id);
        self.check(world, &application, tenant)
    }
}

/// An application that the tenant knows, with the credentials that its service principal there has besides; without a
/// tenant, any.
pub(super) fn find_application(
    world: &World,
    client_id: &str,
    tenant: Option<&str>,
) -> Result<Application, Refusal> {
    let directory = read(&world.directory);
    let now = world.seen_until();
    let here = |app: &&Application| {
        tenant.is_none_or(|tenant| {
            app.tenant_id == tenant || directory.service_principal(client_id, tenant, now).is_some()
        })
    };
    let mut application = directory
        .application(client_id, now)
        .filter(here)
        .cloned()
        .ok_or_else(|| Refusal::unknown_application(client_id, tenant.unwrap_or("common")))?;
    let home = tenant.unwrap_or(&application.tenant_id);
    if let Some(principal) = directory.service_principal(client_id, home, now) {
        let (keys, passwords) = (&principal.key_credentials, &principal.password_credentials);
        application.key_credentials.extend_from_slice(keys);
        application.password_credentials.extend_from_slice(passwords);
    }
    Ok(application)
}

/// Refuses clients that are not registered or that are disabled; answers whether they are public.
pub(super) fn is_public_client(
    world: &World,
    client_id: &str,
    tenant: Option<&str>,
) -> Result<bool, Refusal> {
    if first_party::is_client(client_id) {
        return Ok(true);
    }
    let application = find_application(world, client_id, tenant)?;
    let directory = read(&world.directory);
    let home = tenant.unwrap_or(&application.tenant_id);
    if let Some(principal) = directory.service_principal(client_id, home, world.seen_until()) {
        enabled(principal)?;
    }
    Ok(application.public_client)
}

/// Refuses a service principal that is switched off.
pub(super) fn enabled(principal: &ServicePrincipal) -> Result<(), Refusal> {
    if principal.enabled {
        return Ok(());
    }
    Err(Refusal::new(
        400,
        "unauthorized_client",
        7_000_112,
        format!(
            "Application '{}'({}) is disabled.",
            principal.app_id, principal.display_name
        ),
    ))
}

fn needs_credential() -> Refusal {
    Refusal::credential(
        7_000_218,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    )
}

pub(super) fn is_public() -> Refusal {
    Refusal::credential(
        700_025,
        "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
    )
}

fn basic_credentials(call: &Call) -> Option<(String, String)> {
    let (scheme, rest) = call.header("authorization")?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let plain = |s: &str| {
        percent_encoding::percent_decode_str(s)
            .decode_utf8_lossy()
            .into_owned()
    };
    Some((plain(id), plain(secret)))
}

fn check_secret(world: &World, application: &Application, secret: &str) -> Result<(), Refusal> {
    let now = world.now();
    let hash: [u8; 32] = Sha256::digest(secret).into();
    let known = application
        .password_credentials
        .iter()
        .find(|p| p.secret_sha256 == hash && p.usable_at <= world.seen_until());
    let app_id = &application.app_id;
    match known {
        Some(p) if p.start <= now && now < p.end => Ok(()),
        Some(_) => Err(Refusal::credential(
            7_000_222,
            format!(
                "The provided client secret keys for app '{app_id}' are expired. Visit the Azure portal to create new keys for \
                 your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: \
                 https://aka.ms/certCreds."
            ),
        )),
        None => Err(Refusal::credential(
            7_000_215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the \
                 client secret ID, for a secret added to app '{app_id}'."
            ),
        )),
    }
}
