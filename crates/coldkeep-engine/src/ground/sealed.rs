//! Secrets in the vault, each with what it may be sent to: a row of the database that was changed by hand sends none of
//! them elsewhere.

use super::Ground;
use coldkeep_core::{
    Code, ExposeSecret, Problem, SecretOwner, SecretString,
    cloud::Cloud,
    id::{CertificateId, TargetId},
    repository::{Access, Repository},
    service_account::ServiceAccount,
};
use sha2::{Digest, Sha256};

/// Between the destination and the secret, in the envelope.
const BOUNDARY: char = '\0';

/// Whose secret it is, and what it may be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binding {
    /// In the store, and in the vault's seal.
    pub owner: SecretOwner,
    /// For people.
    whose: String,
    destination: String,
}

impl Binding {
    /// Of a repository: its key or signature, or the tokens of a service account, at the account's blob endpoint.
    pub fn of_repository(repository: &Repository, cloud: &Cloud) -> Self {
        let what = match &repository.access {
            Access::ServiceAccount { service_account_id } => {
                format!("tokens of the service account {service_account_id}")
            }
            Access::AccountKey => "an account key".to_owned(),
            Access::Sas { .. } => "a shared access signature".to_owned(),
        };
        let cloud_s = cloud.blob_endpoint_of(&repository.account);
        let endpoint = repository.endpoint.as_deref().unwrap_or(&cloud_s);
        Self {
            owner: SecretOwner::Repository(repository.id),
            whose: format!("the repository `{}`", repository.name),
            destination: format!(
                "{what} for the storage account {} at {endpoint}{}",
                repository.account,
                trust_of(cloud)
            ),
        }
    }

    /// Of a service account: its secret, or what its certificate's key signs, at the cloud's sign-in host; and the tokens
    /// that are got for it, at the cloud's other services.
    pub fn of_service_account(account: &ServiceAccount, cloud: &Cloud) -> Self {
        Self {
            owner: SecretOwner::ServiceAccount(account.id),
            whose: format!("the service account `{}`", account.name),
            destination: format!(
                "the application {} of the tenant {} at {} (tokens for {} to {}, for {} to {}, for Graph to {}){}",
                account.application_id,
                account.tenant_id,
                cloud.active_directory,
                cloud.storage_audience,
                cloud.blob_endpoint,
                cloud.resource_manager_audience,
                cloud.resource_manager,
                cloud.graph,
                trust_of(cloud)
            ),
        }
    }

    /// Of the secret that a service account is about to be switched to.
    pub fn of_next_secret(account: &ServiceAccount, cloud: &Cloud) -> Self {
        Self {
            owner: SecretOwner::NextSecret(account.id),
            ..Self::of_service_account(account, cloud)
        }
    }

    /// Of a target: the key that signs this installation's records there, which is sent nowhere.
    pub fn of_writer(target_id: TargetId) -> Self {
        Self {
            owner: SecretOwner::Writer(target_id),
            whose: format!("this installation as a writer of the target {target_id}"),
            destination: format!("signatures of records of the target {target_id}"),
        }
    }

    /// Of the pages: the key that goes into the hashes of passwords and sessions, which is sent nowhere.
    pub fn of_pages() -> Self {
        Self {
            owner: SecretOwner::Pages,
            whose: "the pages of this installation".to_owned(),
            destination: "hashes of passwords and sessions".to_owned(),
        }
    }

    /// Of a custom cloud, which has no secret but names the hosts that get some.
    pub fn of_cloud(cloud: &Cloud) -> Self {
        Self {
            owner: SecretOwner::Cloud(cloud.name.clone()),
            whose: format!("the cloud `{}`", cloud.name),
            destination: format!(
                "{}, {}, {} (tokens for {}), {} (tokens for {}){}",
                cloud.active_directory,
                cloud.graph,
                cloud.resource_manager,
                cloud.resource_manager_audience,
                cloud.blob_endpoint,
                cloud.storage_audience,
                trust_of(cloud)
            ),
        }
    }

    pub fn new(owner: SecretOwner, whose: String, destination: String) -> Self {
        Self {
            owner,
            whose,
            destination,
        }
    }

    #[cfg(test)]
    pub fn of(owner: SecretOwner, destination: &str) -> Self {
        Self {
            whose: owner.to_string(),
            owner,
            destination: destination.to_owned(),
        }
    }

    /// Of a token: its PIN, which is sent only to the token of this address.
    pub fn of_token(certificate: CertificateId, uri: &str) -> Self {
        Self {
            owner: SecretOwner::CertificatePin(certificate),
            whose: format!("the token of the certificate {certificate}"),
            destination: uri.to_owned(),
        }
    }
}

/// Which certificates are trusted, where not only the public ones are.
fn trust_of(cloud: &Cloud) -> String {
    cloud.ca_pem.as_ref().map_or_else(String::new, |pem| {
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(pem.as_bytes()));
        format!(", trusting the certificates {hash}")
    })
}

