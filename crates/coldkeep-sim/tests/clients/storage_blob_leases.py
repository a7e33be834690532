"""azure-storage-blob: leases of blobs and containers."""

import unittest
import uuid

from azure.storage.blob import BlobLeaseClient
from storage import Case
from world import advance


class Leases(Case):
    def test_a_leased_blob_is_written_with_its_lease(self):
        blob = self.blob()
        lease = blob.acquire_lease(15)
        self.refused("LeaseIdMissing", blob.upload_blob, b"x", overwrite=True)
        self.refused("LeaseIdMismatchWithBlobOperation", blob.set_blob_metadata, {}, lease=str(uuid.uuid4()))
        blob.upload_blob(b"x", overwrite=True, lease=lease)
        self.assertEqual(blob.download_blob().readall(), b"x")
        found = blob.get_blob_properties().lease
        self.assertEqual((found.status, found.state, found.duration), ("locked", "leased", "fixed"))

    def test_a_lease_ends_by_itself(self):
        blob = self.blob()
        lease = blob.acquire_lease(15)
        advance(16)
        self.assertEqual(blob.get_blob_properties().lease.state, "expired")
        self.refused("LeaseLost", blob.set_blob_metadata, {}, lease=lease)
        lease.renew()
        self.assertEqual(blob.get_blob_properties().lease.state, "leased")

    def test_after_a_write_an_expired_lease_is_not_renewed(self):
        blob = self.blob()
        lease = blob.acquire_lease(15)
        advance(16)
        blob.upload_blob(b"x", overwrite=True)
        self.refused("LeaseIdMismatchWithLeaseOperation", lease.renew)

    def test_one_lease_at_a_time(self):
        blob = self.blob()
        lease = blob.acquire_lease(lease_id=str(uuid.uuid4()))
        self.refused("LeaseAlreadyPresent", blob.acquire_lease)
        blob.acquire_lease(30, lease_id=lease.id)
        lease.release()
        blob.acquire_lease()

    def test_a_lease_changes_its_id(self):
        blob = self.blob()
        lease = blob.acquire_lease()
        old, new = lease.id, str(uuid.uuid4())
        lease.change(new)
        self.refused("LeaseIdMismatchWithLeaseOperation", BlobLeaseClient(blob, old).renew)
        BlobLeaseClient(blob, new).release()

    def test_breaking_takes_its_period(self):
        blob = self.blob()
        lease = blob.acquire_lease()
        self.assertEqual(lease.break_lease(lease_break_period=10), 10)
        self.assertEqual(blob.get_blob_properties().lease.state, "breaking")
        self.refused("LeaseIsBrokenAndCannotBeRenewed", lease.renew)
        self.refused("LeaseIsBreakingAndCannotBeAcquired", blob.acquire_lease, lease_id=lease.id)
        self.refused("LeaseIsBreakingAndCannotBeChanged", lease.change, str(uuid.uuid4()))
        self.refused("LeaseIdMissing", blob.delete_blob)
        advance(11)
        self.assertEqual(blob.get_blob_properties().lease.state, "broken")
        blob.acquire_lease()

    def test_without_a_lease_there_is_nothing_to_break(self):
        blob = self.blob()
        self.refused("LeaseNotPresentWithLeaseOperation", BlobLeaseClient(blob).break_lease)
        self.refused("LeaseNotPresentWithBlobOperation", blob.set_blob_metadata, {}, lease=str(uuid.uuid4()))

    def test_durations_are_checked(self):
        blob = self.blob()
        for seconds in (0, 14, 61):
            self.refused("InvalidHeaderValue", blob.acquire_lease, seconds)

    def test_a_leased_container_is_not_deleted(self):
        lease = self.container.acquire_lease(15)
        self.blob()
        self.refused("LeaseIdMissing", self.container.delete_container)
        self.refused("LeaseIdMismatchWithContainerOperation", self.container.delete_container, lease=str(uuid.uuid4()))
        self.assertEqual(self.container.get_container_properties().lease.state, "leased")
        lease.release()
        self.container.delete_container()

    def test_leases_are_listed(self):
        blob = self.blob()
        blob.acquire_lease()
        self.assertEqual(next(iter(self.container.list_blobs())).lease.state, "leased")
        self.container.acquire_lease()
        found = next(iter(self.service.list_containers(self.container.container_name)))
        self.assertEqual((found.lease.status, found.lease.duration), ("locked", "infinite"))


if __name__ == "__main__":
    unittest.main()
