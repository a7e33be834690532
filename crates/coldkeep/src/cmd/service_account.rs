//! `coldkeep service-account`.

use super::{
    Context,
    certificate::{KeyKind, VALID_DAYS},
    sign_in::{SignInArgs, sign_in},
    view::{maybe_when, proof_word, show_check},
};
use crate::{
    client::{Credential as CredentialWish, NewServiceAccount},
    failure::{Done, Failure, Outcome},
    input,
    print::{plain, when},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::{ArgGroup, Args, Subcommand};
use coldkeep_core::{
    ExposeSecret, Kind,
    permission::GrantWish,
    service_account::{Credential, MadeObject, ServiceAccount, State},
};
use coldkeep_server::requests::{ApplicationWish, OnboardingPlan, OnboardingStep, RemoveServiceAccount};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum ServiceAccountVerb {
    /// Register an Entra application, or take an existing one
    Add(Box<AddServiceAccount>),
    /// All service accounts
    List,
    /// One service account: by name or id
    Show { service_account: String },
    /// Test it against the real services
    Check { service_account: String },
    /// Remove it here, and with --delete-objects also what was made for it in Entra and Azure
    Remove(RemoveArgs),
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("origin").required(true).args(["register", "existing"])))]
#[command(group(ArgGroup::new("proof").required(true).args(["generate_certificate", "certificate", "pfx", "secret_file"])))]
pub struct AddServiceAccount {
    /// Its name here, and the new application's name
    #[arg(long)]
    pub name: String,
    /// The cloud it is in
    #[arg(long, value_name = "C", default_value = "AzureCloud")]
    pub cloud: String,
    /// Register a new application (somebody signs in)
    #[arg(long)]
    pub register: bool,
    /// Take an application that exists
    #[arg(long, requires = "tenant", requires = "application")]
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
    /// What it is for, for people
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    #[command(flatten)]
    pub sign_in: SignInArgs,
    /// Show what would be made, and make nothing
    #[arg(long)]
    pub plan: bool,
}

#[derive(Debug, Args)]
pub struct RemoveArgs {
    pub service_account: String,
    /// Also take away the application, certificate and grants that Coldkeep made (somebody signs in)
    #[arg(long)]
    pub delete_objects: bool,
    #[command(flatten)]
    pub sign_in: SignInArgs,
}

pub async fn run(verb: ServiceAccountVerb, context: Context<'_>) -> Outcome {
    let Context { client, out, .. } = context;
    match verb {
        ServiceAccountVerb::Add(args) => return add(*args, context).await,
        ServiceAccountVerb::List => {
            let headers = [
                "name",
                "state",
                "cloud",
                "tenant",
                "application",
                "credential",
                "grants",
            ];
            out.list(&client.list_service_accounts().await?, &headers, row)?;
        }
        ServiceAccountVerb::Show { service_account } => {
            out.one(&client.show_service_account(&service_account).await?, lines)?;
        }
        ServiceAccountVerb::Check { service_account } => {
            return show_check(context, &client.check_service_account(&service_account).await?);
        }
        ServiceAccountVerb::Remove(args) => remove(args, context).await?,
    }
    Ok(Done::All)
}

