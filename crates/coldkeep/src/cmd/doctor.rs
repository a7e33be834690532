//! `coldkeep doctor`.

use super::Context;
use crate::{
    cli::Output,
    failure::{Done, Outcome},
    print::{Cell, fix},
};
use clap::Args;
use coldkeep_api::{Finding, Level};
use coldkeep_core::{
    Code, Problem,
    azure_checklist::{KnownNames, azure_checklist},
    repository::{Access, Repository},
};

const USUAL_CLOUD: &str = "AzureCloud";

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Instead, print the commands that show how Azure itself behaves, with the expected responses; sends no
    /// requests to Azure
    #[arg(long)]
    pub azure_checklist: bool,
    /// The cloud that the commands are for [default: that of the repositories, else AzureCloud]
    #[arg(long, value_name = "C", requires = "azure_checklist")]
    pub cloud: Option<String>,
    /// The repository whose account is copied from
    #[arg(long, value_name = "REPOSITORY", requires = "azure_checklist")]
    pub source: Option<String>,
    /// The repository whose account is copied to
    #[arg(long, value_name = "REPOSITORY", requires = "azure_checklist")]
    pub target: Option<String>,
    /// The service account [default: that of the repositories]
    #[arg(long, value_name = "SA", requires = "azure_checklist")]
    pub service_account: Option<String>,
}

fn row(finding: &Finding) -> Vec<Cell> {
    let level = match finding.level {
        Level::Wrong => "wrong",
        Level::Warning => "warning",
        Level::Unknown => "unknown",
    };
    vec![
        level.to_owned().into(),
        finding.subject.clone().into(),
        Cell::of_lines([
            finding.what.clone(),
            format!("  {}", fix::sentences(&finding.fix)),
        ]),
    ]
}

/// Exit code 1 where something is wrong; warnings are shown and pass.
pub async fn run(args: DoctorArgs, context: Context<'_>) -> Outcome {
    if args.azure_checklist {
        return print_checklist(&args, context).await;
    }
    let diagnosis = context.client.doctor().await?;
    match context.out.format() {
        Output::Table if diagnosis.findings.is_empty() => context.out.remark("No problems found."),
        Output::Table => {
            context
                .out
                .list(&diagnosis.findings, &["level", "about", "problem and fix"], row)?
        }
        Output::Json | Output::Jsonl => context.out.one(&diagnosis, |_| vec![])?,
    }
    Ok(if diagnosis.ok { Done::All } else { Done::Unwell })
}

/// The checklist with the names that Coldkeep has. Nothing is asked of Azure.
async fn print_checklist(args: &DoctorArgs, context: Context<'_>) -> Outcome {
    let Context { client, out, .. } = context;
    let source = match &args.source {
        Some(key) => Some(client.show_repository(key).await?),
        None => None,
    };
    let target = match &args.target {
        Some(key) => Some(client.show_repository(key).await?),
        None => None,
    };
    let repositories = [target.as_ref(), source.as_ref()];
    let key = args
        .service_account
        .clone()
        .or_else(|| repositories.into_iter().flatten().find_map(opener));
    let service_account = match key {
        Some(key) => Some(client.show_service_account(&key).await?),
        None => None,
    };
    let mut clouds = args
        .cloud
        .iter()
        .map(|name| ("--cloud", name))
        .collect::<Vec<_>>();
    clouds.extend(source.iter().map(|one| ("the source", &one.cloud)));
    clouds.extend(target.iter().map(|one| ("the target", &one.cloud)));
    clouds.extend(
        service_account
            .iter()
            .map(|one| ("the service account", &one.cloud)),
    );
    let cloud = match clouds.split_first() {
        None => USUAL_CLOUD.to_owned(),
        Some(((what, name), others)) => match others.iter().find(|(_, other)| other != name) {
            None => (*name).clone(),
            Some((other, another)) => {
                return Err(Problem::new(
                    Code::ChoiceUnknown,
                    format!("The checklist is for one cloud: {what} is in {name}, {other} in {another}"),
                    "Name repositories and a service account of one cloud.",
                )
                .into());
            }
        },
    };
    let cloud = client.show_cloud(&cloud).await?;
    let page = azure_checklist(KnownNames {
        cloud: &cloud,
        source: source.as_ref(),
        target: target.as_ref(),
        service_account: service_account.as_ref().map(|view| &view.account),
    });
    match out.format() {
        Output::Table => out.text(page.trim_end())?,
        Output::Json | Output::Jsonl => out.one(&serde_json::json!({"page": page}), |_| vec![])?,
    }
    Ok(Done::All)
}

/// The service account that opens a repository, by its id.
fn opener(repository: &Repository) -> Option<String> {
    match &repository.access {
        Access::ServiceAccount { service_account_id } => Some(service_account_id.to_string()),
        Access::AccountKey | Access::Sas { .. } => None,
    }
}
