"""azure-mgmt-subscription, -resource and -storage find, make, change and delete."""

import unittest

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.storage import StorageManagementClient
from azure.mgmt.subscription import SubscriptionClient
from azure.storage.blob import BlobServiceClient
from management import SUBSCRIPTION, application, client, refusal
from world import SIM, TENANT, account

GROUP = "backup-source"


class Finding(unittest.TestCase):
    def test_tenants_subscriptions_and_regions(self):
        subscriptions = client(SubscriptionClient)
        self.assertEqual([found.tenant_id for found in subscriptions.tenants.list()], [TENANT])
        # The simulator was told to put one entry on a page.
        pages = list(subscriptions.subscriptions.list().by_page())
        self.assertGreater(len(pages), 1)
        found = {one.subscription_id for one in subscriptions.subscriptions.list()}
        self.assertEqual(found, {one["id"] for one in SIM["subscriptions"]})
        one = subscriptions.subscriptions.get(SUBSCRIPTION)
        self.assertEqual((one.display_name, one.state), ("Northwind Production", "Enabled"))
        regions = {region.name for region in subscriptions.subscriptions.list_locations(SUBSCRIPTION)}
        self.assertIn("westeurope", regions)

    def test_providers_are_registered(self):
        providers = client(ResourceManagementClient).providers
        names = {provider.namespace for provider in providers.list()}
        self.assertLessEqual({"Microsoft.Storage", "Microsoft.Authorization"}, names)
        self.assertEqual(providers.register("Microsoft.Storage").registration_state, "Registered")
        self.assertEqual(refusal(self, providers.get, "Microsoft.Nothing"), (404, "InvalidResourceNamespace"))

    def test_who_holds_nothing_finds_nothing(self):
        app = application()
        storage = client(StorageManagementClient, app)
        self.assertEqual(list(storage.storage_accounts.list()), [])
        self.assertEqual(
            refusal(self, storage.storage_accounts.list_keys, GROUP, "northsource"), (403, "AuthorizationFailed")
        )

    def test_versions_nobody_knows_are_refused(self):
        old = client(StorageManagementClient, api_version="2010-01-01")
        self.assertEqual(
            refusal(self, old.storage_accounts.get_properties, GROUP, "northsource"),
            (400, "NoRegisteredProviderFound"),
        )
        bad = client(StorageManagementClient, api_version="newest")
        self.assertEqual(
            refusal(self, bad.storage_accounts.get_properties, GROUP, "northsource"),
            (400, "InvalidApiVersionParameter"),
        )

    def test_replies_say_which_request_they_answer(self):
        seen = {}
        client(ResourceManagementClient).resource_groups.get(
            GROUP, raw_response_hook=lambda answer: seen.update(answer.http_response.headers)
        )
        lower = {name.lower() for name in seen}
        self.assertLessEqual(
            {"x-ms-request-id", "x-ms-correlation-request-id", "x-ms-ratelimit-remaining-subscription-reads"}, lower
        )


