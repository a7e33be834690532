//! One function per request about restore points, and the way back.

use super::{Client, Content, encoded};
use crate::{FilesPage, PointList, StartRestore, Verification, VerifyPoint};
use coldkeep_core::{PointAddress, Problem, point::Point, run::Run};
use http::Method;

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
    /// `GET /points`.
    pub async fn list_points(&self, repository: Option<&str>) -> Result<PointList, Problem> {
        match repository {
            Some(repository) => {
                self.get(&format!("/points?repository={}", encoded(repository)))
                    .await
            }
            None => self.get("/points").await,
        }
    }
    /// `GET /points/{id}`.
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
    /// `GET /points/{id}/content`: of one file, as it streams in.
    pub async fn open_file(&self, point: impl Into<PointAddress>, name: &str) -> Result<Content, Problem> {
        let path = path_of(&point.into(), "/content", &[("name", name)]);
        let response = self.send(Method::GET, &path, None::<&()>).await?;
        Ok(Content {
            body: response.into_body(),
            client: self.clone(),
        })
    }
    /// `POST /points/{id}/verify`.
    pub async fn verify_point(
        &self,
        point: impl Into<PointAddress>,
        deep: bool,
    ) -> Result<Verification, Problem> {
        self.post(&path_of(&point.into(), "/verify", &[]), &VerifyPoint { deep })
            .await
    }
    /// `POST /points/{id}/restore`.
    pub async fn start_restore(
        &self,
        point: impl Into<PointAddress>,
        request: &StartRestore,
    ) -> Result<Run, Problem> {
        self.post(&path_of(&point.into(), "/restore", &[]), request).await
    }
}
