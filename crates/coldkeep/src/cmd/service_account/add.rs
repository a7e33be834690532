//! `coldkeep service-account add` by flags.

use super::{
    plan::{PLAN_HEADERS, plan_heading, show_plan, step_row},
    view::lines,
};
use crate::{
    client::{Credential, NewServiceAccount},
    cmd::{
        Context,
        certificate::{KeyKind, VALID_DAYS},
        sign_in::{SignInArgs, sign_in},
    },
    failure::{Done, Failure, Outcome},
    input,
    print::plain,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::{ArgGroup, Args};
use coldkeep_core::{ExposeSecret, permission::GrantWish};
use coldkeep_server::requests::ApplicationWish;
use std::path::PathBuf;

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
    /// A subscription to look in; grants nothing by itself; may be repeated
    #[arg(long, value_name = "ID")]
    pub subscription: Vec<String>,
    /// What it is for, for people
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    #[command(flatten)]
    pub sign_in: SignInArgs,
    /// Show what would be made, and make nothing
    #[arg(long)]
    pub plan: bool,
}

pub async fn add(args: AddServiceAccount, context: Context<'_>) -> Outcome {
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
        Some(
            sign_in(context, &args.cloud, args.tenant.clone(), &args.sign_in)
                .await?
                .id,
        )
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
        subscriptions: args.subscription,
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

impl AddServiceAccount {
    async fn credential(&self, context: Context<'_>) -> Result<Credential, Failure> {
        if let Some(certificate) = &self.certificate {
            return Ok(Credential::Certificate {
                certificate: certificate.clone(),
            });
        }
        if let Some(file) = &self.secret_file {
            return Ok(Credential::Secret {
                secret: input::read_secret_text(file)?,
            });
        }
        let Some(file) = &self.pfx else {
            return Ok(Credential::GenerateCertificate {
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
        Ok(Credential::Pfx { pfx_base64, password })
    }
}
