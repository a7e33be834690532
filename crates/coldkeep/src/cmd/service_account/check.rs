//! `coldkeep service-account check`.

use super::renew::{place_of, with_known_sign_in};
use crate::{
    cmd::{
        Context,
        sign_in::{SignInArgs, sign_in},
        view::show_check,
    },
    failure::Outcome,
};
use clap::Args;
use coldkeep_api::CheckServiceAccount;

#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Its name or id
    pub service_account: String,
    /// Sign in, and also compare Entra and Azure with Coldkeep's records
    #[arg(long)]
    pub by_sign_in: bool,
    #[command(flatten)]
    pub sign_in: SignInArgs,
}

pub async fn check_service_account(args: CheckArgs, context: Context<'_>) -> Outcome {
    let account = context.client.show_service_account(&args.service_account).await?;
    let id = account.id.to_string();
    let place = place_of(&account, &args.sign_in);
    let signed_in = match args.by_sign_in {
        true => {
            let tenant = place.tenant.clone();
            Some(sign_in(context, place.cloud, tenant, place.args).await?.id)
        }
        false => None,
    };
    let checked = with_known_sign_in(context, &place, signed_in, async |sign_in_id| {
        let how = CheckServiceAccount { sign_in_id };
        context.client.check_service_account_with(&id, &how).await
    });
    show_check(context, &checked.await?)
}
