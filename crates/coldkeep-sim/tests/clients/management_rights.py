"""azure-mgmt-authorization gives and takes rights, and azure-storage-blob may do what it was given."""

import unittest
from datetime import datetime, timedelta, timezone
from uuid import uuid4

from azure.core.exceptions import HttpResponseError
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.storage import StorageManagementClient
from azure.storage.blob import BlobServiceClient, ImmutabilityPolicy, generate_blob_sas
from management import SUBSCRIPTION, application, client, new_application, refusal
from world import SIM, account

SOURCE = account("northsource")
READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
ROLES = "/providers/Microsoft.Authorization/roleDefinitions"
SERVICES = "Microsoft.Storage/storageAccounts/blobServices"
BLOBS = f"{SERVICES}/containers/blobs"
KEY = f"{SERVICES}/generateUserDelegationKey/action"
SCOPE = f"/subscriptions/{SUBSCRIPTION}"
MISMATCH = "AuthorizationPermissionMismatch"


def role_id(name):
    return f"{SCOPE}{ROLES}/{name}"


class Scene(unittest.TestCase):
    """An application that holds nothing, a container with a blob, and what gives rights."""

    account = SOURCE

    def setUp(self):
        self.rights = client(AuthorizationManagementClient)
        self.app = new_application(self.id())
        self.container = f"c{uuid4().hex[:12]}"
        self.owner = BlobServiceClient(self.account["endpoint"], self.account["key"])
        self.owner.create_container(self.container).upload_blob("there", b"first")
        self.scope = f"{self.account['resource_id']}/blobServices/default/containers/{self.container}"
        data = BlobServiceClient(self.account["endpoint"], application(self.app))
        self.data = data
        self.mine = data.get_container_client(self.container)

    def assign(self, role, scope=None, name=None, principal=None, kind="ServicePrincipal", **more):
        properties = {
            **more,
            "roleDefinitionId": role_id(role),
            "principalId": principal or self.app["principal_id"],
            "principalType": kind,
        }
        return self.rights.role_assignments.create(
            scope or self.scope, name or str(uuid4()), {"properties": properties}
        )

    def role(self, *data_actions, actions=(), name=None):
        """A custom role of just these actions."""
        name = name or str(uuid4())
        self.rights.role_definitions.create_or_update(
            SCOPE,
            name,
            {
                "properties": {
                    "roleName": f"Role {name}",
                    "type": "CustomRole",
                    "assignableScopes": [SCOPE],
                    "permissions": [{"actions": list(actions), "dataActions": list(data_actions)}],
                }
            },
        )
        return name

    def may(self, *data_actions, actions=(), scope=None):
        """Gives exactly these actions."""
        self.assign(self.role(*data_actions, actions=actions), scope=scope)

    def refused(self, call, *args, code=MISMATCH, **named):
        with self.assertRaises(HttpResponseError) as caught:
            result = call(*args, **named)
            if hasattr(result, "__iter__"):
                list(result)
        reply = caught.exception.response
        self.assertEqual((reply.status_code, reply.headers.get("x-ms-error-code")), (403, code))


class Definitions(Scene):
    def test_built_in_roles_have_their_real_ids(self):
        roles = self.rights.role_definitions
        found = list(roles.list(self.scope, filter="roleName eq 'Storage Blob Data Reader'"))
        self.assertEqual([one.name for one in found], [READER])
        self.assertEqual(found[0].role_type, "BuiltInRole")
        permission = found[0].permissions[0]
        self.assertEqual(permission.data_actions, [f"{BLOBS}/read"])
        self.assertIn(KEY, permission.actions)
        by_id = roles.get_by_id(f"{ROLES}/8e3af657-a8ff-443c-a75c-2fe8c4bcb635")
        self.assertEqual(by_id.role_name, "Owner")
        self.assertEqual(refusal(self, roles.get, SCOPE, str(uuid4())), (404, "RoleDefinitionDoesNotExist"))

    def test_a_custom_role_lives(self):
        roles = self.rights.role_definitions
        name = self.role(f"{BLOBS}/read")
        custom = list(roles.list(SCOPE, filter="type eq 'CustomRole'"))
        self.assertIn(name, [one.name for one in custom])
        changed = roles.get(SCOPE, name)
        self.assertEqual(changed.assignable_scopes, [SCOPE])
        changed.permissions[0].data_actions = [f"{BLOBS}/read", f"{BLOBS}/tags/read"]
        roles.create_or_update(SCOPE, name, changed)
        self.assertEqual(len(roles.get(SCOPE, name).permissions[0].data_actions), 2)
        again = {"properties": {"roleName": f"Role {name}", "assignableScopes": [SCOPE], "permissions": []}}
        self.assertEqual(
            refusal(self, roles.create_or_update, SCOPE, str(uuid4()), again), (409, "RoleDefinitionWithSameNameExists")
        )
        assignment = self.assign(name)
        self.assertEqual(refusal(self, roles.delete, SCOPE, name), (400, "RoleDefinitionHasAssignments"))
        self.rights.role_assignments.delete_by_id(assignment.id)
        self.assertEqual(roles.delete(SCOPE, name).name, name)
        self.assertIsNone(roles.delete(SCOPE, name))


