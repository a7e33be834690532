//! The last way: content streamed through this host, in bounded memory, hashed on the way and, where a hash was
//! recorded, compared before it is written.

use super::{
    method::{Copier, RELAY_ROOM_MIB},
    order::{Copied, CopyFailure, CopyOrder, not_written},
    server_side::block_id,
};
use bytes::{Bytes, BytesMut};
use coldkeep_azure::{
    Error, RefusalClass,
    blob::{Container, CountsAs, Read, Write, Written},
};
use coldkeep_core::{
    ByteRange, Code, Problem,
    content_hash::{ContentHasher, ContentHashes},
    copy::{
        classify::{BLOCKS_MAX, Shape, block_ranges},
        method::WriteRefusal,
    },
};
use futures::{StreamExt, TryStreamExt};

const MIB: u64 = 1 << 20;
/// Up to here a blob is read into memory, and its hash known before it is sent; blocks have this length.
const CHUNK_BYTES: u64 = 8 * MIB;
/// So much room is taken by a stream: what the network's buffers hold of it.
const STREAM_MIB: u32 = 1;
/// A blob whose blocks would have to be longer does not go through this host's memory: one beyond 3 TiB.
const CHUNK_BYTES_MAX: u64 = 64 * MIB;
/// A stream that breaks is read again, so often in all.
const READS_MAX: u32 = 4;

impl Copier {
    pub(super) async fn relay(&self, order: &CopyOrder<'_>) -> Result<Copied, CopyFailure> {
        let write = Write {
            counts_as: CountsAs::Data,
            ..order.write.clone()
        };
        let shape = self.shape_of(order.name, order.size_bytes).await?;
        if shape == Shape::OneRequest && order.size_bytes > CHUNK_BYTES && states_own_md5(order) {
            let _room = self.relay_room.acquire_many(STREAM_MIB).await.map_err(no_room)?;
            return self.relay_streamed(order, &write).await;
        }
        let chunk = CHUNK_BYTES.max(order.size_bytes.div_ceil(BLOCKS_MAX).next_multiple_of(MIB));
        if chunk > CHUNK_BYTES_MAX {
            return Err(CopyFailure::Other(Problem::new(
                Code::BlobTooLargeForRelay,
                format!("`{}` is too large to be relayed through this host", order.name),
                "Choose a source that the target's storage service can read directly.",
            )));
        }
        let room = chunk
            .min(order.size_bytes)
            .div_ceil(MIB)
            .clamp(1, RELAY_ROOM_MIB as u64);
        let permits = u32::try_from(room).unwrap_or(u32::MAX);
        let _room = self.relay_room.acquire_many(permits).await.map_err(no_room)?;
        if order.size_bytes <= chunk {
            self.relay_whole(order, &write).await
        } else {
            self.relay_chunks(order, &write, chunk).await
        }
    }

    async fn relay_whole(&self, order: &CopyOrder<'_>, write: &Write) -> Result<Copied, CopyFailure> {
        let content = self.read(order, whole(order)).await?;
        let hashes = ContentHashes::of(&content);
        order.check_content(&hashes)?;
        match self.write_whole(order, content, &hashes, write).await {
            Ok(written) => Ok(Copied::relayed(written, hashes)),
            Err(error) => Err(refused(order, &error)),
        }
    }

    /// Content that is in memory, as a whole blob. A Content-MD5 property that is not the content's is stored by a block
    /// list alone: Put Blob takes it for a checksum of its body
    /// (<https://learn.microsoft.com/rest/api/storageservices/put-blob>).
    pub(super) async fn write_whole(
        &self,
        order: &CopyOrder<'_>,
        content: Bytes,
        hashes: &ContentHashes,
        write: &Write,
    ) -> Result<Written, Error> {
        let md5 = hashes.md5.map(|md5| md5.to_string());
        let property = &write.headers.content_md5;
        if property.is_none() || *property == md5 {
            return self.target.create_blob(order.target_name, content, write).await;
        }
        let mut ids = Vec::new();
        if !content.is_empty() {
            let id = block_id(0, order);
            self.target
                .stage_block(order.target_name, &id, content, CountsAs::Data)
                .await?;
            ids.push(id);
        }
        self.target.commit_blocks(order.target_name, &ids, write).await
    }

