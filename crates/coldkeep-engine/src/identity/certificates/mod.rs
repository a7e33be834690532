//! Use cases of certificates. Key work takes processor time, so it is done off the async threads.

mod folders;
mod leave;
mod link;

use crate::{ground::off_thread::off_thread, identity::IdentityWing};
use coldkeep_api::{Given, ImportPfx, PfxFile, PfxKey};
use coldkeep_core::{
    Code, ExposeSecret, Problem, SecretSlice,
    certificate::{Certificate, NewCertificate},
    fix,
    problem::{Field, Verb},
};
use coldkeep_keys::{Generate, KeyMaterial, describe, generate, list_pfx_keys, read_pfx};

impl IdentityWing {
    /// Generates a key and its self-signed certificate.
    pub async fn generate_certificate(&self, certificate: NewCertificate) -> Result<Certificate, Problem> {
        let name = certificate.friendly_name().to_owned();
        self.refuse_taken_name(&name).await?;
        let now = self.ground.config.clock.now();
        let how = Generate { certificate, now };
        let material = off_thread(move || generate(&how)).await?;
        let certificate = describe(&material, &name, "generated", now)?;
        self.keep_certificate(&certificate, &material).await?;
        Ok(certificate)
    }

    /// Takes the key and its certificate out of a PFX file.
    pub async fn import_certificate(&self, request: ImportPfx) -> Result<Certificate, Problem> {
        if let Some(name) = &request.name {
            self.refuse_taken_name(name).await?;
        }
        let ImportPfx { name, file } = request;
        let (certificate, material) = self.read_pfx(name.as_deref(), file).await?;
        self.keep_certificate(&certificate, &material).await?;
        Ok(certificate)
    }

    /// What a PFX file holds, for anyone who wants to know before anything is stored.
    pub async fn inspect_certificate(&self, request: ImportPfx) -> Result<Certificate, Problem> {
        let ImportPfx { name, file } = request;
        Ok(self.read_pfx(name.as_deref(), file).await?.0)
    }

    /// What a PFX file holds, described as it would be stored. Nothing is.
    pub(crate) async fn read_pfx(
        &self,
        name: Option<&str>,
        file: PfxFile,
    ) -> Result<(Certificate, KeyMaterial), Problem> {
        let now = self.ground.config.clock.now();
        let material = off_thread(move || {
            let octets = octets_of(&file);
            let password = file.password.as_ref().map(Given::secret);
            read_pfx(octets.expose_secret(), password, file.which.as_deref(), now)
        })
        .await?;
        let mut certificate = describe(&material, "imported", "imported", now)?;
        let own = || {
            material
                .friendly_name
                .clone()
                .unwrap_or_else(|| certificate.issued_to.clone())
        };
        certificate.name = name.map_or_else(own, str::to_owned);
        Ok((certificate, material))
    }

    /// The usable keys of a PFX file, for a person to choose from. Nothing is stored.
    pub async fn look_into_pfx(&self, file: PfxFile) -> Result<Vec<PfxKey>, Problem> {
        let now = self.ground.config.clock.now();
        let keys = off_thread(move || {
            let octets = octets_of(&file);
            list_pfx_keys(
                octets.expose_secret(),
                file.password.as_ref().map(Given::secret),
                now,
            )
        });
        let keys = keys.await?;
        let shown = |key: coldkeep_keys::PfxKey| PfxKey {
            friendly_name: key.friendly_name,
            issued_to: key.issued_to,
            not_after: key.not_after,
            thumbprint_sha1: key.thumbprint_sha1,
        };
        Ok(keys.into_iter().map(shown).collect())
    }

    /// By name: the certificates in the store and in the certificate folders.
    pub async fn list_certificates(&self) -> Result<Vec<Certificate>, Problem> {
        self.search_certificates(None).await
    }

    /// By name: the certificates with `search` in a column of the list.
    pub async fn search_certificates(&self, search: Option<&str>) -> Result<Vec<Certificate>, Problem> {
        let mut all = self.ground.store.list_certificates().await?;
        let in_folders = self.certificates_in_folders(&all).await?;
        all.extend(in_folders);
        all.retain(|certificate| search.is_none_or(|text| certificate.matches(text)));
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    /// `key`: id, name or thumbprint; of the store, else of the folders that are looked through.
    pub async fn show_certificate(&self, key: &str) -> Result<Certificate, Problem> {
        let mut found = self.ground.store.find_certificate(key).await?;
        if found.is_none() {
            let thumbprint = key.replace([':', ' '], "").to_ascii_uppercase();
            found = self
                .ground
                .store
                .load_certificate_by_thumbprint(&thumbprint)
                .await?;
        }
        if found.is_none() {
            let thumbprint = key.replace([':', ' '], "").to_ascii_uppercase();
            found = self.list_certificates().await?.into_iter().find(|c| {
                c.name == key
                    || c.id.to_string() == key
                    || c.thumbprint_sha1 == thumbprint
                    || c.thumbprint_sha256 == thumbprint
            });
        }
        found.ok_or_else(|| {
            Problem::new(
                Code::CertificateNotFound,
                format!("The certificate `{key}` does not exist"),
                fix!["To list them: ", Verb::CertificateList.any(), "."],
            )
        })
    }

    /// Puts a described certificate into the store, its key sealed.
    pub(crate) async fn keep_certificate(
        &self,
        certificate: &Certificate,
        material: &KeyMaterial,
    ) -> Result<(), Problem> {
        let until_saved = self.ground.hold_master_key().await?;
        let sealed = material.seal(&self.ground.vault, certificate.id)?;
        self.ground.store.save_certificate(certificate, &sealed).await?;
        until_saved.release().await;
        self.log_change("certificate added", &certificate.name);
        Ok(())
    }

    /// Before a key is generated in vain.
    pub(crate) async fn refuse_taken_name(&self, name: &str) -> Result<(), Problem> {
        if name.trim().is_empty() {
            return Err(Problem::new(
                Code::FieldMissing,
                "The certificate has no name",
                fix!["Give it one (", Field::Name, ")."],
            ));
        }
        match self.ground.store.load_certificate_by_name(name).await? {
            None => Ok(()),
            Some(_) => Err(Problem::new(
                Code::CertificateNameTaken,
                format!("The certificate `{name}` already exists"),
                fix!["Choose another ", Field::Name, ", or use that one."],
            )),
        }
    }
}

/// The file whose base64 was sent; other text is passed on unchanged, so that the error shows what it is.
fn octets_of(file: &PfxFile) -> SecretSlice<u8> {
    let text = file.pfx_base64.secret().expose_secret();
    let packed: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let packed: SecretSlice<u8> = packed.into();
    match data_encoding::BASE64.decode(packed.expose_secret()) {
        Ok(file) => file.into(),
        Err(_) => text.as_bytes().to_vec().into(),
    }
}
