//! `addPassword` and `removePassword` of applications and of service principals
//! (<https://learn.microsoft.com/graph/api/application-addpassword>,
//! <https://learn.microsoft.com/graph/api/serviceprincipal-addpassword>).

use super::{
    answer::Answer, asker::Asker, error::GraphError, find, holder::Holder, odata::Address, policies, render,
};
use crate::{
    World,
    wire::{call::Call, read, reply, write},
    world::{
        directory::PasswordCredential,
        forever,
        registered::{new_password, new_secret, two_years_after},
    },
};
use coldkeep_core::Timestamp;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct AddPassword {
    #[serde(default)]
    password_credential: Option<SentPassword>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct SentPassword {
    display_name: Option<String>,
    #[serde(default)]
    start_date_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "forever::deserialize")]
    end_date_time: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RemovePassword {
    key_id: String,
}

/// Creates a secret; the reply is the only place where its text is shown.
pub(super) fn add_password(
    world: &World,
    call: &Call,
    asker: &Asker,
    holder: Holder,
    key: &Address,
) -> Answer {
    let sent: Option<AddPassword> = call.json()?;
    let sent = sent.unwrap_or_default().password_credential.unwrap_or_default();
    let start = sent.start_date_time.unwrap_or_else(|| world.now());
    let end = sent.end_date_time.unwrap_or_else(|| two_years_after(start));
    if end <= start {
        return Err(GraphError::new(
            400,
            "PasswordCredentialsInvalidEndDate",
            "Password credential end date is invalid.",
        ));
    }
    let (object_id, owners) = find_holder(world, asker, holder, key)?;
    asker.may_change(world, &owners)?;
    policies::check_new_secret(&read(&world.directory), &asker.tenant_id, &object_id, start, end)?;
    let secret = new_secret();
    let password = new_password(&secret, sent.display_name, start, end, world.replicated_at());
    let mut value = render::password_credential(&password);
    value["secretText"] = json!(secret);
    change(world, holder, &object_id, |passwords| {
        passwords.push(password);
        Ok(())
    })?;
    Ok(reply::json(200, &value))
}

/// Takes a secret away.
pub(super) fn remove_password(
    world: &World,
    call: &Call,
    asker: &Asker,
    holder: Holder,
    key: &Address,
) -> Answer {
    let sent: RemovePassword = call.json()?;
    let (object_id, owners) = find_holder(world, asker, holder, key)?;
    asker.may_change(world, &owners)?;
    change(world, holder, &object_id, |passwords| {
        let before = passwords.len();
        passwords.retain(|p| !p.key_id.eq_ignore_ascii_case(&sent.key_id));
        if passwords.len() == before {
            return Err(GraphError::bad(format!(
                "No password credential found with keyId {}.",
                sent.key_id
            )));
        }
        Ok(())
    })?;
    Ok(reply::bare(204))
}

/// The object id of what has the secrets, and its owners.
fn find_holder(
    world: &World,
    asker: &Asker,
    holder: Holder,
    key: &Address,
) -> Result<(String, Vec<String>), GraphError> {
    let (directory, now) = (read(&world.directory), world.seen_until());
    Ok(match holder {
        Holder::Application => {
            let app = find::find_application(&directory.applications, asker, key, now)?;
            (app.object_id.clone(), app.owners.clone())
        }
        Holder::Principal => {
            let principal = find::find_principal(&directory, asker, key, now)?;
            (principal.object_id.clone(), principal.owners.clone())
        }
    })
}

fn change(
    world: &World,
    holder: Holder,
    object_id: &str,
    with: impl FnOnce(&mut Vec<PasswordCredential>) -> Result<(), GraphError>,
) -> Result<(), GraphError> {
    let mut directory = write(&world.directory);
    let directory = &mut *directory;
    let passwords = match holder {
        Holder::Application => directory
            .applications
            .iter_mut()
            .find(|app| app.object_id == object_id)
            .map(|app| &mut app.password_credentials),
        Holder::Principal => directory
            .service_principals
            .iter_mut()
            .find(|principal| principal.object_id == object_id)
            .map(|principal| &mut principal.password_credentials),
    };
    with(passwords.ok_or_else(|| GraphError::not_found(object_id))?)
}
