"""azure-storage-blob: copies from URLs, access tiers, Archive and the ways out of it."""

import unittest
import uuid
from datetime import timedelta

from azure.storage.blob import BlobSasPermissions, RehydratePriority, StandardBlobTier, generate_blob_sas
from storage import HOUR, SOURCE, TARGET, Case, identity, later, service
from world import account, advance, control


class Copies(Case):
    def setUp(self):
        super().setUp()
        self.source = self.blob("source", b"to be copied", metadata={"a": "b"}, tags={"t": "1"})
        self.target = service(TARGET).create_container(f"case-{uuid.uuid4().hex[:12]}").get_blob_client("copy")

    def signed(self, permission="r", tags=False):
        sas = generate_blob_sas(
            SOURCE,
            self.container.container_name,
            "source",
            account_key=account(SOURCE)["key"],
            permission=BlobSasPermissions(read=True, tag=tags),
            expiry=later(HOUR),
        )
        return f"{self.source.url}?{sas}"

    def token(self):
        return "Bearer " + identity().get_token("https://storage.azure.com/.default").token

    def content(self):
        return self.target.download_blob().readall()

    def test_put_blob_from_url_with_a_signature(self):
        self.target.upload_blob_from_url(self.signed())
        self.assertEqual(self.content(), b"to be copied")
        self.assertEqual(self.target.get_blob_properties().metadata, {"a": "b"})

    def test_put_blob_from_url_with_a_token(self):
        self.target.upload_blob_from_url(self.source.url, source_authorization=self.token())
        self.assertEqual(self.content(), b"to be copied")

    def test_put_blob_from_url_without_properties(self):
        self.target.upload_blob_from_url(self.signed(), include_source_blob_properties=False, standard_blob_tier=StandardBlobTier.COOL)
        found = self.target.get_blob_properties()
        self.assertEqual((found.metadata, found.blob_tier), ({}, "Cool"))

    def test_put_block_from_url(self):
        self.target.stage_block_from_url("a", self.signed(), source_offset=6, source_length=6)
        self.target.stage_block_from_url("b", self.source.url, source_offset=0, source_length=2, source_authorization=self.token())
        from azure.storage.blob import BlobBlock

        self.target.commit_block_list([BlobBlock("b"), BlobBlock("a")])
        self.assertEqual(self.content(), b"tocopied")

    def test_copy_blob_from_url(self):
        done = self.target.start_copy_from_url(self.signed(), requires_sync=True)
        self.assertEqual(done["copy_status"], "success")
        self.assertEqual(self.content(), b"to be copied")

    def test_copy_blob_from_url_with_a_token_and_tags(self):
        self.target.start_copy_from_url(
            self.source.url, requires_sync=True, source_authorization=self.token(), tags="COPY"
        )
        self.assertEqual(self.target.get_blob_tags(), {"t": "1"})

    def test_append_and_page_from_url(self):
        appended = service(TARGET).get_blob_client(self.target.container_name, "log")
        appended.create_append_blob()
        appended.append_block_from_url(self.signed(), source_offset=0, source_length=2)
        self.assertEqual(appended.download_blob().readall(), b"to")
        self.source.upload_blob(b"p" * 512, overwrite=True)
        page = service(TARGET).get_blob_client(self.target.container_name, "page")
        page.create_page_blob(1024)
        page.upload_pages_from_url(self.signed(), offset=512, length=512, source_offset=0)
        self.assertEqual(page.download_blob().readall(), b"\0" * 512 + b"p" * 512)

    def test_a_source_needs_its_own_leave(self):
        for copy in (self.target.upload_blob_from_url, self.target.start_copy_from_url):
            error = self.refused("CannotVerifyCopySource", copy, self.source.url)
            self.assertEqual(error.status_code, 401)

    def test_within_an_account_the_requests_own_does_for_a_copy_alone(self):
        copy = self.container.get_blob_client("copy")
        for refused in (
            lambda: copy.upload_blob_from_url(self.source.url),
            lambda: copy.start_copy_from_url(self.source.url, requires_sync=True),
            lambda: copy.stage_block_from_url("a", self.source.url),
        ):
            self.assertEqual(self.refused("CannotVerifyCopySource", refused).status_code, 401)
        copy.start_copy_from_url(self.source.url)
        self.assertEqual(copy.download_blob().readall(), b"to be copied")

    def test_a_source_that_changed(self):
        from azure.core import MatchConditions

        self.refused(
            "SourceConditionNotMet",
            self.target.upload_blob_from_url,
            self.signed(),
            source_etag='"0x1"',
            source_match_condition=MatchConditions.IfNotModified,
        )

    def test_a_source_that_is_not_there(self):
        error = self.refused("CannotVerifyCopySource", self.container.get_blob_client("x").upload_blob_from_url,
                             self.source.url + "-missing", source_authorization=self.token())
        self.assertEqual(error.status_code, 404)

    def test_a_copy_can_take_its_time(self):
        control("POST", "settings", {"copy_bytes_per_s": 3})
        started = self.target.start_copy_from_url(self.signed())
        self.assertEqual(started["copy_status"], "pending")
        self.assertEqual(self.content(), b"")
        self.refused("PendingCopyOperation", self.target.upload_blob, b"x", overwrite=True)
        self.refused("PendingCopyOperation", self.target.delete_blob)
        advance(2)
        done, whole = self.target.get_blob_properties().copy.progress.split("/")
        self.assertTrue(0 < int(done) < int(whole) == 12)
        advance(2)
        found = self.target.get_blob_properties().copy
        self.assertEqual((found.status, found.progress), ("success", "12/12"))
        self.assertEqual(self.content(), b"to be copied")

    def test_a_copy_is_aborted(self):
        control("POST", "settings", {"copy_bytes_per_s": 1})
        started = self.target.start_copy_from_url(self.signed())
        self.refused("CopyIdMismatch", self.target.abort_copy, str(uuid.uuid4()))
        self.target.abort_copy(started["copy_id"])
        found = self.target.get_blob_properties()
        self.assertEqual((found.copy.status, found.size, found.metadata), ("aborted", 0, {"a": "b"}))
        self.refused("NoPendingCopyOperation", self.target.abort_copy, started["copy_id"])


