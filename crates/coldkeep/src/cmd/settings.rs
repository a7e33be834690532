//! `coldkeep settings`.

mod network;

use super::Context;
use crate::{
    failure::{Done, Outcome},
    input,
};
use clap::Subcommand;
use coldkeep_api::{Rekey, Settings};
use coldkeep_core::{Code, Problem};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum SettingsVerb {
    /// Where Coldkeep keeps its data and the master key
    Show,
    /// Show or set proxies and trusted certificates
    Network(network::NetworkArgs),
    /// Create a new master key and seal every secret with it
    Rekey {
        /// Write the new key to this file, outside the data folder [default: replace the old key]
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
}

pub async fn run(verb: SettingsVerb, context: Context<'_>) -> Outcome {
    let Context { client, out, global } = context;
    match verb {
        SettingsVerb::Show => out.one(&client.show_settings().await?, lines)?,
        SettingsVerb::Network(args) => return network::run(args, context).await,
        SettingsVerb::Rekey { to } => {
            let to_file = match to {
                None => None,
                Some(file) => Some(
                    std::path::absolute(&file)
                        .ok()
                        .and_then(|path| path.to_str().map(str::to_owned))
                        .ok_or_else(|| {
                            Problem::new(
                                Code::PathInvalid,
                                format!("The path `{}` cannot be used", file.display()),
                                "Write the absolute path, in UTF-8.",
                            )
                        })?,
                ),
            };
            let question = "Seal every secret with a new master key? The old key will be deleted, but \
                earlier copies of the database need it: keep a copy of the old key with them.";
            input::confirm(global, out, question)?;
            let settings = client.rekey(&Rekey { to_file }).await?;
            out.one(&settings, lines)?;
        }
    }
    Ok(Done::All)
}

fn lines(settings: &Settings) -> Vec<(&'static str, String)> {
    let key = &settings.master_key;
    let place = match (key.in_data_folder, key.is_credential) {
        (true, _) => "inside the data folder: anyone who copies the folder can read its secrets",
        (false, true) => "a systemd credential",
        (false, false) => "outside the data folder",
    };
    vec![
        ("data folder", settings.data_dir.clone()),
        ("master key", key.file.clone()),
        ("master key is", place.into()),
        ("master key id", key.id.clone()),
    ]
}
