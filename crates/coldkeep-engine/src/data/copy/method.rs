//! Moving one blob's content from one container to another: `Copier`, used by copies and restores alike.

use super::{
    order::{Copied, CopyFailure, CopyOrder, wrong_content},
    server_side::NotCopied,
    source_auth::Credentials,
};
use coldkeep_azure::{
    Error,
    blob::{BlobAuth, Container, CopySource},
};
use coldkeep_core::{
    Clock, Code, Fix, Kind, Problem,
    content_hash::ContentHashes,
    copy::{
        classify::{SAS_BYTES_MAX, SOURCE_URL_BYTES_MAX},
        method::{Method, MethodObstacle, SourceAuth, SourceAuths, WriteRefusal, plan_fallback},
    },
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OnceCell, Semaphore};

/// A blob's copy is tried by at most this many methods and credentials.
const TRIES_MAX: usize = 12;
/// Relays hold at most this many MiB in memory.
pub(super) const RELAY_ROOM_MIB: usize = 16;

/// The options of a [`Copier`].
#[derive(Debug, Clone)]
pub(crate) struct CopierOptions {
    /// The source's token may be handed to the target's endpoint: both are the same cloud's own endpoints.
    pub bearer_allowed: bool,
    /// What the source's tokens are for.
    pub storage_audience: String,
    /// The method that worked last for this source and target.
    pub remembered: Option<Method>,
    /// The prefix of data names at the target: whether they can be written in blocks is tried below it.
    pub probe_prefix: String,
    pub clock: Arc<dyn Clock>,
}

/// Moves blobs between two containers; shared by many tasks.
#[derive(Debug)]
pub(crate) struct Copier {
    pub(super) source: Container,
    pub(super) target: Container,
    pub(super) options: CopierOptions,
    means: SourceAuths,
    credentials: Credentials,
    state: Mutex<State>,
    pub(super) relay_room: Semaphore,
    /// Whether the target accepts blocks, once that was needed.
    pub(super) blocks: OnceCell<bool>,
}

/// The method in use. Blobs in flight know the generation they were tried with, so that a refusal that many of them
/// get at once is answered by one step.
#[derive(Debug)]
pub(super) struct State {
    method: Method,
    generation: u64,
    /// A blob was copied by it: later refusals are about their blob or the credential, not about the method.
    proven: bool,
    pub(super) long_urls: bool,
    pub(super) unhashed: bool,
    pub(super) no_blocks: bool,
    pub(super) taken: bool,
    pub(super) notes: Vec<Fix>,
}

/// What to do after a refusal.
enum AfterRefusal {
    TryAgain,
    GiveUp(CopyFailure),
}

impl Copier {
    pub fn new(source: Container, target: Container, options: CopierOptions) -> Self {
        let means = match source.auth() {
            BlobAuth::Token(_) => SourceAuths {
                bearer: options.bearer_allowed,
                delegation: true,
                ..Default::default()
            },
            BlobAuth::Key(_) => SourceAuths {
                key: true,
                ..Default::default()
            },
            BlobAuth::Sas(_) => SourceAuths {
                sas: true,
                ..Default::default()
            },
        };
        let method = options.remembered.unwrap_or_else(|| means.first());
        let state = State {
            method,
            generation: 0,
            proven: false,
            long_urls: false,
            unhashed: false,
            no_blocks: false,
            taken: false,
            notes: Vec::new(),
        };
        Self {
            source,
            target,
            means,
            credentials: Credentials::default(),
            state: Mutex::new(state),
            relay_room: Semaphore::new(RELAY_ROOM_MIB),
            blocks: OnceCell::new(),
            options,
        }
    }

    /// Server side where that works, else through this host.
    pub async fn copy(&self, order: &CopyOrder<'_>) -> Result<Copied, CopyFailure> {
        if order.size_bytes == 0 {
            return self.create_empty(order).await;
        }
        if order.expected.as_ref().is_some_and(ContentHashes::is_empty) {
            return Err(CopyFailure::Other(unproven(order.name)));
        }
        let shape = self.shape_of(order.name, order.size_bytes).await?;
        let mut renewed = false;
        for _ in 0..TRIES_MAX {
            let (method, generation) = self.current();
            let Method::ServerSide { writing, auth } = method else {
                return self.relay(order).await;
            };
            let source = match self.copy_source(auth, order).await {
                Ok(source) => source,
                Err(error) => match self.after_no_credential(generation, error) {
                    AfterRefusal::TryAgain => continue,
                    AfterRefusal::GiveUp(failure) => return Err(failure),
                },
            };
            if !fits(&source) {
                self.note_long_url(order.name);
                return self.relay(order).await;
            }
            match self.server_side(order, writing, shape, &source).await {
                Ok(mut copied) => {
                    self.prove(generation);
                    if copied.hashes.is_empty() && order.expected.is_none() {
                        self.hash_written(order, &mut copied).await?;
                    }
                    return Ok(copied);
                }
                Err(NotCopied::Failed(failure)) => return Err(failure),
                Err(NotCopied::NeedsBlocks) => {
                    self.note_no_blocks();
                    return self.relay(order).await;
                }
                Err(NotCopied::Refused(error)) => match error.meaning() {
                    WriteRefusal::Exists if !order.write.overwrite => return Err(CopyFailure::Exists),
                    _ if error.is_hash_mismatch() => {
                        return Err(CopyFailure::Other(wrong_content(order.name, "hash")));
                    }
                    WriteRefusal::SourceChanged => return Err(CopyFailure::SourceChanged),
                    WriteRefusal::SourceGone => return Err(CopyFailure::SourceGone),
                    WriteRefusal::PlaceGone(end) => return Err(self.gone(end, &error)),
                    _ => match self.after_refusal(generation, &mut renewed, error).await {
                        AfterRefusal::TryAgain => {}
                        AfterRefusal::GiveUp(failure) => return Err(failure),
                    },
                },
            }
        }
        Err(CopyFailure::Other(Problem::internal(format!(
            "`{}` was refused by every method in turn",
            order.name
        ))))
    }

