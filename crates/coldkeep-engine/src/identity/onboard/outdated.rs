//! Grants whose permission set has other rights since, told with the command that moves them over.

use super::{proof, prove::shown};
use coldkeep_core::{
    onboarding::outdated,
    service_account::{Proof, ProofOutcome, ServiceAccount},
};

pub(super) fn told(account: &ServiceAccount) -> Vec<Proof> {
    let all = outdated(account);
    let told = all.iter().map(|old| {
        let grant = old.grant;
        proof(
            format!("{} at {}: role", grant.permission_set, shown(&grant.scope)),
            ProofOutcome::Ok,
            format!(
                "The set's rights changed ({}): `coldkeep service-account edit {} --update-roles` moves it over.",
                old.words(),
                account.name
            ),
        )
    });
    told.collect()
}
