//! `doctor`: everything that is or will soon be wrong, and the fix.

use crate::{
    Engine,
    ground::{
        clock_skew::judge_skew,
        findings::{finding, of_problem},
    },
};
use coldkeep_api::{Diagnosis, Finding, Level, ServiceAccountView};
use coldkeep_core::{
    Caller, Code, Timestamp, fix,
    onboarding::outdated,
    problem::{Field, Verb},
    renewal::{check_own_right, days_left, due_to_go, warning_due},
    repository::Repository,
    sas::SasEnd,
    service_account::{Credential, ServiceAccount, State},
};
use futures::future::join_all;
use std::time::Duration;

/// A cloud that is silent for so long is not waited for.
const CLOUD_WITHIN: Duration = Duration::from_secs(30);
/// A credential that expires within this many days is wrong, not only soon.
const URGENT_DAYS: i64 = 7;

impl Engine {
    /// Looks at everything; changes nothing. What is worst comes first.
    pub async fn doctor(&self, caller: Caller) -> Diagnosis {
        let (identity, data) = (self.identity(caller.clone()), self.data(caller));
        let now = self.ground().config.clock.now();
        let mut findings = self.look_at_master_key();
        match self.ground().store.list_service_accounts().await {
            Ok(accounts) => {
                for account in &accounts {
                    match identity.view_service_account(account.clone()).await {
                        Ok(view) => findings.extend(look_at_account(&view, now)),
                        Err(problem) => findings.push(of_problem(Level::Wrong, "database", &problem)),
                    }
                }
                findings.extend(self.look_at_clocks(&accounts).await);
            }
            Err(problem) => findings.push(of_problem(Level::Wrong, "database", &problem)),
        }
        match self.ground().store.list_repositories().await {
            Ok(repositories) => findings.extend(repositories.iter().filter_map(|r| look_at_sas(r, now))),
            Err(problem) => findings.push(of_problem(Level::Wrong, "database", &problem)),
        }
        findings.extend(data.look_at_targets().await);
        findings.sort_by_key(|f| f.level);
        Diagnosis {
            checked_at: now,
            ok: findings.iter().all(|f| f.level != Level::Wrong),
            findings,
        }
    }

    fn look_at_master_key(&self) -> Vec<Finding> {
        let key = self.ground().master_key();
        if !key.in_data_folder {
            return vec![];
        }
        vec![finding(
            Level::Warning,
            Code::MasterKeyInDataDir,
            "master key",
            format!(
                "It is in the data folder (`{}`): anyone who copies the folder can read every secret in it",
                key.file
            ),
            fix![
                "Exclude it from backups of the data folder, or create a new one elsewhere: ",
                Verb::SettingsRekey.any().with(Field::NewMasterKeyFile),
                "."
            ],
        )]
    }

    /// Tokens and proofs carry times: with a clock that is far off, every one of them is refused.
    async fn look_at_clocks(&self, accounts: &[ServiceAccount]) -> Vec<Finding> {
        let mut one_of_each: Vec<&ServiceAccount> = vec![];
        for account in accounts {
            if one_of_each.iter().all(|seen| seen.cloud != account.cloud) {
                one_of_each.push(account);
            }
        }
        // Each on its own clock: a cloud that is silent holds up none of the others.
        let looks = one_of_each.into_iter().map(|account| async move {
            let subject = format!("cloud {}", account.cloud);
            match tokio::time::timeout(CLOUD_WITHIN, self.ground().clock_skew_s(account)).await {
                Ok(Ok(skew_s)) => judge_skew(&subject, skew_s),
                Ok(Err(problem)) => Some(of_problem(Level::Unknown, &subject, &problem)),
                Err(_) => Some(finding(
                    Level::Unknown,
                    Code::ServiceUnavailable,
                    &subject,
                    format!("Entra did not respond within {} seconds", CLOUD_WITHIN.as_secs()),
                    "Check the network between this machine and Entra; a proxy or a firewall may drop the \
                     requests.",
                )),
            }
        });
        join_all(looks).await.into_iter().flatten().collect()
    }
}

