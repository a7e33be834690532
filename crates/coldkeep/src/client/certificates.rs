//! One function per request about certificates.

use super::{
    Client, GenerateInToken, LinkCertificate,
    bodies::{ExportPfx, ImportPfx, LookIntoPfx},
    nouns::encoded,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use coldkeep_core::{ExposeSecret, Problem, SecretSlice, SecretString, certificate::Certificate};
use coldkeep_server::requests::{CertificateFolder, ExportedPfx, GenerateCertificate, NameFolder, PfxKey};

impl Client {
    pub async fn list_certificates(&self) -> Result<Vec<Certificate>, Problem> {
        self.search_certificates(None).await
    }
    pub async fn search_certificates(&self, search: Option<&str>) -> Result<Vec<Certificate>, Problem> {
        let query = search
            .map(|text| format!("?search={}", encoded(text)))
            .unwrap_or_default();
        self.get(&format!("/certificates{query}")).await
    }
    pub async fn show_certificate(&self, key: &str) -> Result<Certificate, Problem> {
        self.get(&format!("/certificates/{}", encoded(key))).await
    }
    pub async fn remove_certificate(&self, key: &str) -> Result<(), Problem> {
        self.delete(&format!("/certificates/{}", encoded(key)), None::<&()>)
            .await
    }
    pub async fn generate_certificate(&self, wish: &GenerateCertificate) -> Result<Certificate, Problem> {
        self.post("/certificates", wish).await
    }
    pub async fn generate_certificate_in_token(
        &self,
        wish: &GenerateInToken,
    ) -> Result<Certificate, Problem> {
        self.post("/certificates/in-token", wish).await
    }
    pub async fn link_certificate(&self, wish: &LinkCertificate) -> Result<Certificate, Problem> {
        self.post("/certificates/link", wish).await
    }
    pub async fn import_certificate(
        &self,
        name: Option<&str>,
        pfx: &SecretSlice<u8>,
        password: Option<&SecretString>,
        which: Option<&str>,
    ) -> Result<Certificate, Problem> {
        let pfx_base64 = STANDARD.encode(pfx.expose_secret()).into();
        self.post(
            "/certificates/import",
            &ImportPfx {
                name,
                pfx_base64,
                password,
                which,
            },
        )
        .await
    }
    /// What a PFX file holds; nothing is stored.
    pub async fn inspect_certificate(
        &self,
        pfx: &SecretSlice<u8>,
        password: Option<&SecretString>,
        which: Option<&str>,
    ) -> Result<Certificate, Problem> {
        let pfx_base64 = STANDARD.encode(pfx.expose_secret()).into();
        let body = ImportPfx {
            name: None,
            pfx_base64,
            password,
            which,
        };
        self.post("/certificates/inspect", &body).await
    }
    /// The keys to choose from.
    pub async fn look_into_pfx(
        &self,
        pfx: &SecretSlice<u8>,
        password: Option<&SecretString>,
    ) -> Result<Vec<PfxKey>, Problem> {
        let pfx_base64 = STANDARD.encode(pfx.expose_secret()).into();
        self.post(
            "/certificates/look-into-pfx",
            &LookIntoPfx { pfx_base64, password },
        )
        .await
    }
    /// The octets of a PFX file, encrypted under `password`.
    pub async fn export_pfx(&self, key: &str, password: &SecretString) -> Result<Vec<u8>, Problem> {
        let path = format!("/certificates/{}/export-pfx", encoded(key));
        let exported: ExportedPfx = self.post(&path, &ExportPfx { password }).await?;
        STANDARD
            .decode(exported.pfx_base64)
            .map_err(|e| Problem::internal(format!("The server's PFX cannot be read ({e})")))
    }

    pub async fn list_certificate_folders(&self) -> Result<Vec<CertificateFolder>, Problem> {
        self.get("/certificate-folders").await
    }
    pub async fn add_certificate_folder(&self, path: &str) -> Result<CertificateFolder, Problem> {
        self.post("/certificate-folders", &NameFolder { path: path.into() })
            .await
    }
    pub async fn remove_certificate_folder(&self, path: &str) -> Result<(), Problem> {
        self.delete("/certificate-folders", Some(&NameFolder { path: path.into() }))
            .await
    }
}
