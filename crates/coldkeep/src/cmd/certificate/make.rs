//! `certificate generate`.

use super::{lines, link::ask_pin};
use crate::{cmd::Context, failure::Failure};
use clap::{Args, ValueEnum};
use coldkeep_api::{GenerateInToken, Given};
use coldkeep_core::certificate::{NewCertificate, VALID_DAYS_MAX};
use std::path::PathBuf;

/// The default validity of a generated certificate.
pub const VALID_DAYS: u32 = 365;

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
    #[arg(long, value_name = "N", default_value_t = VALID_DAYS, value_parser = clap::value_parser!(u32).range(1..=i64::from(VALID_DAYS_MAX)))]
    pub valid_days: u32,
    /// Generate the key in this PKCS#11 token, which never exports it (pkcs11:token=LABEL, RFC 7512)
    #[arg(long, value_name = "PKCS11-URI")]
    pub token: Option<String>,
    /// The file with the token's user PIN
    #[arg(long, value_name = "FILE", requires = "token")]
    pub pin_file: Option<PathBuf>,
}

pub(super) async fn generate(args: Generate, context: Context<'_>) -> Result<(), Failure> {
    let Context { client, out, .. } = context;
    let certificate = NewCertificate {
        name: Some(args.name),
        subject: args.subject,
        key_bits: args.key.bits(),
        valid_days: args.valid_days,
    };
    let made = match &args.token {
        Some(uri) => {
            let request = GenerateInToken {
                certificate,
                uri: uri.clone(),
                pin: ask_pin(context, args.pin_file.as_deref())?.map(Given::from),
            };
            client.generate_certificate_in_token(&request).await?
        }
        None => client.generate_certificate(&certificate).await?,
    };
    out.one(&made, lines)
}
