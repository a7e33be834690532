"""azure-storage-blob: immutability of versions, legal holds."""

import unittest

from azure.storage.blob import BlobImmutabilityPolicyMode, ImmutabilityPolicy
from storage import DAY, HOUR, Case, identity, later, settings
from world import advance

UNLOCKED, LOCKED = BlobImmutabilityPolicyMode.UNLOCKED, BlobImmutabilityPolicyMode.LOCKED


def until(seconds, mode=UNLOCKED):
    return ImmutabilityPolicy(expiry_time=later(seconds), policy_mode=mode)


class Immutable(Case):
    def setUp(self):
        super().setUp()
        settings(versioning=True, version_level_immutability=True)

    def test_a_retained_blob_is_not_deleted_before_its_time(self):
        blob = self.blob()
        blob.set_immutability_policy(until(HOUR))
        self.refused("BlobImmutableDueToPolicy", blob.delete_blob)
        advance(HOUR + 1)
        blob.delete_blob()

    def test_a_retained_version_is_not_deleted_either(self):
        blob = self.blob(immutability_policy=until(HOUR))
        first = blob.get_blob_properties().version_id
        blob.upload_blob(b"new", overwrite=True)
        self.refused("BlobImmutableDueToPolicy", blob.delete_blob, version_id=first)
        self.assertEqual(blob.download_blob(version_id=first).readall(), b"content")

    def test_the_policy_is_shown(self):
        wanted = until(HOUR)
        blob = self.blob(immutability_policy=wanted, legal_hold=True)
        found = blob.get_blob_properties()
        self.assertEqual(found.immutability_policy.expiry_time, wanted.expiry_time)
        self.assertEqual(found.immutability_policy.policy_mode, "unlocked")
        self.assertTrue(found.has_legal_hold)
        listed = next(iter(self.container.list_blobs(include=["immutabilitypolicy", "legalhold"])))
        self.assertEqual(listed.immutability_policy.policy_mode, "unlocked")
        self.assertTrue(listed.has_legal_hold)

    def test_metadata_of_a_retained_blob_is_fixed(self):
        blob = self.blob(immutability_policy=until(HOUR))
        self.refused("BlobImmutableDueToPolicy", blob.set_blob_metadata, {"a": "b"})

    def test_an_unlocked_policy_is_shortened_and_removed(self):
        blob = self.blob(immutability_policy=until(10 * DAY))
        blob.set_immutability_policy(until(DAY))
        blob.delete_immutability_policy()
        self.assertIsNone(blob.get_blob_properties().immutability_policy.policy_mode)
        blob.delete_blob()

    def test_a_locked_policy_only_grows(self):
        blob = self.blob(immutability_policy=until(DAY))
        blob.set_immutability_policy(until(DAY, LOCKED))
        self.refused("BlobImmutableDueToPolicy", blob.delete_immutability_policy)
        self.refused("BlobImmutableDueToPolicy", blob.set_immutability_policy, until(HOUR, LOCKED))
        self.refused("BlobImmutableDueToPolicy", blob.set_immutability_policy, until(2 * DAY, UNLOCKED))
        found = blob.set_immutability_policy(until(2 * DAY, LOCKED))
        self.assertEqual(found["immutability_policy_mode"], "locked")

    def test_a_legal_hold_has_no_end(self):
        blob = self.blob()
        blob.set_legal_hold(True)
        advance(100 * DAY)
        self.refused("BlobImmutableDueToLegalHold", blob.delete_blob)
        blob.set_legal_hold(False)
        blob.delete_blob()

    def test_setting_a_policy_changes_no_etag(self):
        blob = self.blob()
        before = blob.get_blob_properties().etag
        blob.set_immutability_policy(until(HOUR))
        self.assertEqual(blob.get_blob_properties().etag, before)

    def test_a_policy_in_the_past_is_no_policy(self):
        blob = self.blob()
        self.refused("InvalidHeaderValue", blob.set_immutability_policy, until(-HOUR))

    def test_policies_come_with_block_lists_and_copies(self):
        from azure.storage.blob import BlobBlock

        blob = self.container.get_blob_client("blocks")
        blob.stage_block("a", b"1")
        blob.commit_block_list([BlobBlock("a")], immutability_policy=until(HOUR))
        self.refused("BlobImmutableDueToPolicy", blob.delete_blob)
        copy = self.container.get_blob_client("copy")
        token = "Bearer " + identity().get_token("https://storage.azure.com/.default").token
        copy.start_copy_from_url(blob.url, requires_sync=True, legal_hold=True, source_authorization=token)
        self.assertTrue(copy.get_blob_properties().has_legal_hold)
        self.assertIsNone(copy.get_blob_properties().immutability_policy.policy_mode)

    def test_a_container_for_such_blobs_is_only_deleted_by_resource_manager(self):
        self.refused("ContainerImmutableStorageWithVersioningEnabled", self.container.delete_container)

    def test_the_container_says_so(self):
        self.assertTrue(self.container.get_container_properties().immutable_storage_with_versioning_enabled)


class WithoutVersionLevel(Case):
    def test_policies_are_refused(self):
        blob = self.blob()
        self.refused("BlobImmutableStorageNotEnabled", blob.set_immutability_policy, until(HOUR))
        self.refused("BlobImmutableStorageNotEnabled", blob.set_legal_hold, True)
        self.assertFalse(self.container.get_container_properties().immutable_storage_with_versioning_enabled)


if __name__ == "__main__":
    unittest.main()
