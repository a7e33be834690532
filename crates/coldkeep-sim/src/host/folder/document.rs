//! `world.json`: everything the world holds but what is in its containers.

use crate::{
    World,
    host::tls::Certificate,
    storage::{
        kept::{ChangedContainer, Files, KeptBlobs},
        packs::Sizes,
        state::Blobs,
        stored::Reader,
    },
    wire::read,
    world::{
        RegisteredApp,
        clock::{KeptClock, SimClock},
        directory::Directory,
        resources::Resources,
        roles::{KeptRoles, Roles},
        start::Start,
        tokens::Tokens,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use std::{io, path::Path};

/// Raised when an older simulator would misread what a newer one writes.
const FORMAT: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Document {
    format: u32,
    pub(crate) serial: u64,
    clock: KeptClock,
    /// PKCS#8 in base64: what tokens are signed with.
    token_key: String,
    pub(crate) certificate: Option<Certificate>,
    ready_app: Option<RegisteredApp>,
    directory: Directory,
    resources: Resources,
    roles: KeptRoles,
    pub(crate) blobs: KeptBlobs,
    pub(crate) packs: Sizes,
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

impl Document {
    /// The world between two requests, and the containers that `files` does not hold as they are.
    pub(crate) fn of(
        world: &World,
        files: &Files,
        name: impl FnMut() -> String,
    ) -> (Self, Vec<ChangedContainer>) {
        let _still = world.pause();
        let copy = world.blobs.copy(files, name);
        let document = Self {
            format: FORMAT,
            serial: 0,
            clock: world.kept_clock(),
            token_key: STANDARD.encode(world.tokens.pkcs8()),
            certificate: None,
            ready_app: world.known_ready_app(),
            directory: read(&world.directory).clone(),
            resources: read(&world.resources).clone(),
            roles: read(&world.roles).kept(),
            blobs: copy.kept,
            packs: Sizes::new(),
        };
        (document, copy.changed)
    }

    pub(crate) fn text(&self) -> io::Result<Vec<u8>> {
        Ok(serde_json::to_vec(self)?)
    }

    /// Reads its text. Errors: written by a newer simulator, or no such document.
    pub(crate) fn parse(text: &[u8]) -> io::Result<Self> {
        let Format { format } = serde_json::from_slice(text)?;
        if format != FORMAT {
            return Err(io::Error::other(format!(
                "it has format {format}, and this version of coldkeep-sim reads format {FORMAT} only"
            )));
        }
        Ok(serde_json::from_slice(text)?)
    }

    /// What a world begins with that resumes from here.
    pub(crate) fn start(
        self,
        containers: &Path,
        reader: &mut Reader,
    ) -> io::Result<(Start, Option<Certificate>, Files)> {
        let (blobs, files) = Blobs::of(self.blobs, containers, reader)?;
        let key = STANDARD.decode(self.token_key).map_err(io::Error::other)?;
        let start = Start {
            directory: self.directory,
            resources: self.resources,
            roles: Roles::of(self.roles),
            tokens: Tokens::of(&key)?,
            ready_app: self.ready_app,
            clock: SimClock::of(self.clock),
            blobs,
        };
        Ok((start, self.certificate, files))
    }
}