class Assignments(Scene):
    def test_conflicts(self):
        assignments = self.rights.role_assignments
        name = str(uuid4())
        made = self.assign(READER, name=name)
        self.assertEqual((made.scope, made.principal_type), (self.scope, "ServicePrincipal"))
        self.assertEqual(self.assign(READER, name=name).id, made.id)
        self.assertEqual(refusal(self, self.assign, READER), (409, "RoleAssignmentExists"))
        other = new_application("other")["principal_id"]
        self.assertEqual(
            refusal(self, self.assign, READER, name=name, principal=other), (400, "RoleAssignmentUpdateNotPermitted")
        )
        self.assertEqual(refusal(self, self.assign, READER, principal=str(uuid4())), (400, "PrincipalNotFound"))
        self.assertEqual(refusal(self, self.assign, READER, kind="User"), (400, "UnmatchedPrincipalType"))
        self.assertEqual(refusal(self, self.assign, str(uuid4())), (404, "RoleDefinitionDoesNotExist"))
        self.assertEqual(
            refusal(self, self.assign, READER, scope=self.scope + "gone"), (404, "ResourceNotFound")
        )
        self.assertEqual(assignments.get_by_id(made.id).id, made.id)
        assignments.delete(self.scope, name)
        assignments.delete(self.scope, name)
        self.assertEqual(refusal(self, assignments.get, self.scope, name), (404, "RoleAssignmentNotFound"))

    def test_lists_know_their_filters(self):
        assignments = self.rights.role_assignments
        below = self.assign(READER).id
        at_account = self.assign(READER, scope=SOURCE["resource_id"]).id
        me = self.app["principal_id"]

        def of_me(found):
            return {one.id for one in found if one.principal_id == me}

        everything = of_me(assignments.list_for_subscription())
        self.assertEqual(everything, {below, at_account})
        self.assertEqual(
            {one.id for one in assignments.list_for_subscription(filter=f"principalId eq '{me}'")}, everything
        )
        account_scope = SOURCE["resource_id"]
        self.assertEqual(of_me(assignments.list_for_scope(account_scope, filter="atScope()")), {at_account})
        both = f"atScope() and assignedTo('{me}')"
        self.assertEqual({one.id for one in assignments.list_for_scope(self.scope, filter=both)}, everything)
        self.assertEqual(
            of_me(assignments.list_for_resource("backup-source", "Microsoft.Storage", "storageAccounts", "northsource")),
            everything,
        )
        together = f"atScope() and principalId eq '{me}'"
        self.assertEqual(
            refusal(self, assignments.list_for_scope, self.scope, filter=together), (400, "UnsupportedQuery")
        )
        self.assertEqual(list(self.rights.deny_assignments.list_for_scope(self.scope)), [])

    def test_who_may_grant_is_told_by_their_permissions(self):
        own = list(self.rights.permissions.list_for_resource_group("backup-source"))
        self.assertIn("*", [action for one in own for action in one.actions])
        mine = client(AuthorizationManagementClient, application(self.app))
        self.assign(READER)
        held = mine.permissions.list_for_resource_group("backup-source")
        self.assertEqual(list(held), [])
        self.rights = mine
        self.assertEqual(
            refusal(self, self.assign, READER, scope=SOURCE["resource_id"]), (403, "AuthorizationFailed")
        )


