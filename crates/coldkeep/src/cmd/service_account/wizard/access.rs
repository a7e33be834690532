//! The steps about who signs in, and which permission sets are granted.

use super::{
    Guide,
    prompts::{PromptResult, Turn, choose, say, text, yes},
    typed,
};
use crate::cmd::{
    service_account::request::signed_in,
    sign_in::{AGAIN_MAX, SignInPlace, SignInWay, offered, sign_in, sign_in_again},
};
use crate::print::{fix, plain};
use clap::ValueEnum;
use coldkeep_api::Ability;
use coldkeep_core::{
    Problem,
    permission::{self, GrantRequest, PermissionSet},
    resource::ResourceId,
    wizard::Answer,
};

/// Under which name the grants of an unfinished page are kept.
const GRANTS: &str = "grants";

impl Guide<'_> {
    pub(super) async fn ask_sign_in(&mut self) -> PromptResult<Answer> {
        let answers = self.wizard.answers();
        if let Some(before) = &answers.sign_in {
            let keep = format!("Continue as {}", before.user_principal_name);
            let items = [
                (true, keep, String::new()),
                (false, "Sign in again".to_owned(), String::new()),
            ];
            if choose("A user is already signed in.", &items, Some(&true))? {
                return Ok(Answer::SignIn(before.clone()));
            }
        }
        let cloud = answers
            .connection
            .as_ref()
            .map(|c| c.cloud.clone())
            .unwrap_or_default();
        let tenant = self.tenant();
        let ways: Vec<_> = SignInWay::value_variants()
            .iter()
            .filter_map(|how| {
                let value = how.to_possible_value()?;
                let label = value.get_help().map(ToString::to_string).unwrap_or_default();
                Some((*how, label, value.get_name().to_owned()))
            })
            .collect();
        let way = match self.given.sign_in.take() {
            Some(way) => way,
            None => {
                let offered = offered(self.context, &self.sign_in);
                choose("How do you want to sign in?", &ways, Some(&offered))?
            }
        };
        self.sign_in.sign_in = Some(way);
        let sign_in = sign_in(self.context, &cloud, tenant, &self.sign_in).await?;
        Ok(Answer::SignIn(signed_in(&cloud, sign_in)))
    }

    /// The tenant to sign in to, where one is named.
    fn tenant(&self) -> Option<String> {
        let existing = self.wizard.answers().existing();
        existing.map(|a| a.tenant.clone()).or_else(|| self.tenant.clone())
    }

    /// Repeats the sign-in as a challenge requires, so that the page can be tried again; none: it is no challenge.
    pub(super) async fn sign_in_again(&mut self, problem: &Problem) -> Option<PromptResult<()>> {
        if problem.challenge.is_none() || self.signed_in_again >= AGAIN_MAX {
            return None;
        }
        self.signed_in_again += 1;
        let before = self.wizard.answers().sign_in.clone();
        let cloud = self.wizard.answers().connection.as_ref()?.cloud.clone();
        let place = SignInPlace {
            cloud: &cloud,
            tenant: before.map(|s| s.tenant_id).or_else(|| self.tenant()),
            args: &self.sign_in,
        };
        let again = sign_in_again(self.context, &place, problem).await;
        Some(again.map_err(Turn::from).and_then(|done| {
            let answer = signed_in(&cloud, done);
            Ok(self.wizard.signed_in_again(answer)?)
        }))
    }

    /// Permission set by permission set, until the user needs no more.
    pub(super) async fn ask_grants(&mut self) -> PromptResult<Answer> {
        // Those of a page that was left unfinished, else those of the last answer.
        let earlier = typed::recall(GRANTS).and_then(|text| serde_json::from_str(&text).ok());
        let before = || self.wizard.answers().grants.clone().unwrap_or_default();
        let mut grants: Vec<GrantRequest> = earlier.unwrap_or_else(before);
        say("Grant only the containers that the jobs will use, unless you need more.")?;
        loop {
            let Some(set) = choose_set(&grants)? else {
                return Ok(Answer::Grants(grants));
            };
            let before: Vec<_> = of_set(&grants, set);
            match self.ask_scopes(set, &before).await {
                Ok(scopes) => {
                    if !self.width_is_meant(set, &scopes)? {
                        continue;
                    }
                    match ask_folders(set, scopes, &grants) {
                        Ok(new) => {
                            grants.retain(|g| g.permission_set != set);
                            grants.extend(new);
                            typed::remember(GRANTS, &serde_json::to_string(&grants).unwrap_or_default());
                        }
                        Err(Turn::Back) => {}
                        Err(other) => return Err(other),
                    }
                }
                // Back to the list of sets, not to the step before.
                Err(Turn::Back) => {}
                Err(other) => return Err(other),
            }
        }
    }
}

