"""azure-storage-blob: index tags, finding blobs by them, conditions on them."""

import unittest
import uuid

from storage import Case


class Tags(Case):
    def test_tags_are_set_read_and_replaced(self):
        blob = self.blob(tags={"year": "2024", "kind": "full"})
        self.assertEqual(blob.get_blob_tags(), {"year": "2024", "kind": "full"})
        self.assertEqual(blob.get_blob_properties().tag_count, 2)
        blob.set_blob_tags({"year": "2025"})
        self.assertEqual(blob.get_blob_tags(), {"year": "2025"})
        blob.set_blob_tags({})
        self.assertEqual(blob.get_blob_tags(), {})

    def test_tags_change_no_etag(self):
        blob = self.blob()
        before = blob.get_blob_properties().etag
        blob.set_blob_tags({"a": "b"})
        self.assertEqual(blob.get_blob_properties().etag, before)

    def test_tags_have_their_limits(self):
        blob = self.blob()
        blob.set_blob_tags({f"k{n}": "v" for n in range(10)})
        self.refused("InvalidTags", blob.set_blob_tags, {f"k{n}": "v" for n in range(11)})
        self.refused("InvalidTags", blob.set_blob_tags, {"k" * 129: "v"})
        self.refused("InvalidTags", blob.set_blob_tags, {"k": "v" * 257})
        self.refused("InvalidTags", blob.set_blob_tags, {"k": "!"})

    def test_tags_are_listed_when_asked_for(self):
        self.blob(tags={"a": "b"})
        self.assertEqual(next(iter(self.container.list_blobs(include=["tags"]))).tags, {"a": "b"})
        self.assertIsNone(next(iter(self.container.list_blobs())).tags)


class Find(Case):
    def setUp(self):
        super().setUp()
        self.run_id = uuid.uuid4().hex
        for n in range(5):
            self.blob(f"b{n}", tags={"run": self.run_id, "n": str(n), "parity": "odd" if n % 2 else "even"})
        self.blob("untagged")

    def found(self, text):
        return [one.name for one in self.container.find_blobs_by_tags(text)]

    def test_equality(self):
        self.assertEqual(self.found("parity = 'odd'"), ["b1", "b3"])
        self.assertEqual(self.found("parity='even' AND n = '2'"), ["b2"])
        self.assertEqual(self.found("parity='none'"), [])

    def test_order_is_that_of_text(self):
        self.assertEqual(self.found("n >= '1' AND n < '3'"), ["b1", "b2"])
        self.assertEqual(self.found("\"n\" > '3'"), ["b4"])
        self.assertEqual(self.found("n <= '0'"), ["b0"])

    def test_a_whole_account_or_one_container_of_it(self):
        other = self.service.create_container(f"other-{uuid.uuid4().hex[:8]}")
        other.upload_blob("elsewhere", b"", tags={"run": self.run_id})
        everywhere = list(self.service.find_blobs_by_tags(f"run = '{self.run_id}'"))
        self.assertEqual(len(everywhere), 6)
        self.assertEqual({one.container_name for one in everywhere}, {other.container_name, self.container.container_name})
        there = self.service.find_blobs_by_tags(f"@container = '{other.container_name}' AND run = '{self.run_id}'")
        self.assertEqual([one.name for one in there], ["elsewhere"])

    def test_only_tags_that_were_searched_for_are_shown(self):
        one = next(iter(self.container.find_blobs_by_tags("n = '0'")))
        self.assertEqual(one.tags, {"n": "0"})

    def test_pages(self):
        pages = self.service.find_blobs_by_tags(f"run = '{self.run_id}'", results_per_page=2).by_page()
        self.assertEqual([[one.name for one in page] for page in pages], [["b0", "b1"], ["b2", "b3"], ["b4"]])

    def test_what_is_no_search(self):
        for text in ("n", "n = 1", "n <> '1'", "n = '1' OR n = '2'", "n = '1' AND", "@other = 'x'"):
            self.refused("InvalidQueryParameterValue", self.service.find_blobs_by_tags, text)

    def test_deleted_blobs_are_not_found(self):
        self.container.delete_blob("b1")
        self.assertEqual(self.found("parity = 'odd'"), ["b3"])


class Conditions(Case):
    MET, UNMET = "year >= '2020' AND kind = 'full'", "year = '1999' OR kind <> 'full'"

    def setUp(self):
        super().setUp()
        self.tagged = self.blob(tags={"year": "2024", "kind": "full"})

    def both(self, what, *args, **options):
        self.refused("ConditionNotMet", what, *args, if_tags_match_condition=self.UNMET, **options)
        return what(*args, if_tags_match_condition=self.MET, **options)

    def test_reading(self):
        self.assertEqual(self.both(self.tagged.download_blob).readall(), b"content")
        self.both(self.tagged.get_blob_properties)
        self.both(self.tagged.get_blob_tags)

    def test_changing(self):
        self.both(self.tagged.set_blob_metadata, {"a": "b"})
        self.both(self.tagged.set_blob_tags, {"year": "2024", "kind": "full"})
        self.both(self.tagged.set_standard_blob_tier, "Cool")
        self.both(self.tagged.create_snapshot)

    def test_writing(self):
        self.both(self.tagged.upload_blob, b"new", overwrite=True)

    def test_deleting(self):
        self.both(self.tagged.delete_blob)

    def test_leasing(self):
        self.both(self.tagged.acquire_lease)

    def test_the_source_of_a_copy(self):
        copy = self.container.get_blob_client("copy")
        self.refused("SourceConditionNotMet", copy.start_copy_from_url, self.tagged.url,
                     source_if_tags_match_condition=self.UNMET)
        copy.start_copy_from_url(self.tagged.url, source_if_tags_match_condition=self.MET)
        self.assertTrue(copy.exists())

    def test_nonsense(self):
        self.refused("InvalidHeaderValue", self.tagged.download_blob, if_tags_match_condition="year ~ '1'")


if __name__ == "__main__":
    unittest.main()
