//! Writes of people who have not signed in with a second factor
//! (<https://learn.microsoft.com/entra/identity/authentication/concept-mandatory-multifactor-authentication>).

use super::error::ArmError;
use crate::{
    Body, World,
    login::step_up::DEMANDED,
    wire::{call::Call, reply},
    world::{Principal, sign_in_rules::Mfa},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{Method, Response};

/// The refusal of a write that needs a second factor; applications need none. That it comes before the caller's rights are
/// looked at is not documented.
pub(super) fn challenge_without_mfa(
    world: &World,
    call: &Call,
    caller: &Principal,
) -> Option<Response<Body>> {
    let reads = matches!(call.method, Method::GET | Method::HEAD);
    if reads || caller.app_id.is_some() {
        return None;
    }
    let strength = world.strength(call.bearer()?);
    match world.sign_in_rules().mfa {
        Mfa::ResourceManagerWrites if !strength.asked => {
            let error = ArmError::new(
                401,
                "InvalidAuthenticationToken",
                "The access token does not satisfy the claims that creating, changing or deleting resources needs: sign in \
                 with multi-factor authentication.",
            );
            let mut response = error.reply();
            let challenge = format!(
                "Bearer realm=\"\", authorization_uri=\"{}/common/oauth2/authorize\", error=\"insufficient_claims\", \
                 claims=\"{}\"",
                world.endpoints().login,
                STANDARD.encode(DEMANDED)
            );
            reply::set_header(&mut response, "www-authenticate", &challenge);
            Some(response)
        }
        Mfa::ResourceManagerWritesByPolicy if !strength.mfa => Some(
            ArmError::new(
                403,
                "RequestDisallowedByPolicy",
                "Resource was disallowed by policy. Reasons: 'MFA is required to create, update or delete resources. \
                 https://aka.ms/mfaforazure'. See error details for policy resource IDs.",
            )
            .reply(),
        ),
        _ => None,
    }
}
