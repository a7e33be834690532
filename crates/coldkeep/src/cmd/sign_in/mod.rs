//! A person's sign-in, whichever way: by device code, in a browser, or as the Azure CLI is signed in already; and again,
//! where a service asks for more than it has.

mod azure_cli;
mod browser;
mod device_code;
mod keys;
mod way;

use super::Context;
use crate::{failure::Failure, print::plain};
use clap::{Args, ValueEnum};
use coldkeep_api::{SignIn, SignInMethod, SignInState, StartSignIn};
use coldkeep_core::{Challenge, Clock, Code, Problem, SystemClock, Timestamp, id::SignInId};

/// How a person signs in, by its word on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SignInWay {
    /// In a browser on this machine
    Browser,
    /// Type a code into a web page, on any device
    DeviceCode,
    /// As `az login` has signed in already
    AzureCli,
}

/// How a person signs in.
#[derive(Debug, Clone, Args)]
pub struct SignInArgs {
    /// The sign-in method, if a sign-in is needed [default: browser if one can be opened, else device-code]
    #[arg(long, value_enum)]
    pub sign_in: Option<SignInWay>,
    /// The public client to sign in with [default: the Azure CLI's]
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
}

/// So often a person is asked to sign in again within one command; more would lead nowhere.
pub const AGAIN_MAX: u32 = 2;

/// Where to sign in, and how.
#[derive(Debug, Clone)]
pub struct SignInPlace<'a> {
    pub cloud: &'a str,
    /// None: the user who signs in decides.
    pub tenant: Option<String>,
    pub args: &'a SignInArgs,
}

/// Signs a user in and waits until that is done; the answer names the user and the tenant.
pub async fn sign_in(
    context: Context<'_>,
    cloud: &str,
    tenant: Option<String>,
    args: &SignInArgs,
) -> Result<SignIn, Failure> {
    let place = SignInPlace { cloud, tenant, args };
    signed_in(context, &place, None).await
}

/// Repeats a sign-in as the challenge of a problem requires; shows the reason first.
pub async fn sign_in_again(
    context: Context<'_>,
    place: &SignInPlace<'_>,
    problem: &Problem,
) -> Result<SignIn, Failure> {
    if place.args.sign_in == Some(SignInWay::AzureCli) {
        return Err(azure_cli::to_sign_in_again(problem, place.tenant.as_deref()).into());
    }
    say_why(context, problem);
    let challenge = problem.challenge.clone().map(|challenge| *challenge);
    signed_in(context, place, challenge).await
}

/// Asks with a sign-in; where that is not enough, with others that carry what is asked for. Answers with the one that was.
pub async fn with_challenges<T>(
    context: Context<'_>,
    place: &SignInPlace<'_>,
    mut id: SignInId,
    mut ask: impl AsyncFnMut(SignInId) -> Result<T, Problem>,
) -> Result<(T, SignInId), Failure> {
    for _ in 0..AGAIN_MAX {
        match ask(id).await {
            Err(problem) if problem.challenge.is_some() => {
                id = sign_in_again(context, place, &problem).await?.id;
            }
            answer => return Ok((answer?, id)),
        }
    }
    Ok((ask(id).await?, id))
}

fn say_why(context: Context<'_>, problem: &Problem) {
    let system = problem
        .system
        .as_ref()
        .map(|s| format!(" {s}."))
        .unwrap_or_default();
    context.out.tell(&plain(&format!(
        "{}.{system} Sign in again: multi-factor authentication is required.",
        problem.what.trim_end_matches('.')
    )));
}

async fn signed_in(
    context: Context<'_>,
    place: &SignInPlace<'_>,
    mut challenge: Option<Challenge>,
) -> Result<SignIn, Failure> {
    let how = match challenge {
        None => chosen(context, place.args),
        Some(_) => offered(context, place.args),
    };
    for round in 0.. {
        let ended = once(context, place, how, challenge.clone()).await?;
        if ended.state == SignInState::Done {
            let who = ended.user_principal_name.as_deref().unwrap_or("an unknown user");
            context.out.remark(&plain(&format!(
                "Signed in as {who}, tenant {}.",
                ended.tenant_id.as_deref().unwrap_or_default()
            )));
            return Ok(ended);
        }
        let unknown = || Problem::new(Code::SignInFailed, "The sign-in failed", "Try again.");
        let problem = ended.problem.unwrap_or_else(unknown);
        match &problem.challenge {
            Some(asked) if round < AGAIN_MAX => {
                say_why(context, &problem);
                challenge = Some((**asked).clone());
            }
            _ => return Err(problem.into()),
        }
    }
    Err(Problem::internal("A sign-in was started and did not end").into())
}

/// The given method, else the one that this machine offers, with a remark.
fn chosen(context: Context<'_>, args: &SignInArgs) -> SignInWay {
    if let Some(how) = args.sign_in {
        return how;
    }
    let (how, why_not) = way::preferred(context.global.no_input);
    match why_not {
        None => context.out.remark(
            "Signing in with a browser on this machine (use `--sign-in device-code` for a browser \
                elsewhere).",
        ),
        Some(why) => context.out.remark(&format!(
            "Signing in by device code: no browser can be opened, because {why} (use `--sign-in` to choose \
             another method)."
        )),
    }
    how
}

/// The way to offer first.
pub fn offered(context: Context<'_>, args: &SignInArgs) -> SignInWay {
    args.sign_in
        .unwrap_or_else(|| way::preferred(context.global.no_input).0)
}

async fn once(
    context: Context<'_>,
    place: &SignInPlace<'_>,
    how: SignInWay,
    challenge: Option<Challenge>,
) -> Result<SignIn, Failure> {
    let request = StartSignIn {
        cloud: place.cloud.to_owned(),
        tenant: place.tenant.clone(),
        client_id: place.args.client_id.clone(),
        challenge,
        ..StartSignIn::default()
    };
    match how {
        SignInWay::DeviceCode => device_code::by_device_code(context, request).await,
        SignInWay::Browser => {
            let method = SignInMethod::Browser;
            browser::in_browser(context, StartSignIn { method, ..request }).await
        }
        SignInWay::AzureCli => azure_cli::as_azure_cli(context, request).await,
    }
}

/// Whole seconds until then; never negative.
fn seconds_until(then: Timestamp) -> u64 {
    u64::try_from(then.as_second() - SystemClock.now().as_second()).unwrap_or(0)
}

/// `14:32`.
fn minutes(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
