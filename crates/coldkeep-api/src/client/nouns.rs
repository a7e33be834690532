//! One function per request of the API; those about certificates are beside.

use super::{Client, Content};
use crate::{
    AdmitWriter, AttachRepository, Capabilities, ChangeNetwork, Check, CopyPlan, EditRepository, FilesPage,
    Greeting, NetworkFacts, NewJob, NewRepository, NewServiceAccount, OnboardingPlan, PointList, Rekey,
    RemoveServiceAccount, RemovedServiceAccount, SeenContainer, SeenStorageAccount, SeenSubscription,
    ServiceAccountView, Settings, StartRestore, StartRun, TargetView, Verification, VerifyPoint,
};
use coldkeep_core::{
    PointAddress, Problem,
    cloud::Cloud,
    id::{RunId, SignInId},
    job::Job,
    point::Point,
    repository::Repository,
    resource::ResourceId,
    run::Run,
};
use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

/// A name as one segment of a path or one value of a query.
pub(super) fn encoded(name: &str) -> String {
    utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()
}

/// What is asked of a point; of the one in its repository, if that is named.
fn path_of(point: &PointAddress, what: &str, query: &[(&str, &str)]) -> String {
    let named = point.repository.as_deref().map(|name| ("repository", name));
    let query: Vec<String> = named
        .iter()
        .chain(query)
        .map(|(key, value)| format!("{key}={}", encoded(value)))
        .collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/points/{}{what}{mark}{}", point.id, query.join("&"))
}

impl Client {
    pub async fn fetch_greeting(&self) -> Result<Greeting, Problem> {
        self.get("").await
    }

    pub async fn list_clouds(&self) -> Result<Vec<Cloud>, Problem> {
        self.get("/clouds").await
    }
    pub async fn show_cloud(&self, name: &str) -> Result<Cloud, Problem> {
        self.get(&format!("/clouds/{}", encoded(name))).await
    }
    pub async fn add_cloud(&self, cloud: &Cloud) -> Result<Cloud, Problem> {
        self.post("/clouds", cloud).await
    }
    pub async fn remove_cloud(&self, name: &str) -> Result<(), Problem> {
        self.delete(&format!("/clouds/{}", encoded(name)), None::<&()>)
            .await
    }

    /// The subscriptions that whoever signed in sees, by name.
    pub async fn list_subscriptions(&self, id: SignInId) -> Result<Vec<SeenSubscription>, Problem> {
        self.get(&format!("/sign-ins/{id}/subscriptions")).await
    }
    /// The storage accounts of these subscriptions; of every one that is seen, where none is named.
    pub async fn list_storage_accounts(
        &self,
        id: SignInId,
        subscriptions: &[String],
    ) -> Result<Vec<SeenStorageAccount>, Problem> {
        let named = |id: &String| format!("subscription={}", encoded(id));
        let query: Vec<String> = subscriptions.iter().map(named).collect();
        self.get(&format!("/sign-ins/{id}/storage-accounts?{}", query.join("&")))
            .await
    }
    /// The containers of a storage account, by its resource id.
    pub async fn list_containers(
        &self,
        id: SignInId,
        storage_account: &ResourceId,
    ) -> Result<Vec<SeenContainer>, Problem> {
        let account = encoded(&storage_account.0);
        self.get(&format!("/sign-ins/{id}/containers?storage_account={account}"))
            .await
    }

    /// What whoever signed in may do at these scopes, and with this application (a client id).
    pub async fn show_capabilities(
        &self,
        id: SignInId,
        scopes: &[ResourceId],
        application_id: Option<&str>,
    ) -> Result<Capabilities, Problem> {
        let scopes = scopes.iter().map(|scope| ("scope", scope.0.as_str()));
        let query: Vec<String> = scopes
            .chain(application_id.map(|id| ("application", id)))
            .map(|(key, value)| format!("{key}={}", encoded(value)))
            .collect();
        self.get(&format!("/sign-ins/{id}/capabilities?{}", query.join("&")))
            .await
    }

    pub async fn list_service_accounts(&self) -> Result<Vec<ServiceAccountView>, Problem> {
        self.get("/service-accounts").await
    }
    pub async fn show_service_account(&self, key: &str) -> Result<ServiceAccountView, Problem> {
        self.get(&format!("/service-accounts/{}", encoded(key))).await
    }
    pub async fn plan_service_account(&self, request: &NewServiceAccount) -> Result<OnboardingPlan, Problem> {
        self.post("/service-accounts/plan", request).await
    }
    pub async fn add_service_account(
        &self,
        request: &NewServiceAccount,
    ) -> Result<ServiceAccountView, Problem> {
        self.post("/service-accounts", request).await
    }
    pub async fn check_service_account(&self, key: &str) -> Result<Check, Problem> {
        self.post(&format!("/service-accounts/{}/check", encoded(key)), &json!({}))
            .await
    }
    pub async fn plan_service_account_removal(
        &self,
        key: &str,
        how: &RemoveServiceAccount,
    ) -> Result<OnboardingPlan, Problem> {
        let path = format!("/service-accounts/{}/removal/plan", encoded(key));
        self.post(&path, how).await
    }
    pub async fn remove_service_account(
        &self,
        key: &str,
        how: &RemoveServiceAccount,
    ) -> Result<RemovedServiceAccount, Problem> {
        let path = format!("/service-accounts/{}", encoded(key));
        self.call(Method::DELETE, &path, Some(how)).await
    }

