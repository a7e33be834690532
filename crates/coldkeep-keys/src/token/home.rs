//! A token that is at hand: one thread of its own, its session, and logging in again when that was lost.

use super::{TokenUri, module, words};
use coldkeep_core::{Code, ExposeSecret, Problem, SecretString, fix, problem::Field};
use cryptoki::{
    context::Pkcs11,
    error::Error,
    session::{Session, SessionState, UserType},
    slot::{Slot, TokenInfo},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError, mpsc},
};

/// Identifies a token, independent of its slot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Identity {
    pub module: PathBuf,
    pub label: String,
    pub serial: String,
}

impl Identity {
    fn of(module: &Path, info: &TokenInfo) -> Self {
        Self {
            module: module.to_owned(),
            label: info.label().to_owned(),
            serial: info.serial_number().to_owned(),
        }
    }

    /// The token's address, without a key.
    pub fn uri(&self) -> TokenUri {
        TokenUri {
            token: Some(self.label.clone()),
            serial: Some(self.serial.clone()).filter(|s| !s.is_empty()),
            module_path: Some(self.module.clone()),
            ..TokenUri::default()
        }
    }
}

/// What work in a token can fail with: PKCS#11's own errors may be worth a second try with a new session.
pub(super) enum TokenError {
    Token(Error),
    Told(Problem),
}

impl From<Error> for TokenError {
    fn from(error: Error) -> Self {
        Self::Token(error)
    }
}

impl From<Problem> for TokenError {
    fn from(problem: Problem) -> Self {
        Self::Told(problem)
    }
}

type Job = Box<dyn FnOnce(&mut TokenThread) + Send>;

/// Hands work to a token's thread. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Token {
    jobs: mpsc::Sender<Job>,
}

static TOKENS: Mutex<BTreeMap<Identity, mpsc::Sender<Job>>> = Mutex::new(BTreeMap::new());

impl Token {
    /// The one token that the address means.
    pub fn find(uri: &TokenUri) -> Result<Self, Problem> {
        if !uri.names_a_token() {
            return Err(Problem::new(
                Code::KeyAddressInvalid,
                format!("The pkcs11 address `{uri}` does not name a token"),
                "Add the token's label (`token=LABEL`) or its serial number (`serial=…`).",
            ));
        }
        let (mut fitting, mut others, mut failure) = (Vec::new(), Vec::new(), None);
        for path in module::candidates(uri)? {
            match tokens_of(&path) {
                Ok(tokens) => {
                    for (slot, info) in tokens {
                        let identity = Identity::of(&path, &info);
                        let shown = identity.uri().to_string();
                        let known = fitting
                            .iter()
                            .any(|f: &Identity| (&f.label, &f.serial) == (&identity.label, &identity.serial));
                        match fits(uri, slot, &info) {
                            // Some tokens are seen by several modules; the first will do.
                            true if !known => fitting.push(identity),
                            true => {}
                            false => others.push(shown),
                        }
                    }
                }
                Err(problem) => failure = Some(problem),
            }
        }
        match (fitting.len(), failure) {
            (1, _) => Ok(Self::at(fitting.remove(0))),
            (0, Some(problem)) if others.is_empty() => Err(problem),
            (0, _) => Err(missing(uri, &others)),
            _ => {
                let shown: Vec<_> = fitting.iter().map(|i| i.uri().to_string()).collect();
                Err(Problem::new(
                    Code::KeyAddressInvalid,
                    format!("The pkcs11 address matches several tokens: {}", shown.join(", ")),
                    "Use one of these addresses instead.",
                ))
            }
        }
    }

    fn at(identity: Identity) -> Self {
        let mut tokens = TOKENS.lock().unwrap_or_else(PoisonError::into_inner);
        let jobs = tokens
            .entry(identity.clone())
            .or_insert_with(|| spawn(identity))
            .clone();
        Self { jobs }
    }

    /// Does `work` in the token's thread, logged in with `pin`; once more with a new session if the first one turns out
    /// to be gone. `doing` completes "Coldkeep cannot …". Blocks.
    pub fn with_session<T: Send + 'static>(
        &self,
        doing: &'static str,
        pin: Option<SecretString>,
        work: impl Fn(&TokenSession<'_>) -> Result<T, TokenError> + Send + 'static,
    ) -> Result<T, Problem> {
        let (answer, answered) = mpsc::channel();
        let job: Job = Box::new(move |home| {
            let mut done = home.attempt(pin.as_ref(), &work);
            if matches!(&done, Err(TokenError::Token(error)) if words::lost_session(error)) {
                home.open = None;
                done = home.attempt(pin.as_ref(), &work);
            }
            // No caller waits any more: there is nothing to report to.
            let _ = answer.send(done.map_err(|trouble| match trouble {
                TokenError::Token(error) => words::failed(doing, &error),
                TokenError::Told(problem) => problem,
            }));
        });
        let gone = || Problem::internal("The thread of a PKCS#11 token has ended");
        self.jobs.send(job).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())?
    }
}

/// Where work is done: a session of the token that is logged in.
pub(super) struct TokenSession<'a> {
    pub module: &'a Pkcs11,
    pub slot: Slot,
    pub session: &'a Session,
    pub identity: &'a Identity,
}

