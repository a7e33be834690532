//! `certificate folder`.

use super::link::absolute;
use crate::{cmd::Context, failure::Failure, print::plain};
use clap::Subcommand;
use coldkeep_api::CertificateFolder;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum FolderVerb {
    /// Search this folder from now on (for example `/etc/letsencrypt/live/NAME`)
    Add { folder: PathBuf },
    /// The folders, and the usable certificates in them
    List,
    /// Stop searching this folder
    Remove { folder: PathBuf },
}

pub(super) async fn run(verb: FolderVerb, context: Context<'_>) -> Result<(), Failure> {
    let Context { client, out, .. } = context;
    match verb {
        FolderVerb::List => {
            let folders = client.list_certificate_folders().await?;
            out.list(&folders, &["folder", "usable", "not usable"], |f| {
                vec![f.path.clone(), f.usable.to_string(), f.refused.len().to_string()]
            })?;
            folders.iter().for_each(|folder| tell_refused(folder, context));
            Ok(())
        }
        FolderVerb::Add { folder } => {
            let added = client.add_certificate_folder(&absolute(&folder)?).await?;
            tell_refused(&added, context);
            out.one(&added, |f| {
                vec![
                    ("folder", f.path.clone()),
                    ("usable", f.usable.to_string()),
                    ("not usable", f.refused.len().to_string()),
                ]
            })
        }
        FolderVerb::Remove { folder } => {
            client.remove_certificate_folder(&absolute(&folder)?).await?;
            out.remark("It is no longer searched; its files are kept.");
            Ok(())
        }
    }
}

fn tell_refused(folder: &CertificateFolder, context: Context<'_>) {
    for refused in &folder.refused {
        context.out.remark(&format!("Not usable: {}", plain(refused)));
    }
}
