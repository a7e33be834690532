//! Use cases of a person's sign-in by device code; tokens live in memory only.

use crate::{
    Engine,
    requests::{SignIn, StartSignIn},
};
use coldkeep_core::{Problem, id::SignInId};
use std::sync::Arc;

/// Sign-ins of this process.
#[derive(Debug, Default)]
pub(crate) struct Live {}

impl Engine {
    /// Asks for a device code and polls in the background until somebody used it or it ran out.
    pub async fn start_sign_in(self: &Arc<Self>, _wish: StartSignIn) -> Result<SignIn, Problem> {
        todo!()
    }
    pub async fn show_sign_in(&self, _id: SignInId) -> Result<SignIn, Problem> {
        todo!()
    }
}
