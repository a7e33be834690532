//! Copies in which no byte passes this host: one request, or blocks in parallel and their list.

use super::{
    method::Copier,
    order::{Copied, CopyOrder, How},
};
use base64::Engine as _;
use coldkeep_azure::{Error, blob::CopySource};
use coldkeep_core::copy::{
    classify::{block_bytes, block_ranges},
    method::Writing,
};
use futures::{StreamExt, stream::FuturesUnordered};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// So many blocks of one blob are copied at once.
const BLOCKS_IN_FLIGHT: usize = 4;

impl Copier {
    pub(super) async fn server_side(
        &self,
        order: &CopyOrder<'_>,
        writing: Writing,
        source: &CopySource,
    ) -> Result<Copied, Error> {
        if writing == Writing::OneRequest && order.size_bytes <= self.options.one_request_bytes_max {
            let written = self
                .target
                .create_blob_from_url(order.target_name, source, &order.write)
                .await?;
            return Ok(Copied::by_service(How::ServerSide, written));
        }
        let ranges: Vec<_> = block_ranges(order.size_bytes, block_bytes(order.size_bytes)).collect();
        let ids: Vec<_> = (0..ranges.len()).map(|index| block_id(index, order)).collect();
        let staged = self.staged(order, ids.len()).await?;
        let missing: Vec<_> = (0..ids.len())
            .filter(|i| staged.get(&ids[*i]) != Some(&ranges[*i].1))
            .collect();
        let mut missing = missing.into_iter();
        let mut flights = FuturesUnordered::new();
        loop {
            while flights.len() < BLOCKS_IN_FLIGHT
                && let Some(i) = missing.next()
            {
                flights.push(
                    self.target
                        .stage_block_from_url(order.target_name, &ids[i], source, ranges[i]),
                );
            }
            match flights.next().await {
                Some(staged) => drop(staged?),
                None => break,
            }
        }
        let written = self
            .target
            .commit_blocks(order.target_name, &ids, &order.write)
            .await?;
        // What a block list's answer hashes is the list, not the content.
        Ok(Copied {
            how: How::ServerSide,
            version_id: written.version_id,
            md5: None,
            crc64: None,
        })
    }

    /// Blocks that an interrupted run left. Not asked for where one block is all there is to save.
    async fn staged(&self, order: &CopyOrder<'_>, blocks: usize) -> Result<HashMap<String, u64>, Error> {
        if blocks <= 1 {
            return Ok(HashMap::new());
        }
        let staged = self.target.fetch_staged_blocks(order.target_name).await?;
        Ok(staged
            .into_iter()
            .map(|block| (block.id, block.size_bytes))
            .collect())
    }
}

/// The same for the same part of the same content, so that an interrupted copy goes on; all of one length, as the
/// service demands.
pub(super) fn block_id(index: usize, order: &CopyOrder<'_>) -> String {
    let hash = Sha256::digest(order.etag.as_bytes());
    let text = format!("{index:06}-{}", data_encoding::HEXLOWER.encode(&hash[..8]));
    base64::engine::general_purpose::STANDARD.encode(text)
}