class Data(Scene):
    def test_nothing_before_and_the_role_after(self):
        self.refused(self.mine.get_blob_client("there").download_blob)
        self.refused(self.mine.list_blobs)
        made = self.assign(READER)
        self.assertEqual(self.mine.get_blob_client("there").download_blob().readall(), b"first")
        self.assertEqual([blob.name for blob in self.mine.list_blobs()], ["there"])
        self.refused(self.mine.upload_blob, "there", b"x", overwrite=True)
        self.refused(self.mine.delete_blob, "there")
        self.refused(self.data.list_containers)
        self.owner.create_container(f"{self.container}-other")
        self.refused(self.data.get_container_client(f"{self.container}-other").list_blobs)
        self.rights.role_assignments.delete_by_id(made.id)
        self.refused(self.mine.get_blob_client("there").download_blob)

    def test_add_creates_and_does_not_overwrite(self):
        self.may(f"{BLOBS}/add/action")
        self.mine.upload_blob("new", b"1")
        for overwrite in (True, False):
            self.refused(self.mine.upload_blob, "there", b"2", overwrite=overwrite, code="UnauthorizedBlobOverwrite")
        self.refused(self.mine.get_blob_client("blocks").stage_block, "a", b"2")
        self.refused(self.mine.get_blob_client("blocks").commit_block_list, [])
        blob = self.mine.get_blob_client("there")
        self.refused(blob.set_blob_metadata, {"a": "b"})
        self.refused(blob.delete_blob)
        self.refused(blob.download_blob)

    def test_write_overwrites_and_does_not_delete(self):
        self.may(f"{BLOBS}/write")
        self.mine.upload_blob("there", b"2", overwrite=True)
        self.mine.upload_blob("new", b"1")
        blob = self.mine.get_blob_client("there")
        blob.set_blob_metadata({"a": "b"})
        blob.set_standard_blob_tier("Cool")
        self.refused(blob.delete_blob)
        self.refused(blob.download_blob)
        self.refused(self.mine.upload_blob, "tagged", b"1", tags={"k": "v"})

    def test_a_condition_confines_writing_to_a_folder(self):
        path = f"@Resource[{BLOBS}:path] StringLike 'x/b/*'"
        condition = f"((!(ActionMatches{{'{BLOBS}/write'}})) OR ({path}))"
        role = self.role(f"{BLOBS}/write")
        refused = (400, "InvalidRoleAssignmentCondition")
        self.assertEqual(refusal(self, self.assign, role, condition=condition, conditionVersion="1.0"), refused)
        self.assertEqual(refusal(self, self.assign, role, condition="nonsense", conditionVersion="2.0"), refused)
        made = self.assign(role, condition=condition, conditionVersion="2.0")
        self.assertEqual((made.condition, made.condition_version), (condition, "2.0"))
        self.mine.upload_blob("x/b/1", b"1")
        self.mine.get_blob_client("x/b/2").stage_block("a", b"2")
        self.refused(self.mine.upload_blob, "x/c/1", b"1")

    def test_delete_deletes(self):
        self.may(f"{BLOBS}/delete")
        self.refused(self.mine.upload_blob, "new", b"1")
        self.mine.delete_blob("there")

    def test_tags_have_actions_of_their_own(self):
        self.may(f"{BLOBS}/tags/write")
        blob = self.mine.get_blob_client("there")
        blob.set_blob_tags({"k": "v"})
        self.refused(blob.get_blob_tags)
        self.may(f"{BLOBS}/tags/read")
        self.assertEqual(blob.get_blob_tags(), {"k": "v"})
        self.may(f"{BLOBS}/write")
        self.mine.upload_blob("tagged", b"1", tags={"k": "v"})

    def test_containers_are_of_the_control_plane(self):
        self.refused(self.mine.get_container_properties)
        self.may(actions=[f"{SERVICES}/containers/read"])
        self.mine.get_container_properties()
        self.refused(self.mine.set_container_metadata, {"a": "b"})
        self.refused(self.data.list_containers)
        self.may(actions=[f"{SERVICES}/containers/read"], scope=SOURCE["resource_id"])
        self.assertIn(self.container, [one.name for one in self.data.list_containers()])
        self.refused(self.data.create_container, f"{self.container}-new")
        self.may(actions=[f"{SERVICES}/containers/write"])
        self.mine.set_container_metadata({"a": "b"})
        self.refused(self.mine.delete_container)
        self.may(actions=[f"{SERVICES}/containers/delete"])
        self.mine.delete_container()

    def test_a_delegation_key_needs_the_account(self):
        start = datetime.now(timezone.utc) - timedelta(minutes=5)
        span = (start, start + timedelta(hours=1))
        self.assign(READER)
        self.refused(self.data.get_user_delegation_key, *span)
        self.may(actions=[KEY], scope=SOURCE["resource_id"])
        key = self.data.get_user_delegation_key(*span)

        def signed(permission):
            sas = generate_blob_sas(
                SOURCE["name"],
                self.container,
                "there",
                user_delegation_key=key,
                permission=permission,
                start=span[0],
                expiry=span[1],
            )
            service = BlobServiceClient(SOURCE["endpoint"], credential=sas)
            return service.get_blob_client(self.container, "there")

        self.assertEqual(signed("r").download_blob().readall(), b"first")
        self.refused(signed("w").upload_blob, b"x", overwrite=True)

    def test_rights_at_the_subscription_reach_the_blobs(self):
        self.assign(READER, scope=SCOPE)
        self.assertEqual(self.mine.get_blob_client("there").download_blob().readall(), b"first")