impl Ground {
    /// Keeps a secret encrypted, bound to its owner and to its destination. An owner without its own secret (a
    /// certificate's key is stored elsewhere) keeps an empty one, for the binding's sake.
    pub(crate) async fn save_sealed(
        &self,
        binding: &Binding,
        secret: Option<&SecretString>,
    ) -> Result<(), Problem> {
        let until_saved = self.hold_master_key().await?;
        let sealed = self.seal(binding, secret)?;
        self.store.save_secret(&binding.owner, &sealed).await?;
        until_saved.release().await;
        Ok(())
    }

    /// Keeps a secret encrypted if its owner has none yet; an existing one stays.
    pub(crate) async fn save_first_sealed(
        &self,
        binding: &Binding,
        secret: &SecretString,
    ) -> Result<(), Problem> {
        let until_saved = self.hold_master_key().await?;
        let sealed = self.seal(binding, Some(secret))?;
        self.store.save_first_secret(&binding.owner, &sealed).await?;
        until_saved.release().await;
        Ok(())
    }

    fn seal(&self, binding: &Binding, secret: Option<&SecretString>) -> Result<Vec<u8>, Problem> {
        if binding.destination.contains(BOUNDARY) {
            return Err(Problem::new(
                Code::EndpointInvalid,
                format!(
                    "The destination of the secret of {} is not an address",
                    binding.whose
                ),
                "Write addresses without control characters.",
            ));
        }
        let secret = secret.map_or("", |secret| secret.expose_secret());
        let content = SecretString::from(format!("{}{BOUNDARY}{secret}", binding.destination));
        self.vault
            .seal(&binding.owner.to_string(), content.expose_secret().as_bytes())
    }

    /// A secret kept with [`save_sealed`](Self::save_sealed); refused if its destination is not the one that it was
    /// stored for.
    pub(crate) async fn load_sealed(&self, binding: &Binding) -> Result<SecretString, Problem> {
        let Binding {
            owner,
            whose,
            destination,
        } = binding;
        let sealed = self.store.load_secret(owner).await?.ok_or_else(|| {
            Problem::new(
                Code::SecretMissing,
                format!("The secret of {whose} is not in the store"),
                "Add it again with its secret.",
            )
        })?;
        let plain = self.vault.unseal(&owner.to_string(), &sealed)?;
        let text = std::str::from_utf8(plain.expose_secret()).ok();
        let (meant_for, secret) = text.and_then(|text| text.split_once(BOUNDARY)).ok_or_else(|| {
            Problem::new(
                Code::SecretDamaged,
                format!("The secret of {whose} was not written by this version of Coldkeep"),
                "Add it again with its secret.",
            )
        })?;
        if meant_for != destination {
            return Err(Problem::new(
                Code::SecretMoved,
                format!(
                    "The secret of {whose} was stored for {meant_for}, and would now be used for {destination}"
                ),
                "Nothing was sent. If an administrator changed the addresses of that cloud, remove the \
                 object and add it again with its secret. Otherwise the database was tampered with: restore \
                 it from a copy.",
            ));
        }
        Ok(secret.into())
    }

    /// What a repository's secret is bound to.
    pub(crate) async fn repository_binding(&self, repository: &Repository) -> Result<Binding, Problem> {
        let cloud = self.load_cloud(&repository.cloud).await?;
        Ok(Binding::of_repository(repository, &cloud))
    }

    /// What a service account's secret is bound to.
    pub(crate) async fn service_account_binding(&self, account: &ServiceAccount) -> Result<Binding, Problem> {
        let cloud = self.load_cloud(&account.cloud).await?;
        Ok(Binding::of_service_account(account, &cloud))
    }

    /// What the secret that a service account is about to be switched to is bound to.
    pub(crate) async fn next_secret_binding(&self, account: &ServiceAccount) -> Result<Binding, Problem> {
        let cloud = self.load_cloud(&account.cloud).await?;
        Ok(Binding::of_next_secret(account, &cloud))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use coldkeep_core::{Timestamp, id::RepositoryId};

    #[test]
    fn every_side_of_where_a_secret_goes_is_bound() {
        let repository = Repository {
            id: RepositoryId::new(),
            name: "here".into(),
            cloud: "AzureCloud".into(),
            account: "north".into(),
            endpoint: None,
            container: "backups".into(),
            folder: String::new(),
            tier: None,
            access: Access::AccountKey,
            created_at: Timestamp::UNIX_EPOCH,
        };
        let [cloud, other, ..] = &Cloud::builtin()[..] else {
            panic!("there are several")
        };
        let bound = Binding::of_repository(&repository, cloud).destination;
        let explicit = |endpoint: &str| Repository {
            endpoint: Some(endpoint.into()),
            ..repository.clone()
        };
        let by_sas = Repository {
            access: Access::Sas {
                starts_at: None,
                expires_at: None,
                stored_policy: None,
            },
            ..repository.clone()
        };
        let trusting = Cloud {
            ca_pem: Some("PEM".into()),
            ..cloud.clone()
        };
        for (changed, cloud) in [
            (&repository, other),
            (&repository, &trusting),
            (&explicit("https://evil.example"), cloud),
            // A key would be put into an address.
            (&by_sas, cloud),
        ] {
            assert_ne!(Binding::of_repository(changed, cloud).destination, bound);
        }
        let spelled = explicit("https://north.blob.core.windows.net");
        assert_eq!(Binding::of_repository(&spelled, cloud).destination, bound);
    }
}
