//! `/certificates`: `POST /certificates` generates, `…/in-token` generates the key in a token, `…/import` imports a PFX,
//! `…/inspect` only reads it, `…/link` links a key that stays where it is. `/certificate-folders`: the folders that
//! are searched for PEM pairs.

use super::Answer;
use crate::extract::{Body, Key, Params};
use crate::json::Json;
use crate::wings::Identity;
use axum::{
    Router,
    routing::{get, post},
};
use coldkeep_api::{
    CertificateFolder, ExportPfx, ExportedPfx, GenerateInToken, ImportPfx, LinkCertificate, NameFolder,
    PfxFile, PfxKey,
};
use coldkeep_core::certificate::{Certificate, NewCertificate};
use coldkeep_engine::Engine;
use http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Engine>> {
    Router::new()
        .route("/certificates", get(list).post(generate))
        .route("/certificates/import", post(import))
        .route("/certificates/inspect", post(inspect))
        .route("/certificates/look-into-pfx", post(look_into_pfx))
        .route("/certificates/link", post(link))
        .route("/certificates/in-token", post(generate_in_token))
        .route("/certificates/{key}", get(show).delete(remove))
        .route("/certificates/{key}/export-pfx", post(export_pfx))
        .route(
            "/certificate-folders",
            get(list_folders).post(add_folder).delete(remove_folder),
        )
}

#[derive(Debug, Deserialize)]
struct Search {
    #[serde(default)]
    search: Option<String>,
}

async fn list(
    Identity(identity): Identity,
    Params(Search { search }): Params<Search>,
) -> Answer<Json<Vec<Certificate>>> {
    Ok(Json(identity.search_certificates(search.as_deref()).await?))
}

async fn generate(
    Identity(identity): Identity,
    Body(request): Body<NewCertificate>,
) -> Answer<(StatusCode, Json<Certificate>)> {
    Ok((
        StatusCode::CREATED,
        Json(identity.generate_certificate(request).await?),
    ))
}

async fn import(
    Identity(identity): Identity,
    Body(request): Body<ImportPfx>,
) -> Answer<(StatusCode, Json<Certificate>)> {
    Ok((
        StatusCode::CREATED,
        Json(identity.import_certificate(request).await?),
    ))
}

async fn inspect(Identity(identity): Identity, Body(request): Body<ImportPfx>) -> Answer<Json<Certificate>> {
    Ok(Json(identity.inspect_certificate(request).await?))
}

async fn show(Identity(identity): Identity, Key(key): Key) -> Answer<Json<Certificate>> {
    Ok(Json(identity.show_certificate(&key).await?))
}

async fn look_into_pfx(
    Identity(identity): Identity,
    Body(request): Body<PfxFile>,
) -> Answer<Json<Vec<PfxKey>>> {
    Ok(Json(identity.look_into_pfx(request).await?))
}

async fn link(
    Identity(identity): Identity,
    Body(request): Body<LinkCertificate>,
) -> Answer<(StatusCode, Json<Certificate>)> {
    Ok((
        StatusCode::CREATED,
        Json(identity.link_certificate(request).await?),
    ))
}

async fn generate_in_token(
    Identity(identity): Identity,
    Body(request): Body<GenerateInToken>,
) -> Answer<(StatusCode, Json<Certificate>)> {
    let made = identity.generate_certificate_in_token(request).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

async fn export_pfx(
    Identity(identity): Identity,
    Key(key): Key,
    Body(request): Body<ExportPfx>,
) -> Answer<Json<ExportedPfx>> {
    Ok(Json(identity.export_pfx(&key, request).await?))
}

async fn remove(Identity(identity): Identity, Key(key): Key) -> Answer<StatusCode> {
    identity.remove_certificate(&key).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_folders(Identity(identity): Identity) -> Answer<Json<Vec<CertificateFolder>>> {
    Ok(Json(identity.list_certificate_folders().await?))
}

async fn add_folder(
    Identity(identity): Identity,
    Body(request): Body<NameFolder>,
) -> Answer<(StatusCode, Json<CertificateFolder>)> {
    let added = identity.add_certificate_folder(&request.path).await?;
    Ok((StatusCode::CREATED, Json(added)))
}

async fn remove_folder(Identity(identity): Identity, Body(request): Body<NameFolder>) -> Answer<StatusCode> {
    identity.remove_certificate_folder(&request.path).await?;
    Ok(StatusCode::NO_CONTENT)
}
