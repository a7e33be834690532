//! A PFX file named by flags, its password, and which of its keys to use.

use crate::{
    cmd::{Context, certificate::ask_which},
    failure::Failure,
    input,
};
use clap::Args;
use coldkeep_api::PfxFile;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct PfxArgs {
    /// Authenticate with the certificate of a PFX file
    #[arg(long, value_name = "FILE")]
    pub pfx: Option<PathBuf>,
    /// The file with the PFX file's password
    #[arg(long, value_name = "FILE", requires = "pfx")]
    pub pfx_password_file: Option<PathBuf>,
    /// The key to use, if the PFX file has several keys, or several certificates of one key
    #[arg(
        long,
        visible_alias = "thumbprint",
        value_name = "NAME|THUMBPRINT",
        requires = "pfx"
    )]
    pub which: Option<String>,
}

impl PfxArgs {
    /// Reads the file where one is named; its password is asked for where no file has it.
    pub async fn read(&self, context: Context<'_>) -> Result<Option<PfxFile>, Failure> {
        let Some(file) = &self.pfx else { return Ok(None) };
        let bytes = input::read_bytes(file)?;
        let password = match &self.pfx_password_file {
            Some(file) => Some(input::read_secret_text(file)?),
            None => input::prompt_secret(
                context.global,
                &format!("Password of {} (empty: none)", file.display()),
            )?,
        };
        let mut pfx = PfxFile::new(&bytes, password, self.which.clone());
        if pfx.which.is_none() {
            pfx.which = ask_which(context, &pfx).await?;
        }
        Ok(Some(pfx))
    }
}
