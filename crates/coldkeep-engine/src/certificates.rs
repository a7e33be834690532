//! Use cases of certificates.

use crate::{
    Engine,
    requests::{GenerateCertificate, ImportPfx},
};
use coldkeep_core::{Problem, certificate::Certificate};

impl Engine {
    pub async fn generate_certificate(&self, _wish: GenerateCertificate) -> Result<Certificate, Problem> {
        todo!()
    }
    pub async fn import_certificate(&self, _wish: ImportPfx) -> Result<Certificate, Problem> {
        todo!()
    }
    pub async fn list_certificates(&self) -> Result<Vec<Certificate>, Problem> {
        todo!()
    }
    /// `key`: id, name or thumbprint.
    pub async fn show_certificate(&self, _key: &str) -> Result<Certificate, Problem> {
        todo!()
    }
}
