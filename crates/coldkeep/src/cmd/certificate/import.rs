//! `certificate import`.

use super::lines;
use crate::{
    cmd::Context,
    failure::Failure,
    input,
    print::{end_day, plain},
};
use clap::Args;
use coldkeep_api::{ImportPfx, PfxFile, PfxKey};
use coldkeep_core::{Code, Problem, SecretString, fix, problem::Field};
use std::{
    io::{self, BufRead, IsTerminal},
    path::PathBuf,
};

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
    /// The key to use, if the file has several keys, or several certificates of one key
    #[arg(long, visible_alias = "thumbprint", value_name = "NAME|THUMBPRINT")]
    pub which: Option<String>,
}

pub(super) async fn import(args: Import, context: Context<'_>) -> Result<(), Failure> {
    let Context { client, out, .. } = context;
    let pfx = input::read_bytes(&args.file)?;
    let password = args.password(context)?;
    let mut file = PfxFile::new(&pfx, password, args.which.clone());
    if file.which.is_none() {
        file.which = ask_which(context, &file).await?;
    }
    let request = ImportPfx {
        name: args.name,
        file,
    };
    let imported = client.import_certificate(&request).await?;
    out.one(&imported, lines)
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

/// The thumbprint of the key that a person at the terminal chooses, where there is a choice. Elsewhere the server names
/// the keys and asks for `--which`.
pub async fn ask_which(context: Context<'_>, pfx: &PfxFile) -> Result<Option<String>, Failure> {
    let Context { client, out, global } = context;
    if global.no_input || !io::stdin().is_terminal() {
        return Ok(None);
    }
    let keys = client.look_into_pfx(pfx).await?;
    if keys.len() < 2 {
        return Ok(None);
    }
    out.tell(&format!(
        "The file holds {} keys, or certificates of one:",
        keys.len()
    ));
    let numbered = keys.iter().enumerate().map(|(index, key)| {
        vec![
            (index + 1).to_string(),
            plain(key.friendly_name.as_deref().unwrap_or_default()),
            plain(&key.issued_to),
            end_day(key.not_after),
            key.thumbprint_sha1.clone(),
        ]
    });
    out.table_beside(
        &["", "friendly name", "issued to", "expires", "thumbprint"],
        numbered,
    );
    out.ask(&format!("Which one (1 to {})? ", keys.len()));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(Failure::from)?;
    Ok(Some(chosen(&keys, &answer)?.thumbprint_sha1.clone()))
}

fn chosen<'a>(keys: &'a [PfxKey], answer: &str) -> Result<&'a PfxKey, Problem> {
    answer
        .trim()
        .parse::<usize>()
        .ok()
        .and_then(|number| keys.get(number.checked_sub(1)?))
        .ok_or_else(|| {
            Problem::new(
                Code::PfxKeyNotFound,
                format!(
                    "`{}` is not a number from 1 to {}",
                    plain(answer.trim()),
                    keys.len()
                ),
                fix![
                    "Import the file again and choose one, or name it with ",
                    Field::Thumbprint,
                    "."
                ],
            )
        })
}
