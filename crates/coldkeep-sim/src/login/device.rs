//! The device authorization flow: a code for the device, a page for the person
//! (<https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code>).

use super::{client, error::Refusal, form, resources, step_up, tenant::tenant_of_path};
use crate::{
    Body, World,
    wire::{call::Call, new_guid, read, reply, write},
    world::{
        directory::{DeviceSignIn, DeviceState},
        sign_in_rules::DeviceCodes,
    },
};
use http::Response;
use jiff::SignedDuration;
use serde_json::json;

/// How long a code may be entered.
const LIFETIME_S: i64 = 900;

/// Letters and digits that are not mistaken for each other.
const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Begins a sign-in.
pub(super) fn start(world: &World, tenant: &str, call: &Call) -> Result<Response<Body>, Refusal> {
    let tenant_id = tenant_of_path(world, tenant)?;
    let form = call.form();
    let client_id = form::field(&form, "client_id")?;
    let scope = form::field(&form, "scope")?;
    client::is_public_client(world, client_id, tenant_id.as_deref())?;
    resources::wanted(world, scope, tenant)?;
    let step_up = step_up::asks(form::optional(&form, "claims"))?;
    if world.sign_in_rules().device_codes == DeviceCodes::RefusedAtStart {
        return Err(step_up::blocked(world));
    }
    let device_code = format!("{}{}", new_guid(), new_guid()).replace('-', "");
    let user_code: String = uuid::Uuid::new_v4()
        .as_bytes()
        .iter()
        .take(9)
        .map(|b| char::from(ALPHABET[usize::from(*b) % ALPHABET.len()]))
        .collect();
    let now = world.now();
    let sign_in = DeviceSignIn {
        user_code: user_code.clone(),
        client_id: client_id.to_owned(),
        tenant_id,
        scope: scope.to_owned(),
        step_up,
        expires_at: now
            .checked_add(SignedDuration::from_secs(LIFETIME_S))
            .unwrap_or(now),
        state: DeviceState::Pending,
    };
    {
        let mut directory = write(&world.directory);
        directory
            .device_sign_ins
            .retain(|_, d| now < d.expires_at + SignedDuration::from_secs(LIFETIME_S));
        directory.device_sign_ins.insert(device_code.clone(), sign_in);
    }
    let page = format!("{}/device", world.endpoints().login);
    let message = format!(
        "To sign in, use a web browser to open the page {page} and enter the code {user_code} to authenticate."
    );
    Ok(reply::json(
        200,
        &json!({
            "user_code": user_code,
            "device_code": device_code,
            "verification_uri": page,
            "expires_in": LIFETIME_S,
            "interval": world.options().device_code_interval_s,
            "message": message,
        }),
    ))
}

/// The page on which a person enters the code. Who signs in is a field: the simulator has no passwords.
pub(super) fn page(world: &World, outcome: Option<&str>) -> Response<Body> {
    let user = read(&world.directory)
        .users
        .first()
        .map(|u| u.principal_name.clone())
        .unwrap_or_default();
    let outcome = outcome
        .map(|text| format!("<p><strong>{text}</strong></p>"))
        .unwrap_or_default();
    reply::html(
        200,
        format!(
            "<!doctype html><html lang=\"en\"><title>Enter code</title><h1>Enter the code displayed on your device</h1>\
             {outcome}<form method=\"post\"><p><label>Code <input name=\"user_code\" autofocus></label></p>\
             <p><label>User <input name=\"user\" value=\"{user}\"></label></p>\
             <p><button>Sign in</button></p></form></html>"
        ),
    )
}

/// What the page sends.
pub(super) fn approve(world: &World, call: &Call) -> Response<Body> {
    let form = call.form();
    let of = |name: &str| {
        form.iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.trim())
            .unwrap_or_default()
    };
    if world.sign_in_rules().device_codes == DeviceCodes::RefusedOnPage {
        let refusal = step_up::blocked(world);
        let text = format!("AADSTS{}: {}", refusal.code, refusal.message);
        return page(world, Some(&text));
    }
    match world.approve_device_code(of("user_code"), of("user")) {
        Ok(()) => page(world, Some("You have signed in. You may now close this window.")),
        Err(_) => page(world, Some("That code or user is not known.")),
    }
}
