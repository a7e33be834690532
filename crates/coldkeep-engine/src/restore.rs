//! Restoring a point into a container, server side.

use crate::{Engine, requests::StartRestore};
use coldkeep_core::{Problem, id::PointId, run::Run};
use std::sync::Arc;

impl Engine {
    /// Starts a run in the background and answers with it.
    pub async fn start_restore(self: &Arc<Self>, _point: PointId, _wish: StartRestore) -> Result<Run, Problem> {
        todo!()
    }
}
