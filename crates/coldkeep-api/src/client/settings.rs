//! One function per request about the server itself: its greeting, its clouds, its settings, and the doctor.

use super::{Client, encoded};
use crate::{ChangeNetwork, Diagnosis, Greeting, NetworkFacts, Rekey, Settings};
use coldkeep_core::{Problem, cloud::Cloud};

impl Client {
    /// `GET /`: which program answers.
    pub async fn fetch_greeting(&self) -> Result<Greeting, Problem> {
        self.get("").await
    }
    /// `GET /clouds`.
    pub async fn list_clouds(&self) -> Result<Vec<Cloud>, Problem> {
        self.get("/clouds").await
    }
    /// `GET /clouds/{key}`.
    pub async fn show_cloud(&self, name: &str) -> Result<Cloud, Problem> {
        self.get(&format!("/clouds/{}", encoded(name))).await
    }
    /// `POST /clouds`.
    pub async fn add_cloud(&self, cloud: &Cloud) -> Result<Cloud, Problem> {
        self.post("/clouds", cloud).await
    }
    /// `DELETE /clouds/{key}`.
    pub async fn remove_cloud(&self, name: &str) -> Result<(), Problem> {
        self.delete(&format!("/clouds/{}", encoded(name)), None::<&()>)
            .await
    }
    /// `GET /settings/network`.
    pub async fn show_network(&self) -> Result<NetworkFacts, Problem> {
        self.get("/settings/network").await
    }
    /// `PUT /settings/network`.
    pub async fn change_network(&self, change: &ChangeNetwork) -> Result<NetworkFacts, Problem> {
        self.put("/settings/network", change).await
    }
    /// `GET /settings`.
    pub async fn show_settings(&self) -> Result<Settings, Problem> {
        self.get("/settings").await
    }
    /// `POST /settings/rekey`.
    pub async fn rekey(&self, request: &Rekey) -> Result<Settings, Problem> {
        self.post("/settings/rekey", request).await
    }
    /// `GET /doctor`.
    pub async fn doctor(&self) -> Result<Diagnosis, Problem> {
        self.get("/doctor").await
    }
}