class Groups(unittest.TestCase):
    def test_a_group_lives_and_takes_its_accounts_along(self):
        resources = client(ResourceManagementClient)
        groups = resources.resource_groups
        self.assertFalse(groups.check_existence("short-lived"))
        made = groups.create_or_update("short-lived", {"location": "West Europe", "tags": {"for": "tests"}})
        self.assertEqual((made.location, made.tags), ("westeurope", {"for": "tests"}))
        self.assertTrue(groups.check_existence("SHORT-LIVED"))
        self.assertIn("short-lived", [group.name for group in groups.list()])
        self.assertEqual(
            [group.name for group in groups.list(filter="tagName eq 'for' and tagValue eq 'tests'")], ["short-lived"]
        )
        self.assertEqual(
            refusal(self, groups.create_or_update, "short-lived", {"location": "eastus"}),
            (409, "InvalidResourceGroupLocation"),
        )
        storage = client(StorageManagementClient).storage_accounts
        storage.begin_create(
            "short-lived", "shortlived", {"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}
        ).result()
        listed = [one.name for one in resources.resources.list_by_resource_group("short-lived")]
        self.assertEqual(listed, ["shortlived"])
        groups.begin_delete("short-lived").result()
        self.assertFalse(groups.check_existence("short-lived"))
        self.assertTrue(storage.check_name_availability({"name": "shortlived", "type": storage_type()}).name_available)
        self.assertEqual(refusal(self, groups.get, "short-lived"), (404, "ResourceGroupNotFound"))


def storage_type():
    return "Microsoft.Storage/storageAccounts"


class Accounts(unittest.TestCase):
    def setUp(self):
        self.accounts = client(StorageManagementClient).storage_accounts

    def test_what_there_is_is_listed(self):
        everywhere = {found.name for found in self.accounts.list()}
        self.assertIn("northsource", everywhere)
        self.assertIn("northsource", {found.name for found in self.accounts.list_by_resource_group(GROUP)})
        found = self.accounts.get_properties(GROUP, "northsource")
        self.assertEqual(found.primary_endpoints.blob, account("northsource")["endpoint"] + "/")
        self.assertEqual(
            refusal(self, self.accounts.get_properties, GROUP, "nothing"), (404, "ResourceNotFound")
        )
        self.assertEqual(
            refusal(self, self.accounts.list_by_resource_group, "nothing"), (404, "ResourceGroupNotFound")
        )

    def test_names(self):
        def check(name):
            return self.accounts.check_name_availability({"name": name, "type": storage_type()})

        self.assertTrue(check("free4all").name_available)
        self.assertEqual(check("northsource").reason, "AlreadyExists")
        self.assertEqual(check("No_Good").reason, "AccountNameInvalid")
        body = {"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}
        self.assertEqual(
            refusal(self, self.accounts.begin_create, GROUP, "northtarget", body), (409, "StorageAccountAlreadyTaken")
        )
        self.assertEqual(refusal(self, self.accounts.begin_create, GROUP, "no", body), (400, "AccountNameInvalid"))
        self.assertEqual(
            refusal(self, self.accounts.begin_create, GROUP, "farfaraway", {**body, "location": "moon"}),
            (400, "LocationNotAvailableForResourceType"),
        )

    def test_an_account_is_made_changed_and_deleted(self):
        made = self.accounts.begin_create(
            GROUP,
            "madehere",
            {
                "location": "westeurope",
                "sku": {"name": "Standard_GRS"},
                "kind": "StorageV2",
                "tags": {"team": "backup"},
                "properties": {
                    "minimumTlsVersion": "TLS1_3",
                    "allowSharedKeyAccess": True,
                    "immutableStorageWithVersioning": {"enabled": True},
                    "networkAcls": {
                        "defaultAction": "Deny",
                        "bypass": "None",
                        "ipRules": [{"value": "127.0.0.1"}, {"value": "20.1.0.0/16"}],
                    },
                },
            },
        ).result()
        self.assertEqual((made.provisioning_state, made.sku.name), ("Succeeded", "Standard_GRS"))
        self.assertEqual((made.minimum_tls_version, made.tags), ("TLS1_3", {"team": "backup"}))
        self.assertTrue(made.immutable_storage_with_versioning.enabled)
        rules = made.network_rule_set
        self.assertEqual((rules.default_action, rules.bypass), ("Deny", "None"))
        self.assertEqual([rule.ip_address_or_range for rule in rules.ip_rules], ["127.0.0.1", "20.1.0.0/16"])

        # The Blob service has it at once, under its keys.
        keys = {key.key_name: key.value for key in self.accounts.list_keys(GROUP, "madehere").keys_property}
        endpoint = made.primary_endpoints.blob
        BlobServiceClient(endpoint, keys["key1"]).create_container("first")
        again = self.accounts.regenerate_key(GROUP, "madehere", {"keyName": "key1"}).keys_property
        self.assertNotEqual(again[0].value, keys["key1"])
        self.assertEqual(again[1].value, keys["key2"])
        with self.assertRaises(HttpResponseError) as refused:
            BlobServiceClient(endpoint, keys["key1"]).get_container_client("first").get_container_properties()
        self.assertEqual(refused.exception.status_code, 403)
        BlobServiceClient(endpoint, keys["key2"]).get_container_client("first").get_container_properties()

        changed = self.accounts.update(
            GROUP, "madehere", {"tags": {}, "properties": {"allowSharedKeyAccess": False, "accessTier": "Cool"}}
        )
        self.assertEqual((changed.access_tier, changed.allow_shared_key_access), ("Cool", False))
        self.assertEqual(changed.minimum_tls_version, "TLS1_3")
        with self.assertRaises(HttpResponseError) as refused:
            BlobServiceClient(endpoint, keys["key2"]).get_container_client("first").get_container_properties()
        self.assertEqual(refused.exception.error_code, "KeyBasedAuthenticationNotPermitted")
        self.assertEqual(
            refusal(self, self.accounts.update, GROUP, "madehere", {"properties": {"isHnsEnabled": True}}),
            (400, "AccountPropertyCannotBeUpdated"),
        )
        private = {"properties": {"networkAcls": {"defaultAction": "Deny", "ipRules": [{"value": "10.0.0.1"}]}}}
        self.assertEqual(
            refusal(self, self.accounts.update, GROUP, "madehere", private), (400, "InvalidValuesForRequestParameters")
        )
        self.accounts.delete(GROUP, "madehere")
        self.accounts.delete(GROUP, "madehere")
        self.assertNotIn("madehere", {found.name for found in self.accounts.list()})

    def test_the_blob_service_is_set_up(self):
        services = client(StorageManagementClient, subscription=SIM["subscriptions"][1]["id"]).blob_services
        services.set_service_properties(
            "backup-target",
            "northtarget",
            {
                "properties": {
                    "isVersioningEnabled": True,
                    "changeFeed": {"enabled": True, "retentionInDays": 7},
                    "deleteRetentionPolicy": {"enabled": True, "days": 14},
                    "containerDeleteRetentionPolicy": {"enabled": True, "days": 30},
                }
            },
        )
        after = list(services.list("backup-target", "northtarget"))[0]
        self.assertTrue(after.is_versioning_enabled)
        self.assertEqual((after.change_feed.enabled, after.change_feed.retention_in_days), (True, 7))
        self.assertEqual((after.delete_retention_policy.enabled, after.delete_retention_policy.days), (True, 14))
        self.assertEqual(after.container_delete_retention_policy.days, 30)
        target = BlobServiceClient(account("northtarget")["endpoint"], account("northtarget")["key"])
        blob = target.create_container("versioned").upload_blob("name", b"first")
        self.assertIsNotNone(blob.get_blob_properties().version_id)
        services.set_service_properties(
            "backup-target",
            "northtarget",
            {"properties": {"isVersioningEnabled": False, "deleteRetentionPolicy": {"enabled": False}}},
        )
        self.assertEqual(
            refusal(
                self,
                services.set_service_properties,
                "backup-target",
                "northtarget",
                {"properties": {"deleteRetentionPolicy": {"enabled": True, "days": 400}}},
            ),
            (400, "InvalidValuesForRequestParameters"),
        )


class Containers(unittest.TestCase):
    def setUp(self):
        self.containers = client(StorageManagementClient).blob_containers
        self.of = (GROUP, "northsource")

    def test_containers_live(self):
        for name in ["life-a", "life-b", "life-c"]:
            made = self.containers.create(*self.of, name, {"properties": {"metadata": {"n": name}}})
            self.assertEqual(made.name, name)
        listed = self.containers.list(*self.of, filter="startswith(name, 'life-')", maxpagesize="2")
        self.assertEqual([one.name for one in listed], ["life-a", "life-b", "life-c"])
        changed = self.containers.update(*self.of, "life-a", {"properties": {"metadata": {"n": "2"}}})
        self.assertEqual(changed.metadata, {"n": "2"})
        data = BlobServiceClient(account("northsource")["endpoint"], account("northsource")["key"])
        self.assertEqual(data.get_container_client("life-a").get_container_properties().metadata, {"n": "2"})
        self.assertEqual(
            refusal(self, self.containers.create, *self.of, "life-a", {"properties": {"publicAccess": "Blob"}}),
            (409, "PublicAccessNotPermitted"),
        )
        for name in ["life-a", "life-b", "life-c"]:
            self.containers.delete(*self.of, name)
        self.containers.delete(*self.of, "life-a")
        self.assertEqual(refusal(self, self.containers.get, *self.of, "life-a"), (404, "ContainerNotFound"))

    def test_legal_holds(self):
        self.containers.create(*self.of, "held", {})
        held = self.containers.set_legal_hold(*self.of, "held", {"tags": ["case1", "case2"]})
        self.assertEqual((held.has_legal_hold, held.tags), (True, ["case1", "case2"]))
        shown = self.containers.get(*self.of, "held")
        self.assertTrue(shown.has_legal_hold)
        self.assertEqual([tag.tag for tag in shown.legal_hold.tags], ["case1", "case2"])
        self.assertEqual(refusal(self, self.containers.delete, *self.of, "held"), (409, "ContainerHasLegalHold"))
        accounts = client(StorageManagementClient).storage_accounts
        self.assertEqual(refusal(self, accounts.delete, *self.of), (409, "AccountProtectedFromDeletion"))
        cleared = self.containers.clear_legal_hold(*self.of, "held", {"tags": ["case1", "case2"]})
        self.assertFalse(cleared.has_legal_hold)
        self.containers.delete(*self.of, "held")

    def test_retention_is_made_locked_and_extended(self):
        containers, at = self.containers, (*self.of, "kept")
        containers.create(*at, {})
        self.assertEqual(containers.get_immutability_policy(*at).immutability_period_since_creation_in_days, 0)
        days = lambda n: {"properties": {"immutabilityPeriodSinceCreationInDays": n}}  # noqa: E731
        made = containers.create_or_update_immutability_policy(*at, parameters=days(3))
        self.assertEqual((made.immutability_period_since_creation_in_days, made.state), (3, "Unlocked"))
        condition = {"match_condition": MatchConditions.IfNotModified}
        self.assertEqual(
            refusal(self, containers.lock_immutability_policy, *at, etag='"other"', **condition)[0], 412
        )
        locked = containers.lock_immutability_policy(*at, etag=made.etag, **condition)
        self.assertEqual(locked.state, "Locked")
        self.assertEqual(
            refusal(self, containers.create_or_update_immutability_policy, *at, parameters=days(1))[0], 409
        )
        self.assertEqual(
            refusal(self, containers.delete_immutability_policy, *at, etag=locked.etag, **condition)[0], 409
        )
        longer = containers.extend_immutability_policy(*at, parameters=days(5), etag=locked.etag, **condition)
        self.assertEqual(longer.immutability_period_since_creation_in_days, 5)
        policy = containers.get(*at).immutability_policy
        self.assertEqual(policy.state, "Locked")
        history = [(one["update"], one.immutability_period_since_creation_in_days) for one in policy.update_history]
        self.assertEqual(history, [("put", 3), ("lock", 3), ("extend", 5)])
        data = BlobServiceClient(account("northsource")["endpoint"], account("northsource")["key"])
        data.get_container_client("kept").upload_blob("name", b"kept")
        self.assertEqual(refusal(self, containers.delete, *at), (409, "ContainerImmutabilityPolicyLocked"))

        containers.create(*self.of, "unlocked", {})
        at = (*self.of, "unlocked")
        made = containers.create_or_update_immutability_policy(*at, parameters=days(3))
        containers.delete_immutability_policy(*at, etag=made.etag, **condition)
        self.assertFalse(containers.get(*at).has_immutability_policy)
        containers.delete(*at)

    def test_deleted_containers_are_shown_to_who_asks(self):
        subscription = SIM["subscriptions"][1]["id"]
        storage = client(StorageManagementClient, subscription=subscription)
        of = ("backup-target", "northtarget")
        keep = {"properties": {"containerDeleteRetentionPolicy": {"enabled": True, "days": 2}}}
        storage.blob_services.set_service_properties(*of, keep)
        storage.blob_containers.create(*of, "deleted-here", {})
        data = BlobServiceClient(account("northtarget")["endpoint"], account("northtarget")["key"])
        data.delete_container("deleted-here")

        def shown(**words):
            found = storage.blob_containers.list(*of, filter="startswith(name, 'deleted-')", **words)
            return [(one.name, one.deleted) for one in found]

        self.assertEqual(shown(), [])
        self.assertEqual(shown(include="deleted"), [("deleted-here", True)])

    def test_immutability_by_version(self):
        subscription = SIM["subscriptions"][1]["id"]
        storage = client(StorageManagementClient, subscription=subscription)
        of = ("backup-target", "northtarget")
        body = {"properties": {"immutableStorageWithVersioning": {"enabled": True}}}
        self.assertEqual(refusal(self, storage.blob_containers.create, *of, "by-version", body)[0], 409)
        storage.blob_services.set_service_properties(*of, {"properties": {"isVersioningEnabled": True}})
        made = storage.blob_containers.create(*of, "by-version", body)
        self.assertTrue(made.immutable_storage_with_versioning.enabled)
        at = (*of, "migrated")
        storage.blob_containers.create(*at, {})
        self.assertEqual(refusal(self, storage.blob_containers.begin_object_level_worm, *at)[0], 409)
        days = {"properties": {"immutabilityPeriodSinceCreationInDays": 1}}
        storage.blob_containers.create_or_update_immutability_policy(*at, parameters=days)
        storage.blob_containers.begin_object_level_worm(*at).result()
        migrated = storage.blob_containers.get(*at).immutable_storage_with_versioning
        self.assertEqual((migrated.enabled, migrated.migration_state), (True, "Completed"))


if __name__ == "__main__":
    unittest.main()
