//! A person's sign-in by device code: shows the code and waits.

use super::Context;
use crate::failure::Failure;
use clap::{Args, ValueEnum};
use coldkeep_core::{Kind, Problem};
use coldkeep_server::requests::{SignIn, SignInState, StartSignIn};
use std::time::Duration;

const LOOK_EVERY: Duration = Duration::from_millis(500);

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum How {
    /// Type a code into a web page, on any device
    DeviceCode,
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
    let How::DeviceCode = args.sign_in;
    let wish = StartSignIn {
        cloud: cloud.to_owned(),
        tenant,
        client_id: args.client_id.clone(),
    };
    let mut sign_in = context.client.start_sign_in(&wish).await?;
    context.out.tell(&format!(
        "\nTo sign in, open\n\n    {}\n\nin a browser and type the code\n\n    {}\n",
        sign_in.verification_uri, sign_in.user_code
    ));
    // Ends: the server gives a code up when it runs out.
    while sign_in.state == SignInState::Pending {
        tokio::time::sleep(LOOK_EVERY).await;
        sign_in = context.client.show_sign_in(sign_in.id).await?;
    }
    if sign_in.state == SignInState::Failed {
        let unknown = || Problem::new(Kind::Unauthenticated, "The sign-in failed", "Try again.");
        return Err(sign_in.problem.unwrap_or_else(unknown).into());
    }
    let who = sign_in.user_principal_name.as_deref().unwrap_or("somebody");
    context.out.remark(&format!(
        "Signed in as {who}, tenant {}.",
        sign_in.tenant_id.as_deref().unwrap_or_default()
    ));
    Ok(sign_in)
}
