//! `coldkeep service-account edit`.

use super::{
    pfx::PfxArgs,
    plan::{PLAN_HEADERS, plan_heading, refuse_other, say_unknown, show_plan, step_row},
    renew::{WAITING, place_of, with_known_sign_in, with_sign_in},
    view::lines,
};
use crate::{
    cmd::{Context, patience::patiently, plan_digest::confirm_plan, sign_in::SignInArgs},
    failure::{Done, Failure, Outcome},
    input,
    print::{fix::parsed, plain},
};
use clap::{ArgGroup, Args};
use coldkeep_api::{EditServiceAccount, NewCredential, RenewServiceAccount};
use coldkeep_core::permission::GrantRequest;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("proof").args(["certificate", "pfx", "secret_file"])))]
#[command(group(ArgGroup::new("change").required(true).multiple(true)
    .args(["description", "auto_renew_days", "grant_on", "revoke", "update_roles", "certificate", "pfx", "secret_file", "tenant", "application"])))]
pub struct EditArgs {
    /// Its name or id
    pub service_account: String,
    /// Free-text description
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Let the server renew its certificate this number of days before it expires, or never
    #[arg(long, value_name = "N|off", value_parser = days_or_off)]
    pub auto_renew_days: Option<u32>,
    /// Grant it a permission set on a resource (needs a sign-in); can be repeated
    #[arg(long, value_name = "PERMISSION-SET=RESOURCE-ID[,folder=FOLDER]", value_parser = parsed::<GrantRequest>)]
    pub grant_on: Vec<GrantRequest>,
    /// Allow grants at subscription or resource-group scope
    #[arg(long, requires = "grant_on")]
    pub allow_wide_scope: bool,
    /// If you cannot create custom roles, assign the closest built-in roles, which allow more
    #[arg(long, requires = "grant_on")]
    pub allow_built_in_roles: bool,
    /// Revoke a permission set that Coldkeep granted (needs a sign-in); can be repeated
    #[arg(long, value_name = "PERMISSION-SET=RESOURCE-ID[,folder=FOLDER]", value_parser = parsed::<GrantRequest>)]
    pub revoke: Vec<GrantRequest>,
    /// Update the roles of grants whose permission set has changed since (needs a sign-in)
    #[arg(long)]
    pub update_roles: bool,
    /// Authenticate with another certificate of the certificate store
    #[arg(long, value_name = "THUMBPRINT|NAME")]
    pub certificate: Option<String>,
    #[command(flatten)]
    pub pfx: PfxArgs,
    /// Authenticate with the client secret in this file, created in the portal
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// Register the certificate with the application; otherwise it must already be registered
    #[arg(long, conflicts_with = "secret_file")]
    pub register: bool,
    /// Sign in, even if the application's own permissions would be enough
    #[arg(long)]
    pub by_sign_in: bool,
    /// Refused unless it is the account's own: the tenant never changes
    #[arg(long, value_name = "ID", hide = true)]
    pub tenant: Option<String>,
    /// Refused unless it is the account's own: the application never changes
    #[arg(long, value_name = "ID", hide = true)]
    pub application: Option<String>,
    #[command(flatten)]
    pub sign_in: SignInArgs,
    /// Show what would be changed in Entra and Azure, and change nothing
    #[arg(long)]
    pub plan: bool,
    /// Carry out exactly the plan with this digest (`--plan` shows it), without asking; refuse if the plan
    /// has changed
    #[arg(long, value_name = "DIGEST", conflicts_with = "plan")]
    pub plan_digest: Option<String>,
}

fn days_or_off(text: &str) -> Result<u32, String> {
    match text {
        "off" => Ok(0),
        days => days
            .parse()
            .ok()
            .filter(|d| (1..=365).contains(d))
            .ok_or_else(|| "give 1 to 365 days, or `off`".to_owned()),
    }
}

pub async fn edit(args: EditArgs, context: Context<'_>) -> Outcome {
    let Context { client, out, .. } = context;
    let account = client.show_service_account(&args.service_account).await?;
    let id = account.id.to_string();
    let place = place_of(&account, &args.sign_in);
    let credential = args.credential(context).await?;
    let mut request = args.request();
    let mut renew = RenewServiceAccount {
        registered: !args.register,
        credential,
        ..RenewServiceAccount::default()
    };
    let mut plan = with_sign_in(context, &place, args.by_sign_in, async |sign_in_id| {
        request.sign_in_id = sign_in_id;
        client.plan_edit(&id, &request).await
    })
    .await?;
    request.plan_digest = Some(plan.digest.clone());
    if renew.credential.is_some() {
        let from_the_start = args.by_sign_in && request.sign_in_id.is_none();
        let known = request.sign_in_id;
        let by = with_sign_in(context, &place, from_the_start, async |sign_in_id| {
            renew.sign_in_id = sign_in_id.or(known);
            client.plan_renewal(&id, &renew).await
        });
        let by = by.await?;
        renew.plan_digest = Some(by.digest.clone());
        plan.steps.extend(by.steps);
        plan.unknown.extend(by.unknown);
        plan = plan.digested();
    }
    refuse_other(&args.plan_digest, &plan)?;
    if args.plan {
        show_plan(context, &plan)?;
        return Ok(Done::All);
    }
    if !plan.steps.is_empty() {
        out.tell(&plan_heading(&plan));
        out.table_beside(&PLAN_HEADERS, plan.steps.iter().map(step_row));
        say_unknown(context, &plan);
        let question = format!("Change `{}` as listed?", plain(&account.name));
        confirm_plan(context, args.plan_digest.as_deref(), &question)?;
    }
    let known = request.sign_in_id;
    let mut edited = with_known_sign_in(context, &place, known, async |sign_in_id| {
        request.sign_in_id = sign_in_id;
        let edited = client.edit_service_account(&id, &request).await;
        // It has begun: what is left of it is another plan.
        request.plan_digest = None;
        edited
    })
    .await?;
    if renew.credential.is_some() {
        let known = renew.sign_in_id;
        let renewed = with_known_sign_in(context, &place, known, async |sign_in_id| {
            renew.sign_in_id = sign_in_id;
            let renewed = client.renew_service_account(&id, &renew).await;
            renew.plan_digest = None;
            renewed
        });
        edited = patiently(context, WAITING, renewed).await?;
    }
    out.one(&edited, lines)?;
    Ok(Done::All)
}

impl EditArgs {
    /// What is to be changed beside the credential.
    fn request(&self) -> EditServiceAccount {
        EditServiceAccount {
            description: self.description.clone(),
            auto_renew_days: self.auto_renew_days,
            grants: self.grant_on.clone(),
            allow_wide_scope: self.allow_wide_scope,
            allow_built_in_roles: self.allow_built_in_roles,
            revokes: self.revoke.clone(),
            update_roles: self.update_roles,
            sign_in_id: None,
            tenant_id: self.tenant.clone(),
            application_id: self.application.clone(),
            plan_digest: None,
        }
    }

    async fn credential(&self, context: Context<'_>) -> Result<Option<NewCredential>, Failure> {
        if let Some(certificate) = &self.certificate {
            return Ok(Some(NewCredential::Certificate {
                certificate: certificate.clone(),
            }));
        }
        if let Some(file) = &self.secret_file {
            let secret = input::read_secret_text(file)?.into();
            return Ok(Some(NewCredential::Secret { secret }));
        }
        Ok(self.pfx.read(context).await?.map(NewCredential::Pfx))
    }
}
