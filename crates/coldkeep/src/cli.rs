//! The command line as a whole; each noun's arguments are beside what they do, in `cmd`.

use crate::{cmd, demo};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Second copies of backups in Azure Blob Storage: server side, dated, verifiable.
#[derive(Debug, Parser)]
#[command(name = "coldkeep", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub noun: Noun,
}

/// Options every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Where Coldkeep keeps its database and keys [default: ~/.local/share/coldkeep]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "COLDKEEP_DATA_DIR",
        hide_env_values = true
    )]
    pub data_dir: Option<PathBuf>,
    /// The file with the master key that seals every secret; remembered from then on [default: master.key in
    /// the data folder]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "COLDKEEP_MASTER_KEY_FILE",
        hide_env_values = true
    )]
    pub master_key_file: Option<PathBuf>,
    /// Use the server at this address (http://127.0.0.1:PORT) instead of the data folder's
    #[arg(long, global = true, value_name = "URL")]
    pub server: Option<String>,
    /// The file with the server's token [default: api.token in the data folder]
    #[arg(long, global = true, value_name = "FILE", requires = "server")]
    pub token_file: Option<PathBuf>,
    /// The output format: a table, one JSON document, or one JSON object per line
    #[arg(long, global = true, value_enum, default_value = "table")]
    pub output: Output,
    /// Answer yes to every question
    #[arg(long, global = true)]
    pub yes: bool,
    /// Never ask; a question that would be asked is an error
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Do not show progress and remarks
    #[arg(long, global = true)]
    pub quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    Table,
    Json,
    Jsonl,
}

#[derive(Debug, Subcommand)]
pub enum Noun {
    /// Run a full backup and restore against the simulator: no Azure, no setup
    #[cfg_attr(not(feature = "demo"), command(hide = true))]
    Demo(demo::DemoArgs),
    /// Run the server: a socket in the data folder, and optionally TCP on loopback
    Serve(cmd::serve::ServeArgs),
    /// Azure clouds: Microsoft's clouds and custom ones
    #[command(subcommand)]
    Cloud(cmd::cloud::CloudVerb),
    /// Certificates that applications authenticate with
    #[command(subcommand)]
    Certificate(cmd::certificate::CertificateVerb),
    /// Azure service accounts: Entra applications with exactly the permissions they need
    #[command(subcommand)]
    ServiceAccount(cmd::service_account::ServiceAccountVerb),
    /// Repositories: where backups are copied from and to
    #[command(subcommand)]
    Repository(cmd::repository::RepositoryVerb),
    /// Backup copy jobs
    #[command(subcommand)]
    Job(cmd::job::JobVerb),
    /// Runs of jobs and restores
    #[command(subcommand)]
    Run(cmd::run::RunVerb),
    /// Restore points
    #[command(subcommand)]
    Point(cmd::point::PointVerb),
    /// Check for problems and upcoming expirations, with fixes
    Doctor(cmd::doctor::DoctorArgs),
    /// Restore a point into a container or a folder
    Restore(cmd::restore::RestoreArgs),
    /// Global settings
    #[command(subcommand)]
    Settings(cmd::settings::SettingsVerb),
    /// Print the page of every code a problem or finding can have
    #[command(hide = true)]
    Codes,
    /// Print a page of the documentation that is generated from the program
    #[command(hide = true)]
    Reference { page: cmd::reference::Page },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_of_later_versions_are_refused() {
        for line in [
            "coldkeep job add n --source a --target b --keep-last 3",
            "coldkeep job add n --source a --target b --schedule daily",
            "coldkeep point pin x",
            "coldkeep restore p --to r --priority high",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }

    #[test]
    fn a_service_account_has_one_origin_and_one_credential() {
        let cases = [
            ("--register --name n --generate-certificate", true),
            (
                "--existing --tenant t --application a --name n --secret-file f",
                true,
            ),
            (
                "--existing --register --tenant t --application a --name n --secret-file f",
                false,
            ),
            ("--register --application a --name n --secret-file f", false),
            ("--register --name n --generate-certificate --pfx f", false),
            ("--register --name n --certificate c --pfx-password-file f", false),
            (
                "--register --name n --generate-certificate --grant-on nonsense=/subscriptions/s",
                false,
            ),
            (
                "--register --name n --generate-certificate --grant-on copy-source=/subscriptions/s",
                true,
            ),
        ];
        for (flags, accepted) in cases {
            let line = format!("coldkeep service-account add {flags}");
            assert_eq!(Cli::try_parse_from(line.split(' ')).is_ok(), accepted, "{flags}");
        }
    }
}
