//! What a handler asks of the engine: one of its wings, on behalf of the sender of the request.

use crate::refusal::Refusal;
use axum::extract::FromRequestParts;
use coldkeep_core::{Caller, Problem};
use coldkeep_engine::{DataWing, Engine, IdentityWing};
use http::request::Parts;
use std::sync::Arc;

/// Who sent the request; the connection knows it.
#[derive(Debug)]
pub(crate) struct AskedBy(pub Caller);

impl<S: Sync> FromRequestParts<S> for AskedBy {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let caller = parts.extensions.get::<Caller>().cloned();
        let unknown = || Refusal(Problem::internal("A request arrived without its sender"));
        caller.map(Self).ok_or_else(unknown)
    }
}

/// Clouds and settings.
#[derive(Debug)]
pub(crate) struct Setup(pub coldkeep_engine::Setup);

impl FromRequestParts<Arc<Engine>> for Setup {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, engine: &Arc<Engine>) -> Result<Self, Refusal> {
        let AskedBy(caller) = AskedBy::from_request_parts(parts, engine).await?;
        Ok(Self(engine.setup(caller)))
    }
}

/// Applications, certificates, permissions and sign-ins.
#[derive(Debug)]
pub(crate) struct Identity(pub IdentityWing);

impl FromRequestParts<Arc<Engine>> for Identity {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, engine: &Arc<Engine>) -> Result<Self, Refusal> {
        let AskedBy(caller) = AskedBy::from_request_parts(parts, engine).await?;
        Ok(Self(engine.identity(caller)))
    }
}

/// Repositories, jobs, runs, restore points and restores.
#[derive(Debug)]
pub(crate) struct Data(pub DataWing);

impl FromRequestParts<Arc<Engine>> for Data {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, engine: &Arc<Engine>) -> Result<Self, Refusal> {
        let AskedBy(caller) = AskedBy::from_request_parts(parts, engine).await?;
        Ok(Self(engine.data(caller)))
    }
}
