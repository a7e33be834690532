//! Which certificate a service account gets: a stored one, one to be generated, or none because it has a secret.

use crate::{
    Engine,
    requests::{CredentialWish, NewServiceAccount},
};
use coldkeep_core::{
    Kind, Problem,
    certificate::Certificate,
    id::CertificateId,
    service_account::{Credential, ServiceAccount},
};

/// Where the certificate comes from.
pub(crate) enum CertificateChoice {
    Stored(Box<Certificate>),
    Generate {
        key_bits: u32,
        valid_days: u32,
    },
    /// A secret is used instead.
    None,
}

impl CertificateChoice {
    pub(super) fn into_stored(self) -> Option<Certificate> {
        match self {
            Self::Stored(certificate) => Some(*certificate),
            Self::Generate { .. } | Self::None => None,
        }
    }

    pub(super) fn stored(&self) -> Option<&Certificate> {
        match self {
            Self::Stored(certificate) => Some(certificate),
            Self::Generate { .. } | Self::None => None,
        }
    }

    pub(super) fn credential(&self) -> Credential {
        match self.stored() {
            Some(certificate) => Credential::Certificate {
                certificate_id: certificate.id,
                thumbprint_sha1: certificate.thumbprint_sha1.clone(),
                expires_at: certificate.not_after,
            },
            None => Credential::Secret { expires_at: None },
        }
    }

    pub(super) fn name_and_thumbprint<'a>(&'a self, account: &'a str) -> Option<(&'a str, Option<&'a str>)> {
        match self {
            Self::Stored(certificate) => Some((&certificate.name, Some(&certificate.thumbprint_sha1))),
            Self::Generate { .. } => Some((account, None)),
            Self::None => None,
        }
    }
}

/// Whether a service account proves itself with this certificate.
pub(crate) fn uses(account: &ServiceAccount, id: CertificateId) -> bool {
    matches!(&account.credential, Credential::Certificate { certificate_id, .. } if *certificate_id == id)
}

impl Engine {
    pub(super) async fn choose_certificate(
        &self,
        wish: &NewServiceAccount,
        earlier: Option<&ServiceAccount>,
    ) -> Result<CertificateChoice, Problem> {
        let certificate = match (&wish.credential, earlier.map(|e| &e.credential)) {
            (CredentialWish::Secret { .. }, _) => return Ok(CertificateChoice::None),
            (CredentialWish::Certificate { certificate }, _) => self.show_certificate(certificate).await?,
            (
                CredentialWish::GenerateCertificate { .. },
                Some(Credential::Certificate { certificate_id, .. }),
            ) => self.show_certificate(&certificate_id.0.to_string()).await?,
            (CredentialWish::GenerateCertificate { key_bits, valid_days }, _) => {
                // A key that an interrupted attempt made and nobody uses is the one to go on with.
                return match self.unused_generated(&wish.name).await? {
                    Some(found) => Ok(CertificateChoice::Stored(Box::new(found))),
                    None => Ok(CertificateChoice::Generate {
                        key_bits: *key_bits,
                        valid_days: *valid_days,
                    }),
                };
            }
        };
        let now = self.config.clock.now();
        if certificate.not_after <= now {
            return Err(Problem::new(
                Kind::Expired,
                format!(
                    "The certificate `{}` expired on {}",
                    certificate.name, certificate.not_after
                ),
                "Use another certificate or let Coldkeep generate one (`--generate-certificate`); nothing was made.",
            ));
        }
        if certificate.not_before > now {
            return Err(Problem::invalid(
                format!(
                    "The certificate `{}` is valid only from {} on",
                    certificate.name, certificate.not_before
                ),
                "Wait until then, use another one, or correct this machine's clock; nothing was made.",
            ));
        }
        Ok(CertificateChoice::Stored(Box::new(certificate)))
    }

    /// A certificate of that name that was generated, still lasts, and that no service account uses.
    async fn unused_generated(&self, name: &str) -> Result<Option<Certificate>, Problem> {
        let Some(found) = self.store.load_certificate_by_name(name).await? else {
            return Ok(None);
        };
        let used = self
            .store
            .list_service_accounts()
            .await?
            .iter()
            .any(|a| uses(a, found.id));
        if used || found.origin != "generated" || found.not_after <= self.config.clock.now() {
            return Err(Problem::conflict(
                format!("There is a certificate `{name}` already, so none of that name can be generated"),
                "Use it (`--certificate`), or choose another --name.",
            ));
        }
        Ok(Some(found))
    }
}
