//! Claims challenges: a service that asks for more than a person's sign-in has, and what a new sign-in must carry then
//! (<https://learn.microsoft.com/entra/identity-platform/claims-challenge>).

use super::{TokenOwner, TokenSource};
use crate::Error;
use coldkeep_core::{Challenge, SecretString};
use serde_json::{Map, Value};
use std::sync::PoisonError;

/// The claims of Resource Manager's challenge of a write without a second factor; requested if a service describes it
/// only in words.
pub(crate) const SECOND_FACTOR: &str = r#"{"access_token":{"acrs":{"essential":true,"values":["p1"]}}}"#;

/// Refusals of a token that a new sign-in resolves, independent of the rest of the answer.
const ASKS_THE_PERSON: [&str; 5] = [
    "AADSTS50074",
    "AADSTS50076",
    "AADSTS50078",
    "AADSTS50079",
    "AADSTS50158",
];

/// Both demands in one.
fn merged(first: Option<&str>, second: &str) -> String {
    fn into(all: &mut Map<String, Value>, more: Map<String, Value>) {
        for (name, value) in more {
            match (all.get_mut(&name), value) {
                (Some(Value::Object(known)), Value::Object(value)) => into(known, value),
                (_, value) => drop(all.insert(name, value)),
            }
        }
    }
    let object = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap_or_default();
    let mut all = first.map(object).unwrap_or_default();
    into(&mut all, object(second));
    Value::Object(all).to_string()
}

impl TokenSource {
    /// Notes that a token for `audience` must carry these claims, also when it is renewed.
    pub(crate) fn demand(&self, audience: &str, claims: &str) {
        let mut demanded = self.0.demanded.write().unwrap_or_else(PoisonError::into_inner);
        let all = merged(demanded.get(audience).map(String::as_str), claims);
        demanded.insert(audience.to_owned(), all);
    }

    /// The claims that a token for `audience` must carry.
    pub(crate) fn demanded(&self, audience: &str) -> Option<String> {
        let demanded = self.0.demanded.read().unwrap_or_else(PoisonError::into_inner);
        demanded.get(audience).cloned()
    }

    /// A token for `audience` after a service refused the last one and required `claims`: the session may have them
    /// already, else a new sign-in is needed, and the error names it.
    pub(crate) async fn step_up(
        &self,
        audience: &str,
        claims: &str,
        refused: Error,
    ) -> Result<SecretString, Error> {
        match &self.0.who {
            TokenOwner::App(_) => Err(refused),
            TokenOwner::Given => {
                self.demand(audience, claims);
                Err(self.challenged(audience, refused))
            }
            TokenOwner::Person(_) => {
                self.demand(audience, claims);
                self.forget_one(audience);
                self.token(audience).await
            }
        }
    }

    /// The refusal, with the claims that a new sign-in must carry.
    pub(crate) fn challenged(&self, audience: &str, refused: Error) -> Error {
        match &self.0.who {
            TokenOwner::App(_) => refused,
            TokenOwner::Person(_) | TokenOwner::Given => refused.challenged(Challenge {
                claims: self.demanded(audience),
                audience: audience.to_owned(),
            }),
        }
    }

    /// A refusal of Entra's, as the challenge that it is where the person can do something about it.
    pub(super) fn understood(&self, audience: &str, refused: Error) -> Error {
        let asks = refused.oauth_error() == Some("interaction_required")
            || refused.code().is_some_and(|code| ASKS_THE_PERSON.contains(&code));
        match &self.0.who {
            TokenOwner::App(_) => refused.of_application(),
            TokenOwner::Person(_) if asks => {
                if let Some(claims) = refused.claims().map(str::to_owned) {
                    self.demand(audience, &claims);
                }
                self.challenged(audience, refused)
            }
            TokenOwner::Person(_) | TokenOwner::Given => refused,
        }
    }

    fn forget_one(&self, audience: &str) {
        self.0
            .cache
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(audience);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_demands_become_one() {
        let both = merged(
            Some(SECOND_FACTOR),
            r#"{"access_token":{"nbf":{"essential":true,"value":"1"}},"id_token":{}}"#,
        );
        let both: Value = serde_json::from_str(&both).unwrap();
        assert_eq!(both["access_token"]["acrs"]["values"][0], "p1");
        assert_eq!(both["access_token"]["nbf"]["value"], "1");
        assert_eq!(merged(None, SECOND_FACTOR), SECOND_FACTOR);
    }
}
