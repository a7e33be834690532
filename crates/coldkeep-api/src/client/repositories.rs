//! One function per request about repositories.

use super::{Client, encoded};
use crate::{AdmitWriter, AttachRepository, Check, EditRepository, NewRepository, TargetView};
use coldkeep_core::{Problem, repository::Repository};
use http::Method;
use serde_json::json;

impl Client {
    /// `GET /repositories`.
    pub async fn list_repositories(&self) -> Result<Vec<Repository>, Problem> {
        self.get("/repositories").await
    }
    /// `GET /repositories/{key}`.
    pub async fn show_repository(&self, key: &str) -> Result<Repository, Problem> {
        self.get(&format!("/repositories/{}", encoded(key))).await
    }
    /// `POST /repositories`.
    pub async fn add_repository(&self, request: &NewRepository) -> Result<Repository, Problem> {
        self.post("/repositories", request).await
    }
    /// `PATCH /repositories/{key}`.
    pub async fn edit_repository(&self, key: &str, request: &EditRepository) -> Result<Repository, Problem> {
        let path = format!("/repositories/{}", encoded(key));
        self.call(Method::PATCH, &path, Some(request)).await
    }
    /// `DELETE /repositories/{key}`.
    pub async fn remove_repository(&self, key: &str) -> Result<(), Problem> {
        self.delete(&format!("/repositories/{}", encoded(key)), None::<&()>)
            .await
    }
    /// `POST /repositories/{key}/check`.
    pub async fn check_repository(&self, key: &str) -> Result<Check, Problem> {
        self.post(&format!("/repositories/{}/check", encoded(key)), &json!({}))
            .await
    }
    /// `POST /repositories/{key}/attach`.
    pub async fn attach_repository(
        &self,
        key: &str,
        request: &AttachRepository,
    ) -> Result<TargetView, Problem> {
        self.post(&format!("/repositories/{}/attach", encoded(key)), request)
            .await
    }
    /// `POST /repositories/{key}/admit`.
    pub async fn admit_writer(&self, key: &str, request: &AdmitWriter) -> Result<TargetView, Problem> {
        self.post(&format!("/repositories/{}/admit", encoded(key)), request)
            .await
    }
}
