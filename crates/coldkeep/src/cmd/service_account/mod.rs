//! `coldkeep service-account`: its verbs.

pub mod add;
pub mod check;
mod description;
pub mod edit;
mod flags;
mod pfx;
pub mod plan;
pub mod remove;
pub mod renew;
mod request;
pub mod script;
pub mod view;
mod wizard;

use super::Context;
use crate::failure::{Done, Outcome};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum ServiceAccountVerb {
    /// Register an Entra application, or use an existing one
    Add(Box<add::AddServiceAccount>),
    /// All service accounts
    List,
    /// One service account: by name or id
    Show { service_account: String },
    /// Test it against the real services
    Check(check::CheckArgs),
    /// Change its description, credential or permissions; its tenant and application cannot be changed
    Edit(Box<edit::EditArgs>),
    /// Replace its certificate or secret before it expires
    Renew(Box<renew::RenewArgs>),
    /// Print a script that an administrator runs elsewhere to set one up; pass its result line to add
    /// --from-script
    Script(Box<script::ScriptArgs>),
    /// Remove it here, and with --delete-objects also what was created for it in Entra and Azure
    Remove(remove::RemoveArgs),
}

pub async fn run(verb: ServiceAccountVerb, context: Context<'_>) -> Outcome {
    let Context { client, out, .. } = context;
    match verb {
        ServiceAccountVerb::Add(args) => return add::add(*args, context).await,
        ServiceAccountVerb::List => {
            out.list(&client.list_service_accounts().await?, &view::HEADERS, view::row)?;
        }
        ServiceAccountVerb::Show { service_account } => {
            out.one(&client.show_service_account(&service_account).await?, view::lines)?;
        }
        ServiceAccountVerb::Check(args) => return check::check_service_account(args, context).await,
        ServiceAccountVerb::Edit(args) => return edit::edit(*args, context).await,
        ServiceAccountVerb::Renew(args) => return renew::renew(*args, context).await,
        ServiceAccountVerb::Script(args) => return script::script(*args, context).await,
        ServiceAccountVerb::Remove(args) => remove::remove(args, context).await?,
    }
    Ok(Done::All)
}
