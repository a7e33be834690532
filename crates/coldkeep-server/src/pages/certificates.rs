//! Certificates: the list.

use super::{
    PageError, Site,
    layout::{Shell, page},
    session::SignedIn,
    words::{Badge, expires},
};
use askama::Template;
use axum::{extract::State, response::Response};
use coldkeep_core::{Clock, SystemClock, Timestamp, certificate::Certificate};

#[derive(Debug, Template)]
#[template(path = "pages/certificates.html")]
struct CertificateList {
    shell: Shell,
    certificates: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: String,
    issued_to: String,
    issued_by: String,
    expires: String,
    expiry: Badge,
    key: String,
    thumbprint: String,
}

pub(super) async fn list(State(site): State<Site>, signed_in: SignedIn) -> Result<Response, PageError> {
    let certificates = site
        .engine
        .identity(signed_in.caller())
        .list_certificates()
        .await?;
    let now = SystemClock.now();
    Ok(page(&CertificateList {
        certificates: certificates
            .iter()
            .map(|certificate| row(certificate, now))
            .collect(),
        shell: Shell::of("Certificates", "/certificates", &signed_in),
    }))
}

fn row(certificate: &Certificate, now: Timestamp) -> Row {
    Row {
        name: certificate.name.clone(),
        issued_to: certificate.issued_to.clone(),
        issued_by: certificate.issued_by.clone(),
        expires: expires(Some(certificate.not_after)),
        expiry: Badge::of_expiry(Some(certificate.days_left(now)), Some(certificate.not_after)),
        key: certificate.key.clone(),
        thumbprint: certificate.thumbprint_sha1.clone(),
    }
}
