//! Use cases of a person's sign-in: by device code, in a browser, or with tokens from elsewhere. Tokens live in memory
//! only.

use crate::identity::IdentityWing;
use coldkeep_api::{BrowserAnswer, SignIn, SignInMethod, SignInState, SignInWithTokens, StartSignIn};
use coldkeep_azure::{
    AZURE_CLI_CLIENT_ID, Answered, Azure, BrowserSignIn, DeviceCode, Error, GivenTokens, Person, Poll,
};
use coldkeep_core::{Challenge, Kind, Problem, id::SignInId};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Any tenant's people may sign in, where nobody said which tenant.
const ANY_TENANT: &str = "organizations";

/// Names that stand for no single tenant.
const ANY_TENANTS: [&str; 3] = [ANY_TENANT, "common", "consumers"];

/// How long somebody may take in a browser.
const BROWSER_LIFE_S: i64 = 900;

/// Sign-ins of this process.
#[derive(Debug, Default)]
pub(crate) struct LiveSignIns(Mutex<HashMap<SignInId, SignInRecord>>);

#[derive(Debug, Clone)]
struct SignInRecord {
    shown: SignIn,
    person: Option<Person>,
    way: Way,
    /// The id of the tenant that was asked for, where one was.
    tenant_id: Option<String>,
}

/// What it takes to go on with it.
#[derive(Debug, Clone)]
enum Way {
    DeviceCode {
        tenant: String,
        client_id: String,
        challenge: Option<Challenge>,
    },
    Browser(Box<BrowserSignIn>),
    Tokens,
}

impl LiveSignIns {
    fn set(&self, known: SignInRecord) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(known.shown.id, known);
    }

    fn get(&self, id: SignInId) -> Result<SignInRecord, Problem> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&id).cloned().ok_or_else(|| {
            Problem::not_found(
                format!("There is no sign-in {id}"),
                "Sign in again: a sign-in lives as long as the process it was started in.",
            )
        })
    }

    /// Writes down how it ended, unless it has ended already or a fresh code took the place of the one it ended for.
    fn end(&self, id: SignInId, user_code: &str, outcome: Result<Person, Problem>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get_mut(&id)
            && known.shown.user_code == user_code
            && known.shown.state == SignInState::Pending
        {
            known.end(outcome);
        }
    }
}

impl SignInRecord {
    fn end(&mut self, outcome: Result<Person, Problem>) {
        let wanted = self.tenant_id.as_deref();
        match outcome.and_then(|person| {
            check_tenant(wanted, &person.tenant_id, &person.user_principal_name).map(|()| person)
        }) {
            Ok(person) => {
                self.shown.state = SignInState::Done;
                self.shown.user_principal_name = Some(person.user_principal_name.clone());
                self.shown.tenant_id = Some(person.tenant_id.clone());
                self.shown.problem = None;
                self.person = Some(person);
            }
            Err(problem) => {
                self.shown.state = SignInState::Failed;
                self.shown.problem = Some(problem);
            }
        }
    }

    /// What to do where nobody has signed in yet.
    fn still_waiting(self) -> Problem {
        let next = match self.shown.authorize_url {
            Some(url) => format!("Open {url}"),
            None => format!(
                "Open {} and enter {}.",
                self.shown.verification_uri, self.shown.user_code
            ),
        };
        Problem::new(Kind::Unauthenticated, "Nobody has signed in yet", next)
    }
}

impl IdentityWing {
    /// Asks for a device code and polls in the background until somebody used it or it ran out; or makes the page to
    /// open in a browser, whose answer comes by [`IdentityWing::answer_sign_in`].
    pub async fn start_sign_in(&self, wish: StartSignIn) -> Result<SignIn, Problem> {
        let azure = self.ground.azure(&wish.cloud).await?;
        let tenant = wish.tenant.as_deref().unwrap_or(ANY_TENANT).trim().to_owned();
        let tenant_id = tenant_asked_for(&azure, &tenant).await?;
        let client_id = wish.client_id.unwrap_or_else(|| AZURE_CLI_CLIENT_ID.to_owned());
        let shown = self.fresh_sign_in(&wish.cloud, wish.method);
        match wish.method {
            SignInMethod::DeviceCode => {
                let way = Way::DeviceCode {
                    tenant,
                    client_id,
                    challenge: wish.challenge,
                };
                self.wait_for_code(
                    azure,
                    SignInRecord {
                        shown,
                        person: None,
                        way,
                        tenant_id,
                    },
                )
                .await
            }
            SignInMethod::Browser => {
                let redirect_uri = wish.redirect_uri.unwrap_or_default();
                let challenge = wish.challenge.as_ref();
                let page = azure.begin_browser_sign_in(&tenant, &client_id, &redirect_uri, challenge)?;
                let shown = SignIn {
                    authorize_url: Some(page.authorize_url.clone()),
                    ..shown
                };
                self.sign_ins.set(SignInRecord {
                    shown: shown.clone(),
                    person: None,
                    way: Way::Browser(Box::new(page)),
                    tenant_id,
                });
                Ok(shown)
            }
            SignInMethod::Tokens => Err(Problem::invalid(
                "A sign-in with tokens starts with the tokens",
                "Send them to `/api/v1/sign-ins/tokens`.",
            )),
        }
    }

