//! A second factor on demand: the `claims` of a request, and the refusals that ask for one
//! (<https://learn.microsoft.com/entra/identity-platform/claims-challenge>).

use super::{error::Refusal, resources::WantedScopes};
use crate::{
    World,
    world::{
        first_party::RESOURCE_MANAGER,
        sign_in_rules::{BlockedBy, Mfa},
        tokens::Strength,
    },
};
use serde_json::Value;

/// What Resource Manager demands of an access token.
pub(crate) const DEMANDED: &str = r#"{"access_token":{"acrs":{"essential":true,"values":["p1"]}}}"#;
/// What Entra demands where a policy asks for more than the session has.
const POLICY: &str =
    r#"{"access_token":{"capolids":{"essential":true,"values":["3f0e2a55-4a0a-4d4b-9d7e-5a5f1f8f0b11"]}}}"#;

/// How a person came by a session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Session {
    /// Where the person can be asked: not at a refresh.
    pub interactive: bool,
    pub mfa: bool,
    /// It began with a device code, which is never forgotten.
    pub device_code: bool,
}

/// Whether the `claims` of a request ask for a second factor. Errors: they are not JSON.
pub(super) fn asks(claims: Option<&str>) -> Result<bool, Refusal> {
    let Some(text) = claims.filter(|text| !text.is_empty()) else {
        return Ok(false);
    };
    let value: Value = serde_json::from_str(text).map_err(|_| {
        Refusal::request(
            90_023,
            "Invalid STS request: the value of the parameter 'claims' is not JSON.",
        )
    })?;
    let token = &value["access_token"];
    let context = token["acrs"]["values"].as_array();
    let named = context.is_some_and(|all| all.iter().any(|one| one == "p1"));
    Ok(named || token.get("capolids").is_some())
}

/// How strong a token is that a session gives; refuses a session that would need a second factor first.
pub(super) fn strength(
    world: &World,
    session: Session,
    asked: bool,
    wanted: &WantedScopes,
) -> Result<Strength, Refusal> {
    let rule = world.sign_in_rules().mfa;
    if rule == Mfa::Always {
        return Ok(Strength {
            mfa: true,
            asked: true,
        });
    }
    let by_policy = rule == Mfa::ResourceManagerTokens && wanted.app_id == RESOURCE_MANAGER;
    let mfa = session.mfa || (session.interactive && (asked || by_policy));
    if (asked || by_policy) && !mfa {
        let message = format!(
            "Due to a configuration change made by your administrator, or because you moved to a new location, you must use \
             multi-factor authentication to access '{}'.",
            wanted.app_id
        );
        let claims = if asked { DEMANDED } else { POLICY };
        return Err(Refusal::grant(50076, message).demanding(claims));
    }
    Ok(Strength {
        mfa,
        asked: asked && mfa,
    })
}

/// The refusal of a device code.
pub(super) fn blocked(world: &World) -> Refusal {
    match world.sign_in_rules().blocked_by {
        BlockedBy::SecurityDefaults => Refusal::grant(
            530_035,
            "Access has been blocked by security defaults. This is due to the request using legacy auth or being deemed unsafe \
             by security defaults policies.",
        ),
        BlockedBy::ConditionalAccess => Refusal::grant(
            53003,
            "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
        )
        .demanding(POLICY),
    }
}

/// The refusal of a refresh of what began with a device code.
pub(super) fn blocked_refresh() -> Refusal {
    Refusal::grant(
        530_036,
        "Access has been blocked by an authentication flows policy: the session was established with the device code flow.",
    )
}
