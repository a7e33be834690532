//! `coldkeep certificate`.

mod export;
mod folder;
mod import;
mod link;
mod make;
mod view;

pub use import::ask_which;
pub use make::{KeyKind, VALID_DAYS};

use super::Context;
use crate::{
    failure::{Done, Outcome},
    input,
    print::plain,
};
use clap::Subcommand;
use view::{HEADERS, lines, row};

#[derive(Debug, Subcommand)]
pub enum CertificateVerb {
    /// Generate a self-signed certificate, with its key in the store or in a PKCS#11 token
    Generate(make::Generate),
    /// Import a certificate and its key from a PFX file
    Import(import::Import),
    /// Use a certificate whose key stays in a PKCS#11 token or in PEM files
    Link(link::Link),
    /// All certificates whose key can sign
    List {
        /// Only certificates whose name, thumbprint or location contains this text
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
    },
    /// One certificate: by name, thumbprint or id
    Show { certificate: String },
    /// Write a certificate to a file; with its key only on request
    Export(export::Export),
    /// Remove a certificate that no service account uses (a token's key and PEM files are kept)
    Remove { certificate: String },
    /// Folders of this machine that are searched for PEM certificates with their keys
    #[command(subcommand)]
    Folder(folder::FolderVerb),
}

pub async fn run(verb: CertificateVerb, context: Context<'_>) -> Outcome {
    let Context { client, out, global } = context;
    match verb {
        CertificateVerb::List { search } => {
            out.list(
                &client.search_certificates(search.as_deref()).await?,
                &HEADERS,
                row,
            )?;
        }
        CertificateVerb::Show { certificate } => {
            out.one(&client.show_certificate(&certificate).await?, lines)?
        }
        CertificateVerb::Generate(args) => make::generate(args, context).await?,
        CertificateVerb::Import(args) => import::import(args, context).await?,
        CertificateVerb::Link(args) => link::link(args, context).await?,
        CertificateVerb::Export(args) => export::export(args, context).await?,
        CertificateVerb::Remove { certificate } => {
            let found = client.show_certificate(&certificate).await?;
            let question = format!(
                "Remove the certificate `{}` (thumbprint {})?",
                plain(&found.name),
                found.thumbprint_sha1
            );
            input::confirm(global, out, &question)?;
            client.remove_certificate(&found.id.to_string()).await?;
            out.remark(&format!("The certificate `{}` is removed.", plain(&found.name)));
        }
        CertificateVerb::Folder(verb) => folder::run(verb, context).await?,
    }
    Ok(Done::All)
}
