//! Grants whose permission set has changed since, with the command that updates them.

use super::{proof, prove::shown};
use coldkeep_core::{
    Code, fix,
    onboarding::outdated,
    problem::{Field, Verb},
    service_account::{Proof, ProofOutcome, ServiceAccount},
};

pub(super) fn outdated_proofs(account: &ServiceAccount) -> Vec<Proof> {
    let all = outdated(account);
    let told = all.iter().map(|old| {
        let grant = old.grant;
        proof(
            format!("{} at {}: role", grant.permission_set, shown(&grant.scope)),
            ProofOutcome::Ok,
            format!("The set's permissions changed ({}).", old.words()),
        )
        .coded(Code::RoleOutdated)
        .with_fix(fix![
            "Move it to the new role: ",
            Verb::ServiceAccountEdit
                .of(&account.name)
                .with(Field::UpdateRoles),
            "."
        ])
    });
    told.collect()
}
