//! Signing in as the Azure CLI is signed in already: asks `az` for the tokens and hands them to the server.

use crate::{cmd::Context, failure::Failure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use coldkeep_api::{SignIn, SignInWithTokens, StartSignIn};
use coldkeep_core::{Code, Problem, SecretString, System, cloud::Cloud};
use serde::{Deserialize, de::DeserializeOwned};
use std::{io, process::Stdio};

/// What `az cloud show` prints, as far as it is needed.
#[derive(Debug, Deserialize)]
struct AzCloud {
    name: String,
    endpoints: AzEndpoints,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AzEndpoints {
    active_directory: Option<String>,
    resource_manager: Option<String>,
}

/// What `az account get-access-token` prints, as far as it is needed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AzToken {
    access_token: SecretString,
}

/// Takes the tokens of the `az login` on this machine, once `az` is seen to be in the right cloud.
pub async fn as_azure_cli(context: Context<'_>, request: StartSignIn) -> Result<SignIn, Failure> {
    if let Some(challenge) = &request.challenge {
        let problem = Problem::new(
            Code::ClaimsNeeded,
            "The sign-in of the Azure CLI is not sufficient",
            "Sign in again.",
        );
        let problem = problem.with_challenge(Some(challenge.clone()));
        return Err(to_sign_in_again(&problem, request.tenant.as_deref()).into());
    }
    if request.client_id.is_some() {
        return Err(Failure::Usage(
            "--client-id is for other sign-in methods: `az` uses its own client".into(),
        ));
    }
    let cloud = context.client.show_cloud(&request.cloud).await?;
    let az_cloud: AzCloud = az(&["cloud", "show"]).await?;
    check_cloud(&cloud, &az_cloud)?;
    let mut tokens = Vec::new();
    for audience in [&cloud.graph, &cloud.resource_manager_audience] {
        let mut args = vec!["account", "get-access-token", "--resource", audience.as_str()];
        if let Some(tenant) = &request.tenant {
            args.extend(["--tenant", tenant]);
        }
        let token: AzToken = az(&args).await?;
        tokens.push(token.access_token);
    }
    let mut tokens = tokens.into_iter();
    let (Some(graph), Some(resource_manager)) = (tokens.next(), tokens.next()) else {
        return Err(Problem::internal("Two tokens were requested and are missing").into());
    };
    let body = SignInWithTokens {
        cloud: request.cloud,
        tenant: request.tenant,
        graph: graph.into(),
        resource_manager: resource_manager.into(),
    };
    Ok(context.client.sign_in_with_tokens(&body).await?)
}

/// What has to be typed where the login of `az` is not enough: `az` asks for what is demanded, we cannot.
pub fn to_sign_in_again(problem: &Problem, tenant: Option<&str>) -> Problem {
    let Some(challenge) = &problem.challenge else {
        return problem.clone();
    };
    let tenant = tenant.map(|id| format!(" --tenant \"{id}\"")).unwrap_or_default();
    let scope = format!("{}/.default", challenge.audience.trim_end_matches('/'));
    let claims = challenge.claims.as_ref();
    let claims = claims
        .map(|claims| format!(" --claims-challenge \"{}\"", STANDARD.encode(claims)))
        .unwrap_or_default();
    let again = problem.clone().with_challenge(None);
    again.with_fix(format!(
        "Multi-factor authentication is required. Sign in to the Azure CLI again, then repeat this command: \
         `az logout`, then `az login{tenant} --scope \"{scope}\"{claims}`."
    ))
}

/// Tokens of one cloud are not valid in another: a check before is better than a refusal.
fn check_cloud(ours: &Cloud, az: &AzCloud) -> Result<(), Problem> {
    let same = if ours.builtin {
        ours.name == az.name
    } else {
        same_address(&ours.active_directory, az.endpoints.active_directory.as_deref())
            && same_address(&ours.resource_manager, az.endpoints.resource_manager.as_deref())
    };
    if same {
        return Ok(());
    }
    let next = if ours.builtin {
        format!(
            "Switch the Azure CLI with `az cloud set --name {}` and `az login`, or choose the cloud with \
             --cloud.",
            ours.name
        )
    } else {
        format!(
            "Register the cloud in the Azure CLI with the same addresses (`az cloud register`), switch to it \
             (`az cloud set`) and `az login`, or use another sign-in method (`--sign-in device-code`). \
             Coldkeep uses {} and {}.",
            ours.active_directory, ours.resource_manager
        )
    };
    Err(in_az(Problem::new(
        Code::AzureCliCloudDiffers,
        format!(
            "The Azure CLI is set to the cloud `{}`, not to `{}`",
            az.name, ours.name
        ),
        next,
    )))
}

fn same_address(ours: &str, theirs: Option<&str>) -> bool {
    let plain = |text: &str| text.trim_end_matches('/').to_ascii_lowercase();
    theirs.is_some_and(|theirs| plain(theirs) == plain(ours))
}

/// Runs `az` and reads its JSON.
async fn az<T: DeserializeOwned>(args: &[&str]) -> Result<T, Problem> {
    let output = tokio::process::Command::new("az")
        .args(args)
        .args(["--output", "json", "--only-show-errors"])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|e| cannot_run(&e))?;
    if !output.status.success() {
        return Err(refused(&String::from_utf8_lossy(&output.stderr)));
    }
    // Serde's message may quote what it stumbled over: a token must not come into a message.
    serde_json::from_slice(&output.stdout).map_err(|_| {
        in_az(Problem::new(
            Code::AzureCliOutputUnexpected,
            format!("The output of `az {}` is unexpected", args[..2].join(" ")),
            "Update the Azure CLI (`az upgrade`), or use another sign-in method (`--sign-in device-code`).",
        ))
    })
}