/// What is under way, and stands still.
fn look_at_state(account: &ServiceAccountView, subject: &str) -> Option<Finding> {
    let name = &account.name;
    match account.state {
        State::Incomplete => Some(finding(
            Level::Wrong,
            Code::ServiceAccountIncomplete,
            subject,
            "It is unfinished",
            "Add it again with the same name to continue, or remove it.",
        )),
        State::Removing => Some(finding(
            Level::Wrong,
            Code::ServiceAccountBeingRemoved,
            subject,
            "Its removal is unfinished",
            fix![
                "Continue: ",
                Verb::ServiceAccountRemove.of(name).with(Field::DeleteObjects),
                "."
            ],
        )),
        State::Ready => None,
    }
}

fn look_at_account(account: &ServiceAccountView, now: Timestamp) -> Vec<Finding> {
    let subject = format!("service account {}", account.name);
    let name = &account.name;
    if let Some(unfinished) = look_at_state(account, &subject) {
        return vec![unfinished];
    }
    let mut findings: Vec<Finding> = look_at_end(account, &subject, now).into_iter().collect();
    if let Some(failure) = &account.upkeep.failure {
        let mut failed = of_problem(Level::Wrong, &subject, &failure.problem);
        failed.what = format!("The server's attempt on {} failed: {}", failure.at, failed.what);
        findings.push(failed);
    }
    if account.upkeep.renewal.is_some() {
        findings.push(finding(
            Level::Warning,
            Code::RenewalRunning,
            &subject,
            "A renewal is unfinished; the old credential is in use",
            fix![
                "Resume it: ",
                Verb::ServiceAccountRenew.of(name),
                "; or abandon it: ",
                Verb::ServiceAccountRenew.of(name).with(Field::Abandon),
                "."
            ],
        ));
    }
    // What another account of the application needs waits for that one.
    let stays = |key_id: &str| account.staying_keys.iter().any(|k| k.key_id == key_id);
    if due_to_go(account, now).iter().any(|old| !stays(&old.key_id)) {
        findings.push(finding(
            Level::Warning,
            Code::CredentialReplaced,
            &subject,
            "A replaced credential is still registered although its overlap period is over",
            fix![
                "Remove it: ",
                Verb::ServiceAccountRenew.of(name).with(Field::Retire),
                ". A running server removes it by itself."
            ],
        ));
    }
    findings.extend(outdated(account).iter().map(|old| {
        finding(
            Level::Warning,
            Code::RoleOutdated,
            &subject,
            format!(
                "The permissions of a permission set changed since it was granted ({})",
                old.words()
            ),
            fix![
                "Move it to the new role (this needs a sign-in): ",
                Verb::ServiceAccountEdit.of(name).with(Field::UpdateRoles),
                "."
            ],
        )
    }));
    findings
}

/// A signature that has expired opens nothing any more; only this warning comes in time.
fn look_at_sas(repository: &Repository, now: Timestamp) -> Option<Finding> {
    let name = &repository.name;
    let subject = format!("repository {name}");
    let new_one = Verb::RepositoryEdit.of(name).with(Field::Sas);
    let fix = fix!["Create a new one, and give it: ", new_one.clone(), "."];
    let in_days = |days| match days {
        0 => "within a day".to_owned(),
        1 => "in 1 day".to_owned(),
        _ => format!("in {days} days"),
    };
    let (level, code, what) = match SasEnd::of(&repository.access, now)? {
        SasEnd::Later { .. } => return None,
        SasEnd::Ended { at } => (
            Level::Wrong,
            Code::SasExpired,
            format!("Its shared access signature expired on {at}"),
        ),
        SasEnd::Soon { at, days_left } => (
            Level::Warning,
            Code::CredentialExpiresSoon,
            format!(
                "Its shared access signature expires {} ({at})",
                in_days(days_left)
            ),
        ),
        SasEnd::Unknown { stored_policy } => {
            let what = match stored_policy {
                Some(policy) => format!(
                    "The expiry of its shared access signature is not known here: the container's stored \
                     access policy `{policy}` sets it"
                ),
                None => "It is not known when its shared access signature expires".into(),
            };
            let fix = fix![
                "Check the policy in the portal (Access policy of the container). To give a new signature: ",
                new_one,
                "."
            ];
            return Some(finding(
                Level::Unknown,
                Code::CredentialEndUnknown,
                &subject,
                what,
                fix,
            ));
        }
    };
    Some(finding(level, code, &subject, what, fix))
}

