//! When the world is saved: a few seconds after a change, on request, and at the end.

use crate::host::state::Host;
use crate::{Body, wire::reply};
use http::Response;
use serde_json::json;
use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// How long a change may go unsaved.
const PAUSE: Duration = Duration::from_secs(3);
/// The wait before the next save, in multiples of how long the last one took: saving takes a tenth of one core at most.
const REST: u32 = 9;

/// Saves the world every few seconds if it has changed, until the simulator stops.
pub(crate) async fn keep(host: Arc<Host>, mut stop: watch::Receiver<()>) {
    let mut pause = PAUSE;
    loop {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => return,
        }
        let begun = Instant::now();
        // Failures are reported by `Folder::failure`.
        let _ = save(&host).await;
        pause = PAUSE.max(begun.elapsed() * REST);
    }
}

/// Saves the world now, if a folder keeps it; false: nothing has changed.
pub(crate) async fn save(host: &Arc<Host>) -> io::Result<bool> {
    let host = Arc::clone(host);
    let saved = tokio::task::spawn_blocking(move || host.save()).await;
    saved.unwrap_or_else(|panicked| Err(io::Error::other(panicked)))
}

/// Answers `POST save` of the control API.
pub(crate) async fn answer(host: &Arc<Host>) -> Response<Body> {
    if host.folder().is_none() {
        let why = "this world has no folder: start the simulator with --data";
        return reply::json(400, &json!({"error": why}));
    }
    match save(host).await {
        Ok(changed) => reply::json(200, &json!({"saved": changed})),
        Err(error) => reply::json(500, &json!({"error": error.to_string()})),
    }
}
