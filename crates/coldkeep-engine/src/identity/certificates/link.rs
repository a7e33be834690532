//! Certificates whose key stays where it is: in a PKCS#11 token or in PEM files of this machine.

use crate::{
    ground::sealed::Binding,
    ground::{off_thread::off_thread, paths::absolute},
    identity::IdentityWing,
};
use coldkeep_api::{GenerateInToken, Given, LinkCertificate, LinkedKey};
use coldkeep_core::{
    Problem, SecretOwner, SecretString, Timestamp,
    certificate::{Certificate, KeyLocation},
};
use coldkeep_keys::{Generate, Linked, describe_der, generate_in_token, link_token, read_pem_files};
use std::path::Path;

impl IdentityWing {
    /// Takes a certificate up whose key stays where it is, once that key is known to work.
    pub async fn link_certificate(&self, request: LinkCertificate) -> Result<Certificate, Problem> {
        if let Some(name) = &request.name {
            self.refuse_taken_name(name).await?;
        }
        let now = self.ground.config.clock.now();
        match request.key {
            LinkedKey::Token { uri, pin } => {
                let pin = pin.map(Given::into_secret);
                let given = pin.clone();
                let linked = off_thread(move || link_token(&uri, given, now)).await?;
                self.keep_token(request.name, "linked", linked, pin, now).await
            }
            LinkedKey::Pem {
                certificate_path,
                key_path,
            } => {
                let certificate_path = absolute(&certificate_path)?;
                let key_path = absolute(&key_path)?;
                let (from, key_from) = (certificate_path.clone(), key_path.clone());
                let material = off_thread(move || read_pem_files(&from, &key_from, now)).await?;
                let location = pem_location(&certificate_path, &key_path);
                let mut certificate =
                    describe_der(&material.certificate_der, "linked", "linked", location, now)?;
                certificate.name = request.name.unwrap_or_else(|| certificate.issued_to.clone());
                self.ground.store.save_certificate(&certificate, &[]).await?;
                self.log_change("certificate linked", &certificate.name);
                Ok(certificate)
            }
        }
    }

    /// Generates a key inside a token, and its self-signed certificate.
    pub async fn generate_certificate_in_token(
        &self,
        request: GenerateInToken,
    ) -> Result<Certificate, Problem> {
        let GenerateInToken {
            certificate,
            uri,
            pin,
        } = request;
        let (name, pin) = (
            certificate.friendly_name().to_owned(),
            pin.map(Given::into_secret),
        );
        self.refuse_taken_name(&name).await?;
        let now = self.ground.config.clock.now();
        let how = Generate { certificate, now };
        let (given, label) = (pin.clone(), name.clone());
        let made = off_thread(move || generate_in_token(&uri, given, &label, &how)).await?;
        self.keep_token(Some(name), "generated", made, pin, now).await
    }

    async fn keep_token(
        &self,
        name: Option<String>,
        origin: &str,
        linked: Linked,
        pin: Option<SecretString>,
        now: Timestamp,
    ) -> Result<Certificate, Problem> {
        let uri = linked.uri.clone();
        let location = KeyLocation::Token { uri: linked.uri };
        let mut certificate = describe_der(&linked.certificate_der, "linked", origin, location, now)?;
        certificate.name = name
            .or(linked.label)
            .unwrap_or_else(|| certificate.issued_to.clone());
        let known = self
            .ground
            .store
            .load_certificate_by_thumbprint(&certificate.thumbprint_sha256)
            .await?;
        // Linked again, perhaps because the PIN was changed.
        let same_token = |known: &Certificate| matches!(known.key_location, KeyLocation::Token { .. });
        if let Some(known) = known.filter(same_token) {
            certificate.id = known.id;
            certificate.name = known.name;
            certificate.origin = known.origin;
            certificate.created_at = known.created_at;
        }
        if let Some(pin) = &pin {
            let binding = Binding::of_token(certificate.id, &uri);
            self.ground.save_sealed(&binding, Some(pin)).await?;
        }
        if let Err(problem) = self.ground.store.save_certificate(&certificate, &[]).await {
            if self
                .ground
                .store
                .load_certificate(certificate.id)
                .await?
                .is_none()
            {
                self.ground
                    .store
                    .delete_secret(&SecretOwner::CertificatePin(certificate.id))
                    .await?;
            }
            return Err(problem);
        }
        self.log_change("certificate linked", &certificate.name);
        Ok(certificate)
    }
}

pub(super) fn pem_location(certificate: &Path, key: &Path) -> KeyLocation {
    KeyLocation::Pem {
        certificate_path: certificate.display().to_string(),
        key_path: key.display().to_string(),
    }
}
