//! `repository check`: what is known of the storage account as a whole, and from where.

use super::check::{outcome_of, proof};
use crate::{data::DataWing, data::ledger::fetch_hierarchical};
use coldkeep_azure::blob::Container;
use coldkeep_core::{
    Kind, Problem,
    repository::Repository,
    service_account::{Proof, ProofOutcome},
};

const NAMESPACE: &str = "hierarchical namespace";

impl DataWing {
    pub(super) async fn check_account(
        &self,
        container: &Container,
        repository: &Repository,
    ) -> Result<Vec<Proof>, Problem> {
        let Some(facts) = self.ground.account_facts(repository).await? else {
            return Ok(vec![probe_namespace(container, repository).await]);
        };
        let mut found = vec![namespace(Some(facts.hierarchical))];
        let told = format!("{}, {}, as of {}", facts.sku, facts.kind, facts.read_at);
        found.push(match facts.check_tier(repository.tier) {
            Ok(()) => proof("redundancy and kind", ProofOutcome::Ok, told),
            Err(problem) => Proof::of_problem("redundancy and kind", ProofOutcome::Failed, problem),
        });
        if let Some(scope) = &facts.copy_scope {
            let detail = format!(
                "The account accepts copies only from {}: the service refuses copies from elsewhere.",
                copy_scope_words(scope)
            );
            found.push(proof("where copies can come from", ProofOutcome::Ok, detail));
        }
        Ok(found)
    }
}

/// The end of a sentence about from where an account takes copies.
pub(crate) fn copy_scope_words(scope: &str) -> String {
    match scope.to_ascii_lowercase().as_str() {
        "aad" => "storage accounts of its own tenant".to_owned(),
        "privatelink" => "storage accounts with private links to the same network".to_owned(),
        _ => format!("the scope {scope}"),
    }
}

/// Without facts from a sign-in, the service is asked, or an existing blob shows it.
async fn probe_namespace(container: &Container, repository: &Repository) -> Proof {
    match fetch_hierarchical(container, &repository.prefix()).await {
        Ok(known) => namespace(known),
        Err(e) if e.kind() == Kind::Denied => proof(
            NAMESPACE,
            ProofOutcome::Unknown,
            "This credential is not allowed to read the container's properties.",
        ),
        Err(e) => Proof::of_problem(
            NAMESPACE,
            outcome_of(&e),
            e.problem("The container's properties cannot be read"),
        ),
    }
}

fn namespace(known: Option<bool>) -> Proof {
    match known {
        Some(true) => proof(
            NAMESPACE,
            ProofOutcome::Ok,
            "The account has one: it can be a source (without tags and versions), but not a target.",
        ),
        Some(false) => proof(NAMESPACE, ProofOutcome::Ok, "none"),
        None => proof(
            NAMESPACE,
            ProofOutcome::Unknown,
            "The service does not show it to this caller, and there is no blob yet to determine it from.",
        ),
    }
}