fn cannot_run(error: &io::Error) -> Problem {
    let (what, next) = if error.kind() == io::ErrorKind::NotFound {
        (
            "The Azure CLI (`az`) is not installed on this machine".to_owned(),
            "Install it (https://aka.ms/azure-cli) and run `az login`, or use another sign-in method: \
             `--sign-in device-code` or `--sign-in browser`.",
        )
    } else {
        (
            format!("The Azure CLI (`az`) cannot be run ({error})"),
            "Check that `az version` works for the user that runs this command.",
        )
    };
    in_az(Problem::new(Code::AzureCliUnavailable, what, next))
}

/// The message of `az`, with the fix for its most frequent cause.
fn refused(said: &str) -> Problem {
    let has = |part: &str| said.contains(part);
    let next = if has("az login") && !has("--tenant") && !has("AADSTS") {
        "Sign in to the Azure CLI first: `az login`."
    } else if has("AADSTS90002")
        || has("AADSTS50020")
        || has("AADSTS700016")
        || has("not found in the directory")
    {
        "Sign in to the right tenant (`az login --tenant ID`), and name it here with --tenant."
    } else {
        "Follow its message (usually `az login`, with `--tenant ID` and `--scope` if it names them), then \
         repeat this command."
    };
    let message = said
        .lines()
        .map(str::trim)
        // A defect of its own it announces first.
        .find(|line| {
            !line.is_empty() && !line.starts_with("WARNING") && !line.contains("Here is the traceback")
        })
        .unwrap_or_default();
    let problem = Problem::new(Code::AzureCliFailed, "The Azure CLI returned no token", next);
    let mut problem = in_az(problem);
    if let Some(system) = &mut problem.system {
        let message: String = message.trim_start_matches("ERROR: ").chars().take(500).collect();
        system.message = (!message.is_empty()).then_some(message);
    }
    problem
}

fn in_az(problem: Problem) -> Problem {
    problem.in_system(System {
        name: "the Azure CLI (az)".into(),
        ..System::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn az_must_be_in_the_same_cloud() {
        let builtin = Cloud::builtin().remove(0);
        let custom = Cloud {
            name: "sim".into(),
            active_directory: "https://login.example.net".into(),
            resource_manager: "https://arm.example.net".into(),
            builtin: false,
            ..builtin.clone()
        };
        let az = |name: &str, login: &str, arm: &str| AzCloud {
            name: name.into(),
            endpoints: AzEndpoints {
                active_directory: Some(login.into()),
                resource_manager: Some(arm.into()),
            },
        };
        for (ours, theirs, fits) in [
            (&builtin, az("AzureCloud", "x", "y"), true),
            (&builtin, az("AzureChinaCloud", "x", "y"), false),
            (
                &custom,
                az("mine", "https://LOGIN.example.net/", "https://arm.example.net/"),
                true,
            ),
            (
                &custom,
                az("sim", "https://login.example.net", "https://other.example.net"),
                false,
            ),
        ] {
            assert_eq!(check_cloud(ours, &theirs).is_ok(), fits, "{theirs:?}");
        }
    }
}