    /// Takes over a sign-in that happened elsewhere.
    pub async fn sign_in_with_tokens(&self, wish: SignInWithTokens) -> Result<SignIn, Problem> {
        let azure = self.ground.azure(&wish.cloud).await?;
        let tenant_id = match &wish.tenant {
            None => None,
            Some(tenant) => {
                let found = azure.fetch_tenant_id(tenant.trim()).await;
                Some(found.map_err(|e| e.problem(format!("The tenant `{tenant}` cannot be used")))?)
            }
        };
        let tokens = GivenTokens {
            graph: wish.graph.into_secret(),
            resource_manager: wish.resource_manager.into_secret(),
        };
        let person = azure.accept_tokens(&tokens, tenant_id.as_deref())?;
        let mut known = SignInRecord {
            shown: self.fresh_sign_in(&wish.cloud, SignInMethod::Tokens),
            person: None,
            way: Way::Tokens,
            tenant_id,
        };
        known.end(Ok(person));
        self.sign_ins.set(known.clone());
        Ok(known.shown)
    }

    /// How far it is.
    pub async fn show_sign_in(&self, id: SignInId) -> Result<SignIn, Problem> {
        Ok(self.sign_ins.get(id)?.shown)
    }

    /// A fresh code in the place of one that ran out, failed or was not used; the old one is waited for no longer.
    pub async fn renew_device_code(&self, id: SignInId) -> Result<SignIn, Problem> {
        let known = self.sign_ins.get(id)?;
        if known.shown.state == SignInState::Done || !matches!(known.way, Way::DeviceCode { .. }) {
            return Err(Problem::conflict(
                "This sign-in has no code that could be renewed",
                "Start a new sign-in.",
            ));
        }
        let azure = self.ground.azure(&known.shown.cloud).await?;
        self.wait_for_code(azure, known).await
    }

    /// Takes what the browser brought back and redeems the code in it.
    pub async fn answer_sign_in(&self, id: SignInId, answer: BrowserAnswer) -> Result<SignIn, Problem> {
        let known = self.sign_ins.get(id)?;
        let Way::Browser(page) = &known.way else {
            return Err(Problem::conflict(
                "This sign-in waits for no browser",
                "Start one that does (`--sign-in browser`).",
            ));
        };
        if known.shown.state != SignInState::Pending {
            return Err(Problem::conflict(
                "This sign-in has ended",
                "Start a new one: an answer is taken once.",
            ));
        }
        let azure = self.ground.azure(&known.shown.cloud).await?;
        let outcome = if self.ground.config.clock.now() >= known.shown.expires_at {
            Err(ran_out("Nobody signed in within 15 minutes"))
        } else {
            match azure.fetch_browser_tokens(page, answer.answer.secret()).await {
                Ok(Answered::NotOurs) => {
                    return Err(Problem::invalid(
                        "This is not the answer to this sign-in (its `state` is another one)",
                        "Go on in the page that this sign-in opened.",
                    ));
                }
                Ok(Answered::Refused(error)) | Err(error) => Err(refused(&error)),
                Ok(Answered::Done(person)) => Ok(person),
            }
        };
        self.sign_ins.end(id, &known.shown.user_code, outcome);
        self.show_sign_in(id).await
    }

    /// Who signed in; refused until somebody has.
    pub(crate) fn signed_in(&self, id: Option<SignInId>) -> Result<Person, Problem> {
        let id = id.ok_or_else(|| {
            Problem::new(
                Kind::Unauthenticated,
                "This needs somebody to sign in",
                "Sign in first.",
            )
        })?;
        let mut known = self.sign_ins.get(id)?;
        match (known.person.take(), known.shown.problem.take()) {
            (Some(person), _) => Ok(person),
            (None, Some(problem)) => Err(problem),
            (None, None) => Err(known.still_waiting()),
        }
    }

    fn fresh_sign_in(&self, cloud: &str, method: SignInMethod) -> SignIn {
        SignIn {
            id: SignInId::new(),
            cloud: cloud.to_owned(),
            method,
            state: SignInState::Pending,
            user_code: String::new(),
            verification_uri: String::new(),
            message: String::new(),
            authorize_url: None,
            expires_at: self.ground.config.clock.now() + jiff::SignedDuration::from_secs(BROWSER_LIFE_S),
            user_principal_name: None,
            tenant_id: None,
            problem: None,
        }
    }