fn look_at_end(account: &ServiceAccount, subject: &str, now: Timestamp) -> Option<Finding> {
    let (Some(days), Some(end)) = (days_left(account, now), account.credential.expires_at()) else {
        return Some(finding(
            Level::Unknown,
            Code::CredentialEndUnknown,
            subject,
            "It is not known when its secret expires",
            fix![
                "Ask Entra: ",
                Verb::ServiceAccountCheck.of(&account.name).with(Field::BySignIn),
                "."
            ],
        ));
    };
    warning_due(days)?;
    let what = match &account.credential {
        Credential::Certificate { .. } => "certificate",
        Credential::Secret { .. } => "secret",
    };
    let told = match days {
        i64::MIN..0 => format!("Its {what} expired on {end}"),
        0 => format!("Its {what} expires within a day ({end})"),
        1 => format!("Its {what} expires in 1 day ({end})"),
        _ => format!("Its {what} expires in {days} days ({end})"),
    };
    let level = if days <= URGENT_DAYS {
        Level::Wrong
    } else {
        Level::Warning
    };
    let renew = fix!["Replace it: ", Verb::ServiceAccountRenew.of(&account.name), "."];
    let fix = match (check_own_right(account, now), account.upkeep.auto_renew_days) {
        (Ok(()), Some(ahead)) => renew.then(format!(
            "A running server renews it automatically {ahead} days before it expires."
        )),
        (Ok(()), None) => renew.then("Automatic renewal is off."),
        (Err(problem), _) => renew.then(format!("This needs a sign-in. {}.", problem.what)),
    };
    let code = if days < 0 {
        Code::CredentialExpired
    } else {
        Code::CredentialExpiresSoon
    };
    Some(finding(level, code, subject, told, fix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use coldkeep_core::{id::RepositoryId, repository::Access};

    #[test]
    fn the_end_of_a_signature_is_warned_about_and_an_unseen_one_is_said_to_be_unknown() {
        let now: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
        let look = |expires_at: Option<&str>, stored_policy: Option<&str>| {
            let repository = Repository {
                id: RepositoryId::new(),
                name: "offsite".into(),
                cloud: "c".into(),
                account: "a".into(),
                endpoint: None,
                container: "d".into(),
                folder: String::new(),
                tier: None,
                access: Access::Sas {
                    starts_at: None,
                    expires_at: expires_at.map(|t| t.parse().unwrap()),
                    stored_policy: stored_policy.map(Into::into),
                },
                created_at: now,
            };
            look_at_sas(&repository, now)
        };
        assert_eq!(look(Some("2027-01-01T00:00:00Z"), None), None);
        let new_one = Verb::RepositoryEdit.of("offsite").with(Field::Sas);
        for (end, policy, level, code) in [
            (
                Some("2026-12-02T12:00:00Z"),
                None,
                Level::Warning,
                Code::CredentialExpiresSoon,
            ),
            (Some("2026-11-30T11:00:00Z"), None, Level::Wrong, Code::SasExpired),
            (None, Some("nightly"), Level::Unknown, Code::CredentialEndUnknown),
            (None, None, Level::Unknown, Code::CredentialEndUnknown),
        ] {
            let found = look(end, policy).unwrap();
            assert_eq!(
                (found.level, found.code, found.subject.as_str()),
                (level, code, "repository offsite")
            );
            assert!(
                found.fix[0].actions().any(|action| *action == new_one),
                "{found:?}"
            );
            assert_eq!(policy.is_some(), found.what.contains("`nightly`"), "{found:?}");
        }
    }
}
