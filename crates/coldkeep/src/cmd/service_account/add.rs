//! `coldkeep service-account add`: by flags, or by the wizard for what the flags do not give.

use super::{
    flags::{self, ApplicationArgs},
    plan::{PLAN_HEADERS, agreed, plan_heading, say_unknown, show_plan, step_row},
    request::{GivenSecrets, request, signed_in},
    view::lines,
    wizard::{self, FromFlags},
};
use crate::{
    cmd::{
        Context,
        patience::patiently,
        plan_digest::confirm_plan,
        sign_in::{SignInArgs, SignInPlace, sign_in, with_challenges},
    },
    failure::{Done, Failure, Outcome},
    input,
    print::plain,
};
use clap::Args;
use coldkeep_api::{Given, NewServiceAccount};
use coldkeep_core::{
    Kind, Problem,
    onboarding::OnPurpose,
    permission,
    wizard::{Answers, Authentication, Step, Wizard},
};
use std::{io::IsTerminal, path::PathBuf};

#[derive(Debug, Args)]
pub struct AddServiceAccount {
    #[command(flatten)]
    pub application: ApplicationArgs,
    /// Read the setup result line that a script printed (see `service-account script`): a file, or - for
    /// stdin
    #[arg(long, value_name = "FILE", groups = ["origin", "proof"], conflicts_with = "name")]
    pub from_script: Option<PathBuf>,
    /// Authenticate with the client secret in this file
    #[arg(long, value_name = "FILE", group = "proof", conflicts_with_all = ["pfx_password_file", "which"])]
    pub secret_file: Option<PathBuf>,
    /// Register the certificate with an existing application (needs a sign-in)
    #[arg(long)]
    pub grant: bool,
    /// A subscription to search for storage accounts; grants nothing by itself; can be repeated
    #[arg(long, value_name = "ID")]
    pub subscription: Vec<String>,
    /// If you cannot create custom roles, assign the closest built-in roles instead
    #[arg(long)]
    pub allow_built_in_roles: bool,
    /// Create the application even if the name is already taken
    #[arg(long, requires = "register")]
    pub allow_same_name: bool,
    #[command(flatten)]
    pub sign_in: SignInArgs,
    /// Show what would be created, and create nothing
    #[arg(long)]
    pub plan: bool,
    /// Carry out exactly the plan with this digest (`--plan` shows it), without asking; refuse if the plan
    /// has changed
    #[arg(long, value_name = "DIGEST", conflicts_with = "plan")]
    pub plan_digest: Option<String>,
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

    fn given(&self) -> FromFlags {
        let given = self.application.given();
        FromFlags {
            authentication: match self.secret_file {
                Some(_) => Some(Authentication::Secret),
                None => given.authentication,
            },
            secret: self.secret_file.is_some(),
            grant: self.grant.then_some(true).or(given.grant),
            sign_in: self.sign_in.sign_in,
            subscriptions: (!self.subscription.is_empty()).then(|| self.subscription.clone()),
            ..given
        }
    }

    /// The files that the flags name.
    async fn held(&self, context: Context<'_>) -> Result<GivenSecrets, Failure> {
        let secret = self.secret_file.as_deref().map(input::read_secret_text);
        Ok(GivenSecrets {
            pfx: self.application.pfx.read(context).await?,
            secret: secret.transpose()?.map(Given::from),
        })
    }

