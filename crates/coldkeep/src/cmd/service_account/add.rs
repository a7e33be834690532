//! `coldkeep service-account add`: by flags, or by the wizard for what flags have not said.

use super::{
    description, flags,
    plan::{PLAN_HEADERS, plan_heading, show_plan, step_row},
    view::lines,
    wizard::{self, Allowed},
};
use crate::{
    client::NewServiceAccount,
    cmd::{
        Context,
        sign_in::{SignInArgs, sign_in},
    },
    failure::{Done, Failure, Outcome},
    input,
    print::plain,
};
use clap::{ArgGroup, Args};
use coldkeep_core::{
    permission::{self, GrantWish},
    wizard::{Step, Wizard},
};
use coldkeep_server::requests::ApplicationWish;
use std::{io::IsTerminal, path::PathBuf};

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("origin").args(["register", "existing", "from_script"])))]
#[command(group(ArgGroup::new("proof").args(["generate_certificate", "certificate", "pfx", "secret_file", "from_script"])))]
pub struct AddServiceAccount {
    /// Its name here, and the new application's name
    #[arg(long, conflicts_with = "from_script")]
    pub name: Option<String>,
    /// The cloud it is in
    #[arg(long, value_name = "C", default_value = "AzureCloud")]
    pub cloud: String,
    /// Take back the ids that a script printed (see `service-account script`): a file, or - for stdin
    #[arg(long, value_name = "FILE")]
    pub from_script: Option<PathBuf>,
    /// Register a new application (somebody signs in)
    #[arg(long)]
    pub register: bool,
    /// Take an application that exists
    #[arg(long)]
    pub existing: bool,
    /// The tenant: its id or a verified domain
    #[arg(long, value_name = "ID")]
    pub tenant: Option<String>,
    /// The application's (client) id
    #[arg(long, value_name = "ID", requires = "existing", conflicts_with = "register")]
    pub application: Option<String>,
    /// Prove itself with a new self-signed certificate
    #[arg(long)]
    pub generate_certificate: bool,
    /// Prove itself with a certificate of the certificate store
    #[arg(long, value_name = "THUMBPRINT|NAME")]
    pub certificate: Option<String>,
    /// Prove itself with the certificate of a PFX file
    #[arg(long, value_name = "FILE")]
    pub pfx: Option<PathBuf>,
    /// The file with the PFX file's password
    // `requires` alone says nothing where another credential rules `--pfx` out.
    #[arg(long, value_name = "FILE", requires = "pfx", conflicts_with_all = ["generate_certificate", "certificate", "secret_file"])]
    pub pfx_password_file: Option<PathBuf>,
    /// Prove itself with the client secret in this file
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// Register the certificate with an existing application (somebody signs in)
    #[arg(long)]
    pub grant: bool,
    /// Grant it a permission set on a resource (somebody signs in); may be repeated
    #[arg(long, value_name = "PERMISSION-SET=RESOURCE-ID")]
    pub grant_on: Vec<GrantWish>,
    /// A subscription to look in; grants nothing by itself; may be repeated
    #[arg(long, value_name = "ID")]
    pub subscription: Vec<String>,
    /// A grant at a whole subscription or resource group is meant
    #[arg(long)]
    pub allow_wide_scope: bool,
    /// Where whom you sign in as may define no roles, the nearest built-in ones are meant
    #[arg(long)]
    pub allow_built_in_roles: bool,
    /// A second application of the same name is meant
    #[arg(long, requires = "register")]
    pub allow_same_name: bool,
    /// What it is for, for people [default: created by whom, where and when]
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    #[command(flatten)]
    pub sign_in: SignInArgs,
    /// Show what would be made, and make nothing
    #[arg(long)]
    pub plan: bool,
}

