//! What a server does by itself, without being asked. A single command starts none of it.

mod credentials;
mod janitor;

use crate::Engine;
use coldkeep_core::Caller;
use std::sync::Arc;
use tokio::task::JoinSet;

/// The background loops of this process; they end when this is dropped.
#[derive(Debug)]
pub struct Loops {
    _tasks: JoinSet<()>,
}

impl Engine {
    /// Starts every background loop. Each round is idempotent: what one does half-way, the next resumes.
    pub fn start_loops(self: &Arc<Self>) -> Loops {
        let mut tasks = JoinSet::new();
        let identity = self.identity(Caller::background(credentials::NAME));
        tasks.spawn(credentials::run(identity));
        let identity = self.identity(Caller::background(janitor::NAME));
        tasks.spawn(janitor::run(identity));
        Loops { _tasks: tasks }
    }
}
