//! Where to look, and where a permission set is granted: chosen from what the signed-in person sees, or named by its id.

use super::{
    Guide,
    prompts::{PromptResult, choose, choose_many, say, text},
};
use crate::print::fix;
use coldkeep_api::SeenStorageAccount;
use coldkeep_core::{
    id::SignInId,
    onboarding,
    permission::{GrantRequest, PermissionSet},
    resource::ResourceId,
    wizard::Answer,
};

impl Guide<'_> {
    pub(super) async fn ask_subscriptions(&self) -> PromptResult<Answer> {
        let seen = self.context.client.list_subscriptions(self.sign_in_id()).await?;
        if seen.is_empty() {
            say(
                "No subscription is visible to the signed-in user, so storage accounts have to be named by \
                 their resource ids.",
            )?;
            self.say_lacks(&[]).await?;
            return Ok(Answer::Subscriptions(vec![]));
        }
        let items: Vec<_> = seen
            .iter()
            .map(|s| {
                let state = match s.state.as_str() {
                    "Enabled" => String::new(),
                    other => format!(", {other}"),
                };
                (s.id.clone(), s.name.clone(), format!("{}{state}", s.id))
            })
            .collect();
        let before = self.wizard.answers().subscriptions.clone().unwrap_or_default();
        let chosen = choose_many(
            "Search which subscriptions for storage accounts? This grants nothing. (space selects)",
            &items,
            &before,
        )?;
        self.say_lacks(&chosen).await?;
        Ok(Answer::Subscriptions(chosen))
    }

    fn sign_in_id(&self) -> SignInId {
        let signed_in = self.wizard.answers().sign_in.as_ref();
        // The machine asks for these places only behind the sign-in.
        signed_in.map_or_else(SignInId::new, |s| s.sign_in_id)
    }

    /// Where one permission set is granted; `before` is what was chosen earlier.
    pub(super) async fn ask_scopes(
        &self,
        set: PermissionSet,
        before: &[ResourceId],
    ) -> PromptResult<Vec<ResourceId>> {
        let subscriptions = self.wizard.answers().subscriptions.clone().unwrap_or_default();
        if !subscriptions.is_empty() && smallest(set) == SmallestScope::Subscription {
            return choose_subscriptions(set, &subscriptions, before);
        }
        let accounts = match subscriptions.is_empty() {
            true => vec![],
            false => {
                let client = self.context.client;
                client
                    .list_storage_accounts(self.sign_in_id(), &subscriptions)
                    .await?
            }
        };
        let mut items: Vec<_> = accounts.iter().map(account_item).collect();
        items.push((None, "Enter its resource id".to_owned(), String::new()));
        let account = match items.len() {
            1 => None,
            _ => choose(&format!("{set}: in which storage account?"), &items, None)?,
        };
        let Some(account) = account else {
            let scope = ask_id(set, before.first())?;
            return Ok(merge_scopes(before, |s| *s == scope, vec![scope.clone()]));
        };
        if smallest(set) == SmallestScope::Account {
            return Ok(merge_scopes(before, |s| *s == account, vec![account.clone()]));
        }
        self.ask_containers(set, &account, before).await
    }

    async fn ask_containers(
        &self,
        set: PermissionSet,
        account: &ResourceId,
        before: &[ResourceId],
    ) -> PromptResult<Vec<ResourceId>> {
        let seen = self
            .context
            .client
            .list_containers(self.sign_in_id(), account)
            .await?;
        if seen.is_empty() {
            say("This storage account has no containers, or they are not visible to the signed-in user.")?;
            let scope = ask_id(set, None)?;
            return Ok(merge_scopes(before, |s| *s == scope, vec![scope.clone()]));
        }
        let items: Vec<_> = seen
            .iter()
            .map(|c| (c.id.0.clone(), c.name.clone(), String::new()))
            .collect();
        let marked: Vec<String> = seen
            .iter()
            .filter(|c| before.contains(&c.id))
            .map(|c| c.id.0.clone())
            .collect();
        let chosen = choose_many(
            &format!("{set}: which containers? (space selects)"),
            &items,
            &marked,
        )?;
        let chosen = chosen.into_iter().map(ResourceId).collect();
        Ok(merge_scopes(before, |s| account.contains(s), chosen))
    }
}

/// The smallest scope at which the service knows a permission set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SmallestScope {
    Container,
    Account,
    Subscription,
}

fn smallest(set: PermissionSet) -> SmallestScope {
    let knows = |scope: ResourceId| onboarding::role_for(&grant(set, &scope)).is_ok();
    let container = ResourceId::container("s", "g", "a", "c");
    let account =
        ResourceId("/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a".into());
    if knows(container) {
        SmallestScope::Container
    } else if knows(account) {
        SmallestScope::Account
    } else {
        SmallestScope::Subscription
    }
}

fn grant(set: PermissionSet, scope: &ResourceId) -> GrantRequest {
    GrantRequest::new(set, scope.clone())
}

/// The scopes of before but for those that were asked about again, and the new ones.
fn merge_scopes(
    before: &[ResourceId],
    asked_again: impl Fn(&ResourceId) -> bool,
    chosen: Vec<ResourceId>,
) -> Vec<ResourceId> {
    let mut scopes: Vec<ResourceId> = before.iter().filter(|s| !asked_again(s)).cloned().collect();
    scopes.extend(chosen);
    scopes
}

fn account_item(account: &SeenStorageAccount) -> (Option<ResourceId>, String, String) {
    let hint = format!("{}, {}", account.location, account.sku);
    (Some(account.id.clone()), account.name.clone(), hint)
}

fn choose_subscriptions(
    set: PermissionSet,
    subscriptions: &[String],
    before: &[ResourceId],
) -> PromptResult<Vec<ResourceId>> {
    let items: Vec<_> = subscriptions
        .iter()
        .map(|id| (format!("/subscriptions/{id}"), id.clone(), String::new()))
        .collect();
    let marked: Vec<String> = before.iter().map(|s| s.0.clone()).collect();
    let question = format!("{set}: in which subscriptions? (space selects)");
    let chosen = choose_many(&question, &items, &marked)?;
    Ok(chosen.into_iter().map(ResourceId).collect())
}

fn ask_id(set: PermissionSet, offered: Option<&ResourceId>) -> PromptResult<ResourceId> {
    let fits = move |given: &String| {
        format!("{set}={}", given.trim())
            .parse::<GrantRequest>()
            .and_then(|request| onboarding::role_for(&request).map(drop))
            .map_err(|problem| fix::problem_text(&problem))
    };
    let what = match smallest(set) {
        SmallestScope::Container => "a container",
        SmallestScope::Account => "a storage account",
        SmallestScope::Subscription => "a subscription",
    };
    let question = format!("{set}: where? (the resource id of {what})");
    let scope = text(&question, offered.map(|s| s.0.as_str()), false, fits)?;
    Ok(ResourceId(scope))
}
