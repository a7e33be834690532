//! Content streamed through this host in one request, in bounded memory: hashed on the way, and compared with what the
//! service reports to have written. The blob is new; one that turns out wrong belongs to nothing.

use super::{
    method::Copier,
    order::{Copied, CopyFailure, CopyOrder, TransferPath, wrong_content},
    relay::{pinned, refused, unreadable},
};
use bytes::Bytes;
use coldkeep_azure::{
    Error, Pieces, Streamed,
    blob::{Write, Written},
};
use coldkeep_core::{
    Code, Problem,
    content_hash::{Agreement, ContentHasher},
};
use futures::StreamExt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A stream that breaks is begun again, so often in all.
const STREAMS_MAX: u32 = 3;

/// What the newest try saw of the source.
#[derive(Default)]
struct PassedContent {
    hasher: ContentHasher,
    /// Why the source could not be read on.
    failure: Option<Error>,
}

/// Each try has a record of its own: what is left of an earlier one cannot disturb it.
#[derive(Clone, Default)]
struct WatchedSource(Arc<Mutex<Arc<Mutex<PassedContent>>>>);

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl WatchedSource {
    fn begin(&self) -> Arc<Mutex<PassedContent>> {
        let passed = Arc::<Mutex<PassedContent>>::default();
        *locked(&self.0) = passed.clone();
        passed
    }

    fn end(&self) -> PassedContent {
        let newest = locked(&self.0).clone();
        std::mem::take(&mut *locked(&newest))
    }
}

impl Copier {
    /// One Put Blob. It carries the recorded hash of the content, if there is one; else the hash that the service computed
    /// is compared with that of the sent bytes.
    pub(super) async fn relay_streamed(
        &self,
        order: &CopyOrder<'_>,
        write: &Write,
    ) -> Result<Copied, CopyFailure> {
        let mut tries = 0;
        let (written, passed) = loop {
            tries += 1;
            let (written, passed) = self.stream_once(order, write).await;
            match &written {
                // A long one is not repeated below: that would be without end.
                Err(error) if !error.is_answered() && tries < STREAMS_MAX => {}
                _ => break (written, passed),
            }
        };
        let written = match (written, passed.failure) {
            (Ok(written), _) => written,
            (Err(_), Some(source)) => return Err(unreadable(order, &source)),
            (Err(error), None) if error.is_hash_mismatch() => {
                return Err(CopyFailure::Other(wrong_content(order.name, "hash")));
            }
            (Err(error), None) => return Err(refused(order, &error)),
        };
        let hashes = passed.hasher.finish();
        order.check_content(&hashes)?;
        let mut there = Copied::by_service(TransferPath::Relayed, written.clone());
        if there.hashes.is_empty() {
            self.hash_written(order, &mut there).await?;
        }
        match hashes.agreement(&there.hashes) {
            Agreement::Same => Ok(Copied::relayed(written, hashes)),
            _ => Err(other_content(order)),
        }
    }

    async fn stream_once(
        &self,
        order: &CopyOrder<'_>,
        write: &Write,
    ) -> (Result<Written, Error>, PassedContent) {
        let watched = WatchedSource::default();
        let expected = order.expected.unwrap_or_default();
        let content = self.passing(order, watched.clone());
        let written = self
            .target
            .create_blob_streamed(order.target_name, content, &expected, write)
            .await;
        (written, watched.end())
    }

    fn passing(&self, order: &CopyOrder<'_>, watched: WatchedSource) -> Streamed {
        let source = self.source.clone();
        let name = order.name.to_owned();
        let read = pinned(order);
        Streamed::new(order.size_bytes, move || {
            let (source, name, read) = (source.clone(), name.clone(), read.clone());
            let passed = watched.begin();
            Box::pin(async move {
                let opened = source.fetch_blob(&name, read).await;
                let body = opened.inspect_err(|error| locked(&passed).failure = Some(error.clone()))?;
                let pieces = body.stream.inspect(move |piece: &Result<Bytes, Error>| {
                    let mut passed = locked(&passed);
                    match piece {
                        Ok(piece) => passed.hasher.update(piece),
                        Err(error) => passed.failure = Some(error.clone()),
                    }
                });
                Ok::<Pieces, Error>(pieces.boxed())
            })
        })
    }
}

/// What was written is not what was sent: the service, or a device on the way, changed it.
fn other_content(order: &CopyOrder<'_>) -> CopyFailure {
    CopyFailure::Other(Problem::new(
        Code::ContentDamaged,
        format!(
            "`{}` was sent as `{}`, but the service reports that it wrote other content",
            order.name, order.target_name
        ),
        "Run it again: the blob is sent once more under another name. If the problem persists, a device \
         between this host and the service changes the data.",
    ))
}
