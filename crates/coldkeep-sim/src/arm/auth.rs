//! Who calls Resource Manager.

use super::error::ArmError;
use crate::{
    World,
    wire::call::Call,
    world::{Principal, TokenRefusal},
};

/// The principal that the request's token stands for.
pub(super) fn authenticate(world: &World, call: &Call) -> Result<Principal, ArmError> {
    let refuse = |code: &'static str, message: &str| ArmError::new(401, code, message);
    let token = call.bearer().ok_or_else(|| {
        refuse(
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
        )
    })?;
    let own = &world.endpoints().resource_manager;
    let known = [
        own.as_str(),
        "https://management.azure.com",
        "https://management.core.windows.net",
        "https://management.usgovcloudapi.net",
        "https://management.core.usgovcloudapi.net",
        "https://management.chinacloudapi.cn",
        "https://management.core.chinacloudapi.cn",
        "797f4846-ba00-4fd7-ba43-dac1f8f63013",
    ];
    world.verify_token(token, |aud| known.contains(&aud.trim_end_matches('/'))).map_err(|refusal| match refusal {
        TokenRefusal::Expired => refuse(
            "ExpiredAuthenticationToken",
            "The access token expiry UTC time is earlier than the current UTC time.",
        ),
        TokenRefusal::WrongAudience(aud) => refuse(
            "InvalidAuthenticationTokenAudience",
            &format!(
                "The access token has been obtained for wrong audience or resource '{aud}'. It should exactly match with one of \
                 the allowed audiences 'https://management.core.windows.net/', 'https://management.azure.com/'."
            ),
        ),
        TokenRefusal::Malformed | TokenRefusal::BadSignature | TokenRefusal::NotYetValid => {
            refuse("InvalidAuthenticationToken", "The access token is invalid.")
        }
    })
}