class Tiers(Case):
    def archived(self):
        return self.blob(standard_blob_tier=StandardBlobTier.ARCHIVE, metadata={"a": "b"})

    def test_every_tier(self):
        for tier in ("Hot", "Cool", "Cold", "Archive"):
            blob = self.blob(tier, standard_blob_tier=StandardBlobTier(tier))
            self.assertEqual(blob.get_blob_properties().blob_tier, tier)
        self.assertTrue(self.blob("plain").get_blob_properties().blob_tier_inferred)

    def test_a_tier_is_set_later(self):
        blob = self.blob()
        etag = blob.get_blob_properties().etag
        blob.set_standard_blob_tier("Cold")
        found = blob.get_blob_properties()
        self.assertEqual((found.blob_tier, found.etag), ("Cold", etag))
        self.assertIsNotNone(found.blob_tier_change_time)
        self.refused("InvalidHeaderValue", blob.set_standard_blob_tier, "Lukewarm")
        self.refused("InvalidBlobTier", blob.set_standard_blob_tier, "P10")
        self.refused("BlobAccessTierNotSupportedForAccountType", blob.set_standard_blob_tier, "Smart")

    def test_what_an_archived_blob_refuses(self):
        from azure.storage.blob import ContentSettings

        blob = self.archived()
        self.refused("BlobArchived", blob.download_blob)
        self.refused("BlobArchived", blob.upload_blob, b"x", overwrite=True)
        self.refused("BlobArchived", blob.stage_block, "a", b"x")
        self.refused("BlobArchived", blob.set_blob_metadata, {"a": "c"})
        self.refused("BlobArchived", blob.set_http_headers, ContentSettings(content_type="x/y"))
        self.refused("BlobArchived", blob.create_snapshot)
        self.refused("CannotVerifyCopySource", self.container.get_blob_client("c").upload_blob_from_url, blob.url)

    def test_what_an_archived_blob_allows(self):
        blob = self.archived()
        self.assertEqual(blob.get_blob_properties().metadata, {"a": "b"})
        blob.set_blob_tags({"t": "1"})
        self.assertEqual(blob.get_blob_tags(), {"t": "1"})
        blob.delete_blob()

    def test_rehydration_takes_fifteen_hours(self):
        blob = self.archived()
        blob.set_standard_blob_tier("Hot", rehydrate_priority=RehydratePriority.standard)
        found = blob.get_blob_properties()
        self.assertEqual((found.blob_tier, found.archive_status), ("Archive", "rehydrate-pending-to-hot"))
        self.assertEqual(found.rehydrate_priority, "Standard")
        self.refused("BlobBeingRehydrated", blob.upload_blob, b"x", overwrite=True)
        advance(14 * HOUR)
        self.assertEqual(blob.get_blob_properties().blob_tier, "Archive")
        advance(HOUR + 1)
        self.assertEqual(blob.download_blob().readall(), b"content")
        self.assertIsNone(blob.get_blob_properties().archive_status)

    def test_rehydration_is_hurried_but_not_slowed(self):
        blob = self.archived()
        blob.set_standard_blob_tier("Cool", rehydrate_priority="Standard")
        blob.set_standard_blob_tier("Cool", rehydrate_priority="High")
        self.refused("BlobBeingRehydrated", blob.set_standard_blob_tier, "Cool", rehydrate_priority="Standard")
        self.refused("BlobBeingRehydrated", blob.set_standard_blob_tier, "Hot", rehydrate_priority="High")
        advance(HOUR + 1)
        self.assertEqual(blob.get_blob_properties().blob_tier, "Cool")

    def test_rehydration_by_copying(self):
        blob = self.archived()
        copy = self.container.get_blob_client("copy")
        self.refused("BlobArchived", copy.start_copy_from_url, blob.url, standard_blob_tier=StandardBlobTier.ARCHIVE)
        started = copy.start_copy_from_url(blob.url, standard_blob_tier=StandardBlobTier.HOT, rehydrate_priority="High")
        self.assertEqual(started["copy_status"], "pending")
        advance(HOUR + 1)
        self.assertEqual(copy.download_blob().readall(), b"content")
        self.assertEqual(blob.get_blob_properties().blob_tier, "Archive")

    def test_an_archived_snapshot_is_only_copied_out(self):
        blob = self.blob()
        taken = blob.create_snapshot()["snapshot"]
        snapshot = self.service.get_blob_client(self.container.container_name, "blob", snapshot=taken)
        snapshot.set_standard_blob_tier("Archive")
        self.assertEqual(blob.get_blob_properties().blob_tier, "Hot")
        self.refused("BlobArchived", snapshot.set_standard_blob_tier, "Hot")

    def test_tiers_are_listed(self):
        blob = self.archived()
        blob.set_standard_blob_tier("Cool")
        found = next(iter(self.container.list_blobs()))
        self.assertEqual((found.blob_tier, found.archive_status), ("Archive", "rehydrate-pending-to-cool"))


if __name__ == "__main__":
    unittest.main()
