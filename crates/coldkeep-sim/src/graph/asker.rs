//! Who asks, and what the token lets them do: app roles of an application, or the rights of a person within the scopes
//! of the client that acts for them (<https://learn.microsoft.com/graph/permissions-overview>).

use super::error::GraphError;
use crate::{
    World,
    wire::read,
    world::{
        Principal,
        directory::{Directory, User},
    },
};

/// The principal behind a request and the permissions of its token.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    pub tenant_id: String,
    pub object_id: String,
    /// The application, for a token that stands for no person.
    pub app_id: Option<String>,
    pub name: String,
    /// The application id of the client that acts.
    pub client_id: String,
    permissions: Vec<String>,
}

/// A part of the directory with permissions of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Area {
    /// Applications and service principals.
    Applications,
    AppRoleAssignments,
    PermissionGrants,
    Users,
    Organization,
    Policies,
    DirectoryRoles,
    /// Who has which directory role.
    RoleManagement,
}

impl Area {
    /// Any of these lets a token read.
    fn readers(self) -> &'static [&'static str] {
        match self {
            Self::Applications | Self::AppRoleAssignments => &[
                "Application.Read.All",
                "Application.ReadWrite.All",
                "Application.ReadWrite.OwnedBy",
                "Directory.Read.All",
                "Directory.ReadWrite.All",
            ],
            Self::PermissionGrants => &[
                "DelegatedPermissionGrant.ReadWrite.All",
                "Directory.Read.All",
                "Directory.ReadWrite.All",
            ],
            Self::Users => &[
                "User.Read.All",
                "User.ReadWrite.All",
                "Directory.Read.All",
                "Directory.ReadWrite.All",
            ],
            Self::Organization => &[
                "User.Read",
                "User.Read.All",
                "Organization.Read.All",
                "Directory.Read.All",
                "Directory.ReadWrite.All",
            ],
            Self::Policies => &["Policy.Read.All", "Policy.ReadWrite.ApplicationConfiguration"],
            Self::DirectoryRoles => &[
                "RoleManagement.Read.Directory",
                "RoleManagement.ReadWrite.Directory",
                "Directory.Read.All",
                "Directory.ReadWrite.All",
            ],
            Self::RoleManagement => &["RoleManagement.Read.Directory", "RoleManagement.Read.All"],
        }
    }

    /// Any of these lets a token write.
    fn writers(self) -> &'static [&'static str] {
        match self {
            Self::Applications => &["Application.ReadWrite.All", "Directory.ReadWrite.All"],
            Self::AppRoleAssignments => &["AppRoleAssignment.ReadWrite.All"],
            Self::PermissionGrants => &[
                "DelegatedPermissionGrant.ReadWrite.All",
                "Directory.ReadWrite.All",
            ],
            Self::Policies => &["Policy.ReadWrite.ApplicationConfiguration"],
            Self::Users => &["User.ReadWrite.All", "Directory.ReadWrite.All"],
            Self::Organization => &["Organization.ReadWrite.All"],
            Self::DirectoryRoles | Self::RoleManagement => &["RoleManagement.ReadWrite.Directory"],
        }
    }
}

impl Asker {
    pub(super) fn new(principal: Principal, client_id: String, permissions: Vec<String>) -> Self {
        Self {
            tenant_id: principal.tenant_id,
            object_id: principal.object_id,
            app_id: principal.app_id,
            name: principal.name,
            client_id,
            permissions,
        }
    }

    fn reads(&self, area: Area) -> bool {
        self.holds(area, area.readers()) || self.holds(area, area.writers())
    }

    fn holds(&self, area: Area, any: &[&str]) -> bool {
        // The user's client is allowed what the user is, except for what needs permissions that nothing else gives: the
        // Azure CLI reads no policies and no role assignments, for any user.
        let apart = matches!(area, Area::Policies | Area::RoleManagement);
        let as_the_person = self.app_id.is_none() && !apart && self.has("Directory.AccessAsUser.All");
        as_the_person || any.iter().any(|wanted| self.has(wanted))
    }

    fn has(&self, permission: &str) -> bool {
        self.permissions.iter().any(|p| p == permission)
    }

    /// Refuses callers who are not allowed to read a part of the directory. Users of the tenant are, if their client is.
    pub(super) fn may_read(&self, area: Area) -> Result<(), GraphError> {
        if self.reads(area) { Ok(()) } else { Err(denied()) }
    }

    /// Refuses callers who are not allowed to change an application or a service principal: administrators can
    /// change all, users
    /// what they own; applications by their app roles.
    pub(super) fn may_change(&self, world: &World, owners: &[String]) -> Result<(), GraphError> {
        let owns = owners.contains(&self.object_id);
        if self.app_id.is_some() {
            let allowed = self.holds(Area::Applications, Area::Applications.writers())
                || owns && self.has("Application.ReadWrite.OwnedBy");
            return if allowed { Ok(()) } else { Err(denied()) };
        }
        let directory = read(&world.directory);
        match self.person(&directory) {
            Some(user)
                if self.holds(Area::Applications, Area::Applications.writers())
                    && (user.manages_applications() || owns) =>
            {
                Ok(())
            }
            _ => Err(denied()),
        }
    }

    /// Refuses callers who are not allowed to register applications in their tenant.
    pub(super) fn may_register(&self, world: &World) -> Result<(), GraphError> {
        if self.app_id.is_some() {
            return if self.holds(Area::Applications, Area::Applications.writers())
                || self.has("Application.ReadWrite.OwnedBy")
            {
                Ok(())
            } else {
                Err(denied())
            };
        }
        let directory = read(&world.directory);
        match (self.person(&directory), directory.tenant(&self.tenant_id)) {
            (Some(user), Some(tenant))
                if self.holds(Area::Applications, Area::Applications.writers())
                    && user.may_register(tenant) =>
            {
                Ok(())
            }
            _ => Err(denied()),
        }
    }

    /// Refuses callers who are not allowed to write in a part that only administrators of the directory write in.
    /// `graph`: whether it is about
    /// app roles of Graph itself, to which an Application Administrator cannot consent
    /// (<https://learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent>).
    pub(super) fn may_administer(&self, world: &World, area: Area, graph: bool) -> Result<(), GraphError> {
        let holds = self.holds(area, area.writers());
        if self.app_id.is_some() {
            return if holds { Ok(()) } else { Err(denied()) };
        }
        let directory = read(&world.directory);
        match self.person(&directory) {
            Some(user) if holds && (user.admin || user.manages_applications() && !graph) => Ok(()),
            _ => Err(denied()),
        }
    }

    /// The person, where the token stands for one.
    pub(super) fn person<'a>(&self, directory: &'a Directory) -> Option<&'a User> {
        directory.user(&self.object_id).filter(|_| self.app_id.is_none())
    }
}

pub(super) fn denied() -> GraphError {
    GraphError::new(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )
}