    fn allowed(&self) -> OnPurpose {
        OnPurpose {
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
    let interactive = !global.no_input
        && std::io::stdin().is_terminal()
        && std::io::stderr().is_terminal()
        && out.format() == crate::cli::Output::Table;
    // The flags are checked before a password is asked for.
    Wizard::with_answers(answers.clone()).check_all()?;
    let wizard = Wizard::replay(answers.clone())?;
    if wizard.step() < Step::SignIn {
        // A plan, or the confirmation of one, needs all answers.
        if interactive && !args.plan && args.plan_digest.is_none() {
            let (held, allowed) = (args.held(context).await?, args.allowed());
            let given = args.given();
            return wizard::run(context, answers, given, held, args.sign_in, allowed).await;
        }
        return Err(Failure::Usage(flags::missing(wizard.step()).into()));
    }
    add_by_flags(args, answers, context, interactive).await
}

async fn add_by_flags(
    args: AddServiceAccount,
    mut answers: Answers,
    context: Context<'_>,
    interactive: bool,
) -> Outcome {
    let Context { client, out, global } = context;
    let plan_only = args.plan;
    let is_agreed = global.yes || args.plan_digest.is_some();
    if !plan_only && !is_agreed && !interactive {
        // Before a sign-in in vain.
        return Err(Failure::Usage(
            "the plan cannot be confirmed here, because there is no terminal: review it with --plan, then \
             pass --yes"
                .into(),
        ));
    }
    let allowed = OnPurpose {
        wide_scope: allow_wide(&args, context)?,
        ..args.allowed()
    };
    let held = args.held(context).await?;
    let mut place = SignInPlace {
        cloud: args.application.cloud(),
        tenant: args.application.tenant.clone(),
        args: &args.sign_in,
    };
    if answers.changes_azure() == Some(true) {
        refuse_early(context, &request(&answers, &held, allowed)?).await?;
        let done = sign_in(context, place.cloud, place.tenant.clone(), place.args).await?;
        place.tenant.clone_from(&done.tenant_id);
        answers.sign_in = Some(signed_in(place.cloud, done));
    }
    let mut request = request(&answers, &held, allowed)?;
    let plan = asked(context, &place, &mut request, async |request| {
        client.plan_service_account(request).await
    })
    .await?;
    request.answers.set_name(&plan.name);
    if plan_only {
        show_plan(context, &plan)?;
        return Ok(Done::All);
    }
    if !plan.steps.is_empty() {
        out.tell(&plan_heading(&plan));
        out.table_beside(&PLAN_HEADERS, plan.steps.iter().map(step_row));
        say_unknown(context, &plan);
        let question = format!("Set up the service account `{}` as listed?", plain(&plan.name));
        confirm_plan(context, args.plan_digest.as_deref(), &question)?;
    }
    request.plan_digest = Some(agreed(&args.plan_digest, &plan));
    // The confirmed plan has begun when a second sign-in is needed: the rest of it is another plan.
    let mut first = true;
    let made = asked(context, &place, &mut request, async |request| {
        let mut request = request.clone();
        request.plan_digest = request.plan_digest.filter(|_| std::mem::take(&mut first));
        client.add_service_account(&request).await
    });
    let made = patiently(context, waiting_for(&answers), made).await?;
    out.one(&made, lines)?;
    Ok(Done::All)
}

/// What takes long, if anything does.
pub fn waiting_for(answers: &Answers) -> &'static str {
    match answers.changes_azure() {
        Some(true) => {
            "Setting it up. New objects take a while to replicate in Entra and Azure: this can take minutes."
        }
        _ => {
            "Entra does not know this credential yet: a new credential can take some seconds to replicate. \
             Trying again."
        }
    }
}

/// Asks for it; where the sign-in is not enough, with others that carry what is demanded.
async fn asked<T>(
    context: Context<'_>,
    place: &SignInPlace<'_>,
    request: &mut NewServiceAccount,
    mut ask: impl AsyncFnMut(&NewServiceAccount) -> Result<T, Problem>,
) -> Result<T, Failure> {
    let Some(id) = request.sign_in_id else {
        return Ok(ask(request).await?);
    };
    let asked = with_challenges(context, place, id, async |id| {
        request.sign_in_id = Some(id);
        ask(request).await
    });
    Ok(asked.await?.0)
}

/// Refuses without a sign-in what can be refused without one, such as a name that is taken.
pub async fn refuse_early(context: Context<'_>, request: &NewServiceAccount) -> Result<(), Problem> {
    match context.client.plan_service_account(request).await {
        Err(problem) if problem.kind == Kind::Unauthenticated && problem.system.is_none() => Ok(()),
        Err(problem) => Err(problem),
        Ok(_) => Ok(()),
    }
}

/// A whole subscription or resource group needs its own confirmation, before a sign-in; `--yes` is none.
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
                "These scopes are wider than one container: {}. Grant access to all of it?",
                plain(&wide.join(", "))
            );
            input::confirm(global, out, &question)?;
        }
        refused => refused?,
    }
    Ok(true)
}
