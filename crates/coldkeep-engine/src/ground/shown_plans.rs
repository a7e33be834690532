//! The plans that this process showed last, so that a refusal can tell how a later one differs.

use coldkeep_api::PlanDigest;
use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

/// The number of plans that are remembered.
const PLANS_MAX: usize = 64;

/// Plans by their digests.
#[derive(Debug)]
pub(crate) struct ShownPlans<P>(Mutex<VecDeque<(PlanDigest, P)>>);

impl<P> Default for ShownPlans<P> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<P: Clone> ShownPlans<P> {
    pub(crate) fn remember(&self, digest: &PlanDigest, plan: &P) {
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        plans.retain(|(known, _)| known != digest);
        plans.push_back((digest.clone(), plan.clone()));
        if plans.len() > PLANS_MAX {
            plans.pop_front();
        }
    }

    pub(crate) fn find(&self, digest: &PlanDigest) -> Option<P> {
        let plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = plans.iter().find(|(known, _)| known == digest);
        found.map(|(_, plan)| plan.clone())
    }
}
