//! `certificate link`.

use super::lines;
use crate::{cmd::Context, failure::Failure, input};
use clap::{ArgGroup, Args};
use coldkeep_api::{Given, LinkCertificate, LinkedKey};
use coldkeep_core::{Code, Problem, SecretString};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("place").required(true).args(["uri", "pem"])))]
pub struct Link {
    /// The key in its PKCS#11 token (pkcs11:token=LABEL;object=NAME, RFC 7512)
    #[arg(value_name = "PKCS11-URI")]
    pub uri: Option<String>,
    /// The file with the token's user PIN
    #[arg(long, value_name = "FILE", requires = "uri")]
    pub pin_file: Option<PathBuf>,
    /// The certificate's and the key's PEM files
    #[arg(long, num_args = 2, value_names = ["CERT", "KEY"])]
    pub pem: Option<Vec<PathBuf>>,
    /// The friendly name [default: the token's, or the subject]
    #[arg(long)]
    pub name: Option<String>,
}

pub(super) async fn link(args: Link, context: Context<'_>) -> Result<(), Failure> {
    let key = match (args.uri, args.pem.as_deref()) {
        (Some(uri), _) => LinkedKey::Token {
            uri,
            pin: ask_pin(context, args.pin_file.as_deref())?.map(Given::from),
        },
        (None, Some([certificate, key])) => LinkedKey::Pem {
            certificate_path: absolute(certificate)?,
            key_path: absolute(key)?,
        },
        (None, _) => {
            return Err(Failure::Usage(
                "name a pkcs11 address, or two files with --pem".into(),
            ));
        }
    };
    let request = LinkCertificate { name: args.name, key };
    let linked = context.client.link_certificate(&request).await?;
    context.out.one(&linked, lines)
}

/// From the file, else from the terminal; none if there is no terminal or nothing was typed.
pub(super) fn ask_pin(context: Context<'_>, file: Option<&Path>) -> Result<Option<SecretString>, Failure> {
    match file {
        Some(file) => Ok(Some(input::read_secret_text(file)?)),
        None => input::prompt_secret(context.global, "The token's user PIN (empty: none)"),
    }
}

/// As the server needs it, which may have another working folder.
pub(super) fn absolute(path: &Path) -> Result<String, Problem> {
    let path = std::path::absolute(path).map_err(|e| {
        Problem::new(
            Code::PathInvalid,
            format!("The path `{}` cannot be used ({e})", path.display()),
            "Write the absolute path.",
        )
    })?;
    path.to_str().map(str::to_owned).ok_or_else(|| {
        Problem::new(
            Code::PathInvalid,
            format!("The path `{}` is not UTF-8 text", path.display()),
            "Rename the file or the folder.",
        )
    })
}
