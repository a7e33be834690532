//! `certificate export`.

use super::view::when_expires;
use crate::{cmd::Context, failure::Failure, input};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::{Args, ValueEnum};
use coldkeep_api::ExportPfx;
use coldkeep_core::{Code, ExposeSecret, Problem, SecretString, System};
use std::{
    fs::OpenOptions,
    io::{self, IsTerminal, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The public part, DER: what portals call CER
    Cer,
    /// The public part, as text
    Pem,
    /// With its private key, encrypted under a password
    Pfx,
}

#[derive(Debug, Args)]
pub struct Export {
    /// By name, thumbprint or id
    pub certificate: String,
    #[arg(long, value_enum, default_value = "pem")]
    pub format: Format,
    /// The new file [default: stdout, for the public part]
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
    /// Export the private key too (with --format pfx)
    #[arg(long, requires = "to")]
    pub with_private_key: bool,
    /// The file with the password for the new PFX file
    #[arg(
        long,
        value_name = "FILE",
        requires = "with_private_key",
        conflicts_with = "password_stdin"
    )]
    pub password_file: Option<PathBuf>,
    /// Read that password from the first line of stdin
    #[arg(long, requires = "with_private_key")]
    pub password_stdin: bool,
}

pub(super) async fn export(args: Export, context: Context<'_>) -> Result<(), Failure> {
    let Context { client, out, .. } = context;
    let pfx = args.format == Format::Pfx;
    if pfx != args.with_private_key {
        return Err(Failure::Usage(
            "a PFX holds the private key: to export it, use --format pfx --with-private-key --to FILE; \
             otherwise use --format pem or cer"
                .into(),
        ));
    }
    if let Some(to) = &args.to {
        refuse_existing(to)?;
    }
    let certificate = client.show_certificate(&args.certificate).await?;
    let content = match args.format {
        Format::Pem => certificate.pem().into_bytes(),
        Format::Cer => STANDARD
            .decode(&certificate.der_base64)
            .map_err(|e| Problem::internal(format!("The certificate cannot be read ({e})")))?,
        Format::Pfx => {
            let password = args.password(context)?.into();
            let request = ExportPfx { password };
            client.export_pfx(&certificate.id.to_string(), &request).await?
        }
    };
    match &args.to {
        Some(to) => {
            write_new(to, &content)?;
            out.remark(&format!(
                "Written to {}{}.",
                to.display(),
                if pfx {
                    "; anyone who has this file and its password can sign in with it"
                } else {
                    ""
                }
            ));
            if pfx {
                out.remark(&format!("It expires on {}.", when_expires(&certificate)));
            }
            Ok(())
        }
        None if args.format == Format::Cer && io::stdout().is_terminal() => Err(Failure::Usage(
            "a CER file is binary: name a file with --to, or redirect stdout to a file".into(),
        )),
        None => io::stdout().lock().write_all(&content).map_err(Failure::from),
    }
}

impl Export {
    fn password(&self, context: Context<'_>) -> Result<SecretString, Failure> {
        if self.password_stdin {
            return Ok(input::read_secret_stdin()?);
        }
        if let Some(file) = &self.password_file {
            return Ok(input::read_secret_text(file)?);
        }
        let first = input::prompt_secret(context.global, "Password for the PFX file")?;
        let second = match &first {
            Some(_) => input::prompt_secret(context.global, "Repeat the password")?,
            None => None,
        };
        match (first, second) {
            (Some(first), Some(second)) if first.expose_secret() == second.expose_secret() => Ok(first),
            (Some(_), _) => Err(Problem::new(
                Code::PasswordInvalid,
                "The two passwords differ",
                "Export it again, and type the same password twice; nothing was written.",
            )
            .into()),
            (None, _) => Err(Failure::Usage(
                "a PFX needs a password: give it with --password-file or --password-stdin".into(),
            )),
        }
    }
}

/// Before a password is typed in vain.
fn refuse_existing(path: &Path) -> Result<(), Problem> {
    if path.symlink_metadata().is_ok() {
        return Err(failed(path, &io::ErrorKind::AlreadyExists.into()));
    }
    Ok(())
}

/// For its owner alone; never over a file that is there.
fn write_new(path: &Path, content: &[u8]) -> Result<(), Problem> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .map_err(|e| failed(path, &e))
}

fn failed(path: &Path, error: &io::Error) -> Problem {
    Problem::new(
        Code::FileUnwritable,
        format!("The file `{}` cannot be written", path.display()),
        "Name a file that does not exist yet, in a folder that you can write to.",
    )
    .in_system(System {
        name: "this machine's file system".into(),
        message: Some(error.to_string()),
        ..System::default()
    })
}
