//! Folders of the system that are looked through for certificates with their keys.

use super::link::pem_location;
use crate::{
    ground::{off_thread::off_thread, paths::absolute},
    identity::IdentityWing,
};
use coldkeep_api::CertificateFolder;
use coldkeep_core::{Code, Problem, certificate::Certificate, fix, id::CertificateId, problem::Verb};
use coldkeep_keys::{PemPair, Scan, describe_der, scan_folders};
use std::{collections::BTreeSet, path::PathBuf};
use uuid::Uuid;

const SETTING: &str = "certificate-folders";

impl IdentityWing {
    /// The folders, and what is in each.
    pub async fn list_certificate_folders(&self) -> Result<Vec<CertificateFolder>, Problem> {
        let folders = self.certificate_folders().await?;
        let scan = self.scan(&folders).await?;
        let within = |folder: &PathBuf, path: &PathBuf| path.parent() == Some(folder);
        Ok(folders
            .iter()
            .map(|folder| CertificateFolder {
                path: folder.display().to_string(),
                usable: scan
                    .pairs
                    .iter()
                    .filter(|pair| within(folder, &pair.certificate_path))
                    .count(),
                refused: scan
                    .refused
                    .iter()
                    .filter(|(path, _)| within(folder, path))
                    .map(|(path, problem)| format!("{}: {}", path.display(), problem.what))
                    .collect(),
            })
            .collect())
    }

    /// From now on, certificates in this folder are in the list.
    pub async fn add_certificate_folder(&self, path: &str) -> Result<CertificateFolder, Problem> {
        let folder = absolute(path)?;
        let looked = folder.clone();
        off_thread(move || {
            std::fs::read_dir(&looked).map(drop).map_err(|e| {
                Problem::new(
                    Code::CertificateFolderUnreadable,
                    format!("The folder `{}` cannot be read ({e})", looked.display()),
                    "Correct its path, or let the user that runs Coldkeep read it.",
                )
            })
        })
        .await?;
        let mut folders = self.certificate_folders().await?;
        if !folders.contains(&folder) {
            folders.push(folder.clone());
            self.ground.store.save_setting(SETTING, &folders).await?;
        }
        let shown = folder.display().to_string();
        let listed = self.list_certificate_folders().await?;
        listed
            .into_iter()
            .find(|f| f.path == shown)
            .ok_or_else(|| Problem::internal("A folder that was added is not in the list"))
    }

    /// It is no longer looked at. Certificates that a service account uses stay.
    pub async fn remove_certificate_folder(&self, path: &str) -> Result<(), Problem> {
        let mut folders = self.certificate_folders().await?;
        let before = folders.len();
        folders.retain(|folder| folder.as_os_str() != path);
        if folders.len() == before {
            return Err(Problem::new(
                Code::CertificateFolderNotFound,
                format!("`{path}` is not among the certificate folders"),
                fix!["To list them: ", Verb::CertificateFolderList.any(), "."],
            ));
        }
        self.ground.store.save_setting(SETTING, &folders).await
    }

    /// Certificates of the folders that are not in the store.
    pub(super) async fn certificates_in_folders(
        &self,
        stored: &[Certificate],
    ) -> Result<Vec<Certificate>, Problem> {
        let folders = self.certificate_folders().await?;
        if folders.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.ground.config.clock.now();
        let mut names: BTreeSet<String> = stored.iter().map(|c| c.name.clone()).collect();
        let mut found = Vec::new();
        for pair in self.scan(&folders).await?.pairs {
            let location = pem_location(&pair.certificate_path, &pair.key_path);
            let Ok(mut certificate) = describe_der(&pair.certificate_der, "", "linked", location, now) else {
                continue;
            };
            if stored
                .iter()
                .any(|s| s.thumbprint_sha256 == certificate.thumbprint_sha256)
            {
                continue;
            }
            // The same one has the same id in each list, stored or not.
            certificate.id = CertificateId(Uuid::new_v5(
                &Uuid::NAMESPACE_OID,
                certificate.thumbprint_sha256.as_bytes(),
            ));
            certificate.created_at = certificate.not_before;
            certificate.name = name_of(&pair, &certificate, &names);
            names.insert(certificate.name.clone());
            found.push(certificate);
        }
        Ok(found)
    }

    /// Keeps a certificate that was only found in a folder, so that a service account can refer to it.
    pub(crate) async fn adopt_certificate(&self, certificate: &Certificate) -> Result<(), Problem> {
        match self.ground.store.load_certificate(certificate.id).await? {
            Some(_) => Ok(()),
            None => {
                let mut kept = certificate.clone();
                kept.created_at = self.ground.config.clock.now();
                self.ground.store.save_certificate(&kept, &[]).await
            }
        }
    }

    async fn certificate_folders(&self) -> Result<Vec<PathBuf>, Problem> {
        Ok(self.ground.store.load_setting(SETTING).await?.unwrap_or_default())
    }

    async fn scan(&self, folders: &[PathBuf]) -> Result<Scan, Problem> {
        let (folders, now) = (folders.to_vec(), self.ground.config.clock.now());
        off_thread(move || Ok(scan_folders(&folders, now))).await
    }
}

/// `site` of `site.crt`; certbot's files are called alike everywhere, so theirs is the folder's name.
fn name_of(pair: &PemPair, certificate: &Certificate, taken: &BTreeSet<String>) -> String {
    let path = &pair.certificate_path;
    let named = match path.file_stem().map(|stem| stem.to_string_lossy()) {
        Some(stem) if !matches!(&*stem, "cert" | "fullchain") => Some(stem.into_owned()),
        _ => path
            .parent()
            .and_then(|folder| Some(folder.file_name()?.to_string_lossy().into_owned())),
    };
    let name = named.unwrap_or_else(|| certificate.issued_to.clone());
    if taken.contains(&name) {
        return format!("{name} ({})", &certificate.thumbprint_sha1[..8]);
    }
    name
}
