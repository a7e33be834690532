//! `addKey` and `removeKey`: an application rolls its own certificates, proving that it has a key
//! (<https://learn.microsoft.com/graph/application-rollkey-prooftoken>).

use super::{
    answer::Answer,
    asker::{Asker, denied},
    error::GraphError,
    find,
    keys::{self, SentKey},
    odata::Address,
    policies, render,
};
use crate::{
    World,
    login::possession::{self, Proof},
    wire::{call::Call, read, reply, write},
    world::directory::Application,
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AddKey {
    key_credential: SentKey,
    proof: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RemoveKey {
    key_id: String,
    proof: Option<String>,
}

/// Adds one certificate beside the others; answers with it.
pub(super) fn add_key(world: &World, call: &Call, asker: &Asker, key: &Address) -> Answer {
    let sent: AddKey = call.json()?;
    let mut app = proven(world, asker, key, sent.proof.as_deref())?;
    let before = app.key_credentials.clone();
    let added = keys::one(&before, sent.key_credential, world.now(), world.replicated_at())?;
    app.key_credentials.push(added.clone());
    policies::check_new_keys(
        &read(&world.directory),
        &app.tenant_id,
        &app.object_id,
        &app.key_credentials,
        &before,
    )?;
    change(world, &app, |kept| kept.key_credentials.push(added.clone()));
    Ok(reply::json(200, &render::key_credential(&added, false)))
}

/// Takes one certificate away.
pub(super) fn remove_key(world: &World, call: &Call, asker: &Asker, key: &Address) -> Answer {
    let sent: RemoveKey = call.json()?;
    let app = proven(world, asker, key, sent.proof.as_deref())?;
    let same = |id: &str| id.eq_ignore_ascii_case(&sent.key_id);
    if !app.key_credentials.iter().any(|k| same(&k.key_id)) {
        return Err(GraphError::bad("No credentials found to be removed."));
    }
    change(world, &app, |kept| {
        kept.key_credentials.retain(|k| !same(&k.key_id))
    });
    Ok(reply::bare(204))
}

/// The application, once the asker may change it (itself, or a person who may) and has proven a key of it.
fn proven(
    world: &World,
    asker: &Asker,
    key: &Address,
    proof: Option<&str>,
) -> Result<Application, GraphError> {
    let known = world.seen_until();
    let app = find::find_application(&read(&world.directory).applications, asker, key, known)?.clone();
    let itself = asker
        .app_id
        .as_ref()
        .is_some_and(|id| id.eq_ignore_ascii_case(&app.app_id));
    if !itself {
        asker.may_change(world, &app.owners)?;
    }
    let proof = proof.filter(|p| !p.is_empty()).ok_or_else(denied)?;
    match possession::check_proof(world, &app, proof) {
        Proof::Good => Ok(app),
        Proof::Bad => Err(GraphError::new(
            401,
            "Authentication_MissingOrMalformed",
            "Access Token missing or malformed.",
        )),
    }
}

fn change(world: &World, app: &Application, with: impl FnOnce(&mut Application)) {
    let mut directory = write(&world.directory);
    if let Some(kept) = directory
        .applications
        .iter_mut()
        .find(|a| a.object_id == app.object_id)
    {
        with(kept);
    }
}
