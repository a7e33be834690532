//! Copies in which no byte passes this host: one request, or blocks in parallel and their list.

use super::{
    block_log::Staged,
    method::Copier,
    order::{Copied, CopyFailure, CopyOrder, TransferPath},
};
use base64::Engine as _;
use coldkeep_azure::{Error, blob::CopySource};
use coldkeep_core::{
    ByteRange, Problem,
    content_hash::{ContentHashes, join_crc64},
    copy::{
        classify::{Shape, block_bytes, block_ranges},
        method::{WriteRefusal, Writing},
    },
    hash::HashOrigin,
};
use futures::{StreamExt, stream::FuturesUnordered};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// The number of blocks of one blob that are copied at once.
const BLOCKS_IN_FLIGHT: usize = 4;

/// Why a server-side copy did not succeed.
pub(super) enum NotCopied {
    /// It would have to be written in blocks, which the permissions at the target do not allow.
    NeedsBlocks,
    /// The service refused; another method may do.
    Refused(Error),
    Failed(CopyFailure),
}

impl From<Error> for NotCopied {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<Problem> for NotCopied {
    fn from(problem: Problem) -> Self {
        Self::Failed(CopyFailure::Other(problem))
    }
}

impl Copier {
    pub(super) async fn server_side(
        &self,
        order: &CopyOrder<'_>,
        writing: Writing,
        shape: Shape,
        source: &CopySource,
    ) -> Result<Copied, NotCopied> {
        // One request can carry an MD5 to check, but no CRC-64
        // (<https://learn.microsoft.com/rest/api/storageservices/put-blob-from-url>).
        let md5 = order.expected.as_ref().and_then(|expected| expected.md5);
        if writing == Writing::OneRequest
            && shape == Shape::OneRequest
            && (md5.is_some() || order.expected.is_none())
        {
            let source = CopySource {
                md5,
                ..source.clone()
            };
            let written = self
                .target
                .create_blob_from_url(order.target_name, &source, &order.write)
                .await?;
            return Ok(Copied::by_service(TransferPath::ServerSide, written));
        }
        if !self.blocks_allowed().await? {
            return Err(NotCopied::NeedsBlocks);
        }
        self.in_blocks(order, source).await
    }

    async fn in_blocks(&self, order: &CopyOrder<'_>, source: &CopySource) -> Result<Copied, NotCopied> {
        let ranges: Vec<_> = block_ranges(order.size_bytes, block_bytes(order.size_bytes)).collect();
        let ids: Vec<_> = (0..ranges.len()).map(|index| block_id(index, order)).collect();
        let source = match (&order.expected, ranges.len()) {
            // The service checks the one block itself.
            (Some(expected), 1) => CopySource {
                crc64: expected.crc64,
                md5: expected.md5.filter(|_| expected.crc64.is_none()),
                ..source.clone()
            },
            _ => source.clone(),
        };
        let mut crcs = self.resumed(order, &ids, &ranges).await?;
        let missing: Vec<_> = (0..ids.len()).filter(|i| !crcs.contains_key(i)).collect();
        let mut missing = missing.into_iter();
        let mut flights = FuturesUnordered::new();
        let mut all_hashed = true;
        loop {
            while flights.len() < BLOCKS_IN_FLIGHT
                && let Some(i) = missing.next()
            {
                let staged = self
                    .target
                    .stage_block_from_url(order.target_name, &ids[i], &source, ranges[i]);
                flights.push(async move { (i, staged.await) });
            }
            let Some((i, staged)) = flights.next().await else {
                break;
            };
            match staged?.crc64 {
                Some(crc64) => {
                    if let Some(blocks) = &order.blocks {
                        blocks.add(i, crc64)?;
                    }
                    crcs.insert(i, crc64);
                }
                None => all_hashed = false,
            }
        }
        let crc64 =
            all_hashed.then(|| join_crc64(crcs.iter().map(|(i, crc64)| (*crc64, ranges[*i].length_bytes))));
        let hashes = ContentHashes { md5: None, crc64 };
        self.prove_staged(order, &hashes, ranges.len() == 1).await?;
        self.commit(order, &ids, hashes).await
    }

    /// Before blocks become a blob: they are what was recorded, where something was.
    async fn prove_staged(
        &self,
        order: &CopyOrder<'_>,
        hashes: &ContentHashes,
        checked_by_service: bool,
    ) -> Result<(), NotCopied> {
        let proven = order.check_content(hashes).map_err(NotCopied::Failed)?;
        if proven || checked_by_service || order.expected.is_none() {
            return Ok(());
        }
        // The service returns nothing to compare: the same pinned content is read and hashed here.
        let read = self.read_hashes(order).await.map_err(NotCopied::Failed)?;
        order.check_content(&read).map(drop).map_err(NotCopied::Failed)
    }

    /// Creates the blob from its blocks. An existing blob under an unpredictable name, with the right length, is this
    /// very commit, whose answer was lost: its hash is that of the blocks that were seen written, so other content is
    /// found by it later.
    async fn commit(
        &self,
        order: &CopyOrder<'_>,
        ids: &[String],
        hashes: ContentHashes,
    ) -> Result<Copied, NotCopied> {
        let committed = self
            .target
            .commit_blocks(order.target_name, ids, &order.write)
            .await;
        let written = match committed {
            Ok(written) => written,
            Err(error) if order.blocks.is_some() && error.meaning() == WriteRefusal::Exists => {
                let head = self.target.fetch_head(order.target_name, None).await?;
                match head.filter(|head| head.blob.size_bytes == order.size_bytes) {
                    Some(head) => coldkeep_azure::blob::Written {
                        etag: head.blob.etag,
                        version_id: head.blob.version_id,
                        ..Default::default()
                    },
                    None => return Err(error.into()),
                }
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Copied {
            how: TransferPath::ServerSide,
            etag: written.etag,
            version_id: written.version_id,
            // What a block list's answer hashes is the list, not the content.
            hashes,
            origin: HashOrigin::TargetService,
        })
    }

    /// Blocks that an interrupted run saw written and that are still staged, with their CRC-64.
    async fn resumed(
        &self,
        order: &CopyOrder<'_>,
        ids: &[String],
        ranges: &[ByteRange],
    ) -> Result<Staged, Error> {
        let mut known = order.blocks.as_ref().map(|b| b.staged()).unwrap_or_default();
        if known.is_empty() {
            return Ok(known);
        }
        let staged = self.target.fetch_staged_blocks(order.target_name).await?;
        let staged: HashMap<_, _> = staged.into_iter().map(|b| (b.id, b.size_bytes)).collect();
        known.retain(|i, _| *i < ids.len() && staged.get(&ids[*i]) == Some(&ranges[*i].length_bytes));
        Ok(known)
    }
}

/// The id of a block, equal for the same part of the same content, so that an interrupted copy continues; all of one
/// length, as the service demands.
pub(super) fn block_id(index: usize, order: &CopyOrder<'_>) -> String {
    let hash = Sha256::digest(order.etag.as_bytes());
    let text = format!("{index:06}-{}", data_encoding::HEXLOWER.encode(&hash[..8]));
    base64::engine::general_purpose::STANDARD.encode(text)
}
