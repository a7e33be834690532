//! `coldkeep service-account script`, and `add --from-script`: setting up where somebody else may do what we may not.

use super::{renew::read_pfx, view::lines};
use crate::{
    cli::Output,
    client::{Credential, NewServiceAccount, WriteScript},
    cmd::{
        Context,
        certificate::{KeyKind, VALID_DAYS},
    },
    failure::{Done, Failure, Outcome},
    input,
};
use clap::{ArgGroup, Args, ValueEnum};
use coldkeep_core::{ExposeSecret, permission::GrantWish};
use coldkeep_server::requests::{ApplicationWish, FromScript, Shell};
use std::{
    io::{BufRead, IsTerminal, Read},
    path::{Path, PathBuf},
};

/// Longer than whatever a script prints.
const SAID_MAX_BYTES: u64 = 1 << 20;

/// For which command line, by its word on ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShellWord {
    /// Bash with the Azure CLI, as in Azure Cloud Shell
    AzureCli,
    /// PowerShell with the modules Microsoft.Graph.Authentication and Az.Accounts
    Powershell,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("script-origin").required(true).args(["register", "existing"])))]
#[command(group(ArgGroup::new("script-proof").required(true).args(["generate_certificate", "certificate", "pfx"])))]
pub struct ScriptArgs {
    /// Its name here, and the new application's name
    #[arg(long)]
    pub name: String,
    /// The cloud it is in
    #[arg(long, value_name = "C", default_value = "AzureCloud")]
    pub cloud: String,
    /// Register a new application
    #[arg(long)]
    pub register: bool,
    /// Take an application that exists
    #[arg(long, requires = "tenant", requires = "application")]
    pub existing: bool,
    /// The tenant: its id or a verified domain
    #[arg(long, value_name = "ID", requires = "existing", conflicts_with = "register")]
    pub tenant: Option<String>,
    /// The application's (client) id
    #[arg(long, value_name = "ID", requires = "existing", conflicts_with = "register")]
    pub application: Option<String>,
    /// Register a new self-signed certificate; its key stays here
    #[arg(long)]
    pub generate_certificate: bool,
    /// Register a certificate of the certificate store
    #[arg(long, value_name = "THUMBPRINT|NAME")]
    pub certificate: Option<String>,
    /// Register the certificate of a PFX file, which goes into the certificate store
    #[arg(long, value_name = "FILE")]
    pub pfx: Option<PathBuf>,
    /// The file with the PFX file's password
    #[arg(long, value_name = "FILE", requires = "pfx", conflicts_with_all = ["generate_certificate", "certificate"])]
    pub pfx_password_file: Option<PathBuf>,
    /// Grant it a permission set on a resource; may be repeated
    #[arg(long, value_name = "PERMISSION-SET=RESOURCE-ID")]
    pub grant_on: Vec<GrantWish>,
    /// A grant at a whole subscription or resource group is meant
    #[arg(long)]
    pub allow_wide_scope: bool,
    /// What it is for, for people
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// What it is to run in
    #[arg(long, value_enum, default_value = "azure-cli")]
    pub shell: ShellWord,
}

/// Prints the script; whoever may runs it, and its last line comes back by `add --from-script`.
pub async fn script(args: ScriptArgs, context: Context<'_>) -> Outcome {
    let shell = match args.shell {
        ShellWord::AzureCli => Shell::AzureCli,
        ShellWord::Powershell => Shell::Powershell,
    };
    let credential = args.credential(context)?;
    let application = match (args.tenant, args.application) {
        (Some(tenant), Some(application_id)) => ApplicationWish::Existing {
            tenant,
            application_id,
        },
        _ => ApplicationWish::Register,
    };
    let wish = NewServiceAccount {
        name: args.name,
        description: args.description,
        cloud: args.cloud,
        application,
        credential,
        grant: true,
        grants: args.grant_on,
        subscriptions: vec![],
        allow_wide_scope: args.allow_wide_scope,
        allow_built_in_roles: false,
        allow_same_name: false,
        sign_in_id: None,
    };
    let written = context.client.write_script(&WriteScript { shell, wish }).await?;
    let out = context.out;
    if out.format() == Output::Table {
        out.text(written.text.trim_end())?;
    } else {
        out.one(&written, |_| vec![])?;
    }
    out.remark(
        "Have this run by somebody who may register applications and assign roles. It ends with one line of ids; give that \
         back here: `coldkeep service-account add --from-script FILE` (or `-` for stdin).",
    );
    Ok(Done::All)
}

/// Takes what a script printed from a file, from stdin, or from whoever pastes it.
pub async fn add_from(file: &Path, context: Context<'_>) -> Outcome {
    let said = read_said(file, context)?;
    let made = context.client.add_from_script(&FromScript { said }).await?;
    context.out.one(&made, lines)?;
    Ok(Done::All)
}

fn read_said(file: &Path, context: Context<'_>) -> Result<String, Failure> {
    if file != Path::new("-") {
        let text = input::read_secret_text(file)?;
        return Ok(text.expose_secret().to_owned());
    }
    let stdin = std::io::stdin();
    let mut said = String::new();
    if stdin.is_terminal() {
        if context.global.no_input {
            return Err(Failure::Usage(
                "nobody can be asked here: give the file with what the script printed, or pipe it in".into(),
            ));
        }
        context.out.ask("Paste the line of ids that the script printed: ");
        stdin.lock().take(SAID_MAX_BYTES).read_line(&mut said)?;
    } else {
        stdin.lock().take(SAID_MAX_BYTES).read_to_string(&mut said)?;
    }
    Ok(said)
}

impl ScriptArgs {
    fn credential(&self, context: Context<'_>) -> Result<Credential, Failure> {
        if let Some(certificate) = &self.certificate {
            return Ok(Credential::Certificate {
                certificate: certificate.clone(),
            });
        }
        let Some(file) = &self.pfx else {
            return Ok(Credential::GenerateCertificate {
                key_bits: KeyKind::Rsa3072.bits(),
                valid_days: VALID_DAYS,
            });
        };
        read_pfx(context, file, self.pfx_password_file.as_ref())
    }
}
