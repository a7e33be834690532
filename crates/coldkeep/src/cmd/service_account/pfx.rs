//! A PFX file named by flags, its password, and which of its keys is meant.

use crate::{
    client::Credential,
    cmd::{Context, certificate::ask_which},
    failure::Failure,
    input,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::Args;
use coldkeep_core::{ExposeSecret, SecretSlice, SecretString};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct PfxArgs {
    /// Prove itself with the certificate of a PFX file
    #[arg(long, value_name = "FILE")]
    pub pfx: Option<PathBuf>,
    /// The file with the PFX file's password
    #[arg(long, value_name = "FILE", requires = "pfx")]
    pub pfx_password_file: Option<PathBuf>,
    /// Which key to take, where the PFX file has several, or several certificates of one key
    #[arg(
        long,
        visible_alias = "thumbprint",
        value_name = "NAME|THUMBPRINT",
        requires = "pfx"
    )]
    pub which: Option<String>,
}

/// What was read of it.
#[derive(Debug)]
pub struct Pfx {
    pub bytes: SecretSlice<u8>,
    pub password: Option<SecretString>,
    pub which: Option<String>,
}

impl PfxArgs {
    /// Reads the file where one is named; its password is asked for where no file has it.
    pub async fn read(&self, context: Context<'_>) -> Result<Option<Pfx>, Failure> {
        let Some(file) = &self.pfx else { return Ok(None) };
        let bytes = input::read_bytes(file)?;
        let password = match &self.pfx_password_file {
            Some(file) => Some(input::read_secret_text(file)?),
            None => input::prompt_secret(
                context.global,
                &format!("Password of {} (empty: none)", file.display()),
            )?,
        };
        let which = match self.which.clone() {
            Some(which) => Some(which),
            None => ask_which(context, &bytes, password.as_ref()).await?,
        };
        Ok(Some(Pfx {
            bytes,
            password,
            which,
        }))
    }
}

impl Pfx {
    /// As the server takes it.
    pub fn credential(&self) -> Credential {
        Credential::Pfx {
            pfx_base64: STANDARD.encode(self.bytes.expose_secret()).into(),
            password: self.password.clone(),
            which: self.which.clone(),
        }
    }
}
