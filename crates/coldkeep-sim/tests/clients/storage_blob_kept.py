"""azure-storage-blob: snapshots, versions, soft delete."""

import unittest

from azure.storage.blob import StandardBlobTier
from storage import DAY, Case, settings
from world import advance


class Snapshots(Case):
    def test_a_snapshot_keeps_what_was_there(self):
        blob = self.blob(content=b"old", metadata={"n": "1"})
        taken = blob.create_snapshot()
        blob.upload_blob(b"new", overwrite=True)
        old = self.service.get_blob_client(self.container.container_name, "blob", snapshot=taken["snapshot"])
        self.assertEqual(old.download_blob().readall(), b"old")
        self.assertEqual(old.get_blob_properties().metadata, {"n": "1"})
        self.assertEqual(blob.download_blob().readall(), b"new")

    def test_a_snapshot_may_have_metadata_of_its_own(self):
        blob = self.blob(metadata={"n": "1"})
        before = blob.get_blob_properties().etag
        taken = blob.create_snapshot(metadata={"n": "2"})
        self.assertNotEqual(taken["etag"], before)
        self.assertEqual(blob.get_blob_properties().etag, before)
        plain = blob.create_snapshot()
        self.assertEqual(plain["etag"], before)
        snapshot = self.service.get_blob_client(self.container.container_name, "blob", snapshot=taken["snapshot"])
        self.assertEqual(snapshot.get_blob_properties().metadata, {"n": "2"})

    def test_snapshots_are_listed_oldest_first_and_then_the_blob(self):
        blob = self.blob()
        taken = [blob.create_snapshot()["snapshot"] for _ in range(3)]
        found = [(one.name, one.snapshot) for one in self.container.list_blobs(include=["snapshots"])]
        self.assertEqual(found, [("blob", at) for at in taken] + [("blob", None)])
        self.assertEqual(self.names(), ["blob"])

    def test_snapshots_are_listed_over_pages(self):
        self.blob("a").create_snapshot()
        self.blob("b").create_snapshot()
        pages = self.container.list_blobs(include=["snapshots"], results_per_page=1).by_page()
        found = [(one.name, one.snapshot is not None) for page in pages for one in page]
        self.assertEqual(found, [("a", True), ("a", False), ("b", True), ("b", False)])

    def test_a_blob_is_not_deleted_without_a_word_about_its_snapshots(self):
        blob = self.blob()
        blob.create_snapshot()
        self.refused("SnapshotsPresent", blob.delete_blob)
        blob.delete_blob(delete_snapshots="only")
        self.assertEqual(len(self.names(include=["snapshots"])), 1)
        blob.create_snapshot()
        blob.delete_blob(delete_snapshots="include")
        self.assertEqual(self.names(include=["snapshots"]), [])

    def test_one_snapshot_is_deleted(self):
        blob = self.blob()
        first, second = (blob.create_snapshot()["snapshot"] for _ in range(2))
        name = self.container.container_name
        self.service.get_blob_client(name, "blob", snapshot=first).delete_blob()
        self.assertEqual([one.snapshot for one in self.container.list_blobs(include=["snapshots"])], [second, None])
        self.refused("BlobNotFound", self.service.get_blob_client(name, "blob", snapshot=first).download_blob)

    def test_conditions_hold_for_snapshots(self):
        from azure.core import MatchConditions

        blob = self.blob()
        self.refused(
            "ConditionNotMet", blob.create_snapshot, etag='"0x1"', match_condition=MatchConditions.IfNotModified
        )

    def test_a_snapshot_is_copied_back(self):
        blob = self.blob(content=b"old")
        taken = blob.create_snapshot()["snapshot"]
        blob.upload_blob(b"new", overwrite=True)
        blob.start_copy_from_url(f"{blob.url}?snapshot={taken}")
        self.assertEqual(blob.download_blob().readall(), b"old")

    def test_snapshots_cannot_be_listed_by_folder(self):
        self.refused("InvalidQueryParameterValue", self.container.walk_blobs, include=["snapshots"])


