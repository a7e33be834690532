//! Use cases of a person's sign-in: by device code, in a browser, or with tokens from elsewhere. Tokens live in memory
//! only.

mod live;

pub(crate) use live::LiveSignIns;

use crate::identity::IdentityWing;
use coldkeep_api::{BrowserAnswer, SignIn, SignInMethod, SignInState, SignInWithTokens, StartSignIn};
use coldkeep_azure::{AZURE_CLI_CLIENT_ID, Answered, Azure, DeviceCode, Error, GivenTokens, Person, Poll};
use coldkeep_core::{
    Code, Problem, fix,
    id::SignInId,
    lease::{LEASE_LASTS, LeaseKind},
    problem::{Field, Verb},
};
use live::{SignInContinuation, SignInRecord};
use std::time::Duration;

/// Users of any tenant can sign in if no tenant was given.
const ANY_TENANT: &str = "organizations";

/// Names that stand for no single tenant.
const ANY_TENANTS: [&str; 3] = [ANY_TENANT, "common", "consumers"];

/// The maximum time for a sign-in in a browser.
const BROWSER_LIFE_S: i64 = 900;

impl IdentityWing {
    /// Asks for a device code and polls in the background until it was used or has expired; or builds the page to
    /// open in a browser, whose answer comes by [`IdentityWing::answer_sign_in`].
    pub async fn start_sign_in(&self, request: StartSignIn) -> Result<SignIn, Problem> {
        let azure = self.ground.azure(&request.cloud).await?;
        let tenant = request.tenant.as_deref().unwrap_or(ANY_TENANT).trim().to_owned();
        let tenant_id = tenant_asked_for(&azure, &tenant).await?;
        let client_id = request
            .client_id
            .unwrap_or_else(|| AZURE_CLI_CLIENT_ID.to_owned());
        let shown = self.fresh_sign_in(&request.cloud, request.method);
        match request.method {
            SignInMethod::DeviceCode => {
                let way = SignInContinuation::DeviceCode {
                    tenant,
                    client_id,
                    challenge: request.challenge,
                };
                let record = self.new_record(shown, way, tenant_id).await?;
                self.wait_for_code(azure, record).await
            }
            SignInMethod::Browser => {
                let redirect_uri = request.redirect_uri.unwrap_or_default();
                let challenge = request.challenge.as_ref();
                let page = azure.begin_browser_sign_in(&tenant, &client_id, &redirect_uri, challenge)?;
                let shown = SignIn {
                    authorize_url: Some(page.authorize_url.clone()),
                    ..shown
                };
                let way = SignInContinuation::Browser(Box::new(page));
                let record = self.new_record(shown.clone(), way, tenant_id).await?;
                self.live.sign_ins.set(record);
                Ok(shown)
            }
            SignInMethod::Tokens => Err(Problem::new(
                Code::SignInAnswerInvalid,
                "A sign-in with tokens starts with the tokens",
                "Send them to `/api/v1/sign-ins/tokens`.",
            )),
        }
    }

    /// Takes over a sign-in that happened elsewhere.
    pub async fn sign_in_with_tokens(&self, request: SignInWithTokens) -> Result<SignIn, Problem> {
        let azure = self.ground.azure(&request.cloud).await?;
        let tenant_id = match &request.tenant {
            None => None,
            Some(tenant) => {
                let found = azure.fetch_tenant_id(tenant.trim()).await;
                Some(found.map_err(|e| e.problem(format!("The tenant `{tenant}` cannot be used")))?)
            }
        };
        let tokens = GivenTokens {
            graph: request.graph.into_secret(),
            resource_manager: request.resource_manager.into_secret(),
        };
        let person = azure.accept_tokens(&tokens, tenant_id.as_deref())?;
        let shown = self.fresh_sign_in(&request.cloud, SignInMethod::Tokens);
        let mut known = self
            .new_record(shown, SignInContinuation::Tokens, tenant_id)
            .await?;
        known.end(Ok(person));
        self.live.sign_ins.set(known.clone());
        Ok(known.shown)
    }

    /// Ends a sign-in: its tokens are forgotten, and it can be used no more.
    pub async fn end_sign_in(&self, id: SignInId) -> Result<(), Problem> {
        self.find_sign_in(id).await?;
        if let Some(lease) = self.live.sign_ins.forget(id) {
            lease.release().await;
        }
        Ok(())
    }

    /// Forgets sign-ins that nothing used for an hour, and deletes leases of sign-ins and runs that ended.
    pub(crate) async fn forget_ended(&self) -> Result<(), Problem> {
        let now = self.ground.config.clock.now();
        self.live.sign_ins.forget_unused(now);
        self.ground
            .store
            .delete_old_leases(now, LEASE_LASTS)
            .await
            .map(drop)
    }

    /// The record of a new sign-in, and the lease that shows other servers where it is.
    async fn new_record(
        &self,
        shown: SignIn,
        way: SignInContinuation,
        tenant_id: Option<String>,
    ) -> Result<SignInRecord, Problem> {
        let lease = self.ground.hold(LeaseKind::SignIn, &shown.id.to_string()).await?;
        let now = self.ground.config.clock.now();
        Ok(SignInRecord::new(shown, way, tenant_id, lease, now))
    }

    async fn find_sign_in(&self, id: SignInId) -> Result<SignInRecord, Problem> {
        let now = self.ground.config.clock.now();
        if let Some(record) = self.live.sign_ins.get(id, now) {
            return Ok(record);
        }
        let elsewhere = self
            .ground
            .store
            .is_leased(LeaseKind::SignIn, &id.to_string(), now)
            .await?;
        Err(match elsewhere {
            true => Problem::new(
                Code::SignInElsewhere,
                format!("The sign-in {id} belongs to another server of this database"),
                "Send the request to the server that started it, or sign in again here.",
            ),
            false => Problem::new(
                Code::SignInNotFound,
                format!("The sign-in {id} does not exist"),
                "Sign in again: a sign-in ends with its process, or one hour after its last use.",
            ),
        })
    }

