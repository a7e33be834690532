//! The last way: content streamed through this host, in bounded memory, hashed on the way.

use super::{
    method::{Copier, RELAY_ROOM_MIB, error_meaning},
    order::{Copied, CopyFailure, CopyOrder, How, not_written},
    server_side::block_id,
};
use bytes::{Bytes, BytesMut};
use coldkeep_azure::{
    Error,
    blob::{CountsAs, Read, Write},
};
use coldkeep_core::{
    Problem,
    copy::{
        classify::{BLOCKS_MAX, block_ranges},
        method::Meaning,
    },
    point::HashOrigin,
};
use futures::StreamExt;
use md5::{Digest, Md5};

const MIB: u64 = 1 << 20;
/// Up to here a blob goes in one request; beyond, in blocks of this length.
const CHUNK_BYTES: u64 = 8 * MIB;
/// A blob whose blocks would have to be longer does not go through this host's memory: one beyond 3 TiB.
const CHUNK_BYTES_MAX: u64 = 64 * MIB;
/// A stream that breaks is read again, so often in all.
const READS_MAX: u32 = 4;

impl Copier {
    pub(super) async fn relay(&self, order: &CopyOrder<'_>) -> Result<Copied, CopyFailure> {
        if self.options.resuming
            && !order.write.overwrite
            && order.existing == super::Existing::IsSame
            && let Some(copied) = self.look(order).await?
        {
            return Ok(copied);
        }
        let chunk = CHUNK_BYTES.max(order.size_bytes.div_ceil(BLOCKS_MAX).next_multiple_of(MIB));
        if chunk > CHUNK_BYTES_MAX {
            return Err(CopyFailure::Other(Problem::new(
                coldkeep_core::Kind::Unsupported,
                format!("`{}` is too long to pass through this host", order.name),
                "Give the job a source that the target's service can read by itself.",
            )));
        }
        let room = chunk
            .min(order.size_bytes)
            .div_ceil(MIB)
            .clamp(1, RELAY_ROOM_MIB as u64);
        let permits = u32::try_from(room).unwrap_or(u32::MAX);
        let _room = self.relay_room.acquire_many(permits).await.map_err(|_| {
            CopyFailure::Other(Problem::internal("The relay's memory was given up while in use"))
        })?;
        let write = Write {
            counts_as: CountsAs::Data,
            ..order.write.clone()
        };
        if order.size_bytes <= chunk {
            self.relay_whole(order, &write).await
        } else {
            self.relay_chunks(order, &write, chunk).await
        }
    }

    async fn relay_whole(&self, order: &CopyOrder<'_>, write: &Write) -> Result<Copied, CopyFailure> {
        let content = self.read(order, (0, order.size_bytes)).await?;
        let md5 = Md5::digest(&content).to_vec();
        match self.target.create_blob(order.target_name, content, write).await {
            Ok(written) => Ok(relayed(Copied::by_service(How::Relayed, written), md5)),
            Err(error) => self.refused(order, error).await,
        }
    }

    async fn relay_chunks(
        &self,
        order: &CopyOrder<'_>,
        write: &Write,
        chunk: u64,
    ) -> Result<Copied, CopyFailure> {
        let mut md5 = Md5::new();
        let mut ids = Vec::new();
        for (index, range) in block_ranges(order.size_bytes, chunk).enumerate() {
            let content = self.read(order, range).await?;
            md5.update(&content);
            let id = block_id(index, order);
            let staged = self
                .target
                .stage_block(order.target_name, &id, content, CountsAs::Data)
                .await;
            staged.map_err(|e| not_written(order, &e))?;
            ids.push(id);
        }
        match self.target.commit_blocks(order.target_name, &ids, write).await {
            Ok(written) => {
                let copied = Copied {
                    how: How::Relayed,
                    version_id: written.version_id,
                    md5: None,
                    crc64: None,
                };
                Ok(relayed(copied, md5.finalize().to_vec()))
            }
            Err(error) => self.refused(order, error).await,
        }
    }

    async fn refused(&self, order: &CopyOrder<'_>, error: Error) -> Result<Copied, CopyFailure> {
        if !order.write.overwrite && error_meaning(&error) == Meaning::Exists {
            return self.found(order, error).await;
        }
        Err(not_written(order, &error))
    }

    /// A part of the source, pinned.
    async fn read(&self, order: &CopyOrder<'_>, range: (u64, u64)) -> Result<Bytes, CopyFailure> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.read_once(order, range).await {
                Ok(content) if content.len() as u64 == range.1 => return Ok(content),
                Ok(_) if tries < READS_MAX => {}
                Ok(content) => {
                    let what = format!(
                        "`{}` gave {} bytes where {} were asked for",
                        order.name,
                        content.len(),
                        range.1
                    );
                    return Err(CopyFailure::Other(Problem::new(
                        coldkeep_core::Kind::Corrupt,
                        what,
                        "Run the job again; if it stays so, the source itself is damaged.",
                    )));
                }
                Err(error) => match (error.status(), error.code()) {
                    (Some(412), _) => return Err(CopyFailure::SourceChanged),
                    (Some(404), Some("BlobNotFound") | None) => return Err(CopyFailure::SourceGone),
                    // The answer began and broke off: that is not repeated below.
                    (None, _) if tries < READS_MAX => {}
                    _ => {
                        return Err(CopyFailure::Other(
                            error.problem(format!("`{}` cannot be read", order.name)),
                        ));
                    }
                },
            }
        }
    }

    async fn read_once(&self, order: &CopyOrder<'_>, range: (u64, u64)) -> Result<Bytes, Error> {
        let read = Read {
            version_id: order.version_id.map(str::to_owned),
            range: (range != (0, order.size_bytes)).then_some(range),
            if_match: Some(order.etag.to_owned()),
            counts_as: CountsAs::Data,
        };
        let mut body = self.source.fetch_blob(order.name, read).await?;
        let mut content = BytesMut::new();
        while let Some(piece) = body.stream.next().await {
            let piece = piece?;
            if (content.len() + piece.len()) as u64 > range.1 {
                // More than was asked for: no copy of a moving source is wanted.
                break;
            }
            content.extend_from_slice(&piece);
        }
        Ok(content.freeze())
    }
}

fn relayed(copied: Copied, md5: Vec<u8>) -> Copied {
    Copied {
        md5: Some((md5, HashOrigin::Coldkeep)),
        ..copied
    }
}