class Versions(Case):
    def setUp(self):
        super().setUp()
        settings(versioning=True)

    def test_every_write_makes_a_version(self):
        blob = self.container.get_blob_client("blob")
        ids = [blob.upload_blob(text, overwrite=True)["version_id"] for text in (b"1", b"2", b"3")]
        self.assertEqual(blob.download_blob(version_id=ids[0]).readall(), b"1")
        found = [(one.version_id, one.is_current_version) for one in self.container.list_blobs(include=["versions"])]
        self.assertEqual(found, [(ids[0], None), (ids[1], None), (ids[2], True)])

    def test_versions_and_snapshots_are_listed_over_pages(self):
        blob = self.container.get_blob_client("blob")
        for text in (b"1", b"2"):
            blob.upload_blob(text, overwrite=True)
        blob.create_snapshot()
        self.blob("other")
        include = ["versions", "snapshots"]
        whole = [(one.name, one.version_id, one.snapshot) for one in self.container.list_blobs(include=include)]
        pages = self.container.list_blobs(include=include, results_per_page=1).by_page()
        self.assertEqual([(one.name, one.version_id, one.snapshot) for page in pages for one in page], whole)
        self.assertEqual(len(whole), 5)

    def test_deleting_leaves_the_versions(self):
        blob = self.blob()
        version = blob.get_blob_properties().version_id
        blob.delete_blob()
        self.assertFalse(blob.exists())
        self.assertEqual(blob.download_blob(version_id=version).readall(), b"content")
        self.assertEqual(self.names(), [])
        only = next(iter(self.container.list_blobs(include=["deletedwithversions"])))
        self.assertTrue(only.has_versions_only)

    def test_a_version_is_deleted_but_not_the_current_one(self):
        blob = self.blob()
        first = blob.get_blob_properties().version_id
        second = blob.upload_blob(b"2", overwrite=True)["version_id"]
        self.refused("OperationNotAllowedOnRootBlob", blob.delete_blob, version_id=second)
        blob.delete_blob(version_id=first)
        self.refused("BlobNotFound", blob.download_blob, version_id=first)

    def test_metadata_makes_a_version_and_headers_do_not(self):
        from azure.storage.blob import ContentSettings

        blob = self.blob()
        first = blob.get_blob_properties().version_id
        second = blob.set_blob_metadata({"a": "b"})["version_id"]
        self.assertNotEqual(first, second)
        blob.set_http_headers(ContentSettings(content_type="image/png"))
        self.assertEqual(blob.get_blob_properties().version_id, second)

    def test_a_snapshot_also_makes_a_version(self):
        blob = self.blob()
        before = blob.get_blob_properties().version_id
        taken = blob.create_snapshot()
        self.assertNotEqual(taken["version_id"], before)
        found = list(self.container.list_blobs(include=["versions", "snapshots"]))
        self.assertEqual(len(found), 3)
        self.assertTrue(found[-1].is_current_version)

    def test_a_version_is_promoted_by_copying(self):
        blob = self.blob(content=b"1")
        first = blob.get_blob_properties().version_id
        blob.upload_blob(b"2", overwrite=True)
        blob.start_copy_from_url(f"{blob.url}?versionid={first}")
        self.assertEqual(blob.download_blob().readall(), b"1")
        self.assertEqual(len(self.names(include=["versions"])), 3)

    def test_versions_have_tiers_and_tags_of_their_own(self):
        blob = self.blob()
        first = blob.get_blob_properties().version_id
        blob.upload_blob(b"2", overwrite=True)
        blob.set_standard_blob_tier("Cool", version_id=first)
        blob.set_blob_tags({"v": "1"}, version_id=first)
        self.assertEqual(blob.get_blob_properties(version_id=first).blob_tier, "Cool")
        self.assertEqual(blob.get_blob_properties().blob_tier, "Hot")
        self.assertEqual(blob.get_blob_tags(version_id=first), {"v": "1"})
        self.assertEqual(blob.get_blob_tags(), {})

    def test_versions_of_a_name_are_of_one_kind(self):
        blob = self.blob()
        blob.delete_blob()
        self.refused("InvalidBlobType", blob.create_append_blob)


