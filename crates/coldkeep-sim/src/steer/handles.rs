//! What tests, the demo and the control API do to the world directly, without a request.

use crate::{
    wire::{new_guid, read, write},
    world::{
        Principal,
        conditions::Condition,
        directory::User,
        first_party,
        role::{Permission, RoleDefinition},
        roles::RoleAssignment,
        state::World,
        unknown::Unknown,
    },
};
use coldkeep_core::Timestamp;

impl World {
    /// The first key of a storage account, base64.
    pub fn account_key(&self, account: &str) -> Option<String> {
        self.storage_account(account).map(|a| a.keys[0].clone())
    }

    /// The names of all storage accounts.
    pub fn account_names(&self) -> Vec<String> {
        read(&self.resources).accounts.keys().cloned().collect()
    }

    /// Switches an account's blob versions on or off.
    pub fn set_versioning(&self, account: &str, on: bool) -> Result<(), Unknown> {
        write(&self.resources)
            .change_account(account, |a| a.versioning = on)
            .ok_or_else(|| Unknown(format!("account `{account}`")))
    }

    /// How many days an account's deleted blobs can be brought back; `None`: not at all.
    pub fn set_blob_soft_delete(&self, account: &str, days: Option<u32>) -> Result<(), Unknown> {
        self.change_account(account, |a| a.blob_soft_delete_days = days)
    }

    /// How many days an account's deleted containers can be restored; `None`: not at all.
    pub fn set_container_soft_delete(&self, account: &str, days: Option<u32>) -> Result<(), Unknown> {
        self.change_account(account, |a| a.container_soft_delete_days = days)
    }

    /// Lets all containers of an account have immutability by version, or not.
    pub fn set_version_level_immutability(&self, account: &str, on: bool) -> Result<(), Unknown> {
        self.change_account(account, |a| a.version_level_immutability = on)
    }

    /// Lets an account's containers be read without signing in, or not.
    pub fn set_allow_public_access(&self, account: &str, on: bool) -> Result<(), Unknown> {
        self.change_account(account, |a| {
            a.other.insert("allowBlobPublicAccess".to_owned(), on.into());
        })
    }

    /// From where an account may be copied into: `AAD`, `PrivateLink`, or from anywhere
    /// (<https://learn.microsoft.com/azure/storage/common/security-restrict-copy-operations>).
    pub fn set_allowed_copy_scope(&self, account: &str, scope: Option<&str>) -> Result<(), Unknown> {
        self.change_account(account, |a| a.allowed_copy_scope = scope.map(str::to_owned))
    }

    /// Lets an account be opened by its keys, or not.
    pub fn set_allow_shared_key(&self, account: &str, on: bool) -> Result<(), Unknown> {
        self.change_account(account, |a| a.allow_shared_key = on)
    }

    /// Lets all users of a tenant (id or domain) register applications, or only those with a role.
    pub fn set_users_may_register(&self, tenant: &str, on: bool) -> Result<(), Unknown> {
        let mut directory = write(&self.directory);
        let mut all = directory.tenants.iter_mut();
        let found = all.find(|t| t.id.eq_ignore_ascii_case(tenant) || t.domain.eq_ignore_ascii_case(tenant));
        found
            .ok_or_else(|| Unknown(format!("tenant `{tenant}`")))?
            .users_may_register = on;
        Ok(())
    }

    /// Changes a person (object id or user principal name): whether a guest, which directory roles.
    pub fn change_user(&self, user: &str, change: impl FnOnce(&mut User)) -> Result<(), Unknown> {
        let mut directory = write(&self.directory);
        let mut all = directory.users.iter_mut();
        let found = all
            .find(|u| u.object_id.eq_ignore_ascii_case(user) || u.principal_name.eq_ignore_ascii_case(user));
        change(found.ok_or_else(|| Unknown(format!("user `{user}`")))?);
        Ok(())
    }

    /// Puts a subscription into a state, as in `Disabled`.
    pub fn set_subscription_state(&self, id: &str, state: &str) -> Result<(), Unknown> {
        let mut resources = write(&self.resources);
        let mut all = resources.subscriptions.iter_mut();
        let found = all.find(|s| s.id.eq_ignore_ascii_case(id));
        found
            .ok_or_else(|| Unknown(format!("subscription `{id}`")))?
            .state = state.to_owned();
        Ok(())
    }

    /// Gives a principal (object id) a role (display name or GUID) at a scope, at once; returns the assignment's GUID.
    pub fn grant(&self, object_id: &str, role: &str, scope: &str) -> Result<String, Unknown> {
        self.grant_where(object_id, role, scope, None)
    }

    /// Assigns a role with a condition.
    pub fn grant_where(
        &self,
        object_id: &str,
        role: &str,
        scope: &str,
        condition: Option<Condition>,
    ) -> Result<String, Unknown> {
        let now = self.now();
        let principal = {
            let directory = read(&self.directory);
            let tenants: Vec<String> = directory.tenants.iter().map(|t| t.id.clone()).collect();
            tenants.into_iter().find_map(|t| {
                let (kind, _) = directory.principal_type(object_id, &t, now)?;
                Some((t, kind))
            })
        };
        let (tenant_id, kind) = principal.ok_or_else(|| Unknown(format!("principal `{object_id}`")))?;
        let mut roles = write(&self.roles);
        let definition = roles
            .definitions(&tenant_id)
            .into_iter()
            .find(|d| d.role_name == role || d.name.eq_ignore_ascii_case(role))
            .ok_or_else(|| Unknown(format!("role `{role}`")))?;
        let name = new_guid();
        roles.put_assignment(RoleAssignment {
            name: name.clone(),
            tenant_id,
            scope: scope.trim_end_matches('/').to_owned(),
            role: definition.name.clone(),
            principal_id: object_id.to_owned(),
            principal_type: kind.to_owned(),
            description: None,
            condition,
            created_by: None,
            created_at: now,
            updated_at: now,
            effective_at: Timestamp::UNIX_EPOCH,
        });
        Ok(name)
    }

