//! Keys of stored certificates: opened where they are kept, ready to sign.

use super::{Ground, off_thread::off_thread, sealed::Binding};
use coldkeep_core::{
    Code, Problem,
    certificate::{Certificate, KeyLocation},
    fix,
    id::CertificateId,
    problem::Verb,
    signer::AssertionSigner,
};
use coldkeep_keys::{KeyMaterial, MemorySigner, TokenSigner, read_key_file_for};
use std::{path::PathBuf, sync::Arc};

impl Ground {
    /// The key of a certificate in the store.
    pub(crate) async fn load_material(&self, certificate: &Certificate) -> Result<KeyMaterial, Problem> {
        let sealed = self
            .store
            .load_certificate_key(certificate.id)
            .await?
            .ok_or_else(|| missing(&certificate.name))?;
        KeyMaterial::unseal(&self.vault, certificate.id, &sealed, der_of(certificate)?)
    }

    /// A signer with a stored certificate's key; refused once the certificate has expired.
    pub(crate) async fn load_signer(&self, id: CertificateId) -> Result<Arc<dyn AssertionSigner>, Problem> {
        let certificate = self.store.load_certificate(id).await?;
        self.signer_of(&certificate.ok_or_else(|| missing(&id.to_string()))?)
            .await
    }

    /// A signer for a certificate that need not be stored (one of a folder).
    pub(crate) async fn signer_of(
        &self,
        certificate: &Certificate,
    ) -> Result<Arc<dyn AssertionSigner>, Problem> {
        if certificate.not_after <= self.config.clock.now() {
            return Err(Problem::new(
                Code::CertificateExpired,
                format!(
                    "The certificate `{}` expired on {}",
                    certificate.name, certificate.not_after
                ),
                "Generate or import a new one and register it with the application.",
            ));
        }
        match &certificate.key_location {
            KeyLocation::Store => {
                let material = self.load_material(certificate).await?;
                Ok(Arc::new(MemorySigner::new(&material)?))
            }
            KeyLocation::Token { uri } => {
                let binding = Binding::of_token(certificate.id, uri);
                let pin = match self.store.load_secret(&binding.owner).await? {
                    Some(_) => Some(self.load_sealed(&binding).await?),
                    None => None,
                };
                let (uri, der) = (uri.clone(), der_of(certificate)?);
                let signer = off_thread(move || TokenSigner::open(&uri, pin, der)).await?;
                Ok(Arc::new(signer))
            }
            KeyLocation::Pem { key_path, .. } => {
                let (path, der) = (PathBuf::from(key_path), der_of(certificate)?);
                let read = off_thread(move || MemorySigner::new(&read_key_file_for(der, &path)?));
                Ok(Arc::new(read.await?))
            }
        }
    }
}

/// The certificate's octets.
pub(crate) fn der_of(certificate: &Certificate) -> Result<Vec<u8>, Problem> {
    data_encoding::BASE64
        .decode(certificate.der_base64.as_bytes())
        .map_err(|e| {
            Problem::new(
                Code::CertificateDamaged,
                format!(
                    "The stored certificate `{}` cannot be read ({e})",
                    certificate.name
                ),
                "Import it again.",
            )
        })
}

pub(crate) fn missing(name: &str) -> Problem {
    Problem::new(
        Code::CertificateNotFound,
        format!("The certificate `{name}` is not in the store"),
        fix![
            "Import it again, or give the service account another one: ",
            Verb::CertificateImport.any(),
            "."
        ],
    )
}