    /// The method in use now.
    pub fn method(&self) -> Method {
        self.state().method
    }

    /// From where, to where.
    pub fn containers(&self) -> (&Container, &Container) {
        (&self.source, &self.target)
    }

    /// Why a blob will have to be relayed, as far as that is known in advance.
    pub(super) fn relay_reason(
        &self,
        name: &str,
        version_id: Option<&str>,
        size_bytes: u64,
    ) -> Option<&'static str> {
        let credential = match self.method() {
            _ if size_bytes == 0 => return None,
            Method::Relay => return Some("must be relayed through this host: no server-side copy worked"),
            Method::ServerSide {
                auth: SourceAuth::Bearer,
                ..
            } => 0,
            Method::ServerSide { .. } => SAS_BYTES_MAX,
        };
        let long = self.source.blob_url(name, version_id).len() + credential > SOURCE_URL_BYTES_MAX;
        long.then_some("must be relayed through this host: its source URL is too long for the service")
    }

    async fn copy_source(&self, auth: SourceAuth, order: &CopyOrder<'_>) -> Result<CopySource, Error> {
        let mut source = CopySource {
            url: self.source.blob_url(order.name, order.version_id),
            if_match: order.version_id.is_none().then(|| order.etag.to_owned()),
            ..Default::default()
        };
        match (auth, self.source.auth()) {
            (SourceAuth::Bearer, BlobAuth::Token(tokens)) => {
                source.bearer = Some(tokens.token(&self.options.storage_audience).await?);
            }
            _ => {
                source.sas = Some(
                    self.credentials
                        .sas(auth, &self.source, self.options.clock.now())
                        .await?,
                )
            }
        }
        Ok(source)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn current(&self) -> (Method, u64) {
        let state = self.state();
        (state.method, state.generation)
    }

    fn prove(&self, generation: u64) {
        let mut state = self.state();
        if state.generation == generation {
            state.proven = true;
        }
    }

    /// The source's credential for the service cannot be had.
    fn after_no_credential(&self, generation: u64, error: Error) -> AfterRefusal {
        if matches!(error.kind(), Kind::Throttled | Kind::Unavailable) {
            return AfterRefusal::GiveUp(CopyFailure::Other(
                error.problem("The source's credential cannot be renewed"),
            ));
        }
        self.step(generation, Some(MethodObstacle::SourceRefuses), &error)
    }

    async fn after_refusal(&self, generation: u64, renewed: &mut bool, error: Error) -> AfterRefusal {
        let obstacle = error.method_obstacle();
        let proven = {
            let state = self.state();
            if state.generation != generation {
                return AfterRefusal::TryAgain;
            }
            state.proven
        };
        if !proven || plan_fallback(self.method(), self.means, obstacle).is_none() {
            return self.step(generation, obstacle, &error);
        }
        if *renewed && obstacle == Some(MethodObstacle::SourceOutOfReach) {
            // It was reached before; it is not any more.
            return self.step(generation, obstacle, &error);
        }
        if *renewed {
            return AfterRefusal::GiveUp(CopyFailure::Other(
                error.problem("The target's storage service cannot read the source"),
            ));
        }
        // The method works, so the credential ran out or a right was removed.
        *renewed = true;
        self.credentials.forget().await;
        if let BlobAuth::Token(tokens) = self.source.auth() {
            tokens.forget();
        }
        AfterRefusal::TryAgain
    }

    /// Steps down once for all blobs in flight, and notes it.
    fn step(&self, generation: u64, obstacle: Option<MethodObstacle>, error: &Error) -> AfterRefusal {
        let mut state = self.state();
        if state.generation != generation {
            return AfterRefusal::TryAgain;
        }
        let Some(next) = plan_fallback(state.method, self.means, obstacle) else {
            return AfterRefusal::GiveUp(CopyFailure::Other(
                error.problem("The service did not copy the blob"),
            ));
        };
        let note = step_note(state.method, next, obstacle, error);
        tracing::info!("{note}");
        state.notes.push(note.into());
        state.method = next;
        state.generation += 1;
        state.proven = false;
        AfterRefusal::TryAgain
    }
}

/// Why the method changes, for people.
fn step_note(from: Method, to: Method, obstacle: Option<MethodObstacle>, error: &Error) -> String {
    let said = [
        error.system().status.map(|status| status.to_string()),
        error.code().map(str::to_owned),
        error
            .system()
            .source_answered
            .as_ref()
            .map(|source| format!("the source responded {source}")),
    ];
    let said = said.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let (from, to) = (from.words(), to.words());
    if obstacle == Some(MethodObstacle::SourceOutOfReach) {
        return format!(
            "The target's storage service could not reach the source with {from} ({said}): the firewall or \
             the network rules of the source's storage account block it. Continuing with {to}."
        );
    }
    format!("{from} was refused ({said}); continuing with {to}.")
}

/// Whether the service takes a URL of this length.
fn fits(source: &CopySource) -> bool {
    use coldkeep_core::ExposeSecret;
    let sas = source.sas.as_ref().map_or(0, |sas| 1 + sas.expose_secret().len());
    source.url.len() + sas <= SOURCE_URL_BYTES_MAX
}

fn unproven(name: &str) -> Problem {
    Problem::new(
        Code::ContentDamaged,
        format!("No hash of the content `{name}` was recorded, so it cannot be verified"),
        "Restore the blob from another point.",
    )
}
