//! `coldkeep service-account remove`.

use super::renew::place_of;
use crate::{
    cmd::{
        Context,
        sign_in::{SignInArgs, sign_in, with_challenges},
    },
    failure::Failure,
    input,
    print::plain,
};
use clap::Args;
use coldkeep_core::{Kind, service_account::MadeObject};
use coldkeep_server::requests::RemoveServiceAccount;

#[derive(Debug, Args)]
pub struct RemoveArgs {
    pub service_account: String,
    /// Also take away the application, certificate and grants that Coldkeep made (somebody signs in)
    #[arg(long)]
    pub delete_objects: bool,
    #[command(flatten)]
    pub sign_in: SignInArgs,
}

pub async fn remove(args: RemoveArgs, context: Context<'_>) -> Result<(), Failure> {
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
    match context.client.remove_service_account(&id, &how).await {
        // Asked first without: nobody shall sign in for what is refused anyway.
        Err(problem) if problem.kind == Kind::Unauthenticated => {
            let place = place_of(&account, &args.sign_in);
            let signed_in = sign_in(context, place.cloud, place.tenant.clone(), place.args).await?;
            with_challenges(context, &place, signed_in.id, async |sign_in_id| {
                how.sign_in_id = Some(sign_in_id);
                context.client.remove_service_account(&id, &how).await
            })
            .await?;
        }
        asked => asked?,
    }
    context.out.remark(&format!(
        "The service account `{}` is removed.",
        plain(&account.name)
    ));
    Ok(())
}

fn object_row(object: &MadeObject) -> Vec<String> {
    let (what, id) = match object {
        MadeObject::Application { application_id, .. } => ("application", application_id),
        MadeObject::ServicePrincipal { object_id } => ("service principal", object_id),
        MadeObject::KeyCredential { key_id } => ("certificate of the application", key_id),
        MadeObject::Secret { name } => ("secret of the application", name),
        MadeObject::RoleDefinition { id } => ("role definition", id),
        MadeObject::RoleAssignment { id } => ("role assignment", id),
    };
    vec![what.into(), id.clone()]
}
