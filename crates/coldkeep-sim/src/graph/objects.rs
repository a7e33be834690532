//! Directory objects of any kind by their ids (<https://learn.microsoft.com/graph/api/directoryobject-getbyids>).

use super::{
    answer::{Answer, list, one, only_get},
    asker::{Area, Asker},
    collection::{APPLICATIONS, Kind, PRINCIPALS, USERS},
    error::GraphError,
    odata::Address,
    person, render,
};
use crate::{
    World,
    wire::{call::Call, read},
};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

/// The maximum number of ids that can be asked for at once.
const MAX_IDS: usize = 1000;

#[derive(Deserialize)]
struct GetByIdsBody {
    ids: Vec<String>,
    /// Kinds by their names, as in `servicePrincipal`; none: all.
    #[serde(default)]
    types: Vec<String>,
}

/// Answers a request below `directoryObjects`.
pub(super) fn route(
    world: &World,
    call: &Call,
    asker: &Asker,
    key: Option<Address>,
    rest: &[&str],
) -> Answer {
    match (key, rest) {
        (Some(Address::Id(name)), []) if name == "getByIds" || name == "microsoft.graph.getByIds" => {
            by_ids(world, call, asker)
        }
        (Some(Address::Id(id)), []) => {
            only_get(call)?;
            let found = find_object(world, asker, &id).ok_or_else(|| GraphError::not_found(&id))?;
            asker.may_read(found.area)?;
            Ok(one(world, call, "directoryObjects", found.value))
        }
        _ => Err(GraphError::no_resource("directoryObjects")),
    }
}

/// Objects that do not exist, or that the caller is not allowed to read, are left out.
fn by_ids(world: &World, call: &Call, asker: &Asker) -> Answer {
    if call.method != Method::POST {
        return Err(GraphError::method(&call.method));
    }
    let sent: GetByIdsBody = call.json()?;
    if sent.ids.is_empty() || sent.ids.len() > MAX_IDS {
        return Err(GraphError::bad(format!(
            "The number of ids must be between 1 and {MAX_IDS}."
        )));
    }
    let wanted = |found: &Found| {
        let kind = found.kind.type_name;
        sent.types.is_empty()
            || sent
                .types
                .iter()
                .any(|t| t.eq_ignore_ascii_case(kind) || t.eq_ignore_ascii_case("directoryObject"))
    };
    let found = sent
        .ids
        .iter()
        .filter_map(|id| find_object(world, asker, id))
        .filter(|found| wanted(found) && asker.may_read(found.area).is_ok())
        .map(|found| found.value);
    Ok(list(world, "directoryObjects", found.collect()))
}

struct Found {
    kind: Kind,
    area: Area,
    value: Value,
}

/// A living object of the caller's tenant.
fn find_object(world: &World, asker: &Asker, id: &str) -> Option<Found> {
    let (directory, now) = (read(&world.directory), world.seen_until());
    let typed = |kind: Kind, area: Area, mut value: Value| {
        value["@odata.type"] = json!(format!("#microsoft.graph.{}", kind.type_name));
        Some(Found { kind, area, value })
    };
    let here =
        |tenant_id: &str, object_id: &str| tenant_id == asker.tenant_id && object_id.eq_ignore_ascii_case(id);
    if let Some(user) = directory.users.iter().find(|u| here(&u.tenant_id, &u.object_id)) {
        return typed(USERS, Area::Users, person::rendered(user));
    }
    let mut principals = directory.service_principals.iter();
    if let Some(principal) =
        principals.find(|s| here(&s.tenant_id, &s.object_id) && s.deleted_at.is_none() && s.visible_at <= now)
    {
        let value = render::service_principal(&directory, principal);
        return typed(PRINCIPALS, Area::Applications, value);
    }
    let mut apps = directory.applications.iter();
    let app =
        apps.find(|a| here(&a.tenant_id, &a.object_id) && a.deleted_at.is_none() && a.visible_at <= now)?;
    typed(APPLICATIONS, Area::Applications, render::application(app, false))
}