impl Guide<'_> {
    /// Whole subscriptions and resource groups need a yes of their own.
    fn width_is_meant(&mut self, set: PermissionSet, scopes: &[ResourceId]) -> PromptResult<bool> {
        let grants: Vec<_> = scopes
            .iter()
            .map(|scope| GrantRequest::new(set, scope.clone()))
            .collect();
        let wide: Vec<_> = permission::wide(&grants).map(|g| g.scope.0.as_str()).collect();
        if wide.is_empty() {
            return Ok(true);
        }
        let question = format!(
            "{} is wider than one container. Grant access to all of it?",
            wide.join(", ")
        );
        let meant = yes(&question, false)?;
        self.allowed.wide_scope |= meant;
        Ok(meant)
    }

    /// The missing permissions of the signed-in user, shown before any choice that needs them.
    pub(super) async fn say_lacks(&self, subscriptions: &[String]) -> PromptResult<()> {
        let answers = self.wizard.answers();
        let Some(signed_in) = &answers.sign_in else {
            return Ok(());
        };
        let scopes: Vec<_> = subscriptions
            .iter()
            .map(|id| ResourceId(format!("/subscriptions/{id}")))
            .collect();
        let application = answers.existing().map(|a| a.application_id.as_str());
        let client = self.context.client;
        let may = client
            .show_capabilities(signed_in.sign_in_id, &scopes, application)
            .await?;
        let mut lacks = Vec::new();
        if application.is_none() && may.register_applications == Ability::No {
            lacks.push("register applications in this tenant".to_owned());
        }
        if may.add_keys == Some(Ability::No) && answers.certificate.is_some() {
            lacks.push("add a certificate to this application".to_owned());
        }
        for at in &may.scopes {
            if at.assign_roles == Ability::No {
                lacks.push(format!("assign roles in {} as a whole", at.scope));
            }
            if at.define_roles == Ability::No {
                lacks.push(format!("create custom roles in {}", at.scope));
            }
        }
        if !lacks.is_empty() {
            say(format!(
                "{} is not allowed to:\n- {}",
                plain(&may.signed_in_as),
                lacks.join("\n- ")
            ))?;
        }
        if let Some(policy) = may.credential_policy {
            let allowed = policy.restrictions();
            if !allowed.is_empty() {
                say(format!(
                    "The tenant's policy `{}` allows:\n- {}",
                    plain(&policy.name),
                    allowed.join("\n- ")
                ))?;
            }
        }
        Ok(())
    }
}

/// The target's folder in each place, for a set that is confined to one; an empty answer is the whole container.
fn ask_folders(
    set: PermissionSet,
    scopes: Vec<ResourceId>,
    before: &[GrantRequest],
) -> PromptResult<Vec<GrantRequest>> {
    let mut grants = Vec::new();
    for scope in scopes {
        let request = GrantRequest::new(set, scope);
        if !set.takes_folder() {
            grants.push(request);
            continue;
        }
        let known = before
            .iter()
            .find(|g| g.permission_set == set && g.scope == request.scope)
            .and_then(|g| g.folder.clone());
        let fits = {
            let request = request.clone();
            move |folder: &String| {
                let checked = request.clone().in_folder(folder.trim());
                checked.map(drop).map_err(|problem| fix::problem_text(&problem))
            }
        };
        let container = request.scope.0.rsplit('/').next().unwrap_or_default();
        let question = format!("{set}: the target's folder in `{container}`? (empty: the whole container)");
        let folder = text(&question, known.as_deref(), true, fits)?;
        grants.push(request.in_folder(folder.trim())?);
    }
    Ok(grants)
}

fn of_set(grants: &[GrantRequest], set: PermissionSet) -> Vec<ResourceId> {
    let own = grants.iter().filter(|g| g.permission_set == set);
    own.map(|g| g.scope.clone()).collect()
}

/// A permission set to grant, or none: it is enough.
fn choose_set(grants: &[GrantRequest]) -> PromptResult<Option<PermissionSet>> {
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
        0 => "Nothing (permissions can be granted later)".to_owned(),
        _ => "No more permissions".to_owned(),
    };
    items.insert(0, (None, enough, String::new()));
    choose("Which permissions does it need?", &items, None)
}
