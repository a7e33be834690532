//! A blob's content as a stream that survives broken connections: it continues where it stopped, at the same ETag.

use bytes::Bytes;
use coldkeep_core::{ByteRange, Code, Kind};
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use http::Method;
use http_body_util::BodyExt;

use super::{
    Container, CountsAs,
    request::{BlobRequest, quoted},
    span::Span,
};
use crate::{Body, Error};

/// How often a stream is taken up again ...
const RESUMES: u32 = 4;
/// ... before this many bytes came in between: a stream that breaks after every byte ends, too.
const PROGRESS_BYTES: u64 = 1024 * 1024;

/// What is still to come of a blob's content.
pub(super) struct RemainingContent {
    pub(super) container: Container,
    pub(super) name: String,
    pub(super) version_id: Option<String>,
    pub(super) etag: String,
    pub(super) counts_as: CountsAs,
    /// The offset in the blob of the next byte.
    pub(super) next: u64,
    /// The offset after the last byte.
    pub(super) end: u64,
    pub(super) body: Body,
}

impl RemainingContent {
    pub(super) fn stream(self) -> BoxStream<'static, Result<Bytes, Error>> {
        // With it: how often it broke, and where it was the first time of these.
        stream::try_unfold(
            (self, (0, 0)),
            |(mut this, (mut failures, mut since))| async move {
                loop {
                    match this.piece().await {
                        Ok(Some(piece)) => return Ok(Some((piece, (this, (failures, since))))),
                        Ok(None) => return Ok(None),
                        Err(error) if error.kind() != Kind::Unavailable => return Err(error),
                        Err(error) if failures < RESUMES || this.next - since >= PROGRESS_BYTES => {
                            if this.next - since >= PROGRESS_BYTES {
                                (failures, since) = (0, this.next);
                            }
                            failures += 1;
                            tracing::debug!(%error, next = this.next, "a blob's content is taken up again");
                            this.body = this.ask_for_the_rest().await?;
                        }
                        Err(error) => return Err(error),
                    }
                }
            },
        )
        .boxed()
    }

    async fn piece(&mut self) -> Result<Option<Bytes>, Error> {
        while let Some(frame) = self.body.frame().await {
            let frame = match frame {
                // The content is complete; only its end was missing.
                Err(_) if self.next == self.end => return Ok(None),
                frame => frame?,
            };
            if let Ok(piece) = frame.into_data()
                && !piece.is_empty()
            {
                let next = self.next.checked_add(piece.len() as u64);
                self.next = next.filter(|next| *next <= self.end).ok_or_else(|| {
                    let service = self.container.inner.service.name();
                    Error::without_answer(
                        service,
                        Code::ContentDamaged,
                        "the content is longer than the response header states",
                    )
                })?;
                return Ok(Some(piece));
            }
        }
        if self.next == self.end {
            return Ok(None);
        }
        let service = self.container.inner.service.name();
        Err(Error::without_answer(
            service,
            Code::ServiceUnavailable,
            "the content ended too early",
        ))
    }

    /// Exclusive, because a body must not be shared between threads.
    async fn ask_for_the_rest(&mut self) -> Result<Body, Error> {
        let request = BlobRequest::blob(Method::GET, &self.name)
            .version(self.version_id.as_deref())
            .counts_as(self.counts_as)
            .header(
                "range",
                &format!("bytes={}-{}", self.next, self.end.saturating_sub(1)),
            )
            .header("if-match", &quoted(&self.etag));
        let (head, body) = self.container.send_streaming(request).await?.into_parts();
        let rest = ByteRange {
            offset: self.next,
            length_bytes: self.end - self.next,
        };
        match Span::of(head.status, &head.headers, Some(rest)) {
            Ok(span) if span.end == self.end => Ok(body),
            Ok(_) => Err(self
                .container
                .unreadable(&head.headers, "the content has become shorter")),
            Err(why) => Err(self.container.unreadable(&head.headers, why)),
        }
    }
}
