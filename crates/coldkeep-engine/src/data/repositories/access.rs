//! Who opens a repository: what was asked for is checked, and tried against the container before it is kept.

use super::open;
use crate::data::DataWing;
use coldkeep_api::NewAccess;
use coldkeep_azure::{
    Meter,
    blob::{BlobAuth, Container, SasTerms},
};
use coldkeep_core::{
    Code, ExposeSecret, Problem, SecretString, Timestamp, fix,
    id::ServiceAccountId,
    problem::Verb,
    repository::{Access, Repository},
    service_account::ServiceAccount,
};
use std::sync::Arc;

impl DataWing {
    /// What opens it, and the secret that is kept for that.
    pub(super) async fn plan_access(
        &self,
        cloud: &str,
        request: &NewAccess,
    ) -> Result<(Access, Option<SecretString>), Problem> {
        match request {
            NewAccess::ServiceAccount { service_account } => {
                let account = self.find_service_account(service_account).await?;
                if account.cloud != cloud {
                    return Err(Problem::new(
                        Code::ServiceAccountCloudDiffers,
                        format!(
                            "The service account `{}` belongs to the cloud `{}`, the repository to `{cloud}`",
                            account.name, account.cloud
                        ),
                        "Choose a service account of the same cloud.",
                    ));
                }
                Ok((
                    Access::ServiceAccount {
                        service_account_id: account.id,
                    },
                    None,
                ))
            }
            NewAccess::AccountKey { key } => {
                let key = key.secret().expose_secret().trim();
                if key.is_empty() || data_encoding::BASE64.decode(key.as_bytes()).is_err() {
                    return Err(Problem::new(
                        Code::AccountKeyInvalid,
                        "The account key is not base64",
                        "Copy `key1` or `key2` as the portal shows it under Access keys.",
                    ));
                }
                Ok((Access::AccountKey, Some(key.into())))
            }
            NewAccess::Sas { sas } => {
                let (access, sas) = plan_sas(sas.secret(), self.ground.config.clock.now())?;
                Ok((access, Some(sas)))
            }
        }
    }

    /// Opens the container by what is given, not by what is stored. Nothing is saved.
    pub(super) async fn try_access(
        &self,
        repository: &Repository,
        secret: Option<&SecretString>,
    ) -> Result<Container, Problem> {
        let meter: Arc<Meter> = Arc::default();
        let auth = match (&repository.access, secret.cloned()) {
            (Access::AccountKey, Some(key)) => BlobAuth::Key(key),
            (Access::Sas { .. }, Some(sas)) => BlobAuth::Sas(sas),
            (Access::ServiceAccount { service_account_id }, _) => {
                let account = self.find_service_account(&service_account_id.to_string()).await?;
                BlobAuth::Token(self.ground.token_source(&account, meter.clone()).await?)
            }
            _ => return Err(Problem::internal("A repository's key is missing")),
        };
        let container = self.ground.container(repository, auth, meter, None).await?;
        open(&container, repository).await?;
        Ok(container)
    }

    async fn find_service_account(&self, key: &str) -> Result<ServiceAccount, Problem> {
        let found = match key.parse::<ServiceAccountId>() {
            Ok(id) => self.ground.store.load_service_account(id).await?,
            Err(_) => None,
        };
        let found = match found {
            Some(account) => Some(account),
            None => self.ground.store.load_service_account_by_name(key).await?,
        };
        found.ok_or_else(|| {
            Problem::new(
                Code::ServiceAccountNotFound,
                format!("The service account `{key}` does not exist"),
                fix!["To list them: ", Verb::ServiceAccountList.any(), "."],
            )
        })
    }
}

/// A signature that has already expired is refused: the service would only report a failed authentication.
fn plan_sas(sas: &SecretString, now: Timestamp) -> Result<(Access, SecretString), Problem> {
    let sas = sas.expose_secret().trim();
    // People paste whole URLs; what counts is the query.
    let query = sas.rsplit_once('?').map_or(sas, |(_, query)| query);
    if !query.split('&').any(|pair| pair.starts_with("sig=")) {
        return Err(Problem::new(
            Code::SasInvalid,
            "The shared access signature has no `sig`",
            "Give it as created by the portal or by `az storage container generate-sas`.",
        ));
    }
    let query = SecretString::from(query);
    let terms = SasTerms::of(&query);
    if let Some(end) = terms.expires_at.filter(|end| *end <= now) {
        return Err(Problem::new(
            Code::SasExpired,
            format!("The shared access signature expired on {end}"),
            "Create a new one that is valid for as long as the repository is used.",
        ));
    }
    if let Some(start) = terms.starts_at.filter(|start| *start > now) {
        return Err(Problem::new(
            Code::SasInvalid,
            format!("The shared access signature is valid only from {start} on"),
            "Wait until then, create one that is valid now, or correct this machine's clock.",
        ));
    }
    let access = Access::Sas {
        starts_at: terms.starts_at,
        expires_at: terms.expires_at,
        stored_policy: terms.stored_policy,
    };
    Ok((access, query))
}

#[cfg(test)]
mod tests {
    use super::*;
    use coldkeep_core::Kind;

    #[test]
    fn a_signature_is_taken_with_its_end_and_refused_after_it() {
        let now: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
        let plan = |sas: &str| plan_sas(&sas.into(), now);
        let (access, kept) = plan("https://n.blob.core.windows.net/c?se=2027-01-01&sr=c&sig=x\n").unwrap();
        assert_eq!(kept.expose_secret(), "se=2027-01-01&sr=c&sig=x");
        let end = Some("2027-01-01T00:00:00Z".parse().unwrap());
        assert!(matches!(access, Access::Sas { expires_at, .. } if expires_at == end));
        let (access, _) = plan("si=policy&sr=c&sig=x").unwrap();
        assert!(
            matches!(access, Access::Sas { expires_at: None, stored_policy: Some(p), .. } if p == "policy")
        );
        for (sas, kind) in [
            ("se=2026-11-30T12:00:00Z&sig=x", Kind::Expired),
            ("se=2020-01-01&sig=x", Kind::Expired),
            ("se=2027-01-01", Kind::Invalid),
            ("", Kind::Invalid),
        ] {
            let problem = plan(sas).unwrap_err();
            assert_eq!(problem.kind, kind, "{sas}: {problem}");
        }
    }
}
