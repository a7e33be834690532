//! Use cases of people: the first administrator, signing in and out, and who a session belongs to.

use super::Setup;
use crate::ground::{
    passwords::{check_password, hash_password},
    random::random,
    sealed::Binding,
};
use coldkeep_core::{
    Code, ExposeSecret, Problem, SecretString, Timestamp,
    hash::Sha256Digest,
    id::PersonId,
    person::{self, Person, PersonRole},
};
use std::time::Duration;

/// A session ends this long after it began, whatever it is used for ...
const SESSION_LASTS: Duration = Duration::from_secs(7 * 24 * 3600);
/// ... and this long after it was used last.
const SESSION_IDLE: Duration = Duration::from_secs(12 * 3600);

/// A person who has just signed in, and what the browser keeps to say so.
#[derive(Debug)]
pub struct NewSession {
    pub person: Person,
    /// 64 hexadecimal digits. The database has its hash alone.
    pub secret: SecretString,
}

impl Setup {
    /// Whether the first administrator was created, at any time.
    pub async fn is_set_up(&self) -> Result<bool, Problem> {
        self.ground.store.is_set_up().await
    }

    /// Creates the first administrator and signs in as that person.
    ///
    /// # Errors
    /// `SetupClosed` if there was one already, `PersonNameInvalid`, `PasswordUnsuitable`.
    pub async fn set_up(&self, name: &str, password: SecretString) -> Result<NewSession, Problem> {
        let name = person::check_name(name)?;
        person::check_password(password.expose_secret(), &name)?;
        let closed = || {
            Problem::new(
                Code::SetupClosed,
                "The first administrator exists already",
                "Sign in with that person's name and password.",
            )
        };
        if self.is_set_up().await? {
            return Err(closed());
        }
        let person = Person {
            id: PersonId::new(),
            name,
            role: PersonRole::Administrator,
            created_at: self.ground.config.clock.now(),
        };
        let hash = hash_password(password, self.pages_key().await?).await?;
        if !self.ground.store.create_first_person(&person, &hash).await? {
            return Err(closed());
        }
        tracing::info!(caller = %self.caller, name = %person.name, "first administrator created");
        self.begin_session(person).await
    }

    /// Signs a person in.
    ///
    /// # Errors
    /// `SignInRefused` if the name or the password is wrong; which of them is not said, and takes the same time.
    pub async fn sign_in_person(&self, name: &str, password: SecretString) -> Result<NewSession, Problem> {
        let too_long = name.len() > 4 * person::NAME_CHARS_MAX
            || password.expose_secret().len() > person::PASSWORD_BYTES_MAX;
        let found = match too_long {
            true => None,
            false => self.ground.store.load_person_by_name(name.trim()).await?,
        };
        let (person, hash) = found.unzip();
        // What is longer than any password is not hashed whole.
        let password = if too_long {
            SecretString::from("")
        } else {
            password
        };
        let is_right = check_password(password, self.pages_key().await?, hash).await?;
        match person.filter(|_| is_right) {
            Some(person) => {
                tracing::info!(caller = %self.caller, name = %person.name, "person signed in");
                self.begin_session(person).await
            }
            None => {
                tracing::warn!(caller = %self.caller, "a sign-in with a wrong name or password was refused");
                Err(Problem::new(
                    Code::SignInRefused,
                    "The user name or the password is wrong",
                    "Check both and try again.",
                ))
            }
        }
    }

    /// Whose session a browser has; none if it ended.
    pub async fn person_of_session(&self, secret: &str) -> Result<Option<Person>, Problem> {
        let now = self.ground.config.clock.now();
        let key = self.session_key(secret).await?;
        let store = &self.ground.store;
        store
            .use_session(&key, now - SESSION_LASTS, now - SESSION_IDLE, now)
            .await
    }

    /// Ends a session.
    pub async fn sign_out_person(&self, secret: &str) -> Result<(), Problem> {
        tracing::info!(caller = %self.caller, "person signed out");
        let key = self.session_key(secret).await?;
        self.ground.store.delete_session(&key).await
    }

    async fn begin_session(&self, person: Person) -> Result<NewSession, Problem> {
        let secret = data_encoding::HEXLOWER.encode(&random::<32>()?);
        let now: Timestamp = self.ground.config.clock.now();
        let store = &self.ground.store;
        store
            .delete_old_sessions(now - SESSION_LASTS, now - SESSION_IDLE)
            .await?;
        store
            .save_session(&self.session_key(&secret).await?, person.id, now)
            .await?;
        Ok(NewSession {
            person,
            secret: secret.into(),
        })
    }

    /// Under what the database keeps a session: it cannot be computed from the session's secret alone, so a writer of the
    /// database can add no session either.
    async fn session_key(&self, secret: &str) -> Result<String, Problem> {
        let key = self.pages_key().await?;
        let keyed = format!("session\0{}\0{secret}", key.expose_secret());
        Ok(Sha256Digest::of(keyed.as_bytes()).to_string())
    }

    /// The installation's key for the pages, sealed in the vault; created when it is used first.
    async fn pages_key(&self) -> Result<SecretString, Problem> {
        let binding = Binding::of_pages();
        if self.ground.store.load_secret(&binding.owner).await?.is_none() {
            let fresh = data_encoding::HEXLOWER.encode(&random::<32>()?).into();
            // Another request may have been first: its key stays.
            self.ground.save_first_sealed(&binding, &fresh).await?;
        }
        self.ground.load_sealed(&binding).await
    }
}
