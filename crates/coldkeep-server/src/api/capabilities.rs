//! `/sign-ins/{id}/capabilities`: what the signed-in person may do, before the first step.

use super::Answer;
use crate::extract::{Id, Params};
use crate::json::Json;
use crate::wings::Identity;
use axum::{Router, routing::get};
use coldkeep_api::{Capabilities, CapabilitiesOf};
use coldkeep_core::{Code, Problem, id::SignInId, resource::ResourceId};
use coldkeep_engine::Engine;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new().route("/sign-ins/{key}/capabilities", get(show))
}

/// `subscription` and `scope` may be repeated; `application` is a client id.
async fn show(
    Identity(identity): Identity,
    Id(id): Id<SignInId>,
    Params(query): Params<Vec<(String, String)>>,
) -> Answer<Json<Capabilities>> {
    let of = understand(query)?;
    Ok(Json(identity.show_capabilities(id, of).await?))
}

fn understand(query: Vec<(String, String)>) -> Result<CapabilitiesOf, Problem> {
    let mut of = CapabilitiesOf::default();
    for (key, value) in query {
        match key.as_str() {
            "subscription" => of.scopes.push(ResourceId(format!("/subscriptions/{value}"))),
            "scope" => of.scopes.push(ResourceId(value)),
            "application" => of.application_id = Some(value),
            _ => {
                return Err(Problem::new(
                    Code::RequestQueryInvalid,
                    format!("The query's `{key}` cannot be used here"),
                    "Write `subscription=ID`, `scope=RESOURCE-ID` or `application=ID`.",
                ));
            }
        }
    }
    Ok(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_repeated_and_misspelt_words_refused() {
        let query = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
            understand(pairs.collect())
        };
        let of = query(&[
            ("subscription", "s"),
            ("scope", "/subscriptions/t"),
            ("application", "a"),
        ])
        .unwrap();
        assert_eq!(
            of.scopes,
            ["/subscriptions/s", "/subscriptions/t"].map(|id| ResourceId(id.into()))
        );
        assert_eq!(of.application_id.as_deref(), Some("a"));
        assert!(query(&[("scopes", "x")]).is_err());
    }
}
