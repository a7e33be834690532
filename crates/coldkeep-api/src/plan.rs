//! The plan of a change in Entra and Azure, object by object, and the digest that says which plan was agreed to.

use coldkeep_core::{Fix, hash::Sha256Digest};
use serde::{Deserialize, Serialize};

/// What would be created, object by object and permission by permission, before anything is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnboardingPlan {
    /// Who would do it.
    #[serde(default)]
    pub signed_in_as: Option<String>,
    pub tenant_id: String,
    /// The service account's name, or the one that it will get.
    #[serde(default)]
    pub name: String,
    pub steps: Vec<OnboardingStep>,
    /// For people: what could not be found out beforehand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<Fix>,
    /// Of the tenant, the name and the steps. A request that carries it is refused where the plan is another one by then.
    #[serde(default)]
    pub digest: PlanDigest,
}

/// One object of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnboardingStep {
    pub action: StepAction,
    /// For people: `application`, `service principal`, `certificate`, `role definition`, `role assignment`, `access`.
    pub object: String,
    /// For people: which one, where.
    pub detail: String,
    /// The rights it gives, for role definitions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rights: Vec<String>,
}

/// What happens to the object of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepAction {
    Create,
    /// Nothing: it is there already and is used.
    Exists,
    /// The new credential or permission is tried out.
    Check,
    Change,
    Remove,
    /// Nothing, although it would be expected to be removed; `detail` gives the reason.
    Keep,
}

impl StepAction {
    /// The word that documents and tables have for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Exists => "exists",
            Self::Check => "check",
            Self::Change => "change",
            Self::Remove => "remove",
            Self::Keep => "keep",
        }
    }
}

impl OnboardingStep {
    /// A step that gives no rights.
    pub fn new(action: StepAction, object: &str, detail: String) -> Self {
        Self {
            action,
            object: object.into(),
            detail,
            rights: vec![],
        }
    }
}

/// Identifies a plan: 64 hexadecimal digits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanDigest(pub String);

impl From<Sha256Digest> for PlanDigest {
    fn from(hash: Sha256Digest) -> Self {
        Self(hash.to_string())
    }
}

/// How a plan differs from the one that was agreed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanDifference {
    /// Steps that were not confirmed.
    pub new: Vec<OnboardingStep>,
    /// Steps that were agreed to and are not in the plan any more.
    pub gone: Vec<OnboardingStep>,
}

impl OnboardingPlan {
    /// The plan with the digest of its content. The signed-in user, and what is not known, are no part of that.
    #[must_use]
    pub fn digested(mut self) -> Self {
        let said = serde_json::json!([self.tenant_id, self.name, self.steps]);
        let hash = Sha256Digest::of(said.to_string().as_bytes());
        self.digest = hash.into();
        self
    }

    /// How this plan differs from an earlier one.
    pub fn difference_from(&self, agreed: &OnboardingPlan) -> PlanDifference {
        let beyond = |these: &[OnboardingStep], those: &[OnboardingStep]| {
            let mut those = those.to_vec();
            let mut left = Vec::new();
            for step in these {
                match those.iter().position(|other| other == step) {
                    Some(at) => drop(those.remove(at)),
                    None => left.push(step.clone()),
                }
            }
            left
        };
        PlanDifference {
            new: beyond(&self.steps, &agreed.steps),
            gone: beyond(&agreed.steps, &self.steps),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(detail: &str) -> OnboardingStep {
        OnboardingStep::new(StepAction::Create, "role assignment", detail.into())
    }

    fn plan(steps: &[OnboardingStep]) -> OnboardingPlan {
        OnboardingPlan {
            signed_in_as: None,
            tenant_id: "t".into(),
            name: "north".into(),
            steps: steps.to_vec(),
            unknown: vec![],
            digest: PlanDigest::default(),
        }
        .digested()
    }

    #[test]
    fn plans_that_do_the_same_have_one_digest_whoever_would_carry_them_out() {
        let one = plan(&[step("a")]);
        let other = OnboardingPlan {
            signed_in_as: Some("ann".into()),
            unknown: vec!["Something.".into()],
            ..one.clone()
        };
        assert_eq!(other.digested().digest, one.digest);
        assert_eq!(one.digest.0.len(), 64);
        for changed in [
            plan(&[OnboardingStep {
                action: StepAction::Exists,
                ..step("a")
            }]),
            plan(&[step("b")]),
            plan(&[step("a"), step("a")]),
            OnboardingPlan {
                tenant_id: "u".into(),
                ..one.clone()
            }
            .digested(),
        ] {
            assert_ne!(changed.digest, one.digest, "{changed:?}");
        }
    }

    #[test]
    fn a_difference_names_each_step_that_came_or_went() {
        let (a, b, c) = (step("a"), step("b"), step("c"));
        let agreed = plan(&[a.clone(), a.clone(), b.clone()]);
        let now = plan(&[a.clone(), c.clone()]);
        let difference = now.difference_from(&agreed);
        assert_eq!(difference.new, [c]);
        assert_eq!(difference.gone, [a, b]);
    }
}
