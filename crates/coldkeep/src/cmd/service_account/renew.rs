//! `coldkeep service-account renew`.

use super::{
    pfx::PfxArgs,
    plan::{PLAN_HEADERS, agreed, plan_heading, say_unknown, show_plan, step_row},
    view::lines,
};
use crate::{
    cmd::{
        Context,
        certificate::{KeyKind, VALID_DAYS},
        patience::patiently,
        plan_digest::{confirm_plan, digest_of},
        sign_in::{SignInArgs, SignInPlace, sign_in, with_challenges},
    },
    failure::{Done, Failure, Outcome},
    input,
    print::plain,
};
use clap::Args;
use coldkeep_api::{
    AbandonRenewal, NewCredential, RenewServiceAccount, RetireOldCredentials, ServiceAccountView,
};
use coldkeep_core::{
    Kind, Problem,
    certificate::{NewCertificate, VALID_DAYS_MAX},
    id::SignInId,
    service_account::ServiceAccount,
};

#[derive(Debug, Args)]
pub struct RenewArgs {
    /// Its name or id
    pub service_account: String,
    /// How long the new certificate or secret is valid
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(VALID_DAYS_MAX)))]
    pub valid_days: Option<u32>,
    /// The kind of the new key
    #[arg(long, value_enum, conflicts_with_all = ["certificate", "pfx"])]
    pub key: Option<KeyKind>,
    /// Renew with a certificate of the certificate store instead of a new one
    #[arg(long, value_name = "THUMBPRINT|NAME", conflicts_with = "pfx")]
    pub certificate: Option<String>,
    #[command(flatten)]
    pub pfx: PfxArgs,
    /// How long the old credential stays registered together with the new one
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub grace_days: u32,
    /// Then remove the old credential, even if Coldkeep did not register it
    #[arg(long)]
    pub remove_old: bool,
    /// The application's object id, if Coldkeep does not know it
    #[arg(long, value_name = "OBJECT-ID")]
    pub existing: Option<String>,
    /// Sign in, even if the application's own permissions would be enough
    #[arg(long)]
    pub by_sign_in: bool,
    #[command(flatten)]
    pub sign_in: SignInArgs,
    /// Show what would be done, and do nothing
    #[arg(long)]
    pub plan: bool,
    /// Carry out exactly the plan with this digest (`--plan` shows it), without asking; refuse if the plan
    /// has changed
    #[arg(long, value_name = "DIGEST", conflicts_with_all = ["plan", "abandon", "retire"])]
    pub plan_digest: Option<String>,
    /// Abandon a renewal that is in progress: the new credential is removed, the old one stays
    #[arg(long, conflicts_with_all = ["plan", "retire"])]
    pub abandon: bool,
    /// Only remove replaced credentials whose overlap period is over
    #[arg(long, conflicts_with = "plan")]
    pub retire: bool,
    /// With --retire: also those whose overlap period is not over
    #[arg(long, requires = "retire")]
    pub now: bool,
}

/// What takes long.
pub const WAITING: &str =
    "The new credential takes a while to replicate in Entra: this can take some minutes.";

/// Asks first without a sign-in: the application may be able to do it itself, or the request may be
/// refused anyway.
pub async fn with_sign_in<T>(
    context: Context<'_>,
    place: &SignInPlace<'_>,
    from_the_start: bool,
    mut ask: impl AsyncFnMut(Option<SignInId>) -> Result<T, Problem>,
) -> Result<T, Failure> {
    if !from_the_start {
        match ask(None).await {
            Err(problem) if problem.kind == Kind::Unauthenticated && problem.system.is_none() => {
                context.out.remark(&plain(&format!("{}.", problem.what)));
            }
            answer => return Ok(answer?),
        }
    }
    let signed_in = sign_in(context, place.cloud, place.tenant.clone(), place.args).await?;
    let asked = with_challenges(context, place, signed_in.id, async |id| ask(Some(id)).await);
    Ok(asked.await?.0)
}

/// Where to sign in for a service account.
pub fn place_of<'a>(account: &'a ServiceAccount, args: &'a SignInArgs) -> SignInPlace<'a> {
    SignInPlace {
        cloud: &account.cloud,
        tenant: Some(account.tenant_id.clone()),
        args,
    }
}

/// Asks with an existing sign-in, or with none.
pub async fn with_known_sign_in<T>(
    context: Context<'_>,
    place: &SignInPlace<'_>,
    known: Option<SignInId>,
    mut ask: impl AsyncFnMut(Option<SignInId>) -> Result<T, Problem>,
) -> Result<T, Failure> {
    let Some(id) = known else {
        return Ok(ask(None).await?);
    };
    let asked = with_challenges(context, place, id, async |id| ask(Some(id)).await);
    Ok(asked.await?.0)
}

