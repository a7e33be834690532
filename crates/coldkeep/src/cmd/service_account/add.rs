//! `coldkeep service-account add`: by flags, or by the wizard for what flags have not said.

use super::{
    flags::{self, ApplicationArgs},
    plan::{PLAN_HEADERS, plan_heading, show_plan, step_row},
    request::{Allowed, Held, request, signed_in},
    view::lines,
    wizard,
};
use crate::{
    cmd::{
        Context,
        sign_in::{SignInArgs, sign_in},
    },
    failure::{Done, Failure, Outcome},
    input,
    print::plain,
};
use clap::Args;
use coldkeep_core::{
    permission,
    wizard::{Answers, Authentication, Step, Wizard},
};
use std::{io::IsTerminal, path::PathBuf};

#[derive(Debug, Args)]
pub struct AddServiceAccount {
    #[command(flatten)]
    pub application: ApplicationArgs,
    /// Take back the ids that a script printed (see `service-account script`): a file, or - for stdin
    #[arg(long, value_name = "FILE", groups = ["origin", "proof"], conflicts_with = "name")]
    pub from_script: Option<PathBuf>,
    /// Prove itself with the client secret in this file
    #[arg(long, value_name = "FILE", group = "proof", conflicts_with_all = ["pfx_password_file", "which"])]
    pub secret_file: Option<PathBuf>,
    /// Register the certificate with an existing application (somebody signs in)
    #[arg(long)]
    pub grant: bool,
    /// A subscription to look in; grants nothing by itself; may be repeated
    #[arg(long, value_name = "ID")]
    pub subscription: Vec<String>,
    /// Where whom you sign in as may define no roles, the nearest built-in ones are meant
    #[arg(long)]
    pub allow_built_in_roles: bool,
    /// A second application of the same name is meant
    #[arg(long, requires = "register")]
    pub allow_same_name: bool,
    #[command(flatten)]
    pub sign_in: SignInArgs,
    /// Show what would be made, and make nothing
    #[arg(long)]
    pub plan: bool,
}

impl AddServiceAccount {
    fn answers(&self) -> Answers {
        let authentication = match self.secret_file {
            Some(_) => Authentication::Secret,
            None => Authentication::Certificate,
        };
        Answers {
            subscriptions: (!self.subscription.is_empty()).then(|| self.subscription.clone()),
            ..self.application.answers(authentication, self.grant)
        }
    }

    /// The files that the flags name.
    fn held(&self, context: Context<'_>) -> Result<Held, Failure> {
        let secret = self.secret_file.as_deref().map(input::read_secret_text);
        Ok(Held {
            pfx: self.application.pfx.read(context)?,
            secret: secret.transpose()?,
        })
    }

    fn allowed(&self) -> Allowed {
        Allowed {
            wide_scope: self.application.allow_wide_scope,
            built_in_roles: self.allow_built_in_roles,
            same_name: self.allow_same_name,
        }
    }
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
            let (held, allowed) = (args.held(context)?, args.allowed());
            return wizard::run(context, answers, held, (args.sign_in, allowed)).await;
        }
        return Err(Failure::Usage(flags::missing(wizard.step()).into()));
    }
    add_by_flags(args, answers, context, somebody).await
}

async fn add_by_flags(
    args: AddServiceAccount,
    mut answers: Answers,
    context: Context<'_>,
    somebody: bool,
) -> Outcome {
    let Context { client, out, global } = context;
    let plan_only = args.plan;
    if !plan_only && !global.yes && !somebody {
        // Before anybody signs in for nothing.
        return Err(Failure::Usage(
            "nobody can be asked here whether the plan is right: look at it with --plan, then pass --yes"
                .into(),
        ));
    }
    let allowed = Allowed {
        wide_scope: allow_wide(&args, context)?,
        ..args.allowed()
    };
    let held = args.held(context)?;
    if answers.changes_azure() == Some(true) {
        let (cloud, tenant) = (&args.application.cloud, args.application.tenant.clone());
        let sign_in = sign_in(context, cloud, tenant, &args.sign_in).await?;
        answers.sign_in = Some(signed_in(cloud, sign_in));
    }
    let mut wish = request(&answers, &held, allowed)?;
    // Said, they are refused rather than left out where nobody signs in.
    wish.subscriptions = args.subscription;
    let name = wish.name.clone();
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
    let grants = &args.application.grant_on;
    permission::check_folders(grants)?;
    for grant in grants {
        grant.check()?;
    }
    let refused = permission::check_width(grants, args.application.allow_wide_scope);
    let asks = !args.plan && !global.yes && !global.no_input;
    match refused {
        Err(_) if asks => {
            let wide: Vec<String> = permission::wide(grants)
                .map(|grant| format!("{} at {}", grant.permission_set, grant.place()))
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