    async fn relay_chunks(
        &self,
        order: &CopyOrder<'_>,
        write: &Write,
        chunk: u64,
    ) -> Result<Copied, CopyFailure> {
        let mut hasher = ContentHasher::default();
        let mut ids = Vec::new();
        for (index, range) in block_ranges(order.size_bytes, chunk).enumerate() {
            let content = self.read(order, range).await?;
            hasher.update(&content);
            let id = block_id(index, order);
            let staged = self
                .target
                .stage_block(order.target_name, &id, content, CountsAs::Data)
                .await;
            staged.map_err(|e| not_written(order, &e))?;
            ids.push(id);
        }
        let hashes = hasher.finish();
        order.check_content(&hashes)?;
        match self.target.commit_blocks(order.target_name, &ids, write).await {
            Ok(written) => Ok(Copied::relayed(written, hashes)),
            Err(error) => Err(refused(order, &error)),
        }
    }

    /// A part of the source, pinned.
    async fn read(&self, order: &CopyOrder<'_>, range: ByteRange) -> Result<Bytes, CopyFailure> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.read_once(order, range).await {
                Ok(content) if content.len() as u64 == range.length_bytes => return Ok(content),
                Ok(_) if tries < READS_MAX => {}
                Ok(content) => {
                    let what = format!(
                        "`{}` returned {} bytes instead of the {} requested",
                        order.name,
                        content.len(),
                        range.length_bytes
                    );
                    return Err(CopyFailure::Other(Problem::new(
                        Code::ContentDamaged,
                        what,
                        "Run the job again; if the problem persists, the source itself is damaged.",
                    )));
                }
                // The answer began and broke off: that is not repeated below.
                Err(error) if !error.is_answered() && tries < READS_MAX => {}
                Err(error) => return Err(unreadable(order, &error)),
            }
        }
    }

    async fn read_once(&self, order: &CopyOrder<'_>, range: ByteRange) -> Result<Bytes, Error> {
        let read = Read {
            range: (range != whole(order)).then_some(range),
            ..pinned(order)
        };
        let mut body = self.source.fetch_blob(order.name, read).await?;
        let mut content = BytesMut::new();
        while let Some(piece) = body.stream.next().await {
            let piece = piece?;
            if (content.len() + piece.len()) as u64 > range.length_bytes {
                // More than was asked for: no copy of a moving source is wanted.
                break;
            }
            content.extend_from_slice(&piece);
        }
        Ok(content.freeze())
    }

    /// The hashes of the pinned source, read through this host.
    pub(super) async fn read_hashes(&self, order: &CopyOrder<'_>) -> Result<ContentHashes, CopyFailure> {
        match hash_blob(&self.source, order.name, pinned(order)).await {
            Ok((size_bytes, hashes)) if size_bytes == order.size_bytes => Ok(hashes),
            Ok(_) => Err(CopyFailure::SourceChanged),
            Err(error) => Err(unreadable(order, &error)),
        }
    }
}

fn whole(order: &CopyOrder<'_>) -> ByteRange {
    ByteRange {
        offset: 0,
        length_bytes: order.size_bytes,
    }
}

fn no_room(_: tokio::sync::AcquireError) -> CopyFailure {
    CopyFailure::Other(Problem::internal("The relay's memory was released while in use"))
}

/// Whether the Content-MD5 property to be stored is the content's own, or none is: Put Blob takes it for a checksum.
fn states_own_md5(order: &CopyOrder<'_>) -> bool {
    let known = order.expected.as_ref().and_then(|expected| expected.md5);
    match &order.write.headers.content_md5 {
        None => true,
        Some(property) => known.is_some_and(|md5| md5.to_string() == *property),
    }
}

pub(super) fn pinned(order: &CopyOrder<'_>) -> Read {
    Read {
        version_id: order.version_id.map(str::to_owned),
        if_match: Some(order.etag.to_owned()),
        counts_as: CountsAs::Data,
        ..Read::default()
    }
}

/// Reads a blob through this host: its length and its hashes.
pub(crate) async fn hash_blob(
    container: &Container,
    name: &str,
    read: Read,
) -> Result<(u64, ContentHashes), Error> {
    let mut stream = container.fetch_blob(name, read).await?.stream;
    let mut hasher = ContentHasher::default();
    while let Some(piece) = stream.try_next().await? {
        hasher.update(&piece);
    }
    Ok((hasher.size_bytes(), hasher.finish()))
}

pub(super) fn refused(order: &CopyOrder<'_>, error: &Error) -> CopyFailure {
    if !order.write.overwrite && error.meaning() == WriteRefusal::Exists {
        return CopyFailure::Exists;
    }
    not_written(order, error)
}

pub(super) fn unreadable(order: &CopyOrder<'_>, error: &Error) -> CopyFailure {
    match (error.class(), error.code()) {
        (Some(RefusalClass::Condition), _) => CopyFailure::SourceChanged,
        (Some(RefusalClass::Absent), Some("BlobNotFound") | None) => CopyFailure::SourceGone,
        _ => CopyFailure::Other(error.problem(format!("`{}` cannot be read", order.name))),
    }
}
