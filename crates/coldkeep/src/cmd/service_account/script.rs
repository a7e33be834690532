//! `coldkeep service-account script`, and `add --from-script`: setting up with the help of another administrator.

use super::{
    flags::{self, ApplicationArgs},
    request::{GivenSecrets, request},
    view::lines,
};
use crate::{
    cli::Output,
    cmd::Context,
    failure::{Done, Failure, Outcome},
    input,
};
use clap::{Args, ValueEnum};
use coldkeep_api::{FromScript, WriteScript};
use coldkeep_core::Shell;
use coldkeep_core::{
    ExposeSecret,
    onboarding::OnPurpose,
    wizard::{Authentication, Step, Wizard},
};
use std::{
    io::{BufRead, IsTerminal, Read},
    path::Path,
};

/// Longer than the output of every script.
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
pub struct ScriptArgs {
    #[command(flatten)]
    pub application: ApplicationArgs,
    /// The shell that runs the script
    #[arg(long, value_enum, default_value = "azure-cli")]
    pub shell: ShellWord,
}

/// Prints the script; an administrator runs it, and its last line is passed to `add --from-script`.
pub async fn script(args: ScriptArgs, context: Context<'_>) -> Outcome {
    let shell = match args.shell {
        ShellWord::AzureCli => Shell::AzureCli,
        ShellWord::Powershell => Shell::Powershell,
    };
    // The administrator who runs it registers and grants.
    let answers = args.application.answers(Authentication::Certificate, true);
    Wizard::with_answers(answers.clone()).check_all()?;
    let wizard = Wizard::replay(answers.clone())?;
    if wizard.step() < Step::SignIn {
        return Err(Failure::Usage(flags::missing(wizard.step()).into()));
    }
    let held = GivenSecrets {
        pfx: args.application.pfx.read(context).await?,
        secret: None,
    };
    let allow = OnPurpose {
        wide_scope: args.application.allow_wide_scope,
        ..OnPurpose::default()
    };
    let request = WriteScript {
        shell,
        service_account: request(&answers, &held, allow)?,
    };
    let written = context.client.write_script(&request).await?;
    let out = context.out;
    if out.format() == Output::Table {
        out.text(written.text.trim_end())?;
    } else {
        out.one(&written, |_| vec![])?;
    }
    out.remark(
        "An administrator who can register applications and assign roles has to run this script. It prints a \
         setup result line at the end; pass that line to `coldkeep service-account add --from-script FILE` \
         (or `-` for stdin).",
    );
    Ok(Done::All)
}

/// Reads a script's output from a file, from stdin, or from a prompt.
pub async fn add_from(file: &Path, context: Context<'_>) -> Outcome {
    let said = read_said(file, context)?;
    let made = context.client.add_from_script(&FromScript { said }).await?;
    context.out.one(&made, lines)?;
    Ok(Done::All)
}

fn read_said(file: &Path, context: Context<'_>) -> Result<String, Failure> {
    if file != Path::new("-") {
        let text = input::read_text(file)?;
        return Ok(text.expose_secret().to_owned());
    }
    let stdin = std::io::stdin();
    let mut said = String::new();
    if stdin.is_terminal() {
        if context.global.no_input {
            return Err(Failure::Usage(
                "there is no terminal to ask on: name the file with the output of the script, or pipe the \
                 output in"
                    .into(),
            ));
        }
        context
            .out
            .ask("Paste the setup result line that the script printed: ");
        stdin.lock().take(SAID_MAX_BYTES).read_line(&mut said)?;
    } else {
        stdin.lock().take(SAID_MAX_BYTES).read_to_string(&mut said)?;
    }
    Ok(said)
}