async fn add(args: AddServiceAccount, context: Context<'_>) -> Outcome {
    let Context { client, out, global } = context;
    let (plan_only, name) = (args.plan, args.name.clone());
    let grant = args.register || args.grant || !args.grant_on.is_empty();
    if !plan_only && !global.yes && (global.no_input || !std::io::IsTerminal::is_terminal(&std::io::stdin()))
    {
        // Before anybody signs in for nothing.
        return Err(Failure::Usage(
            "nobody can be asked here whether the plan is right: look at it with --plan, then pass --yes"
                .into(),
        ));
    }
    let credential = args.credential(context).await?;
    let sign_in_id = if grant {
        Some(sign_in(context, &args.cloud, args.tenant.clone(), &args.sign_in).await?)
    } else {
        None
    };
    let wish = NewServiceAccount {
        name: args.name,
        description: args.description,
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

async fn remove(args: RemoveArgs, context: Context<'_>) -> Result<(), Failure> {
    let account = context.client.show_service_account(&args.service_account).await?;
    if args.delete_objects {
        context.out.tell(&format!(
            "What Coldkeep made for the service account `{}`:",
            plain(&account.name)
        ));
        context
            .out
            .table_beside(&["object", "id"], account.objects.iter().map(object_row));
    }
    let question = if args.delete_objects {
        format!(
            "Remove `{}` and take away all of this in Entra and Azure?",
            plain(&account.name)
        )
    } else {
        format!(
            "Remove `{}` here and leave everything in Entra and Azure as it is?",
            plain(&account.name)
        )
    };
    input::confirm(context.global, context.out, &question)?;
    let id = account.id.to_string();
    let mut how = RemoveServiceAccount {
        delete_objects: args.delete_objects,
        sign_in_id: None,
    };
    let removed = match context.client.remove_service_account(&id, &how).await {
        // Asked first without: nobody shall sign in for what is refused anyway.
        Err(problem) if problem.kind == Kind::Unauthenticated => {
            let tenant = Some(account.tenant_id.clone());
            how.sign_in_id = Some(sign_in(context, &account.cloud, tenant, &args.sign_in).await?);
            context.client.remove_service_account(&id, &how).await
        }
        asked => asked,
    };
    removed?;
    context.out.remark(&format!(
        "The service account `{}` is removed.",
        plain(&account.name)
    ));
    Ok(())
}

impl AddServiceAccount {
    async fn credential(&self, context: Context<'_>) -> Result<CredentialWish, Failure> {
        if let Some(certificate) = &self.certificate {
            return Ok(CredentialWish::Certificate {
                certificate: certificate.clone(),
            });
        }
        if let Some(file) = &self.secret_file {
            return Ok(CredentialWish::Secret {
                secret: input::read_secret_text(file)?,
            });
        }
        let Some(file) = &self.pfx else {
            return Ok(CredentialWish::GenerateCertificate {
                key_bits: KeyKind::Rsa3072.bits(),
                valid_days: VALID_DAYS,
            });
        };
        let pfx = input::read_secret_bytes(file)?;
        let password = match &self.pfx_password_file {
            Some(file) => Some(input::read_secret_text(file)?),
            None => input::prompt_secret(
                context.global,
                &format!("Password of {} (empty: none)", file.display()),
            )?,
        };
        let pfx_base64 = STANDARD.encode(pfx.expose_secret()).into();
        Ok(CredentialWish::Pfx { pfx_base64, password })
    }
}

pub const PLAN_HEADERS: [&str; 3] = ["do", "object", "which"];

fn plan_heading(plan: &OnboardingPlan) -> String {
    let who = plan
        .signed_in_as
        .as_ref()
        .map(|who| format!(", as {who}"))
        .unwrap_or_default();
    plain(&format!("In tenant {}{who}:", plan.tenant_id))
}

fn show_plan(context: Context<'_>, plan: &OnboardingPlan) -> Result<(), Failure> {
    if context.out.format() == crate::cli::Output::Table {
        context.out.remark(&plan_heading(plan));
        return context.out.list(&plan.steps, &PLAN_HEADERS, step_row);
    }
    context.out.one(plan, |_| vec![])
}

/// Rights stand below what gives them: beside it they would make the table wider than most screens.
pub fn step_row(step: &OnboardingStep) -> Vec<String> {
    let rights = step.rights.iter().map(|right| format!("\n  {right}"));
    vec![
        step.action.clone(),
        step.object.clone(),
        step.detail.clone() + &rights.collect::<String>(),
    ]
}

fn object_row(object: &MadeObject) -> Vec<String> {
    let (what, id) = match object {
        MadeObject::Application { application_id, .. } => ("application", application_id),
        MadeObject::ServicePrincipal { object_id } => ("service principal", object_id),
        MadeObject::KeyCredential { key_id } => ("certificate of the application", key_id),
        MadeObject::RoleDefinition { id } => ("role definition", id),
        MadeObject::RoleAssignment { id } => ("role assignment", id),
    };
    vec![what.into(), id.clone()]
}

fn state_word(state: State) -> &'static str {
    match state {
        State::Incomplete => "incomplete",
        State::Ready => "ready",
        State::Removing => "removing",
    }
}

fn credential(account: &ServiceAccount) -> String {
    match &account.credential {
        Credential::Certificate { expires_at, .. } => {
            format!("certificate until {}", expires_at.strftime("%Y-%m-%d"))
        }
        Credential::Secret { expires_at: Some(at) } => format!("secret until {}", at.strftime("%Y-%m-%d")),
        Credential::Secret { expires_at: None } => "secret".into(),
    }
}

fn row(account: &ServiceAccount) -> Vec<String> {
    vec![
        account.name.clone(),
        state_word(account.state).into(),
        account.cloud.clone(),
        account.tenant_id.clone(),
        account.application_id.clone(),
        credential(account),
        account.grants.len().to_string(),
    ]
}

fn lines(account: &ServiceAccount) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        ("name", account.name.clone()),
        ("description", account.description.clone()),
        ("state", state_word(account.state).into()),
        ("cloud", account.cloud.clone()),
        ("tenant", account.tenant_id.clone()),
        ("application", account.application_id.clone()),
        (
            "service principal",
            account.principal_id.clone().unwrap_or_default(),
        ),
        ("credential", credential(account)),
    ];
    if let Credential::Certificate { thumbprint_sha1, .. } = &account.credential {
        lines.push(("thumbprint", thumbprint_sha1.clone()));
    }
    lines.extend(
        account
            .grants
            .iter()
            .map(|g| ("grant", format!("{} on {}", g.permission_set, g.scope))),
    );
    lines.extend(account.proofs.iter().map(|p| {
        let detail = if p.detail.is_empty() {
            String::new()
        } else {
            format!(" ({})", p.detail)
        };
        ("proof", format!("{}: {}{detail}", proof_word(p.outcome), p.what))
    }));
    lines.push(("proven", maybe_when(account.proven_at)));
    lines.push(("added", when(account.created_at)));
    lines.push(("id", account.id.to_string()));
    lines
}
