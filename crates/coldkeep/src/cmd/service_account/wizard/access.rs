//! The steps about who signs in, and which permission sets are granted.

use super::{
    Guide,
    prompts::{Asked, Turn, choose, say},
};
use crate::cmd::sign_in::{How, SignInArgs, sign_in};
use clap::ValueEnum;
use coldkeep_core::{
    permission::{GrantWish, PermissionSet},
    resource::ResourceId,
    wizard::{Answer, SignedIn},
};

impl Guide<'_> {
    pub(super) async fn ask_sign_in(&mut self) -> Asked<Answer> {
        let answers = self.wizard.answers();
        if let Some(before) = &answers.sign_in {
            let keep = format!("Go on as {}", before.user_principal_name);
            let items = [
                (true, keep, String::new()),
                (false, "Sign in again".to_owned(), String::new()),
            ];
            if choose("Somebody is signed in already.", &items, Some(&true))? {
                return Ok(Answer::SignIn(before.clone()));
            }
        }
        let cloud = answers
            .connection
            .as_ref()
            .map(|c| c.cloud.clone())
            .unwrap_or_default();
        let tenant = answers.existing().map(|a| a.tenant.clone());
        let ways: Vec<_> = How::value_variants()
            .iter()
            .filter_map(|how| {
                let value = how.to_possible_value()?;
                let label = value.get_help().map(ToString::to_string).unwrap_or_default();
                Some((*how, label, value.get_name().to_owned()))
            })
            .collect();
        let way = choose("How do you want to sign in?", &ways, Some(&self.sign_in.sign_in))?;
        let args = SignInArgs {
            sign_in: way,
            client_id: self.sign_in.client_id.clone(),
        };
        let signed_in = sign_in(self.context, &cloud, tenant, &args).await?;
        Ok(Answer::SignIn(SignedIn {
            sign_in_id: signed_in.id,
            cloud,
            tenant_id: signed_in.tenant_id.unwrap_or_default(),
            user_principal_name: signed_in.user_principal_name.unwrap_or_default(),
        }))
    }

    /// Permission set by permission set, until whoever is asked says that it is enough.
    pub(super) async fn ask_grants(&self) -> Asked<Answer> {
        let mut grants = self.wizard.answers().grants.clone().unwrap_or_default();
        say("By default grant only the containers that the jobs will use.")?;
        loop {
            let Some(set) = choose_set(&grants)? else {
                return Ok(Answer::Grants(grants));
            };
            let before: Vec<_> = of_set(&grants, set);
            match self.ask_scopes(set, &before).await {
                Ok(scopes) => {
                    grants.retain(|g| g.permission_set != set);
                    grants.extend(scopes.into_iter().map(|scope| GrantWish {
                        permission_set: set,
                        scope,
                    }));
                }
                // Back to the list of sets, not to the step before.
                Err(Turn::Back) => {}
                Err(other) => return Err(other),
            }
        }
    }
}

fn of_set(grants: &[GrantWish], set: PermissionSet) -> Vec<ResourceId> {
    let own = grants.iter().filter(|g| g.permission_set == set);
    own.map(|g| g.scope.clone()).collect()
}

/// A permission set to grant, or none: it is enough.
fn choose_set(grants: &[GrantWish]) -> Asked<Option<PermissionSet>> {
    let mut items: Vec<_> = PermissionSet::ALL
        .iter()
        .map(|set| {
            let places = grants.iter().filter(|g| g.permission_set == *set).count();
            let label = match places {
                0 => set.word().to_owned(),
                1 => format!("{set} (at 1 place)"),
                _ => format!("{set} (at {places} places)"),
            };
            (Some(*set), label, set.purpose().to_owned())
        })
        .collect();
    let enough = match grants.len() {
        0 => "Nothing (rights can be granted later)".to_owned(),
        _ => "That is all".to_owned(),
    };
    items.insert(0, (None, enough, String::new()));
    choose("What shall it be allowed?", &items, None)
}
