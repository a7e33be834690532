//! `coldkeep service-account remove`.

use super::{
    plan::{PLAN_HEADERS, agreed, show_plan, step_row},
    renew::place_of,
};
use crate::{
    cmd::{
        Context,
        plan_digest::confirm_plan,
        sign_in::{SignInArgs, sign_in, with_challenges},
    },
    failure::Failure,
    print::plain,
};
use clap::Args;
use coldkeep_api::RemoveServiceAccount;
use coldkeep_core::Kind;

#[derive(Debug, Args)]
pub struct RemoveArgs {
    pub service_account: String,
    /// Also delete the application, certificate and grants that Coldkeep created (needs a sign-in)
    #[arg(long)]
    pub delete_objects: bool,
    #[command(flatten)]
    pub sign_in: SignInArgs,
    /// Show what would be removed and what would be kept, and why; remove nothing
    #[arg(long)]
    pub plan: bool,
    /// Carry out exactly the plan with this digest (`--plan` shows it), without asking; refuse if the plan
    /// has changed
    #[arg(long, value_name = "DIGEST", conflicts_with = "plan")]
    pub plan_digest: Option<String>,
}

pub async fn remove(args: RemoveArgs, context: Context<'_>) -> Result<(), Failure> {
    let Context { client, out, .. } = context;
    let account = client.show_service_account(&args.service_account).await?;
    let name = plain(&account.name);
    let id = account.id.to_string();
    let mut how = RemoveServiceAccount {
        delete_objects: args.delete_objects,
        sign_in_id: None,
        plan_digest: None,
    };
    let plan = match args.delete_objects || args.plan || args.plan_digest.is_some() {
        true => Some(client.plan_service_account_removal(&id, &how).await?),
        false => None,
    };
    if let Some(plan) = plan.as_ref().filter(|_| args.plan) {
        return show_plan(context, plan);
    }
    how.plan_digest = plan.as_ref().map(|plan| agreed(&args.plan_digest, plan));
    let steps = plan.map(|plan| plan.steps).unwrap_or_default();
    if !steps.is_empty() {
        out.tell(&format!(
            "Objects that Coldkeep created for the service account `{name}`:"
        ));
        out.table_beside(&PLAN_HEADERS, steps.iter().map(step_row));
    }
    let question = match (args.delete_objects, steps.is_empty()) {
        (true, false) => format!("Remove `{name}` here, and in Entra and Azure as listed?"),
        (true, true) => format!("Remove `{name}` here? Coldkeep created nothing for it in Entra and Azure."),
        (false, _) => format!("Remove `{name}` here and change nothing in Entra and Azure?"),
    };
    confirm_plan(context, args.plan_digest.as_deref(), &question)?;
    let removed = match client.remove_service_account(&id, &how).await {
        // Asked first without a sign-in: no sign-in is needed to find out that it is refused.
        Err(problem) if problem.kind == Kind::Unauthenticated => {
            let place = place_of(&account, &args.sign_in);
            let signed_in = sign_in(context, place.cloud, place.tenant.clone(), place.args).await?;
            let removed = with_challenges(context, &place, signed_in.id, async |sign_in_id| {
                how.sign_in_id = Some(sign_in_id);
                let removed = client.remove_service_account(&id, &how).await;
                // It has begun: what is left of it is another plan.
                how.plan_digest = None;
                removed
            });
            removed.await?.0
        }
        asked => asked?,
    };
    let surprises = removed.stays.iter().filter(|step| !steps.contains(step));
    for step in surprises {
        out.tell(&plain(&format!("note: The {} {}.", step.object, step.detail)));
    }
    if !args.delete_objects {
        out.remark("The objects that Coldkeep created for it in Entra and Azure are kept.");
    }
    out.remark(&format!("The service account `{name}` is removed."));
    Ok(())
}
