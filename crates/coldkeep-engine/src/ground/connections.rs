//! From what is stored to something that can send requests: clouds, credentials, containers.

use super::{Ground, sealed::Binding};
use coldkeep_azure::{
    AppCredential, Azure, Meter, Network, TokenSource,
    blob::{BlobAuth, Container},
};
use coldkeep_core::{
    Code, ExposeSecret, Problem,
    cloud::Cloud,
    fix,
    id::ServiceAccountId,
    problem::Verb,
    repository::{Access, Repository, check_folder},
    service_account::{Credential, ServiceAccount},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// One set of connections for each cloud, with the way they go.
#[derive(Debug, Default)]
pub(crate) struct CloudConnections(Mutex<HashMap<String, (Network, Azure)>>);

impl Ground {
    /// The connections of a cloud, counted nowhere in particular.
    pub(crate) async fn azure(&self, cloud_name: &str) -> Result<Azure, Problem> {
        let cloud = self.load_cloud(cloud_name).await?;
        if !cloud.builtin {
            // No secret is sent to hosts that an attacker wrote into the database.
            self.load_sealed(&Binding::of_cloud(&cloud)).await?;
        }
        let network = self.network().await?;
        let mut azures = self.connections.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A custom cloud may have been removed and added again with other endpoints, and the way to it changed.
        if let Some((way, azure)) = azures.get(cloud_name)
            && *way == network
            && *azure.cloud() == cloud
        {
            return Ok(azure.clone());
        }
        let azure = Azure::new(cloud, &network, self.config.clock.clone())?;
        azures.insert(cloud_name.to_owned(), (network, azure.clone()));
        Ok(azure)
    }

    /// A container of a repository, ready for requests; nothing is sent yet.
    pub(crate) async fn connect(
        &self,
        repository: &Repository,
        meter: Arc<Meter>,
    ) -> Result<Container, Problem> {
        self.connect_paced(repository, meter, None).await
    }

    /// A container of a repository, with at most this number of requests a second.
    pub(crate) async fn connect_paced(
        &self,
        repository: &Repository,
        meter: Arc<Meter>,
        requests_per_second: Option<u32>,
    ) -> Result<Container, Problem> {
        // It may have been stored before folders were checked.
        check_folder(&repository.folder)
            .map_err(|e| e.context(format!("The repository `{}` cannot be used", repository.name)))?;
        // Empty if a service account opens it: then that account's binding has the destination.
        let secret = self
            .load_sealed(&self.repository_binding(repository).await?)
            .await?;
        let auth = match &repository.access {
            Access::ServiceAccount { service_account_id } => {
                let account = self.load_service_account(*service_account_id).await?;
                BlobAuth::Token(self.token_source(&account, meter.clone()).await?)
            }
            Access::AccountKey => BlobAuth::Key(secret),
            Access::Sas { .. } => {
                // A signature goes into addresses: an account key, left by an edit that was cut short, never does.
                if !secret.expose_secret().contains("sig=") {
                    return Err(Problem::new(
                        Code::SecretDamaged,
                        format!(
                            "The stored credential of the repository `{}` is not a shared access signature",
                            repository.name
                        ),
                        fix![
                            "Give the repository its credential again: ",
                            Verb::RepositoryEdit.of(&repository.name),
                            "."
                        ],
                    ));
                }
                BlobAuth::Sas(secret)
            }
        };
        self.container(repository, auth, meter, requests_per_second).await
    }

    /// A container opened by what is given, not by what is stored.
    pub(crate) async fn container(
        &self,
        repository: &Repository,
        auth: BlobAuth,
        meter: Arc<Meter>,
        requests_per_second: Option<u32>,
    ) -> Result<Container, Problem> {
        let azure = self
            .azure(&repository.cloud)
            .await?
            .with_meter(meter)
            .with_pace(requests_per_second);
        let endpoint = repository.endpoint.as_deref();
        Container::new(&azure, &repository.account, endpoint, &repository.container, auth)
    }

    /// Tokens of a service account.
    pub(crate) async fn token_source(
        &self,
        account: &ServiceAccount,
        meter: Arc<Meter>,
    ) -> Result<TokenSource, Problem> {
        let binding = self.service_account_binding(account).await?;
        self.token_source_of(account, &account.credential, &binding, meter)
            .await
    }

    /// Tokens of a service account with one of its credentials, which need not be the one in use, and the binding of
    /// its secret.
    pub(crate) async fn token_source_of(
        &self,
        account: &ServiceAccount,
        credential: &Credential,
        binding: &Binding,
        meter: Arc<Meter>,
    ) -> Result<TokenSource, Problem> {
        let secret = self.load_sealed(binding).await?;
        let azure = self.azure(&account.cloud).await?.with_meter(meter);
        let credential = match credential {
            Credential::Certificate { certificate_id, .. } => {
                AppCredential::Certificate(self.load_signer(*certificate_id).await?)
            }
            Credential::Secret { .. } => AppCredential::Secret(secret),
        };
        Ok(TokenSource::for_app(
            &azure,
            &account.tenant_id,
            &account.application_id,
            credential,
        ))
    }

    async fn load_service_account(&self, id: ServiceAccountId) -> Result<ServiceAccount, Problem> {
        self.store.load_service_account(id).await?.ok_or_else(|| {
            Problem::new(
                Code::ServiceAccountNotFound,
                format!("The service account {id} no longer exists"),
                "Add it again, together with its repositories.",
            )
        })
    }

    pub(crate) async fn load_cloud(&self, name: &str) -> Result<Cloud, Problem> {
        if let Some(cloud) = Cloud::builtin().into_iter().find(|c| c.name == name) {
            return Ok(cloud);
        }
        let stored = self.store.load_cloud(name).await?.ok_or_else(|| {
            Problem::new(
                Code::CloudNotFound,
                format!("The cloud `{name}` does not exist"),
                fix![
                    "Add it, or list the existing clouds: ",
                    Verb::CloudList.any(),
                    "."
                ],
            )
        })?;
        // Independent of the row's own name.
        Ok(Cloud {
            name: name.to_owned(),
            builtin: false,
            ..stored
        })
    }
}