class SoftDelete(Case):
    def setUp(self):
        super().setUp()
        settings(blob_soft_delete_days=3)

    def deleted(self, **options):
        return [(one.name, one.snapshot is not None, bool(one.deleted)) for one in self.container.list_blobs(**options)]

    def test_a_deleted_blob_comes_back(self):
        blob = self.blob(metadata={"a": "b"})
        etag = blob.get_blob_properties().etag
        blob.delete_blob()
        self.assertFalse(blob.exists())
        found = next(iter(self.container.list_blobs(include=["deleted"])))
        self.assertTrue(found.deleted)
        self.assertEqual(found.remaining_retention_days, 2)
        self.assertIsNotNone(found.deleted_time)
        blob.undelete_blob()
        self.assertEqual(blob.get_blob_properties().etag, etag)
        self.assertEqual(blob.get_blob_properties().metadata, {"a": "b"})

    def test_after_its_days_it_is_gone(self):
        blob = self.blob()
        blob.delete_blob()
        advance(3 * DAY + 1)
        self.assertEqual(self.deleted(include=["deleted"]), [])
        self.refused("BlobNotFound", blob.undelete_blob)

    def test_a_later_setting_does_not_change_what_was_deleted(self):
        blob = self.blob()
        blob.delete_blob()
        settings(blob_soft_delete_days=0)
        advance(2 * DAY)
        blob.undelete_blob()
        self.assertTrue(blob.exists())

    def test_what_is_written_over_is_kept_as_a_deleted_snapshot(self):
        blob = self.blob(content=b"old")
        blob.upload_blob(b"new", overwrite=True)
        self.assertEqual(self.deleted(), [("blob", False, False)])
        self.assertEqual(
            self.deleted(include=["deleted", "snapshots"]), [("blob", True, True), ("blob", False, False)]
        )
        blob.undelete_blob()
        snapshot = next(iter(self.container.list_blobs(include=["snapshots"]))).snapshot
        old = self.service.get_blob_client(self.container.container_name, "blob", snapshot=snapshot)
        self.assertEqual(old.download_blob().readall(), b"old")

    def test_a_deleted_snapshot_cannot_be_read(self):
        blob = self.blob(content=b"old")
        blob.upload_blob(b"new", overwrite=True)
        snapshot = next(iter(self.container.list_blobs(include=["snapshots", "deleted"]))).snapshot
        old = self.service.get_blob_client(self.container.container_name, "blob", snapshot=snapshot)
        self.refused("BlobNotFound", old.download_blob)

    def test_snapshots_go_and_come_with_their_blob(self):
        blob = self.blob()
        blob.create_snapshot()
        blob.delete_blob(delete_snapshots="include")
        self.assertEqual(
            self.deleted(include=["deleted", "snapshots"]), [("blob", True, True), ("blob", False, True)]
        )
        blob.undelete_blob()
        self.assertEqual(self.deleted(include=["snapshots"]), [("blob", True, False), ("blob", False, False)])

    def test_metadata_is_not_protected(self):
        blob = self.blob(metadata={"n": "1"})
        blob.set_blob_metadata({"n": "2"})
        self.assertEqual(self.deleted(include=["deleted", "snapshots"]), [("blob", False, False)])

    def test_a_new_blob_on_a_deleted_name_keeps_it_as_a_snapshot(self):
        blob = self.blob(content=b"old")
        blob.delete_blob()
        blob.upload_blob(b"new")
        self.assertEqual(
            self.deleted(include=["deleted", "snapshots"]), [("blob", True, True), ("blob", False, False)]
        )

    def test_another_kind_of_blob_on_a_deleted_name_ends_it(self):
        blob = self.blob(content=b"old")
        blob.delete_blob()
        blob.create_append_blob()
        self.assertEqual(self.deleted(include=["deleted", "snapshots"]), [("blob", False, False)])

    def test_an_archived_blob_is_kept_as_well(self):
        blob = self.blob(standard_blob_tier=StandardBlobTier.ARCHIVE)
        blob.delete_blob()
        self.assertEqual(self.deleted(include=["deleted"]), [("blob", False, True)])

    def test_undeleting_what_is_there_changes_nothing(self):
        blob = self.blob()
        blob.undelete_blob()
        self.assertEqual(blob.download_blob().readall(), b"content")
        self.refused("BlobNotFound", self.container.get_blob_client("never").undelete_blob)

    def test_with_versions_a_deleted_version_is_kept(self):
        settings(versioning=True)
        blob = self.blob(content=b"1")
        first = blob.get_blob_properties().version_id
        blob.upload_blob(b"2", overwrite=True)
        blob.delete_blob(version_id=first)
        self.refused("BlobNotFound", blob.download_blob, version_id=first)
        found = [(one.version_id, bool(one.deleted)) for one in self.container.list_blobs(include=["versions", "deleted"])]
        self.assertEqual(found[0], (first, True))
        blob.undelete_blob()
        self.assertEqual(blob.download_blob(version_id=first).readall(), b"1")

    def test_with_versions_undeleting_does_not_bring_back_a_current_one(self):
        settings(versioning=True)
        blob = self.blob()
        blob.delete_blob()
        blob.undelete_blob()
        self.assertFalse(blob.exists())


if __name__ == "__main__":
    unittest.main()