    /// Gets a code for the sign-in and waits for it in the background.
    async fn wait_for_code(&self, azure: Azure, mut known: SignInRecord) -> Result<SignIn, Problem> {
        let Way::DeviceCode {
            tenant,
            client_id,
            challenge,
        } = &known.way
        else {
            return Err(Problem::internal("A sign-in without a code was to wait for one"));
        };
        let code = azure
            .fetch_device_code(tenant, client_id, challenge.as_ref())
            .await;
        let code = code.map_err(|e| e.problem("No sign-in code could be had"))?;
        let lifetime = jiff::SignedDuration::from_secs(i64::try_from(code.expires_in_s).unwrap_or(900));
        let now = self.ground.config.clock.now();
        known.shown = SignIn {
            state: SignInState::Pending,
            user_code: code.user_code.clone(),
            verification_uri: code.verification_uri.clone(),
            message: code.message.clone(),
            expires_at: now.checked_add(lifetime).unwrap_or(now),
            problem: None,
            ..known.shown
        };
        let shown = known.shown.clone();
        self.sign_ins.set(known);
        let (identity, waiting) = (self.clone(), shown.clone());
        // Nobody waits for this task: it ends by itself when the code runs out, and holds nothing but memory.
        tokio::spawn(async move {
            let outcome = identity.poll(&azure, &code, &waiting).await;
            identity.sign_ins.end(waiting.id, &waiting.user_code, outcome);
        });
        Ok(shown)
    }

    /// Asks at the interval Entra named, slower where it says so, until the code has run out or another has taken its
    /// place.
    async fn poll(&self, azure: &Azure, code: &DeviceCode, waiting: &SignIn) -> Result<Person, Problem> {
        let mut interval = Duration::from_secs(code.interval_s);
        while self.ground.config.clock.now() < waiting.expires_at {
            tokio::time::sleep(interval).await;
            if self.sign_ins.get(waiting.id)?.shown.user_code != waiting.user_code {
                break;
            }
            match azure.fetch_device_tokens(code).await {
                Ok(Poll::Done(person)) => return Ok(person),
                Ok(Poll::Pending) => {}
                Ok(Poll::SlowDown) => interval += Duration::from_secs(5),
                Ok(Poll::Declined) => {
                    return Err(Problem::new(
                        Kind::Cancelled,
                        "The sign-in was declined in the browser",
                        "Sign in again, and go on to the end there.",
                    ));
                }
                Err(error) => return Err(refused(&error)),
            }
        }
        Err(ran_out("The sign-in code ran out before anybody used it"))
    }
}

/// Refuses who signed in to another tenant than the one that was asked for.
fn check_tenant(wanted: Option<&str>, tenant_id: &str, who: &str) -> Result<(), Problem> {
    match wanted {
        Some(wanted) if !wanted.eq_ignore_ascii_case(tenant_id) => Err(Problem::invalid(
            format!("`{who}` signed in to the tenant {tenant_id}, not to {wanted}"),
            format!("Sign in again with an account of {wanted}, or name the other tenant with --tenant."),
        )),
        _ => Ok(()),
    }
}

/// The id of the tenant that is meant; none where any is.
async fn tenant_asked_for(azure: &Azure, tenant: &str) -> Result<Option<String>, Problem> {
    if ANY_TENANTS.iter().any(|any| tenant.eq_ignore_ascii_case(any)) {
        return Ok(None);
    }
    if let Ok(id) = uuid::Uuid::try_parse(tenant) {
        return Ok(Some(id.to_string()));
    }
    let found = azure.fetch_tenant_id(tenant).await;
    let found = found.map_err(|e| e.problem(format!("The tenant `{tenant}` cannot be used")))?;
    Ok(Some(found))
}

fn refused(error: &Error) -> Problem {
    error.problem("The sign-in failed")
}

/// A tenant that blocks device codes says so in the browser only; here the code just runs out.
fn ran_out(what: &str) -> Problem {
    Problem::new(
        Kind::Expired,
        what,
        "Sign in again. If the page said that the sign-in is blocked, the tenant's security defaults or its Conditional Access \
         forbid this way: sign in another way (`--sign-in browser` or `--sign-in azure-cli`), or print what an administrator runs \
         elsewhere (`service-account script`).",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_signs_in_to_another_tenant_is_refused_with_both_named() {
        let (here, there) = (
            "72f0c5f1-6d0a-4b7e-9c57-2f1e8d3a4b10",
            "c0a80101-0000-4000-8000-00000000c0de",
        );
        assert!(check_tenant(None, there, "eve").is_ok());
        assert!(check_tenant(Some(&here.to_uppercase()), here, "ann").is_ok());
        let refused = check_tenant(Some(here), there, "eve").unwrap_err();
        assert!(
            refused.what.contains(here) && refused.what.contains(there),
            "{refused}"
        );
    }
}
