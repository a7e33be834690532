//! A person's sign-in, whichever way: by device code, in a browser, or as the Azure CLI is signed in already.

mod azure_cli;
mod browser;
mod device_code;
mod keys;

use super::Context;
use crate::{failure::Failure, print::plain};
use clap::{Args, ValueEnum};
use coldkeep_core::{Clock, Kind, Problem, SystemClock, Timestamp};
use coldkeep_server::requests::{SignIn, SignInMethod, SignInState, StartSignIn};

/// How a person signs in, by its word on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum How {
    /// Type a code into a web page, on any device
    DeviceCode,
    /// In a browser on this machine
    Browser,
    /// As `az login` has signed in already
    AzureCli,
}

/// How a person signs in.
#[derive(Debug, Args)]
pub struct SignInArgs {
    /// How to sign in, where somebody has to
    #[arg(long, value_enum, default_value = "device-code")]
    pub sign_in: How,
    /// The public client to sign in with [default: the Azure CLI's]
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
}

/// Signs a person in and waits until that is done; the answer says who it was, and in which tenant.
pub async fn sign_in(
    context: Context<'_>,
    cloud: &str,
    tenant: Option<String>,
    args: &SignInArgs,
) -> Result<SignIn, Failure> {
    let wish = StartSignIn {
        cloud: cloud.to_owned(),
        tenant,
        client_id: args.client_id.clone(),
        ..StartSignIn::default()
    };
    let ended = match args.sign_in {
        How::DeviceCode => device_code::by_device_code(context, wish).await?,
        How::Browser => {
            let method = SignInMethod::Browser;
            browser::in_browser(context, StartSignIn { method, ..wish }).await?
        }
        How::AzureCli => azure_cli::as_azure_cli(context, wish).await?,
    };
    if ended.state != SignInState::Done {
        let unknown = || Problem::new(Kind::Unauthenticated, "The sign-in failed", "Try again.");
        return Err(ended.problem.unwrap_or_else(unknown).into());
    }
    let who = ended.user_principal_name.as_deref().unwrap_or("somebody");
    context.out.remark(&plain(&format!(
        "Signed in as {who}, tenant {}.",
        ended.tenant_id.as_deref().unwrap_or_default()
    )));
    Ok(ended)
}

/// Whole seconds until then; never negative.
fn seconds_until(then: Timestamp) -> u64 {
    u64::try_from(then.as_second() - SystemClock.now().as_second()).unwrap_or(0)
}

/// `14:32`.
fn minutes(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
