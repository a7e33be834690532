//! `coldkeep repository`.

use super::{Context, view::show_check};
use crate::{
    failure::{Done, Outcome},
    input,
    print::{count, fix, fix::parsed, plain, when},
};
use clap::{ArgGroup, Args, Subcommand};
use coldkeep_api::{AdmitWriter, AttachRepository, EditRepository, NewAccess, NewRepository, TargetView};
use coldkeep_core::{
    Code, Problem, WriterPublicKey, fix,
    moment::end_day,
    problem::Field,
    repository::{Access, Repository, Tier},
};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum RepositoryVerb {
    /// Add a container, or a folder of one
    Add(AddRepository),
    /// All repositories
    List,
    /// One repository: by name or id
    Show { repository: String },
    /// Change its key, signature, service account or tier; its jobs and points are kept
    Edit(EditArgs),
    /// Test it against the real service
    Check { repository: String },
    /// Trust the keys of a target's writers, and write a lost marker again; shows what is known about the
    /// target
    Attach {
        repository: String,
        /// Trust records signed with this key, on this machine; can be repeated
        #[arg(long = "writer-key", value_name = "HEX", value_parser = parsed::<WriterPublicKey>)]
        writer_keys: Vec<WriterPublicKey>,
    },
    /// Admit another installation's writer key: all who trust this installation's key trust it too
    Admit {
        repository: String,
        /// The key that `repository attach` shows on that machine
        #[arg(long, value_name = "HEX", value_parser = parsed::<WriterPublicKey>)]
        writer_key: WriterPublicKey,
    },
    /// Remove it; the blobs in the container are kept
    Remove { repository: String },
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("who").required(true).args(["service_account", "account_key_file", "sas_file"])))]
pub struct AddRepository {
    pub name: String,
    /// The cloud it is in
    #[arg(long, value_name = "C", default_value = "AzureCloud")]
    pub cloud: String,
    /// The storage account
    #[arg(long, value_name = "A")]
    pub account: String,
    /// The account's blob endpoint, if it differs from the cloud's
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// The container, which must exist
    #[arg(long, value_name = "C")]
    pub container: String,
    /// Use this folder of the container
    #[arg(long)]
    pub folder: Option<String>,
    /// The access tier of new blobs: hot, cool, cold or archive [default: the account's]
    #[arg(long, value_parser = parsed::<Tier>)]
    pub tier: Option<Tier>,
    /// Authenticate with this service account
    #[arg(long, value_name = "SA")]
    pub service_account: Option<String>,
    /// Authenticate with the account key in this file
    #[arg(long, value_name = "FILE")]
    pub account_key_file: Option<PathBuf>,
    /// Authenticate with the shared access signature in this file
    #[arg(long, value_name = "FILE")]
    pub sas_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).multiple(true)
    .args(["service_account", "account_key_file", "sas_file", "tier"])))]
#[command(group(ArgGroup::new("who").args(["service_account", "account_key_file", "sas_file"])))]
pub struct EditArgs {
    pub repository: String,
    /// Authenticate with this service account from now on
    #[arg(long, value_name = "SA")]
    pub service_account: Option<String>,
    /// Authenticate with the account key in this file from now on
    #[arg(long, value_name = "FILE")]
    pub account_key_file: Option<PathBuf>,
    /// Authenticate with the shared access signature in this file from now on
    #[arg(long, value_name = "FILE")]
    pub sas_file: Option<PathBuf>,
    /// The access tier of new blobs from now on: hot, cool, cold or archive
    #[arg(long, value_parser = parsed::<Tier>)]
    pub tier: Option<Tier>,
}

pub async fn run(verb: RepositoryVerb, context: Context<'_>) -> Outcome {
    let Context { client, out, .. } = context;
    match verb {
        RepositoryVerb::Add(args) => out.one(&client.add_repository(&args.request()?).await?, lines)?,
        RepositoryVerb::List => {
            let headers = ["name", "place", "opened with", "expires"];
            out.list(&client.list_repositories().await?, &headers, |r| {
                let place = format!("{}/{}/{}", r.account, r.container, r.folder);
                vec![
                    r.name.clone(),
                    place.trim_end_matches('/').to_owned(),
                    access(r).replace("shared access signature", "signature"),
                    match &r.access {
                        Access::Sas {
                            expires_at: Some(end),
                            ..
                        } => end_day(*end),
                        Access::Sas { .. } => "unknown".into(),
                        Access::ServiceAccount { .. } | Access::AccountKey => String::new(),
                    },
                ]
            })?;
        }
        RepositoryVerb::Show { repository } => out.one(&client.show_repository(&repository).await?, lines)?,
        RepositoryVerb::Edit(args) => {
            let request = EditRepository {
                access: new_access(args.service_account, args.account_key_file, args.sas_file)?,
                tier: args.tier,
            };
            out.one(&client.edit_repository(&args.repository, &request).await?, lines)?;
        }
        RepositoryVerb::Check { repository } => {
            return show_check(context, &client.check_repository(&repository).await?);
        }
        RepositoryVerb::Attach {
            repository,
            writer_keys,
        } => {
            let view = client
                .attach_repository(&repository, &AttachRepository { writer_keys })
                .await?;
            out.one(&view, target_lines)?;
        }
        RepositoryVerb::Admit {
            repository,
            writer_key,
        } => {
            let view = client
                .admit_writer(&repository, &AdmitWriter { writer_key })
                .await?;
            out.one(&view, target_lines)?;
        }
        RepositoryVerb::Remove { repository } => {
            let name = plain(&client.show_repository(&repository).await?.name);
            let question = format!("Remove the repository `{name}`? The blobs in its container are kept.");
            input::confirm(context.global, out, &question)?;
            client.remove_repository(&repository).await?;
            out.remark(&format!("The repository `{name}` is removed."));
        }
    }
    Ok(Done::All)
}