    pub async fn list_repositories(&self) -> Result<Vec<Repository>, Problem> {
        self.get("/repositories").await
    }
    pub async fn remove_repository(&self, key: &str) -> Result<(), Problem> {
        self.delete(&format!("/repositories/{}", encoded(key)), None::<&()>)
            .await
    }
    pub async fn show_repository(&self, key: &str) -> Result<Repository, Problem> {
        self.get(&format!("/repositories/{}", encoded(key))).await
    }
    pub async fn add_repository(&self, request: &NewRepository) -> Result<Repository, Problem> {
        self.post("/repositories", request).await
    }
    pub async fn edit_repository(&self, key: &str, request: &EditRepository) -> Result<Repository, Problem> {
        let path = format!("/repositories/{}", encoded(key));
        self.call(Method::PATCH, &path, Some(request)).await
    }
    pub async fn check_repository(&self, key: &str) -> Result<Check, Problem> {
        self.post(&format!("/repositories/{}/check", encoded(key)), &json!({}))
            .await
    }

    pub async fn attach_repository(
        &self,
        key: &str,
        request: &AttachRepository,
    ) -> Result<TargetView, Problem> {
        self.post(&format!("/repositories/{}/attach", encoded(key)), request)
            .await
    }
    pub async fn admit_writer(&self, key: &str, request: &AdmitWriter) -> Result<TargetView, Problem> {
        self.post(&format!("/repositories/{}/admit", encoded(key)), request)
            .await
    }

    pub async fn list_jobs(&self) -> Result<Vec<Job>, Problem> {
        self.get("/jobs").await
    }
    pub async fn remove_job(&self, key: &str) -> Result<(), Problem> {
        self.delete(&format!("/jobs/{}", encoded(key)), None::<&()>).await
    }
    pub async fn show_job(&self, key: &str) -> Result<Job, Problem> {
        self.get(&format!("/jobs/{}", encoded(key))).await
    }
    pub async fn add_job(&self, request: &NewJob) -> Result<Job, Problem> {
        self.post("/jobs", request).await
    }
    pub async fn plan_job(&self, key: &str) -> Result<CopyPlan, Problem> {
        self.post(&format!("/jobs/{}/plan", encoded(key)), &json!({}))
            .await
    }
    /// Starts a run; `allow_incomplete` overrides the job's rule.
    pub async fn start_job(&self, key: &str, allow_incomplete: Option<bool>) -> Result<Run, Problem> {
        self.post(
            &format!("/jobs/{}/runs", encoded(key)),
            &StartRun { allow_incomplete },
        )
        .await
    }

    pub async fn list_runs(&self) -> Result<Vec<Run>, Problem> {
        self.get("/runs").await
    }
    pub async fn show_run(&self, id: RunId) -> Result<Run, Problem> {
        self.get(&format!("/runs/{id}")).await
    }

    pub async fn list_points(&self, repository: Option<&str>) -> Result<PointList, Problem> {
        match repository {
            Some(repository) => {
                self.get(&format!("/points?repository={}", encoded(repository)))
                    .await
            }
            None => self.get("/points").await,
        }
    }
    pub async fn show_point(&self, point: impl Into<PointAddress>) -> Result<Point, Problem> {
        self.get(&path_of(&point.into(), "", &[])).await
    }
    /// One page of files in the order of their names.
    pub async fn list_files(
        &self,
        point: impl Into<PointAddress>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<FilesPage, Problem> {
        let limit = limit.to_string();
        let mut query = vec![("limit", limit.as_str())];
        query.extend(after.map(|name| ("after", name)));
        self.get(&path_of(&point.into(), "/files", &query)).await
    }
    pub async fn open_file(&self, point: impl Into<PointAddress>, name: &str) -> Result<Content, Problem> {
        let path = path_of(&point.into(), "/content", &[("name", name)]);
        let response = self.send(Method::GET, &path, None::<&()>).await?;
        Ok(Content {
            body: response.into_body(),
            client: self.clone(),
        })
    }
    pub async fn verify_point(
        &self,
        point: impl Into<PointAddress>,
        deep: bool,
    ) -> Result<Verification, Problem> {
        self.post(&path_of(&point.into(), "/verify", &[]), &VerifyPoint { deep })
            .await
    }
    pub async fn start_restore(
        &self,
        point: impl Into<PointAddress>,
        request: &StartRestore,
    ) -> Result<Run, Problem> {
        self.post(&path_of(&point.into(), "/restore", &[]), request).await
    }

    pub async fn show_network(&self) -> Result<NetworkFacts, Problem> {
        self.get("/settings/network").await
    }
    pub async fn change_network(&self, change: &ChangeNetwork) -> Result<NetworkFacts, Problem> {
        self.put("/settings/network", change).await
    }
    pub async fn show_settings(&self) -> Result<Settings, Problem> {
        self.get("/settings").await
    }
    pub async fn rekey(&self, request: &Rekey) -> Result<Settings, Problem> {
        self.post("/settings/rekey", request).await
    }
}