class Versions(Scene):
    """In an account that keeps versions."""

    account = account("northtarget")

    def setUp(self):
        super().setUp()
        subscription = SIM["subscriptions"][1]["id"]
        self.rights = client(AuthorizationManagementClient, subscription=subscription)
        storage, of = client(StorageManagementClient, subscription=subscription), ("backup-target", "northtarget")
        storage.blob_services.set_service_properties(*of, {"properties": {"isVersioningEnabled": True}})
        by_version = {"properties": {"immutableStorageWithVersioning": {"enabled": True}}}
        storage.blob_containers.update(*of, self.container, by_version)
        blob = self.owner.get_blob_client(self.container, "there")
        blob.upload_blob(b"second", overwrite=True)
        blob.upload_blob(b"third", overwrite=True)
        versions = self.owner.get_container_client(self.container).list_blobs(include=["versions"])
        self.old = [one.version_id for one in versions if not one.is_current_version][-1]

    def role(self, *data_actions, actions=(), name=None):
        name = name or str(uuid4())
        scope = f"/subscriptions/{SIM['subscriptions'][1]['id']}"
        properties = {
            "roleName": f"Role {name}",
            "assignableScopes": [scope],
            "permissions": [{"actions": list(actions), "dataActions": list(data_actions)}],
        }
        self.rights.role_definitions.create_or_update(scope, name, {"properties": properties})
        return name

    def test_a_version_has_an_action_of_its_own(self):
        self.may(f"{BLOBS}/delete")
        old = self.mine.get_blob_client("there", version_id=self.old)
        self.refused(old.delete_blob, version_id=self.old)
        self.may(f"{BLOBS}/deleteBlobVersion/action")
        old.delete_blob(version_id=self.old)
        self.mine.delete_blob("there")

    def test_locks_are_for_the_super_user(self):
        policy = ImmutabilityPolicy(expiry_time=datetime.now(timezone.utc) + timedelta(days=1), policy_mode="Unlocked")
        blob = self.mine.get_blob_client("there")
        self.may(f"{BLOBS}/write")
        self.refused(blob.set_immutability_policy, policy)
        self.may(f"{BLOBS}/immutableStorage/runAsSuperUser/action")
        blob.set_immutability_policy(policy)
        self.refused(blob.delete_blob)
        self.may(f"{BLOBS}/delete")
        with self.assertRaises(HttpResponseError) as caught:
            blob.delete_blob()
        self.assertEqual(caught.exception.error_code, "BlobImmutableDueToPolicy")
        blob.delete_immutability_policy()
        blob.delete_blob()


if __name__ == "__main__":
    unittest.main()
