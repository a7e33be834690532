//! `coldkeep cloud`.

use super::{Context, view::maybe_when};
use crate::failure::{Done, Outcome};
use clap::{Args, Subcommand};
use coldkeep_core::{
    Code, Problem,
    cloud::{Cloud, DEFAULT_API_VERSION},
    fix,
    problem::Field,
};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum CloudVerb {
    /// All clouds
    List,
    /// One cloud
    Show { name: String },
    /// Add a custom cloud
    Add(AddCloud),
    /// Remove a custom cloud that nothing uses
    Remove { name: String },
}

#[derive(Debug, Args)]
pub struct AddCloud {
    pub name: String,
    /// Entra's sign-in host
    #[arg(long, value_name = "URL", default_value = "")]
    pub active_directory: String,
    /// Microsoft Graph
    #[arg(long, value_name = "URL", default_value = "")]
    pub graph: String,
    /// Resource Manager
    #[arg(long, value_name = "URL", default_value = "")]
    pub resource_manager: String,
    /// The blob endpoint of an account; `{account}` stands for its name
    #[arg(long, value_name = "TEMPLATE")]
    pub blob_endpoint: String,
    /// CA certificates to trust in addition to the public ones
    #[arg(long, value_name = "PEM")]
    pub ca_file: Option<PathBuf>,
    /// The audience of tokens for Blob Storage
    #[arg(long, value_name = "URL", default_value = "https://storage.azure.com")]
    pub storage_audience: String,
    /// The audience of tokens for Resource Manager [default: its address]
    #[arg(long, value_name = "URL")]
    pub resource_manager_audience: Option<String>,
    /// The API version of Blob Storage to use
    #[arg(long, value_name = "V", default_value = DEFAULT_API_VERSION)]
    pub api_version: String,
}

pub async fn run(verb: CloudVerb, context: Context<'_>) -> Outcome {
    let Context { client, out, .. } = context;
    match verb {
        CloudVerb::List => {
            out.list(&client.list_clouds().await?, &["name", "kind", "sign-in"], |c| {
                let kind = if c.builtin { "built in" } else { "custom" };
                vec![c.name.clone(), kind.into(), c.active_directory.clone()]
            })?;
        }
        CloudVerb::Show { name } => out.one(&client.show_cloud(&name).await?, lines)?,
        CloudVerb::Add(args) => out.one(&client.add_cloud(&args.cloud()?).await?, lines)?,
        CloudVerb::Remove { name } => {
            client.remove_cloud(&name).await?;
            out.remark(&format!("The cloud `{name}` is removed."));
        }
    }
    Ok(Done::All)
}

impl AddCloud {
    fn cloud(self) -> Result<Cloud, Problem> {
        let ca_pem = match &self.ca_file {
            Some(file) => Some(std::fs::read_to_string(file).map_err(|e| {
                Problem::new(
                    Code::FileUnreadable,
                    format!("The file `{}` cannot be read ({e})", file.display()),
                    fix!["Name a PEM file with ", Field::CaFile, "."],
                )
            })?),
            None => None,
        };
        let trimmed = |url: String| url.trim_end_matches('/').to_owned();
        let resource_manager = trimmed(self.resource_manager);
        Ok(Cloud {
            name: self.name,
            active_directory: trimmed(self.active_directory),
            graph: trimmed(self.graph),
            resource_manager_audience: self
                .resource_manager_audience
                .unwrap_or_else(|| resource_manager.clone()),
            resource_manager,
            blob_endpoint: trimmed(self.blob_endpoint),
            storage_audience: self.storage_audience,
            api_version: self.api_version,
            ca_pem,
            builtin: false,
            created_at: None,
        })
    }
}

fn lines(cloud: &Cloud) -> Vec<(&'static str, String)> {
    vec![
        ("name", cloud.name.clone()),
        ("kind", if cloud.builtin { "built in" } else { "custom" }.into()),
        ("sign-in", cloud.active_directory.clone()),
        ("graph", cloud.graph.clone()),
        ("resource manager", cloud.resource_manager.clone()),
        ("blobs", cloud.blob_endpoint.clone()),
        ("storage audience", cloud.storage_audience.clone()),
        (
            "resource manager audience",
            cloud.resource_manager_audience.clone(),
        ),
        ("protocol version", cloud.api_version.clone()),
        (
            "trusts besides",
            if cloud.ca_pem.is_some() { "own CA" } else { "" }.into(),
        ),
        ("added", maybe_when(cloud.created_at)),
    ]
}
