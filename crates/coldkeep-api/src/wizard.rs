//! Where the answers so far lead in the service-account wizard.

use coldkeep_core::wizard::{Standing, Step, Wizard};
use serde::{Deserialize, Serialize};

/// `POST /service-accounts/wizard`, of the answers so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WizardView {
    /// The step to answer next.
    pub step: Step,
    pub steps: Vec<WizardStep>,
}

/// A step, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WizardStep {
    pub step: Step,
    pub standing: Standing,
}

impl WizardView {
    /// Of a wizard that has gone as far as its answers lead.
    pub fn of(wizard: &Wizard) -> Self {
        let shown = |(step, standing)| WizardStep { step, standing };
        Self {
            step: wizard.step(),
            steps: wizard.standings().into_iter().map(shown).collect(),
        }
    }
}
