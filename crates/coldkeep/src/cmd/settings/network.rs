//! `coldkeep settings network`: proxies, and the certificates that are trusted.

use super::super::Context;
use crate::{
    failure::{Done, Failure, Outcome},
    input,
};
use clap::Args;
use coldkeep_api::{ChangeNetwork, Given, NetworkFacts, ProxyFacts};
use coldkeep_core::{Code, ExposeSecret, Problem, fix, problem::Field};
use std::path::PathBuf;

/// Without a flag it shows the settings in effect. With flags, they replace all earlier ones; the rest comes from
/// the environment
/// of the process that sends the requests (`coldkeep serve` if it is running).
#[derive(Debug, Args)]
pub struct NetworkArgs {
    /// The proxy: http://HOST:PORT or https://HOST:PORT [default: HTTPS_PROXY and HTTP_PROXY]
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
    /// The user for the proxy; the password is asked for, or read from the file
    #[arg(long, value_name = "NAME", requires = "proxy")]
    proxy_user: Option<String>,
    /// A file that holds the password for the proxy
    #[arg(long, value_name = "FILE", requires = "proxy_user")]
    proxy_password_file: Option<PathBuf>,
    /// Hosts to connect to directly, separated by commas: names, .domains, addresses, networks, or *
    /// [default: NO_PROXY]
    #[arg(long, value_name = "LIST")]
    no_proxy: Option<String>,
    /// CA certificates (PEM) to trust for every cloud in addition to the system's, for example if TLS is
    /// inspected
    #[arg(long, value_name = "PEM")]
    ca_file: Option<PathBuf>,
    /// Delete these settings: use the environment variables
    #[arg(long, conflicts_with_all = ["proxy", "no_proxy", "ca_file"])]
    from_environment: bool,
}

pub async fn run(args: NetworkArgs, context: Context<'_>) -> Outcome {
    let Context { client, out, .. } = context;
    let shown =
        args.proxy.is_none() && args.no_proxy.is_none() && args.ca_file.is_none() && !args.from_environment;
    let facts = if shown {
        client.show_network().await?
    } else {
        client.change_network(&args.change(context)?).await?
    };
    out.one(&facts, lines)?;
    Ok(Done::All)
}

impl NetworkArgs {
    fn change(self, context: Context<'_>) -> Result<ChangeNetwork, Failure> {
        let proxy_password = match (&self.proxy_user, &self.proxy_password_file) {
            (Some(_), Some(file)) => Some(input::read_secret_text(file)?),
            (Some(user), None) => {
                let question = format!("Password of {user} for the proxy: ");
                let typed = input::prompt_secret(context.global, &question)?;
                Some(typed.ok_or_else(|| {
                    Problem::new(
                        Code::ProxyInvalid,
                        "There is no password for the proxy",
                        fix!["Name a file that holds it with ", Field::ProxyPassword, "."],
                    )
                })?)
            }
            (None, _) => None,
        };
        let ca_pem = match &self.ca_file {
            Some(file) => Some(input::read_text(file)?.expose_secret().to_owned()),
            None => None,
        };
        Ok(ChangeNetwork {
            proxy: self.proxy,
            proxy_user: self.proxy_user,
            proxy_password: proxy_password.map(Given::from),
            no_proxy: self.no_proxy,
            ca_pem,
        })
    }
}

fn lines(facts: &NetworkFacts) -> Vec<(&'static str, String)> {
    let from = |set: bool| if set { "settings" } else { "environment" };
    let proxy = |proxy: &Option<ProxyFacts>| {
        proxy.as_ref().map_or_else(
            || "none".to_owned(),
            |proxy| {
                let user = if proxy.has_user {
                    ", with a user and a password"
                } else {
                    ""
                };
                format!(
                    "{}{user} ({})",
                    proxy.address,
                    from(facts.setting.proxy.is_some())
                )
            },
        )
    };
    let no_proxy = if facts.no_proxy.is_empty() {
        "none".to_owned()
    } else {
        format!("{} ({})", facts.no_proxy, from(facts.setting.no_proxy.is_some()))
    };
    let trusted = if facts.ca_file {
        "the system's certificates, and those of the CA file (settings)"
    } else {
        "the system's certificates (SSL_CERT_FILE and SSL_CERT_DIR override them)"
    };
    vec![
        ("proxy", proxy(&facts.proxy)),
        ("proxy for http", proxy(&facts.http_proxy)),
        ("asked directly", no_proxy),
        ("trusted", trusted.into()),
    ]
}