/// Why the new certificate stays where the renewal is given up, if it does.
fn say_what_stays(context: Context<'_>, account: &ServiceAccountView) {
    let new = account.upkeep.renewal.as_ref().and_then(|r| r.key_id.as_ref());
    for key in account.staying_keys.iter().filter(|k| Some(&k.key_id) == new) {
        context.out.tell(&plain(&format!(
            "note: The new certificate stays registered with the application: it is {}.",
            key.why
        )));
    }
}

/// Removes replaced credentials whose overlap period is over, and nothing else.
async fn retire(args: &RenewArgs, context: Context<'_>, account: &ServiceAccountView) -> Outcome {
    let (id, now) = (account.id.to_string(), args.now);
    let place = place_of(account, &args.sign_in);
    let retired = with_sign_in(context, &place, args.by_sign_in, async |sign_in_id| {
        context
            .client
            .retire_old_credentials(&id, &RetireOldCredentials { now, sign_in_id })
            .await
    });
    context.out.one(&retired.await?, lines)?;
    Ok(Done::All)
}

pub async fn renew(args: RenewArgs, context: Context<'_>) -> Outcome {
    let Context { client, out, global } = context;
    let account = client.show_service_account(&args.service_account).await?;
    let id = account.id.to_string();
    let name = plain(&account.name);
    let place = place_of(&account, &args.sign_in);
    if args.abandon {
        say_what_stays(context, &account);
        input::confirm(global, out, &format!("Abandon the renewal of `{name}`?"))?;
        let abandoned = with_sign_in(context, &place, args.by_sign_in, async |sign_in_id| {
            client.abandon_renewal(&id, &AbandonRenewal { sign_in_id }).await
        });
        out.one(&abandoned.await?, lines)?;
        return Ok(Done::All);
    }
    if args.retire {
        return retire(&args, context, &account).await;
    }
    let mut request = RenewServiceAccount {
        credential: args.credential(context).await?,
        valid_days: args.valid_days,
        grace_days: args.grace_days,
        remove_old: args.remove_old,
        registered: false,
        application_object_id: args.existing.clone(),
        sign_in_id: None,
        plan_digest: None,
    };
    if account.upkeep.renewal.is_none() {
        let plan = with_sign_in(context, &place, args.by_sign_in, async |sign_in_id| {
            request.sign_in_id = sign_in_id;
            client.plan_renewal(&id, &request).await
        })
        .await?;
        if args.plan {
            show_plan(context, &plan)?;
            return Ok(Done::All);
        }
        out.tell(&plan_heading(&plan));
        out.table_beside(&PLAN_HEADERS, plan.steps.iter().map(step_row));
        say_unknown(context, &plan);
        let question = format!("Renew `{name}` as listed?");
        confirm_plan(context, args.plan_digest.as_deref(), &question)?;
        request.plan_digest = Some(agreed(&args.plan_digest, &plan));
        let known = request.sign_in_id;
        let renewed = with_known_sign_in(context, &place, known, async |sign_in_id| {
            request.sign_in_id = sign_in_id;
            let renewed = client.renew_service_account(&id, &request).await;
            // It has begun: what is left of it is another plan.
            request.plan_digest = None;
            renewed
        });
        let renewed = patiently(context, WAITING, renewed).await?;
        out.one(&renewed, lines)?;
        return Ok(Done::All);
    }
    if args.plan {
        // It is refused: what a renewal that has begun would do is no plan of its own.
        show_plan(context, &client.plan_renewal(&id, &request).await?)?;
        return Ok(Done::All);
    }
    request.plan_digest = args.plan_digest.as_deref().map(digest_of);
    out.remark(&format!("Resuming the renewal of `{name}`."));
    let renewed = with_sign_in(context, &place, args.by_sign_in, async |sign_in_id| {
        request.sign_in_id = sign_in_id;
        client.renew_service_account(&id, &request).await
    });
    out.one(&renewed.await?, lines)?;
    Ok(Done::All)
}

impl RenewArgs {
    async fn credential(&self, context: Context<'_>) -> Result<Option<NewCredential>, Failure> {
        if let Some(certificate) = &self.certificate {
            return Ok(Some(NewCredential::Certificate {
                certificate: certificate.clone(),
            }));
        }
        if let Some(pfx) = self.pfx.read(context).await? {
            return Ok(Some(NewCredential::Pfx(pfx)));
        }
        let generated = self.key.map(|key| NewCertificate {
            name: None,
            subject: None,
            key_bits: key.bits(),
            valid_days: self.valid_days.unwrap_or(VALID_DAYS),
        });
        Ok(generated.map(NewCredential::GenerateCertificate))
    }
}
