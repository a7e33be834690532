//! The seam between identity and the services: who a token stands for, what they may do.

use super::{roles::Asked, state::World, tokens::Strength};
use crate::wire::read;
use serde::Serialize;

/// The caller, from the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Principal {
    pub tenant_id: String,
    pub object_id: String,
    /// The application, for a token that stands for no person.
    pub app_id: Option<String>,
    /// A user principal name, or the application's id.
    pub name: String,
}

/// A handler puts this into the extensions of its response, so that the request log knows who called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller(pub String);

/// Why a token is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenRefusal {
    Malformed,
    BadSignature,
    Expired,
    NotYetValid,
    /// The token is for something else; what it is for.
    WrongAudience(String),
}

impl World {
    /// Checks a bearer token (the part after `Bearer `): signature, lifetime, and that `audience_ok` takes its `aud`.
    pub fn verify_token(
        &self,
        bearer: &str,
        audience_ok: impl Fn(&str) -> bool,
    ) -> Result<Principal, TokenRefusal> {
        let token = self.tokens.verify(bearer)?;
        let now_s = self.now().as_second();
        if now_s >= token.expires_s {
            return Err(TokenRefusal::Expired);
        }
        if now_s < token.not_before_s {
            return Err(TokenRefusal::NotYetValid);
        }
        if !audience_ok(&token.audience) {
            return Err(TokenRefusal::WrongAudience(token.audience.clone()));
        }
        Ok(token.principal.clone())
    }

    /// The client's application id, and the app roles or scopes, of a token that [`World::verify_token`] accepts.
    pub(crate) fn client_and_permissions(&self, bearer: &str) -> (String, Vec<String>) {
        let token = self.tokens.verify(bearer);
        token
            .map(|t| (t.client_id.clone(), t.permissions.clone()))
            .unwrap_or_default()
    }

    /// How a user signed in, from a token that [`World::verify_token`] accepts: with a second factor, and whether it
    /// answers a demand for one.
    pub(crate) fn strength(&self, bearer: &str) -> Strength {
        self.tokens.verify(bearer).map(|t| t.strength).unwrap_or_default()
    }

    /// Whether `principal` holds `action` at `scope` (a Resource Manager id; assignments above it count). `data` distinguishes
    /// data actions from control-plane ones. `…/generateUserDelegationKey/action` is a control-plane action that
    /// Blob Storage asks for at the *account's* scope, so an assignment at a container does not give it.
    pub fn may(&self, principal: &Principal, scope: &str, action: &str, data: bool) -> bool {
        self.may_do(principal, scope, &Asked::plain(action, data))
    }

    /// Whether a request with known circumstances is allowed: conditions on assignments are evaluated.
    pub fn may_do(&self, principal: &Principal, scope: &str, asked: &Asked<'_>) -> bool {
        if !self.options().rbac {
            return true;
        }
        read(&self.roles).allows(&principal.object_id, scope, asked, self.seen_until())
    }
}
