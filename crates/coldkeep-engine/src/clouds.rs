//! Use cases of clouds.

use crate::Engine;
use coldkeep_core::{Problem, cloud::Cloud};

impl Engine {
    /// The built-in clouds and the custom ones.
    pub async fn list_clouds(&self) -> Result<Vec<Cloud>, Problem> {
        todo!()
    }
    pub async fn show_cloud(&self, _name: &str) -> Result<Cloud, Problem> {
        todo!()
    }
    pub async fn add_cloud(&self, _cloud: Cloud) -> Result<Cloud, Problem> {
        todo!()
    }
    /// Refused while something uses it.
    pub async fn remove_cloud(&self, _name: &str) -> Result<(), Problem> {
        todo!()
    }
}