/// What a token's thread keeps. Sessions are for one thread at a time (PKCS#11 2.40, section 6.7).
struct TokenThread {
    identity: Identity,
    open: Option<OpenSession>,
    /// A PIN that the token did not take. Trying it again would lock the token in the end.
    refused_pin: Option<SecretString>,
}

struct OpenSession {
    module: Pkcs11,
    slot: Slot,
    session: Session,
    pin: Option<SecretString>,
}

fn spawn(identity: Identity) -> mpsc::Sender<Job> {
    let (jobs, received) = mpsc::channel::<Job>();
    std::thread::spawn(move || {
        let mut home = TokenThread {
            identity,
            open: None,
            refused_pin: None,
        };
        for job in received {
            // A job that panics answers by letting go of its channel.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(&mut home)));
        }
    });
    jobs
}

impl TokenThread {
    fn attempt<T>(
        &mut self,
        pin: Option<&SecretString>,
        work: &impl Fn(&TokenSession<'_>) -> Result<T, TokenError>,
    ) -> Result<T, TokenError> {
        let open = match self.open.take().filter(|open| open.serves(pin)) {
            Some(open) => open,
            None => self.log_in(pin)?,
        };
        let done = work(&TokenSession {
            module: &open.module,
            slot: open.slot,
            session: &open.session,
            identity: &self.identity,
        });
        self.open = Some(open);
        done
    }

    fn log_in(&mut self, pin: Option<&SecretString>) -> Result<OpenSession, TokenError> {
        let module = module::load(&self.identity.module)?;
        let (slot, info) = tokens_of(&self.identity.module)?
            .into_iter()
            .find(|(_, info)| Identity::of(&self.identity.module, info) == self.identity)
            .ok_or_else(|| missing(&self.identity.uri(), &[]))?;
        let session = module.open_ro_session(slot)?;
        if info.login_required() {
            let pin = pin.ok_or_else(|| pin_needed(&self.identity))?;
            if same(Some(pin), self.refused_pin.as_ref()) {
                return Err(TokenError::Told(refused_before(&self.identity)));
            }
            if let Err(error) = session.login(UserType::User, Some(pin)) {
                use cryptoki::error::RvError;
                if matches!(error, Error::Pkcs11(RvError::PinIncorrect, _)) {
                    self.refused_pin = Some(pin.clone());
                }
                if !matches!(error, Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) {
                    return Err(TokenError::Told(words::failed(
                        &format!("log in to the token `{}`", self.identity.label),
                        &error,
                    )));
                }
            }
        }
        Ok(OpenSession {
            module,
            slot,
            session,
            pin: pin.cloned(),
        })
    }
}

impl OpenSession {
    /// Whether the session still is, and was opened with this PIN.
    fn serves(&self, pin: Option<&SecretString>) -> bool {
        let logged_in = self.session.get_session_info().is_ok_and(|info| {
            self.pin.is_none() || matches!(info.session_state(), SessionState::RoUser | SessionState::RwUser)
        });
        logged_in && same(pin, self.pin.as_ref())
    }
}

fn same(one: Option<&SecretString>, other: Option<&SecretString>) -> bool {
    one.map(ExposeSecret::expose_secret) == other.map(ExposeSecret::expose_secret)
}

/// The initialized tokens a module shows.
fn tokens_of(path: &Path) -> Result<Vec<(Slot, TokenInfo)>, Problem> {
    let module = module::load(path)?;
    let slots = match module.get_slots_with_token() {
        Err(error) if words::lost_session(&error) => {
            module::initialize(&module).and_then(|()| module.get_slots_with_token())
        }
        other => other,
    };
    let failed = |e: &Error| words::failed(&format!("look for tokens with `{}`", path.display()), e);
    let slots = slots.map_err(|e| failed(&e))?;
    let tokens = slots
        .into_iter()
        .filter_map(|slot| Some((slot, module.get_token_info(slot).ok()?)));
    Ok(tokens.filter(|(_, info)| info.token_initialized()).collect())
}

fn fits(uri: &TokenUri, slot: Slot, info: &TokenInfo) -> bool {
    let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|w| w == found);
    is(&uri.token, info.label())
        && is(&uri.serial, info.serial_number())
        && is(&uri.manufacturer, info.manufacturer_id())
        && is(&uri.model, info.model())
        && uri.slot_id.is_none_or(|id| id == slot.id())
}

fn missing(uri: &TokenUri, others: &[String]) -> Problem {
    let seen = match others {
        [] => "No token is visible".to_owned(),
        others => format!("Visible are: {}", others.join(", ")),
    };
    Problem::new(
        Code::TokenNotFound,
        format!("No PKCS#11 token matches `{uri}`. {seen}"),
        "Correct the address, put the token in, or name its module (`?module-path=…`). Coldkeep sees only \
         the tokens that its own user can access.",
    )
}

fn pin_needed(identity: &Identity) -> Problem {
    Problem::new(
        Code::PinNeeded,
        format!("The token `{}` asks for a PIN", identity.label),
        fix![
            "Give the token's user PIN (",
            Field::Pin,
            "); Coldkeep keeps it encrypted."
        ],
    )
}

fn refused_before(identity: &Identity) -> Problem {
    Problem::new(
        Code::PinRefused,
        format!(
            "The token `{}` refused this PIN before, so it was not tried again",
            identity.label
        ),
        fix![
            "Link the token's certificate again with the right PIN (",
            Field::Pin,
            "): too many wrong ones lock a token."
        ],
    )
}
