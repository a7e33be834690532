//! Work that takes processor time or waits for a device, done off the async threads.

use coldkeep_core::Problem;

/// Runs `work` on a thread that may block.
pub(crate) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Problem::internal(format!("An operation on a certificate ended early ({e})")))?
}
