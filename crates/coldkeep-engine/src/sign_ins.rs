//! Use cases of a person's sign-in by device code; tokens live in memory only.

use crate::{
    Engine,
    requests::{SignIn, SignInState, StartSignIn},
};
use coldkeep_azure::{AZURE_CLI_CLIENT_ID, Azure, DeviceCode, Error, Person, Poll};
use coldkeep_core::{Kind, Problem, Timestamp, id::SignInId};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Any tenant's people may use the code, where nobody said which tenant.
const ANY_TENANT: &str = "organizations";

/// Sign-ins of this process.
#[derive(Debug, Default)]
pub(crate) struct Live(Mutex<HashMap<SignInId, Known>>);

#[derive(Debug, Clone)]
struct Known {
    shown: SignIn,
    person: Option<Person>,
}

impl Live {
    fn set(&self, known: Known) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(known.shown.id, known);
    }

    fn get(&self, id: SignInId) -> Result<Known, Problem> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&id).cloned().ok_or_else(|| {
            Problem::not_found(
                format!("There is no sign-in {id}"),
                "Sign in again: a sign-in lives as long as the process it was started in.",
            )
        })
    }
}

impl Engine {
    /// Asks for a device code and polls in the background until somebody used it or it ran out.
    pub async fn start_sign_in(self: &Arc<Self>, wish: StartSignIn) -> Result<SignIn, Problem> {
        let azure = self.azure(&wish.cloud).await?;
        let tenant = wish.tenant.as_deref().unwrap_or(ANY_TENANT);
        let client_id = wish.client_id.as_deref().unwrap_or(AZURE_CLI_CLIENT_ID);
        let code = azure
            .fetch_device_code(tenant, client_id)
            .await
            .map_err(|e| e.problem("No sign-in code could be had"))?;
        let lifetime = jiff::SignedDuration::from_secs(i64::try_from(code.expires_in_s).unwrap_or(900));
        let shown = SignIn {
            id: SignInId::new(),
            cloud: wish.cloud,
            state: SignInState::Pending,
            user_code: code.user_code.clone(),
            verification_uri: code.verification_uri.clone(),
            message: code.message.clone(),
            expires_at: self.config.clock.now() + lifetime,
            user_principal_name: None,
            tenant_id: None,
            problem: None,
        };
        self.sign_ins.set(Known {
            shown: shown.clone(),
            person: None,
        });
        let (engine, waiting) = (self.clone(), shown.clone());
        // Nobody waits for this task: it ends by itself when the code runs out, and holds nothing but memory.
        tokio::spawn(async move { engine.wait_for_person(azure, code, waiting).await });
        Ok(shown)
    }

    /// How far it is.
    pub async fn show_sign_in(&self, id: SignInId) -> Result<SignIn, Problem> {
        Ok(self.sign_ins.get(id)?.shown)
    }

    /// Who signed in; refused until somebody has.
    pub(crate) fn signed_in(&self, id: Option<SignInId>) -> Result<Person, Problem> {
        let id = id.ok_or_else(|| {
            Problem::new(
                Kind::Unauthenticated,
                "This needs somebody to sign in",
                "Sign in first (`--sign-in device-code`).",
            )
        })?;
        let known = self.sign_ins.get(id)?;
        known.person.ok_or_else(|| {
            known.shown.problem.unwrap_or_else(|| {
                Problem::new(
                    Kind::Unauthenticated,
                    "Nobody has used the sign-in code yet",
                    format!(
                        "Open {} and enter {}.",
                        known.shown.verification_uri, known.shown.user_code
                    ),
                )
            })
        })
    }

    async fn wait_for_person(&self, azure: Azure, code: DeviceCode, mut shown: SignIn) {
        let outcome = poll(&azure, &code, shown.expires_at, &*self.config.clock).await;
        let person = match outcome {
            Ok(person) => {
                shown.state = SignInState::Done;
                shown.user_principal_name = Some(person.user_principal_name.clone());
                shown.tenant_id = Some(person.tenant_id.clone());
                Some(person)
            }
            Err(problem) => {
                shown.state = SignInState::Failed;
                shown.problem = Some(problem);
                None
            }
        };
        self.sign_ins.set(Known { shown, person });
    }
}

/// Asks at the interval Entra named, slower where it says so, until the code has run out.
async fn poll(
    azure: &Azure,
    code: &DeviceCode,
    expires_at: Timestamp,
    clock: &dyn coldkeep_core::Clock,
) -> Result<Person, Problem> {
    let mut interval = Duration::from_secs(code.interval_s);
    while clock.now() < expires_at {
        tokio::time::sleep(interval).await;
        match azure.fetch_device_tokens(code).await {
            Ok(Poll::Done(person)) => return Ok(person),
            Ok(Poll::Pending) => {}
            Ok(Poll::SlowDown) => interval += Duration::from_secs(5),
            Err(error) => return Err(refused(&error)),
        }
    }
    Err(Problem::new(
        Kind::Expired,
        "The sign-in code ran out before anybody used it",
        "Sign in again. If the page said that the sign-in is blocked, the tenant's Conditional Access forbids device \
         codes; use an existing application instead (`--existing`).",
    ))
}

fn refused(error: &Error) -> Problem {
    error.problem("The sign-in failed")
}