pub async fn add(args: AddServiceAccount, context: Context<'_>) -> Outcome {
    if let Some(file) = &args.from_script {
        return super::script::add_from(file, context).await;
    }
    let Context { global, out, .. } = context;
    let answers = args.answers();
    let somebody = !global.no_input
        && std::io::stdin().is_terminal()
        && std::io::stderr().is_terminal()
        && out.format() == crate::cli::Output::Table;
    // What the flags say is right or wrong before anybody is asked for a password.
    Wizard::with(answers.clone()).check_all()?;
    let wizard = Wizard::replay(answers.clone())?;
    if wizard.step() < Step::SignIn {
        if somebody && !args.plan {
            let held = args.held(context)?;
            let allowed = Allowed {
                wide_scope: args.allow_wide_scope,
                built_in_roles: args.allow_built_in_roles,
                same_name: args.allow_same_name,
            };
            return wizard::run(context, answers, held, (args.sign_in, allowed)).await;
        }
        return Err(Failure::Usage(flags::missing(wizard.step()).into()));
    }
    add_by_flags(args, context, somebody).await
}

async fn add_by_flags(args: AddServiceAccount, context: Context<'_>, somebody: bool) -> Outcome {
    let Context { client, out, global } = context;
    let plan_only = args.plan;
    let grant = args.register || args.grant || !args.grant_on.is_empty();
    if !plan_only && !global.yes && !somebody {
        // Before anybody signs in for nothing.
        return Err(Failure::Usage(
            "nobody can be asked here whether the plan is right: look at it with --plan, then pass --yes"
                .into(),
        ));
    }
    let allow_wide_scope = allow_wide(&args, context)?;
    let credential = args.credential(context)?;
    let sign_in_id = if grant {
        Some(
            sign_in(context, &args.cloud, args.tenant.clone(), &args.sign_in)
                .await?
                .id,
        )
    } else {
        None
    };
    let name = args.name.unwrap_or_default();
    let wish = NewServiceAccount {
        name: name.clone(),
        description: Some(args.description.unwrap_or_else(description::own)),
        cloud: args.cloud,
        application: match (args.tenant, args.application) {
            (Some(tenant), Some(application_id)) if args.existing => ApplicationWish::Existing {
                tenant,
                application_id,
            },
            _ => ApplicationWish::Register,
        },
        credential,
        grant,
        grants: args.grant_on,
        subscriptions: args.subscription,
        allow_wide_scope,
        allow_built_in_roles: args.allow_built_in_roles,
        allow_same_name: args.allow_same_name,
        sign_in_id,
    };
    let plan = client.plan_service_account(&wish).await?;
    if plan_only {
        show_plan(context, &plan)?;
        return Ok(Done::All);
    }
    if !plan.steps.is_empty() {
        out.tell(&plan_heading(&plan));
        out.table_beside(&PLAN_HEADERS, plan.steps.iter().map(step_row));
        input::confirm(
            global,
            out,
            &format!("Set up the service account `{}` as listed?", plain(&name)),
        )?;
    }
    out.one(&client.add_service_account(&wish).await?, lines)?;
    Ok(Done::All)
}

/// A whole subscription or resource group needs a yes of its own, before anybody signs in; `--yes` is none.
fn allow_wide(args: &AddServiceAccount, context: Context<'_>) -> Result<bool, Failure> {
    let Context { out, global, .. } = context;
    for grant in &args.grant_on {
        grant.permission_set.check_scope(&grant.scope)?;
    }
    let refused = permission::check_width(&args.grant_on, args.allow_wide_scope);
    let asks = !args.plan && !global.yes && !global.no_input;
    match refused {
        Err(_) if asks => {
            let wide: Vec<String> = permission::wide(&args.grant_on)
                .map(|grant| format!("{} at {}", grant.permission_set, grant.scope))
                .collect();
            let question = format!(
                "This is wider than one container: {}. Is the whole of it meant?",
                plain(&wide.join(", "))
            );
            input::confirm(global, out, &question)?;
        }
        refused => refused?,
    }
    Ok(true)
}
