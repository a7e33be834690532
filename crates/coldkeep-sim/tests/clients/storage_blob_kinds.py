"""azure-storage-blob: append blobs and page blobs."""

import unittest

from azure.storage.blob import BlobType
from storage import Case, settings


class Append(Case):
    def setUp(self):
        super().setUp()
        self.log = self.container.get_blob_client("log")
        self.log.create_append_blob(metadata={"a": "b"})

    def test_blocks_are_appended(self):
        first = self.log.append_block(b"one")
        second = self.log.append_block(b"two")
        self.assertEqual((first["blob_append_offset"], second["blob_append_offset"]), ("0", "3"))
        self.assertEqual(self.log.download_blob().readall(), b"onetwo")
        found = self.log.get_blob_properties()
        self.assertEqual((found.blob_type, found.append_blob_committed_block_count), (BlobType.APPENDBLOB, 2))

    def test_positions_and_sizes_are_conditions(self):
        self.log.append_block(b"one")
        self.refused("AppendPositionConditionNotMet", self.log.append_block, b"x", appendpos_condition=0)
        self.refused("MaxBlobSizeConditionNotMet", self.log.append_block, b"x", maxsize_condition=3)
        self.log.append_block(b"x", appendpos_condition=3, maxsize_condition=4)

    def test_a_sealed_blob_takes_no_more(self):
        self.log.append_block(b"one")
        self.log.seal_append_blob()
        self.refused("BlobIsSealed", self.log.append_block, b"x")
        self.assertTrue(self.log.get_blob_properties().is_append_blob_sealed)

    def test_it_is_no_block_blob(self):
        self.refused("InvalidBlobType", self.log.stage_block, "a", b"x")
        self.refused("InvalidBlobType", self.log.get_block_list)
        self.refused("InvalidBlobType", self.log.set_standard_blob_tier, "Cool")
        self.refused("InvalidBlobType", self.log.upload_page, b"x" * 512, 0, 512)

    def test_it_is_listed(self):
        self.log.append_block(b"one")
        found = next(iter(self.container.list_blobs()))
        self.assertEqual((found.blob_type, found.size, found.blob_tier), (BlobType.APPENDBLOB, 3, None))

    def test_appending_makes_no_version(self):
        settings(versioning=True)
        self.log.create_append_blob()
        before = self.log.get_blob_properties().version_id
        self.log.append_block(b"x")
        self.assertEqual(self.log.get_blob_properties().version_id, before)

    def test_upload_appends(self):
        self.log.upload_blob(b"more", blob_type=BlobType.APPENDBLOB)
        self.log.upload_blob(b"again", blob_type=BlobType.APPENDBLOB)
        self.assertEqual(self.log.download_blob().readall(), b"moreagain")


class Page(Case):
    def setUp(self):
        super().setUp()
        self.disk = self.container.get_blob_client("disk")
        self.disk.create_page_blob(2048)

    def test_pages_are_written_and_cleared(self):
        self.disk.upload_page(b"a" * 512, 512, 512)
        self.disk.upload_page(b"b" * 1024, 1024, 1024)
        self.disk.clear_page(1024, 512)
        self.assertEqual(self.disk.download_blob().readall(), b"\0" * 512 + b"a" * 512 + b"\0" * 512 + b"b" * 512)

    def test_ranges_that_were_written(self):
        self.disk.upload_page(b"a" * 512, 512, 512)
        self.disk.upload_page(b"b" * 512, 1536, 512)
        found = [(one.start, one.end) for one in self.disk.list_page_ranges()]
        self.assertEqual(found, [(512, 1023), (1536, 2047)])

    def test_pages_lie_within_the_blob(self):
        self.refused("InvalidPageRange", self.disk.upload_page, b"a" * 512, 2048, 512)

    def test_size_and_sequence_number_are_changed(self):
        self.disk.resize_blob(512)
        self.assertEqual(self.disk.get_blob_properties().size, 512)
        self.disk.set_sequence_number("update", 7)
        self.disk.set_sequence_number("increment", None)
        self.disk.set_sequence_number("max", 3)
        self.assertEqual(self.disk.get_blob_properties().page_blob_sequence_number, 8)
        self.refused(
            "SequenceNumberConditionNotMet", self.disk.upload_page, b"a" * 512, 0, 512, if_sequence_number_lt=8
        )

    def test_it_is_no_block_blob(self):
        self.refused("InvalidBlobType", self.disk.stage_block, "a", b"x")
        self.refused("InvalidBlobType", self.disk.append_block, b"x")

    def test_a_snapshot_of_it(self):
        self.disk.upload_page(b"a" * 512, 0, 512)
        taken = self.disk.create_snapshot()["snapshot"]
        self.disk.clear_page(0, 512)
        old = self.service.get_blob_client(self.container.container_name, "disk", snapshot=taken)
        self.assertEqual(old.download_blob(offset=0, length=512).readall(), b"a" * 512)


if __name__ == "__main__":
    unittest.main()
