//! Bodies, paths and queries of requests; what cannot be used is refused with a problem.

use crate::{limits::BODY_TIME, refusal::Refusal};
use axum::{
    body::to_bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
};
use coldkeep_core::{Code, Problem};
use http::request::Parts;
use serde::de::DeserializeOwned;
use std::str::FromStr;

/// Far above any request there is (the largest holds a PFX file), far below what would hurt.
const BODY_MAX_BYTES: usize = 4 << 20;

/// The body as JSON. An empty body counts as `{}`.
#[derive(Debug)]
pub(crate) struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let whole = to_bytes(request.into_body(), BODY_MAX_BYTES);
        let whole = tokio::time::timeout(BODY_TIME, whole).await.map_err(|_| {
            Problem::new(
                Code::RequestBodyInvalid,
                format!(
                    "The request's body did not arrive within {} s",
                    BODY_TIME.as_secs()
                ),
                "Send it without delay.",
            )
        })?;
        let bytes = whole.map_err(|_| {
            Problem::new(
                Code::RequestBodyInvalid,
                "The request's body is longer than 4 MiB, or was cut off",
                "Send a shorter one; no request of this API is that long.",
            )
        })?;
        let text = if bytes.is_empty() {
            b"{}".as_slice()
        } else {
            &bytes
        };
        serde_json::from_slice(text).map(Self).map_err(|e| {
            Refusal(Problem::new(
                Code::RequestBodyInvalid,
                format!("The request's body is not valid ({e})"),
                "Send a JSON object with the fields of this request.",
            ))
        })
    }
}

/// The one parameter of the path as it is: an id, a name or a thumbprint.
#[derive(Debug)]
pub(crate) struct Key(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Path(key) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|e| {
                Problem::new(
                    Code::PathInvalid,
                    format!("The path cannot be read ({e})"),
                    "Percent-encode the name as UTF-8.",
                )
            })?;
        Ok(Self(key))
    }
}

/// The one parameter of the path, a UUID.
#[derive(Debug)]
pub(crate) struct Id<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Key(key) = Key::from_request_parts(parts, state).await?;
        key.parse().map(Self).map_err(|_| {
            Refusal(Problem::new(
                Code::IdInvalid,
                format!("`{key}` is not an id"),
                "Copy it from the list: 32 hexadecimal digits in five groups.",
            ))
        })
    }
}

/// The query.
#[derive(Debug)]
pub(crate) struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Query(query) = Query::<T>::from_request_parts(parts, state).await.map_err(|e| {
            Problem::new(
                Code::RequestQueryInvalid,
                format!("The query is not valid ({e})"),
                "Correct the part after the question mark.",
            )
        })?;
        Ok(Self(query))
    }
}
