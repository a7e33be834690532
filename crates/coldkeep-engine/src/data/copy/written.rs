//! Content that the service did not copy or hash: empty blobs, and the hashes of copies that it returned none of.

use super::{
    method::Copier,
    order::{Copied, CopyFailure, CopyOrder, TransferPath, not_written},
    relay::hash_blob,
};
use coldkeep_azure::blob::{CountsAs, Read, Write};
use coldkeep_core::{
    Code, Problem, content_hash::ContentHashes, copy::method::WriteRefusal, hash::HashOrigin,
};

impl Copier {
    /// A blob without content needs nothing of the source.
    pub(super) async fn create_empty(&self, order: &CopyOrder<'_>) -> Result<Copied, CopyFailure> {
        let write = Write {
            counts_as: CountsAs::Data,
            ..order.write.clone()
        };
        let hashes = ContentHashes::of(b"");
        match self
            .write_whole(order, bytes::Bytes::new(), &hashes, &write)
            .await
        {
            Ok(written) => Ok(Copied {
                hashes,
                ..Copied::by_service(TransferPath::ServerSide, written)
            }),
            Err(error) if !order.write.overwrite && error.meaning() == WriteRefusal::Exists => {
                Err(CopyFailure::Exists)
            }
            Err(error) => Err(not_written(order, &error)),
        }
    }

    /// If the service returned no hash of what it wrote: the blob that was written is read back and hashed here, so
    /// that later damage is found.
    pub(super) async fn hash_written(
        &self,
        order: &CopyOrder<'_>,
        copied: &mut Copied,
    ) -> Result<(), CopyFailure> {
        self.note_unhashed();
        let read = Read {
            version_id: copied.version_id.clone(),
            if_match: (!copied.etag.is_empty()).then(|| copied.etag.clone()),
            counts_as: CountsAs::Data,
            ..Read::default()
        };
        let (size_bytes, hashes) = hash_blob(&self.target, order.target_name, read)
            .await
            .map_err(|e| not_written(order, &e))?;
        if size_bytes != order.size_bytes {
            return Err(CopyFailure::Other(Problem::new(
                Code::ContentDamaged,
                format!(
                    "`{}` was copied as `{}`, which has {size_bytes} bytes instead of {}",
                    order.name, order.target_name, order.size_bytes
                ),
                "Find out who writes to the target's folder; then run the job again.",
            )));
        }
        (copied.hashes, copied.origin) = (hashes, HashOrigin::Coldkeep);
        Ok(())
    }
}
