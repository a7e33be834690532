//! `appRoleAssignedTo` and `appRoleAssignments`: who holds which app role of which resource
//! (<https://learn.microsoft.com/graph/api/serviceprincipal-post-approleassignedto>).

use super::{
    answer::{Answer, made},
    asker::{Area, Asker},
    collection::{self, APP_ROLE_ASSIGNMENTS},
    error::GraphError,
    render,
};
use crate::{
    World,
    wire::{call::Call, new_guid, read, reply, write},
    world::{
        directory::{Directory, ServicePrincipal},
        first_party,
        permissions::AppRoleAssignment,
    },
};
use http::Method;
use serde::Deserialize;

/// The role of a resource that has none.
const DEFAULT_ACCESS: &str = "00000000-0000-0000-0000-000000000000";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssignmentBody {
    principal_id: String,
    resource_id: String,
    app_role_id: String,
}

/// From which end a list is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// `appRoleAssignedTo`: the resource.
    Resource,
    /// `appRoleAssignments`: who holds the role.
    Principal,
}

/// Answers a request below one of the lists of a principal (object id).
pub(super) fn route(world: &World, call: &Call, asker: &Asker, id: &str, end: End, rest: &[&str]) -> Answer {
    match (&call.method, rest) {
        (&Method::GET, [] | ["$count"]) => {
            asker.may_read(Area::AppRoleAssignments)?;
            let directory = read(&world.directory);
            let here = directory
                .app_role_assignments
                .iter()
                .filter(|a| belongs_to(a, id, end));
            let found = here.map(|a| render::app_role_assignment(&directory, a)).collect();
            match rest {
                [] => collection::page(world, call, APP_ROLE_ASSIGNMENTS, found),
                _ => collection::count(call, APP_ROLE_ASSIGNMENTS, found),
            }
        }
        (&Method::POST, []) => assign(world, call, asker, id, end),
        (&Method::GET, [assignment]) => {
            asker.may_read(Area::AppRoleAssignments)?;
            let directory = read(&world.directory);
            let mut all = directory.app_role_assignments.iter();
            let found = all.find(|a| a.id == *assignment && belongs_to(a, id, end));
            let found = found.ok_or_else(|| GraphError::not_found(assignment))?;
            Ok(super::answer::one(
                world,
                call,
                "appRoleAssignments",
                render::app_role_assignment(&directory, found),
            ))
        }
        (&Method::DELETE, [assignment]) => {
            let graph = is_of_graph(&read(&world.directory), assignment);
            asker.may_administer(world, Area::AppRoleAssignments, graph)?;
            let mut directory = write(&world.directory);
            let before = directory.app_role_assignments.len();
            directory
                .app_role_assignments
                .retain(|a| a.id != *assignment || !belongs_to(a, id, end));
            if directory.app_role_assignments.len() == before {
                return Err(GraphError::not_found(assignment));
            }
            Ok(reply::bare(204))
        }
        _ => Err(GraphError::method(&call.method)),
    }
}

fn belongs_to(assignment: &AppRoleAssignment, id: &str, end: End) -> bool {
    match end {
        End::Resource => assignment.resource_id == id,
        End::Principal => assignment.principal_id == id,
    }
}

fn is_of_graph(directory: &Directory, assignment: &str) -> bool {
    let mut all = directory.app_role_assignments.iter();
    let resource = all.find(|a| a.id == assignment).map(|a| a.resource_id.as_str());
    directory
        .service_principals
        .iter()
        .any(|s| Some(s.object_id.as_str()) == resource && s.app_id == first_party::GRAPH)
}

fn assign(world: &World, call: &Call, asker: &Asker, id: &str, end: End) -> Answer {
    let sent: AssignmentBody = call.json()?;
    let expected = match end {
        End::Resource => &sent.resource_id,
        End::Principal => &sent.principal_id,
    };
    if !expected.eq_ignore_ascii_case(id) {
        return Err(GraphError::bad(
            "Invalid value specified for property 'resourceId' or 'principalId' of resource 'AppRoleAssignment': it is not the \
             object in the address.",
        ));
    }
    let now = world.now();
    let resource = living(&read(&world.directory), asker, &sent.resource_id, world)?;
    asker.may_administer(
        world,
        Area::AppRoleAssignments,
        resource.app_id == first_party::GRAPH,
    )?;
    let mut directory = write(&world.directory);
    match directory.principal_type(&sent.principal_id, &asker.tenant_id, now) {
        None => return Err(GraphError::not_found(&sent.principal_id)),
        Some((_, false)) => return Err(GraphError::bad("Not a valid reference update.")),
        Some((_, true)) => {}
    }
    let roles = directory.app_roles(&resource);
    let offered = roles
        .iter()
        .any(|r| r["id"] == sent.app_role_id.to_ascii_lowercase().as_str());
    if !offered && (sent.app_role_id != DEFAULT_ACCESS || !roles.is_empty()) {
        return Err(GraphError::bad(format!(
            "Permission being assigned was not found on application '{}'.",
            resource.app_id
        )));
    }
    let assignment = AppRoleAssignment {
        id: short_id(),
        tenant_id: asker.tenant_id.clone(),
        principal_id: sent.principal_id.to_ascii_lowercase(),
        resource_id: resource.object_id.clone(),
        app_role_id: sent.app_role_id.to_ascii_lowercase(),
        created_at: now,
    };
    let same = |a: &AppRoleAssignment| {
        (&a.principal_id, &a.resource_id, &a.app_role_id)
            == (
                &assignment.principal_id,
                &assignment.resource_id,
                &assignment.app_role_id,
            )
    };
    if directory.app_role_assignments.iter().any(same) {
        return Err(GraphError::bad(
            "Permission being assigned already exists on the object.",
        ));
    }
    let value = render::app_role_assignment(&directory, &assignment);
    directory.app_role_assignments.push(assignment);
    Ok(made(world, "appRoleAssignments", value))
}

/// A service principal of the caller's tenant that is there and seen, by object id.
pub(super) fn living(
    directory: &Directory,
    asker: &Asker,
    id: &str,
    world: &World,
) -> Result<ServicePrincipal, GraphError> {
    let mut all = directory.service_principals.iter();
    all.find(|s| {
        s.object_id.eq_ignore_ascii_case(id)
            && s.tenant_id == asker.tenant_id
            && s.deleted_at.is_none()
            && s.visible_at <= world.seen_until()
    })
    .cloned()
    .ok_or_else(|| GraphError::not_found(id))
}

/// An id of the form that grants and assignments have: 43 characters.
pub(super) fn short_id() -> String {
    let random = format!("{}{}", new_guid(), new_guid()).replace('-', "");
    random[..43].to_owned()
}
