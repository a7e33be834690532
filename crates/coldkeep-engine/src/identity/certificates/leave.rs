//! Certificates that leave: exported with their key on purpose, or removed.

use crate::{ground::off_thread::off_thread, identity::IdentityWing};
use coldkeep_api::{ExportPfx, ExportedPfx};
use coldkeep_core::{
    Code, ExposeSecret, Problem, SecretOwner,
    certificate::KeyLocation,
    fix,
    problem::{Field, Verb},
    sharing::uses,
};
use coldkeep_keys::write_pfx;

impl IdentityWing {
    /// The certificate with its private key, encrypted under the password given. Only of keys in Coldkeep's own store.
    pub async fn export_pfx(&self, key: &str, request: ExportPfx) -> Result<ExportedPfx, Problem> {
        let certificate = self.show_certificate(key).await?;
        match &certificate.key_location {
            KeyLocation::Store => {}
            KeyLocation::Token { .. } => {
                return Err(Problem::new(
                    Code::CertificateKeyNotExportable,
                    format!(
                        "The private key of `{}` is in a token, which never exports it",
                        certificate.name
                    ),
                    fix![
                        "Export the public part (",
                        Field::Format.set("cer"),
                        " or ",
                        Field::Format.set("pem"),
                        "), or link the token on the other machine."
                    ],
                ));
            }
            KeyLocation::Pem { key_path, .. } => {
                return Err(Problem::new(
                    Code::CertificateKeyNotExportable,
                    format!(
                        "The private key of `{}` is not in Coldkeep's store, but in `{key_path}`",
                        certificate.name
                    ),
                    "Create the PFX from its files (`openssl pkcs12 -export`).",
                ));
            }
        }
        let material = self.ground.load_material(&certificate).await?;
        let name = certificate.name.clone();
        let pfx = off_thread(move || write_pfx(&material, &name, request.password.secret())).await?;
        tracing::warn!(
            caller = %self.caller,
            certificate = %certificate.name,
            thumbprint = %certificate.thumbprint_sha1,
            "the private key was exported as PFX"
        );
        Ok(ExportedPfx {
            pfx_base64: data_encoding::BASE64.encode(pfx.expose_secret()),
        })
    }

    /// Forgets a certificate, with its key where that is in the store. A token's key and PEM files stay where they are.
    pub async fn remove_certificate(&self, key: &str) -> Result<(), Problem> {
        let certificate = self.show_certificate(key).await?;
        if self
            .ground
            .store
            .load_certificate(certificate.id)
            .await?
            .is_none()
        {
            return Err(Problem::new(
                Code::CertificateInFolder,
                format!(
                    "The certificate `{}` comes from a certificate folder ({})",
                    certificate.name, certificate.key_location
                ),
                fix![
                    "Remove its files there, or remove the folder from the list: ",
                    Verb::CertificateFolderRemove.any(),
                    "."
                ],
            ));
        }
        let users: Vec<String> = self
            .ground
            .store
            .list_service_accounts()
            .await?
            .iter()
            .filter(|account| uses(account, certificate.id))
            .map(|account| format!("`{}`", account.name))
            .collect();
        if !users.is_empty() {
            return Err(Problem::new(
                Code::CertificateInUse,
                format!(
                    "The certificate `{}` is used by the service accounts {}",
                    certificate.name,
                    users.join(", ")
                ),
                "Give them another certificate or remove them first; nothing was removed.",
            ));
        }
        self.ground.store.delete_certificate(certificate.id).await?;
        self.ground
            .store
            .delete_secret(&SecretOwner::CertificatePin(certificate.id))
            .await?;
        self.log_change("certificate removed", &certificate.name);
        Ok(())
    }
}
