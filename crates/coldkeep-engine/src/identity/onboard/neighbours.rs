//! The other service accounts, as far as they matter to what one of them removes, and how that is shown.

use super::der_of;
use crate::identity::IdentityWing;
use coldkeep_api::{OnboardingPlan, OnboardingStep, PlanDigest, RemoveServiceAccount, StepAction};
use coldkeep_azure::graph::key_id;
use coldkeep_core::{
    Problem,
    repository::Access,
    resource::same_id,
    service_account::{Credential, MadeObject, ServiceAccount},
    sharing::{self, Departure, Neighbour, same_application},
};

impl IdentityWing {
    /// Every other service account, with the keys it uses of this one's application and what it opens.
    pub(crate) async fn neighbours(&self, account: &ServiceAccount) -> Result<Vec<Neighbour>, Problem> {
        let repositories = self.ground.store.list_repositories().await?;
        let mut found = vec![];
        for other in self.ground.store.list_service_accounts().await? {
            if other.id == account.id {
                continue;
            }
            let opened = |access: &Access| matches!(access, Access::ServiceAccount { service_account_id } if *service_account_id == other.id);
            let opens = repositories
                .iter()
                .filter(|r| opened(&r.access))
                .map(|r| (r.account.clone(), r.container.clone()))
                .collect();
            let key_ids = match &account.application_object_id {
                Some(object_id) if same_application(account, &other) => {
                    self.key_ids(object_id, &other).await?
                }
                _ => vec![],
            };
            found.push(Neighbour {
                account: other,
                key_ids,
                opens,
            });
        }
        Ok(found)
    }

    /// Under which ids Coldkeep registers the certificates that an account uses or is about to use.
    async fn key_ids(&self, object_id: &str, account: &ServiceAccount) -> Result<Vec<String>, Problem> {
        let renewal = account.upkeep.renewal.iter().map(|r| &r.credential);
        let mut ids = vec![];
        for credential in std::iter::once(&account.credential).chain(renewal) {
            if let Credential::Certificate { certificate_id, .. } = credential {
                let stored = self.ground.store.load_certificate(*certificate_id).await?;
                ids.extend(
                    stored
                        .as_ref()
                        .and_then(der_of)
                        .map(|der| key_id(object_id, &der)),
                );
            }
        }
        Ok(ids)
    }

    /// Which of these objects go and which stay, in order.
    pub(crate) async fn plan_departures(
        &self,
        account: &ServiceAccount,
        objects: Vec<MadeObject>,
    ) -> Result<Vec<Departure>, Problem> {
        let others = self.neighbours(account).await?;
        let now = self.ground.config.clock.now();
        Ok(sharing::plan_removal(account, objects, &others, now))
    }

    /// What removing the account would remove and what would stay, with the reason; changes nothing.
    pub async fn plan_service_account_removal(
        &self,
        key: &str,
        how: &RemoveServiceAccount,
    ) -> Result<OnboardingPlan, Problem> {
        Ok(self.show_plan(self.list_removal_steps(key, how).await?))
    }

    pub(crate) async fn list_removal_steps(
        &self,
        key: &str,
        how: &RemoveServiceAccount,
    ) -> Result<OnboardingPlan, Problem> {
        let account = self.show_service_account(key).await?;
        self.refuse_used(&account).await?;
        let objects = match how.delete_objects {
            true => account.objects.clone(),
            false => vec![],
        };
        let departures = self.plan_departures(&account, objects).await?;
        let mut steps: Vec<OnboardingStep> = departures
            .iter()
            .map(|departure| shown_departure(&account, departure))
            .collect();
        if how.delete_objects {
            let others = self.neighbours(&account).await?;
            for id in &account.upkeep.made_certificates {
                let Some(certificate) = self.ground.store.load_certificate(*id).await? else {
                    continue;
                };
                let stays = sharing::certificate_needed(&account, *id, &others);
                let detail = format!("{} ({})", certificate.name, certificate.thumbprint_sha1);
                steps.push(shown(
                    "certificate in Coldkeep's store",
                    detail,
                    stays.map(|s| s.why).as_deref(),
                ));
            }
        }
        Ok(OnboardingPlan {
            signed_in_as: None,
            tenant_id: account.tenant_id.clone(),
            name: account.name.clone(),
            steps,
            unknown: vec![],
            digest: PlanDigest::default(),
        })
    }
}

/// One line of a plan: what goes, or stays and why.
pub(crate) fn shown_departure(account: &ServiceAccount, departure: &Departure) -> OnboardingStep {
    let (object, detail) = described(account, &departure.object);
    shown(object, detail, departure.stays.as_ref().map(|s| s.why.as_str()))
}

pub(crate) fn shown(object: &str, detail: String, stays: Option<&str>) -> OnboardingStep {
    let (action, detail) = match stays {
        None => (StepAction::Remove, detail),
        Some(why) => (StepAction::Keep, format!("{detail}: it is kept, {why}")),
    };
    OnboardingStep::new(action, object, detail)
}

/// What it is, and which one.
fn described(account: &ServiceAccount, object: &MadeObject) -> (&'static str, String) {
    let of_application = || format!("of the application {}", account.application_id);
    let or_unknown = |id: &String| match id.is_empty() {
        true => of_application(),
        false => id.clone(),
    };
    match object {
        MadeObject::Application { application_id, .. } if application_id.is_empty() => (
            "application",
            "if it was registered (the response was lost)".into(),
        ),
        MadeObject::Application { application_id, .. } => ("application", application_id.clone()),
        MadeObject::ServicePrincipal { object_id } => ("service principal", or_unknown(object_id)),
        MadeObject::KeyCredential { key_id } => ("certificate of the application", key_id.clone()),
        MadeObject::Secret { name } => ("secret of the application", name.clone()),
        MadeObject::RoleDefinition { id } => ("role definition", id.clone()),
        MadeObject::RoleAssignment { id } => {
            let mut grants = account.grants.iter();
            let grant = grants.find(|g| same_id(&g.assignment_id, id));
            let detail = match grant {
                Some(grant) => format!("{} at {}", grant.permission_set, grant.request().place()),
                None => id.clone(),
            };
            ("role assignment", detail)
        }
    }
}
