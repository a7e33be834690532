//! `coldkeep certificate`.

use super::Context;
use crate::{
    failure::{Done, Failure, Outcome},
    input,
    print::when,
};
use clap::{Args, Subcommand, ValueEnum};
use coldkeep_core::{
    Clock, SecretString, SystemClock,
    certificate::{Certificate, KeyLocation},
};
use coldkeep_server::requests::GenerateCertificate;
use std::path::PathBuf;

/// How long a certificate made here is valid, unless asked otherwise.
pub const VALID_DAYS: u32 = 365;

#[derive(Debug, Subcommand)]
pub enum CertificateVerb {
    /// Make a self-signed certificate
    Generate(Generate),
    /// Take a certificate and its key from a PFX file
    Import(Import),
    /// All certificates
    List,
    /// One certificate: by name, thumbprint or id
    Show { certificate: String },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum KeyKind {
    Rsa2048,
    Rsa3072,
    Rsa4096,
}

impl KeyKind {
    pub fn bits(self) -> u32 {
        match self {
            Self::Rsa2048 => 2048,
            Self::Rsa3072 => 3072,
            Self::Rsa4096 => 4096,
        }
    }
}

#[derive(Debug, Args)]
pub struct Generate {
    /// The friendly name
    #[arg(long)]
    pub name: String,
    /// The common name [default: the friendly name]
    #[arg(long, value_name = "CN")]
    pub subject: Option<String>,
    /// The kind of key
    #[arg(long, value_enum, default_value = "rsa3072")]
    pub key: KeyKind,
    /// How long it is valid
    #[arg(long, value_name = "N", default_value_t = VALID_DAYS, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub valid_days: u32,
}

#[derive(Debug, Args)]
pub struct Import {
    /// The PFX (PKCS#12) file
    #[arg(value_name = "FILE.pfx")]
    pub file: PathBuf,
    /// The friendly name [default: the one in the file]
    #[arg(long)]
    pub name: Option<String>,
    /// The file with its password
    #[arg(long, value_name = "FILE", conflicts_with = "password_stdin")]
    pub password_file: Option<PathBuf>,
    /// Read its password from the first line of stdin
    #[arg(long)]
    pub password_stdin: bool,
    /// Which key to take, where the file has several
    #[arg(long, value_name = "NAME|THUMBPRINT")]
    pub which: Option<String>,
}

pub async fn run(verb: CertificateVerb, context: Context<'_>) -> Outcome {
    let Context { client, out, .. } = context;
    match verb {
        CertificateVerb::List => {
            let headers = [
                "name",
                "issued to",
                "issued by",
                "expires",
                "key",
                "where the key is",
                "thumbprint",
            ];
            out.list(&client.list_certificates().await?, &headers, row)?;
        }
        CertificateVerb::Show { certificate } => {
            out.one(&client.show_certificate(&certificate).await?, lines)?
        }
        CertificateVerb::Generate(args) => {
            let wish = GenerateCertificate {
                name: args.name,
                subject: args.subject,
                key_bits: args.key.bits(),
                valid_days: args.valid_days,
            };
            out.one(&client.generate_certificate(&wish).await?, lines)?;
        }
        CertificateVerb::Import(args) => {
            let pfx = input::read_secret_bytes(&args.file)?;
            let password = args.password(context)?;
            let (name, which) = (args.name.as_deref(), args.which.as_deref());
            out.one(
                &client
                    .import_certificate(name, &pfx, password.as_ref(), which)
                    .await?,
                lines,
            )?;
        }
    }
    Ok(Done::All)
}

impl Import {
    fn password(&self, context: Context<'_>) -> Result<Option<SecretString>, Failure> {
        if self.password_stdin {
            return Ok(Some(input::read_secret_stdin()?));
        }
        match &self.password_file {
            Some(file) => Ok(Some(input::read_secret_text(file)?)),
            None => input::prompt_secret(
                context.global,
                &format!("Password of {} (empty: none)", self.file.display()),
            ),
        }
    }
}

fn location(certificate: &Certificate) -> String {
    match certificate.key_location {
        KeyLocation::Store => "Coldkeep's store".into(),
    }
}

fn expiry(certificate: &Certificate) -> String {
    let days = certificate.days_left(SystemClock.now());
    let left = if days < 0 {
        "expired".to_owned()
    } else {
        format!("{days} days left")
    };
    format!("{} ({left})", certificate.not_after.strftime("%Y-%m-%d"))
}

fn row(c: &Certificate) -> Vec<String> {
    vec![
        c.name.clone(),
        c.issued_to.clone(),
        c.issued_by.clone(),
        expiry(c),
        c.key.clone(),
        location(c),
        c.thumbprint_sha1.clone(),
    ]
}

fn lines(c: &Certificate) -> Vec<(&'static str, String)> {
    vec![
        ("name", c.name.clone()),
        ("issued to", c.issued_to.clone()),
        ("issued by", c.issued_by.clone()),
        ("valid from", when(c.not_before)),
        ("expires", expiry(c)),
        ("key", c.key.clone()),
        ("where the key is", location(c)),
        ("thumbprint (SHA-1)", c.thumbprint_sha1.clone()),
        ("thumbprint (SHA-256)", c.thumbprint_sha256.clone()),
        ("serial", c.serial.clone()),
        ("origin", c.origin.clone()),
        ("id", c.id.to_string()),
    ]
}