    /// Takes an assignment away, by its Resource Manager id.
    pub fn revoke(&self, assignment_id: &str) -> Result<(), Unknown> {
        let unknown = || Unknown(format!("role assignment `{assignment_id}`"));
        let (scope, name) = assignment_id
            .split_once("/providers/Microsoft.Authorization/roleAssignments/")
            .ok_or_else(unknown)?;
        let removed = write(&self.roles).remove_assignment(scope, name);
        removed.map(drop).ok_or_else(unknown)
    }

    /// Creates a role that grants these actions (those of blobs are data actions) and can be assigned everywhere in a tenant;
    /// returns its GUID.
    pub fn define_role(&self, tenant_id: &str, name: &str, actions: &[&str]) -> String {
        let is_data = |action: &&&str| action.contains("/blobs/");
        let listed = |data: bool| {
            let all = actions.iter().filter(|action| is_data(action) == data);
            all.map(|action| (*action).to_owned()).collect()
        };
        let role = RoleDefinition {
            name: new_guid(),
            role_name: name.to_owned(),
            description: String::new(),
            tenant_id: Some(tenant_id.to_owned()),
            permissions: vec![Permission {
                actions: listed(false),
                data_actions: listed(true),
                ..Permission::default()
            }],
            assignable_scopes: vec!["/".to_owned()],
            changes: None,
        };
        let id = role.name.clone();
        write(&self.roles).put_definition(role);
        id
    }

    /// Changes the rights of a role whose display name begins so.
    pub fn change_role(
        &self,
        name_begins: &str,
        change: impl FnOnce(&mut crate::world::role::Permission),
    ) -> Result<(), Unknown> {
        let tenants: Vec<String> = read(&self.directory)
            .tenants
            .iter()
            .map(|t| t.id.clone())
            .collect();
        let mut roles = write(&self.roles);
        let all = tenants.iter().flat_map(|t| roles.definitions(t));
        let found = all.into_iter().find(|d| d.role_name.starts_with(name_begins));
        let mut role = (*found.ok_or_else(|| Unknown(format!("role `{name_begins}`")))?).clone();
        if let Some(permission) = role.permissions.first_mut() {
            change(permission);
        }
        roles.put_definition(role);
        Ok(())
    }

    /// Puts an application into the bin, as another administrator would.
    pub fn delete_application(&self, object_id: &str) -> Result<(), Unknown> {
        let now = self.now();
        self.bin(object_id, Some(now))
    }

    /// Takes it out of the bin again.
    pub fn restore_application(&self, object_id: &str) -> Result<(), Unknown> {
        self.bin(object_id, None)
    }

    fn bin(&self, object_id: &str, deleted_at: Option<Timestamp>) -> Result<(), Unknown> {
        let mut directory = write(&self.directory);
        let mut all = directory.applications.iter_mut();
        let found = all.find(|a| a.object_id.eq_ignore_ascii_case(object_id));
        let found = found.ok_or_else(|| Unknown(format!("application `{object_id}`")))?;
        found.deleted_at = deleted_at;
        let app_id = found.app_id.clone();
        for principal in directory
            .service_principals
            .iter_mut()
            .filter(|s| s.app_id == app_id)
        {
            principal.deleted_at = deleted_at;
        }
        Ok(())
    }

    /// The person or service principal that an object id, a user principal name or an application id names.
    pub fn principal(&self, name: &str) -> Option<Principal> {
        let directory = read(&self.directory);
        let person = directory.user(name).map(|u| Principal {
            tenant_id: u.tenant_id.clone(),
            object_id: u.object_id.clone(),
            app_id: None,
            name: u.principal_name.clone(),
        });
        person.or_else(|| {
            let found = directory.service_principals.iter().find(|s| {
                s.deleted_at.is_none()
                    && (s.app_id.eq_ignore_ascii_case(name) || s.object_id.eq_ignore_ascii_case(name))
            })?;
            Some(Principal {
                tenant_id: found.tenant_id.clone(),
                object_id: found.object_id.clone(),
                app_id: Some(found.app_id.clone()),
                name: found.app_id.clone(),
            })
        })
    }

    /// Signs a person in on the page that a client opened in a browser; answers the address the browser is sent to.
    pub fn approve_in_browser(&self, authorize_url: &str, user: &str) -> Result<String, Unknown> {
        crate::login::approve(self, authorize_url, user)
    }

    /// An access token for a principal, issued without a request: for tests that need no sign-in. Users have theirs
    /// by the Azure
    /// CLI.
    pub fn token_for(&self, principal: &Principal, audience: &str) -> Option<String> {
        self.token_by(principal, first_party::CLIENTS[0], audience)
    }

    /// A token for a person that another client asks for.
    pub fn token_by(&self, principal: &Principal, client_id: &str, audience: &str) -> Option<String> {
        let claims = crate::login::direct_claims(self, principal, client_id, audience);
        self.tokens.sign(&claims).ok()
    }
}
