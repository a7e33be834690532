//! One function per request about certificates.

use super::{Client, encoded};
use crate::{
    CertificateFolder, ExportPfx, ExportedPfx, GenerateInToken, ImportPfx, LinkCertificate, NameFolder,
    PfxFile, PfxKey,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use coldkeep_core::{
    Problem,
    certificate::{Certificate, NewCertificate},
};

impl Client {
    /// All of them, by name.
    pub async fn list_certificates(&self) -> Result<Vec<Certificate>, Problem> {
        self.search_certificates(None).await
    }
    /// `GET /certificates`: those of which something that a list shows holds `search`; or all.
    pub async fn search_certificates(&self, search: Option<&str>) -> Result<Vec<Certificate>, Problem> {
        let query = search
            .map(|text| format!("?search={}", encoded(text)))
            .unwrap_or_default();
        self.get(&format!("/certificates{query}")).await
    }
    /// `GET /certificates/{key}`.
    pub async fn show_certificate(&self, key: &str) -> Result<Certificate, Problem> {
        self.get(&format!("/certificates/{}", encoded(key))).await
    }
    /// `DELETE /certificates/{key}`.
    pub async fn remove_certificate(&self, key: &str) -> Result<(), Problem> {
        self.delete(&format!("/certificates/{}", encoded(key)), None::<&()>)
            .await
    }
    /// `POST /certificates`.
    pub async fn generate_certificate(&self, request: &NewCertificate) -> Result<Certificate, Problem> {
        self.post("/certificates", request).await
    }
    /// `POST /certificates/in-token`.
    pub async fn generate_certificate_in_token(
        &self,
        request: &GenerateInToken,
    ) -> Result<Certificate, Problem> {
        self.post("/certificates/in-token", request).await
    }
    /// `POST /certificates/link`.
    pub async fn link_certificate(&self, request: &LinkCertificate) -> Result<Certificate, Problem> {
        self.post("/certificates/link", request).await
    }
    /// `POST /certificates/import`.
    pub async fn import_certificate(&self, request: &ImportPfx) -> Result<Certificate, Problem> {
        self.post("/certificates/import", request).await
    }
    /// What a PFX file holds; nothing is stored.
    pub async fn inspect_certificate(&self, request: &ImportPfx) -> Result<Certificate, Problem> {
        self.post("/certificates/inspect", request).await
    }
    /// The keys to choose from.
    pub async fn look_into_pfx(&self, file: &PfxFile) -> Result<Vec<PfxKey>, Problem> {
        self.post("/certificates/look-into-pfx", file).await
    }
    /// The octets of a PFX file, encrypted under `password`.
    pub async fn export_pfx(&self, key: &str, request: &ExportPfx) -> Result<Vec<u8>, Problem> {
        let path = format!("/certificates/{}/export-pfx", encoded(key));
        let exported: ExportedPfx = self.post(&path, request).await?;
        STANDARD
            .decode(exported.pfx_base64)
            .map_err(|e| Problem::internal(format!("The server's PFX cannot be read ({e})")))
    }

    /// `GET /certificate-folders`.
    pub async fn list_certificate_folders(&self) -> Result<Vec<CertificateFolder>, Problem> {
        self.get("/certificate-folders").await
    }
    /// `POST /certificate-folders`.
    pub async fn add_certificate_folder(&self, path: &str) -> Result<CertificateFolder, Problem> {
        self.post("/certificate-folders", &NameFolder { path: path.into() })
            .await
    }
    /// `DELETE /certificate-folders`.
    pub async fn remove_certificate_folder(&self, path: &str) -> Result<(), Problem> {
        self.delete("/certificate-folders", Some(&NameFolder { path: path.into() }))
            .await
    }
}
