//! Certificates, and their private keys in the vault's envelopes.

use crate::{
    documents::to_body,
    failure::Noun,
    pool::{Store, Value},
};
use coldkeep_core::{Code, Problem, certificate::Certificate, id::CertificateId};

impl Store {
    /// Adds a certificate with its sealed private key, or replaces both.
    ///
    /// Fails with a conflict if another one has its name, or is the same certificate (SHA-256).
    pub async fn save_certificate(
        &self,
        certificate: &Certificate,
        sealed_key: &[u8],
    ) -> Result<(), Problem> {
        let saved = self
            .execute(
            "insert into certificate (id, name, thumbprint_sha1, thumbprint_sha256, created_at_ms, body, sealed_key) \
             values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do update set name = excluded.name, \
             thumbprint_sha1 = excluded.thumbprint_sha1, thumbprint_sha256 = excluded.thumbprint_sha256, \
             body = excluded.body, sealed_key = excluded.sealed_key",
            vec![
                (&certificate.id).into(),
                (&certificate.name).into(),
                (&certificate.thumbprint_sha1).into(),
                (&certificate.thumbprint_sha256).into(),
                Value::Int(certificate.created_at.as_millisecond()),
                to_body(certificate)?,
                Value::Bytes(sealed_key.to_vec()),
            ],
        )
        .await;
        let Err(failure) = saved else { return Ok(()) };
        match self
            .load_certificate_by_thumbprint(&certificate.thumbprint_sha256)
            .await?
        {
            Some(same) if same.id != certificate.id => Err(Problem::new(
                Code::CertificateExists,
                format!(
                    "This certificate is already in the certificate store, as `{}`",
                    same.name
                ),
                "Use that one.",
            )),
            _ => Err(failure.saving(Noun::Certificate, &certificate.name)),
        }
    }

    pub async fn load_certificate(&self, id: CertificateId) -> Result<Option<Certificate>, Problem> {
        self.load_one("select body from certificate where id = $1", vec![(&id).into()])
            .await
    }

    pub async fn load_certificate_by_name(&self, name: &str) -> Result<Option<Certificate>, Problem> {
        self.load_one("select body from certificate where name = $1", vec![name.into()])
            .await
    }

    /// By SHA-1 or SHA-256 thumbprint, upper-case hex.
    pub async fn load_certificate_by_thumbprint(
        &self,
        thumbprint: &str,
    ) -> Result<Option<Certificate>, Problem> {
        self.load_one(
            "select body from certificate where thumbprint_sha1 = $1 or thumbprint_sha256 = $1 \
             order by created_at_ms desc, id desc limit 1",
            vec![thumbprint.into()],
        )
        .await
    }

    /// The sealed private key.
    pub async fn load_certificate_key(&self, id: CertificateId) -> Result<Option<Vec<u8>>, Problem> {
        self.load_bytes(
            "select sealed_key from certificate where id = $1",
            vec![(&id).into()],
        )
        .await
    }

    /// `key`: id or name.
    pub async fn find_certificate(&self, key: &str) -> Result<Option<Certificate>, Problem> {
        self.find::<CertificateId, _>(
            "select body from certificate where id = $1 or name = $2 order by case when id = $1 then 0 else 1 end limit 1",
            key,
        )
        .await
    }

    /// By name.
    pub async fn list_certificates(&self) -> Result<Vec<Certificate>, Problem> {
        self.load_all("select body from certificate order by name", vec![])
            .await
    }

    /// False if there was none. Fails with a conflict while a service account uses it.
    pub async fn delete_certificate(&self, id: CertificateId) -> Result<bool, Problem> {
        let deleted = self
            .execute("delete from certificate where id = $1", vec![(&id).into()])
            .await;
        Ok(deleted.map_err(|f| f.deleting(Noun::Certificate, &id.to_string(), "service accounts"))? > 0)
    }
}
