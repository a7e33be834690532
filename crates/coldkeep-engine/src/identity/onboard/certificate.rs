//! Which certificate a service account gets: a stored one, one out of a file, one to be generated,
//! or none because it has a secret.

use super::checked_request::{CheckedRequest, RequestedCredential};
use crate::identity::IdentityWing;
use coldkeep_api::PfxFile;
use coldkeep_core::{
    Code, Problem, Timestamp,
    certificate::{Certificate, NewCertificate},
    fix,
    problem::Field,
    service_account::{Credential, ServiceAccount},
    sharing::uses,
};
use coldkeep_keys::KeyMaterial;
use std::sync::Arc;

/// Where the certificate comes from.
pub(crate) enum CertificateChoice {
    Stored(Box<Certificate>),
    /// Out of a PFX file; stored once nothing speaks against the whole.
    Import(Box<Certificate>, Arc<KeyMaterial>),
    Generate(NewCertificate),
    /// A secret is used instead.
    None,
}

impl CertificateChoice {
    pub(super) fn into_stored(self) -> Option<Certificate> {
        match self {
            Self::Stored(certificate) => Some(*certificate),
            Self::Import(..) | Self::Generate(_) | Self::None => None,
        }
    }

    /// Which one it is, if that is known before anything is created.
    pub(crate) fn known(&self) -> Option<&Certificate> {
        match self {
            Self::Stored(certificate) | Self::Import(certificate, _) => Some(certificate),
            Self::Generate(_) | Self::None => None,
        }
    }

    pub(super) fn credential(&self) -> Credential {
        match self.known() {
            Some(certificate) => Credential::Certificate {
                certificate_id: certificate.id,
                thumbprint_sha1: certificate.thumbprint_sha1.clone(),
                expires_at: certificate.not_after,
            },
            None => Credential::Secret { expires_at: None },
        }
    }

    pub(super) fn name_and_thumbprint(&self) -> Option<(&str, Option<&str>)> {
        match self {
            Self::Stored(certificate) | Self::Import(certificate, _) => {
                Some((&certificate.name, Some(&certificate.thumbprint_sha1)))
            }
            Self::Generate(new) => Some((new.friendly_name(), None)),
            Self::None => None,
        }
    }
}

impl IdentityWing {
    pub(super) async fn choose_certificate(
        &self,
        asked: &CheckedRequest<'_>,
        earlier: Option<&ServiceAccount>,
    ) -> Result<CertificateChoice, Problem> {
        let certificate = match (asked.credential, earlier.map(|e| &e.credential)) {
            (RequestedCredential::Secret(_), _) => return Ok(CertificateChoice::None),
            (RequestedCredential::Stored(key), _) => self.show_certificate(key).await?,
            (RequestedCredential::Pfx(file), _) => return self.choose_from_pfx(&asked.name, file).await,
            (RequestedCredential::Generate(_), Some(Credential::Certificate { certificate_id, .. })) => {
                self.show_certificate(&certificate_id.0.to_string()).await?
            }
            (RequestedCredential::Generate(new), _) => {
                let new = NewCertificate {
                    name: Some(new.name.clone().unwrap_or_else(|| asked.name.clone())),
                    ..new.clone()
                };
                // An unused key of an interrupted attempt is the one to continue with.
                return Ok(match self.unused_generated(new.friendly_name()).await? {
                    Some(found) => CertificateChoice::Stored(Box::new(found)),
                    None => CertificateChoice::Generate(new),
                });
            }
        };
        refuse_unusable(&certificate, self.ground.config.clock.now())?;
        Ok(CertificateChoice::Stored(Box::new(certificate)))
    }

    /// The file's certificate, to be called `name`; the stored one where it was imported before.
    pub(crate) async fn choose_from_pfx(
        &self,
        name: &str,
        file: &PfxFile,
    ) -> Result<CertificateChoice, Problem> {
        let (certificate, material) = self.read_pfx(Some(name), file.clone()).await?;
        refuse_unusable(&certificate, self.ground.config.clock.now())?;
        let stored = self
            .ground
            .store
            .load_certificate_by_thumbprint(&certificate.thumbprint_sha256)
            .await?;
        if let Some(stored) = stored {
            return Ok(CertificateChoice::Stored(Box::new(stored)));
        }
        self.refuse_taken_name(name).await?;
        Ok(CertificateChoice::Import(
            Box::new(certificate),
            Arc::new(material),
        ))
    }

    /// A certificate of that name that was generated, still lasts, and that no service account uses.
    async fn unused_generated(&self, name: &str) -> Result<Option<Certificate>, Problem> {
        let Some(found) = self.ground.store.load_certificate_by_name(name).await? else {
            return Ok(None);
        };
        let used = self
            .ground
            .store
            .list_service_accounts()
            .await?
            .iter()
            .any(|a| uses(a, found.id));
        if used || found.origin != "generated" || found.not_after <= self.ground.config.clock.now() {
            return Err(Problem::new(
                Code::CertificateNameTaken,
                format!(
                    "The certificate `{name}` already exists, so a certificate with that name cannot be \
                    generated"
                ),
                fix![
                    "Use it (",
                    Field::Certificate,
                    "), or choose another ",
                    Field::Name,
                    "."
                ],
            ));
        }
        Ok(Some(found))
    }
}

/// Entra would refuse it, or does not yet take it.
pub(crate) fn refuse_unusable(certificate: &Certificate, now: Timestamp) -> Result<(), Problem> {
    if certificate.not_after <= now {
        return Err(Problem::new(
            Code::CertificateExpired,
            format!(
                "The certificate `{}` expired on {}",
                certificate.name, certificate.not_after
            ),
            fix![
                "Use another certificate, or let Coldkeep generate one (",
                Field::GenerateCertificate,
                "). Nothing was created."
            ],
        ));
    }
    if certificate.not_before > now {
        return Err(Problem::new(
            Code::CertificateNotYetValid,
            format!(
                "The certificate `{}` is valid only from {} on",
                certificate.name, certificate.not_before
            ),
            "Wait until then, use another one, or correct this machine's clock. Nothing was created.",
        ));
    }
    Ok(())
}
