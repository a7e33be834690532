//! Use cases of repositories.

use crate::{
    Engine,
    requests::{Check, NewRepository},
};
use coldkeep_core::{Problem, repository::Repository};

impl Engine {
    /// Opens the container before anything is saved.
    pub async fn add_repository(&self, _wish: NewRepository) -> Result<Repository, Problem> {
        todo!()
    }
    pub async fn list_repositories(&self) -> Result<Vec<Repository>, Problem> {
        todo!()
    }
    pub async fn show_repository(&self, _key: &str) -> Result<Repository, Problem> {
        todo!()
    }
    pub async fn check_repository(&self, _key: &str) -> Result<Check, Problem> {
        todo!()
    }
}