    /// How far it is.
    pub async fn show_sign_in(&self, id: SignInId) -> Result<SignIn, Problem> {
        Ok(self.find_sign_in(id).await?.shown)
    }

    /// A fresh code in the place of one that ran out, failed or was not used; the old one is waited for no longer.
    pub async fn renew_device_code(&self, id: SignInId) -> Result<SignIn, Problem> {
        let known = self.find_sign_in(id).await?;
        if known.shown.state == SignInState::Done
            || !matches!(known.way, SignInContinuation::DeviceCode { .. })
        {
            return Err(Problem::new(
                Code::SignInEnded,
                "This sign-in has no code to renew",
                "Start a new sign-in.",
            ));
        }
        let azure = self.ground.azure(&known.shown.cloud).await?;
        self.wait_for_code(azure, known).await
    }

    /// Takes what the browser brought back and redeems the code in it.
    pub async fn answer_sign_in(&self, id: SignInId, answer: BrowserAnswer) -> Result<SignIn, Problem> {
        let known = self.find_sign_in(id).await?;
        let SignInContinuation::Browser(page) = &known.way else {
            return Err(Problem::new(
                Code::SignInEnded,
                "This sign-in does not wait for a browser",
                fix!["Start one that does (", Field::SignIn.set("browser"), ")."],
            ));
        };
        if known.shown.state != SignInState::Pending {
            return Err(Problem::new(
                Code::SignInEnded,
                "This sign-in has ended",
                "Start a new one: a response can be used only once.",
            ));
        }
        let azure = self.ground.azure(&known.shown.cloud).await?;
        let outcome = if self.ground.config.clock.now() >= known.shown.expires_at {
            Err(ran_out("The sign-in was not finished within 15 minutes"))
        } else {
            match azure.fetch_browser_tokens(page, answer.answer.secret()).await {
                Ok(Answered::NotOurs) => {
                    return Err(Problem::new(
                        Code::SignInAnswerInvalid,
                        "The response does not belong to this sign-in (its `state` differs)",
                        "Continue on the page that this sign-in opened.",
                    ));
                }
                Ok(Answered::Refused(error)) | Err(error) => Err(refused(&error)),
                Ok(Answered::Done(person)) => Ok(person),
            }
        };
        self.live.sign_ins.end(id, &known.shown.user_code, outcome);
        self.show_sign_in(id).await
    }

    /// The signed-in user; refused until the sign-in is finished.
    pub(crate) async fn signed_in(&self, id: Option<SignInId>) -> Result<Person, Problem> {
        let id =
            id.ok_or_else(|| Problem::new(Code::SignInNeeded, "This needs a sign-in", "Sign in first."))?;
        let mut known = self.find_sign_in(id).await?;
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
        let SignInContinuation::DeviceCode {
            tenant,
            client_id,
            challenge,
        } = &known.way
        else {
            return Err(Problem::internal("A sign-in without a code cannot wait for one"));
        };
        let code = azure
            .fetch_device_code(tenant, client_id, challenge.as_ref())
            .await;
        let code = code.map_err(|e| e.problem("No sign-in code could be obtained"))?;
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
        self.live.sign_ins.set(known);
        let (identity, waiting) = (self.clone(), shown.clone());
        // Nothing waits for this task: it ends by itself when the code expires, and holds nothing but memory.
        tokio::spawn(async move {
            let outcome = identity.poll(&azure, &code, &waiting).await;
            identity
                .live
                .sign_ins
                .end(waiting.id, &waiting.user_code, outcome);
        });
        Ok(shown)
    }

    /// Polls at Entra's interval, slower if Entra asks for it, until the code has expired or another has taken its
    /// place.
    async fn poll(&self, azure: &Azure, code: &DeviceCode, waiting: &SignIn) -> Result<Person, Problem> {
        let mut interval = Duration::from_secs(code.interval_s);
        while self.ground.config.clock.now() < waiting.expires_at {
            tokio::time::sleep(interval).await;
            if !self.live.sign_ins.awaits(waiting.id, &waiting.user_code) {
                break;
            }
            match azure.fetch_device_tokens(code).await {
                Ok(Poll::Done(person)) => return Ok(person),
                Ok(Poll::Pending) => {}
                Ok(Poll::SlowDown) => interval += Duration::from_secs(5),
                Ok(Poll::Declined) => {
                    return Err(Problem::new(
                        Code::SignInDeclined,
                        "The sign-in was declined in the browser",
                        "Sign in again, and finish the sign-in in the browser.",
                    ));
                }
                Err(error) => return Err(refused(&error)),
            }
        }
        Err(ran_out("The sign-in code expired before it was used"))
    }
}

/// The id of the given tenant; none if every tenant is allowed.
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

/// A tenant that blocks device codes reports it only in the browser; here the code just expires.
fn ran_out(what: &str) -> Problem {
    Problem::new(
        Code::SignInExpired,
        what,
        fix![
            "Sign in again. If the page reported that the sign-in is blocked, the tenant's security defaults \
             or Conditional Access forbid this sign-in method: use another one (",
            Field::SignIn.set("browser"),
            " or ",
            Field::SignIn.set("azure-cli"),
            "), or give an administrator a script to run elsewhere: ",
            Verb::ServiceAccountScript.any(),
            "."
        ],
    )
}