impl AddRepository {
    fn request(self) -> Result<NewRepository, Problem> {
        let access = new_access(self.service_account, self.account_key_file, self.sas_file)?;
        let access = access.ok_or_else(|| {
            Problem::new(
                Code::RepositoryUnopened,
                "The repository has no credential",
                fix![
                    "Give a service account, an account key or a shared access signature (",
                    Field::ServiceAccount,
                    ", ",
                    Field::AccountKey,
                    ", ",
                    Field::Sas,
                    ")."
                ],
            )
        })?;
        Ok(NewRepository {
            name: self.name,
            cloud: self.cloud,
            account: self.account,
            endpoint: self.endpoint,
            container: self.container,
            folder: self.folder,
            tier: self.tier,
            access,
        })
    }
}

/// One of the three, if there is one; its secret is read from the file.
fn new_access(
    service_account: Option<String>,
    account_key_file: Option<PathBuf>,
    sas_file: Option<PathBuf>,
) -> Result<Option<NewAccess>, Problem> {
    Ok(match (service_account, account_key_file, sas_file) {
        (Some(service_account), ..) => Some(NewAccess::ServiceAccount { service_account }),
        (None, Some(file), _) => Some(NewAccess::AccountKey {
            key: input::read_secret_text(&file)?.into(),
        }),
        (None, None, Some(file)) => Some(NewAccess::Sas {
            sas: input::read_secret_text(&file)?.into(),
        }),
        (None, None, None) => None,
    })
}

fn access(repository: &Repository) -> String {
    match &repository.access {
        Access::ServiceAccount { .. } => "service account".into(),
        Access::AccountKey => "account key".into(),
        Access::Sas { .. } => "shared access signature".into(),
    }
}

/// When its signature ends; empty for what has no end that is known here without asking.
fn end(repository: &Repository) -> String {
    match &repository.access {
        Access::Sas {
            expires_at: Some(end),
            ..
        } => when(*end),
        Access::Sas {
            stored_policy: Some(policy),
            ..
        } => format!("unknown (stored access policy `{policy}`)"),
        Access::Sas { .. } => "unknown".into(),
        Access::ServiceAccount { .. } | Access::AccountKey => String::new(),
    }
}

fn lines(r: &Repository) -> Vec<(&'static str, String)> {
    let opener = match &r.access {
        Access::ServiceAccount { service_account_id } => service_account_id.to_string(),
        Access::AccountKey | Access::Sas { .. } => String::new(),
    };
    vec![
        ("name", r.name.clone()),
        ("cloud", r.cloud.clone()),
        ("account", r.account.clone()),
        ("endpoint", r.endpoint.clone().unwrap_or_default()),
        ("container", r.container.clone()),
        ("folder", r.folder.clone()),
        ("tier", r.tier.map(|t| t.to_string()).unwrap_or_default()),
        ("opened with", access(r)),
        ("service account", opener),
        ("expires", end(r)),
        ("added", when(r.created_at)),
        ("id", r.id.to_string()),
    ]
}

fn target_lines(view: &TargetView) -> Vec<(&'static str, String)> {
    let own = if view.own_key_admitted {
        "admitted".to_owned()
    } else {
        format!(
            "not admitted: `coldkeep repository admit` on the first writer's machine, with --writer-key {}",
            view.own_key
        )
    };
    let marker = if view.marker_written {
        "was lost; written again"
    } else {
        ""
    };
    let mut lines = vec![
        ("repository", view.repository.clone()),
        ("target", view.target_id.to_string()),
        ("marker", marker.into()),
        ("root key", view.root_key.to_string()),
        ("own key", view.own_key.to_string()),
        ("own key is", own),
    ];
    let keys = |keys: &[WriterPublicKey]| keys.iter().map(ToString::to_string).collect::<Vec<_>>();
    lines.extend(
        keys(&view.admitted_keys)
            .into_iter()
            .map(|key| ("admitted key", key)),
    );
    lines.extend(keys(&view.pinned_keys).into_iter().map(|key| ("pinned key", key)));
    lines.push(("restore points", count(view.point_count)));
    lines.extend(
        view.findings
            .iter()
            .map(|finding| ("finding", fix::sentence(&finding.words()))),
    );
    lines
}
