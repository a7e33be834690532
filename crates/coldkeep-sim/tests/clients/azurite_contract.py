"""Blob behaviour that Azurite and the simulator both have, as azure-storage-blob sees it.

Every case says what Microsoft documents. It is run against both: `CONTRACT_SERVICE` says which one, `CONTRACT_ENDPOINT`,
`CONTRACT_ACCOUNT` and `CONTRACT_KEY` where it is. A case that one of them fails stands in `azurite_differences.KNOWN`,
and must go on failing there.
"""

import base64
import os
import unittest
import uuid
from datetime import datetime, timedelta, timezone

from azure.core import MatchConditions
from azure.core.exceptions import AzureError
from azure.storage.blob import (
    AccessPolicy,
    BlobBlock,
    BlobClient,
    BlobLeaseClient,
    BlobSasPermissions,
    BlobServiceClient,
    BlobType,
    ContainerClient,
    ContainerSasPermissions,
    ContentSettings,
    CustomerProvidedEncryptionKey,
    StandardBlobTier,
    generate_blob_sas,
    generate_container_sas,
)
from azurite_differences import KNOWN

SERVICE = os.environ["CONTRACT_SERVICE"]
ACCOUNT, KEY = os.environ["CONTRACT_ACCOUNT"], os.environ["CONTRACT_KEY"]
# Both know this version.
VERSION = "2025-11-05"


def now():
    return datetime.now(timezone.utc)


class Contract(unittest.TestCase):
    def setUp(self):
        key = {"account_name": ACCOUNT, "account_key": KEY}
        self.service = BlobServiceClient(os.environ["CONTRACT_ENDPOINT"], key, retry_total=0, api_version=VERSION)
        self.container = self.service.create_container(f"c-{uuid.uuid4().hex[:12]}")
        self.name = self.container.container_name

    def blob(self, name="blob", content=b"content", **options):
        blob = self.container.get_blob_client(name)
        blob.upload_blob(content, **options)
        return blob

    def snapshot(self, blob):
        taken = blob.create_snapshot()["snapshot"]
        return self.service.get_blob_client(self.name, blob.blob_name, snapshot=taken)

    def refused(self, status, code, what, *args, **options):
        with self.assertRaises(AzureError) as caught:
            result = what(*args, **options)
            if hasattr(result, "by_page"):
                list(result)
        error = caught.exception
        told = getattr(error, "error_code", None) or error.response.headers.get("x-ms-error-code")
        self.assertEqual((error.status_code, told), (status, code), error)

    def names(self, **options):
        return [found.name for found in self.container.list_blobs(**options)]

    def signed(self, name="blob", **options):
        sas = generate_blob_sas(ACCOUNT, self.name, name, account_key=KEY, **options)
        return f"{self.container.get_blob_client(name).url}?{sas}"

    def readable(self, name="blob"):
        return self.signed(name, permission=BlobSasPermissions(read=True), expiry=now() + timedelta(hours=1))

    def by(self, url):
        return BlobClient.from_blob_url(url, retry_total=0, api_version=VERSION)


class Containers(Contract):
    def test_one_of_a_name(self):
        self.refused(409, "ContainerAlreadyExists", self.service.create_container, self.name)

    def test_names(self):
        self.refused(400, "InvalidResourceName", self.service.create_container, "two--dashes")
        self.refused(400, "OutOfRangeInput", self.service.create_container, "ab")

    def test_metadata_is_replaced(self):
        self.container.set_container_metadata({"a": "1"})
        self.container.set_container_metadata({"b": "2"})
        self.assertEqual(self.container.get_container_properties().metadata, {"b": "2"})

    def test_deleted_means_not_found(self):
        self.container.delete_container()
        self.refused(404, "ContainerNotFound", self.container.list_blobs)
        self.refused(404, "ContainerNotFound", self.container.upload_blob, "x", b"")

    def test_listed_by_prefix_and_page(self):
        prefix = f"p-{uuid.uuid4().hex[:8]}"
        for n in range(3):
            self.service.create_container(f"{prefix}-{n}")
        pages = self.service.list_containers(prefix, results_per_page=2).by_page()
        self.assertEqual([len(list(page)) for page in pages], [2, 1])

    def test_listed_with_metadata(self):
        self.container.set_container_metadata({"a": "1"})
        found = list(self.service.list_containers(self.name, include_metadata=True))
        self.assertEqual(found[0].metadata, {"a": "1"})

    def test_lease_guards_deletion(self):
        lease = self.container.acquire_lease(15)
        self.refused(412, "LeaseIdMissing", self.container.delete_container)
        self.refused(
            412, "LeaseIdMismatchWithContainerOperation", self.container.delete_container, lease=str(uuid.uuid4())
        )
        self.container.delete_container(lease=lease)

    def test_lease_breaks(self):
        lease = self.container.acquire_lease()
        self.assertEqual(lease.break_lease(0), 0)
        self.assertEqual(self.container.get_container_properties().lease.state, "broken")
        self.container.delete_container()

    def test_condition_on_deletion(self):
        old = now() - timedelta(hours=1)
        self.refused(412, "ConditionNotMet", self.container.delete_container, if_unmodified_since=old)

    def test_stored_policies(self):
        policy = AccessPolicy(ContainerSasPermissions(read=True), expiry=now() + timedelta(hours=1))
        self.container.set_container_access_policy({"p": policy})
        found = self.container.get_container_access_policy()
        self.assertEqual([one.id for one in found["signed_identifiers"]], ["p"])
        self.assertIsNone(found["public_access"])


class Writing(Contract):
    def test_content_comes_back(self):
        self.assertEqual(self.blob(content=b"\0\xff").download_blob().readall(), b"\0\xff")

    def test_empty(self):
        self.assertEqual(self.blob(content=b"").download_blob().readall(), b"")

    def test_not_over_another(self):
        self.refused(409, "BlobAlreadyExists", self.blob().upload_blob, b"x")

    def test_over_another(self):
        blob = self.blob(metadata={"a": "b"})
        blob.upload_blob(b"new", overwrite=True)
        found = blob.get_blob_properties()
        self.assertEqual((found.size, found.metadata), (3, {}))

    def test_an_overwrite_keeps_the_time_of_creation(self):
        blob = self.blob()
        made = blob.get_blob_properties().creation_time
        blob.upload_blob(b"new", overwrite=True)
        self.assertEqual(blob.get_blob_properties().creation_time, made)

    def test_headers(self):
        wanted = ContentSettings("text/plain", "gzip", "de", "inline", "no-store")
        found = self.blob(content_settings=wanted).get_blob_properties().content_settings
        self.assertEqual(
            (found.content_type, found.content_encoding, found.content_language, found.content_disposition,
             found.cache_control),
            ("text/plain", "gzip", "de", "inline", "no-store"),
        )

    def test_a_type_when_none_is_given(self):
        self.assertEqual(self.blob().get_blob_properties().content_settings.content_type, "application/octet-stream")

    def test_headers_are_replaced_as_a_whole(self):
        blob = self.blob(content_settings=ContentSettings("text/plain", content_language="de"))
        blob.set_http_headers(ContentSettings(content_type="image/png"))
        found = blob.get_blob_properties().content_settings
        self.assertEqual((found.content_type, found.content_language), ("image/png", None))

    def test_md5_is_computed(self):
        import hashlib

        found = self.blob().get_blob_properties().content_settings.content_md5
        self.assertEqual(bytes(found), hashlib.md5(b"content").digest())

    def test_md5_is_checked(self):
        wrong = base64.b64encode(b"0" * 16).decode()
        blob = self.container.get_blob_client("x")
        self.refused(400, "Md5Mismatch", blob.upload_blob, b"x", headers={"Content-MD5": wrong})

    def test_metadata_is_replaced(self):
        blob = self.blob(metadata={"a": "1"})
        before = blob.get_blob_properties().etag
        blob.set_blob_metadata({"b": "2"})
        found = blob.get_blob_properties()
        self.assertEqual(found.metadata, {"b": "2"})
        self.assertNotEqual(found.etag, before)

    def test_metadata_names_keep_their_capitals(self):
        wanted = {"Owner": "1", "in_UPPER": "2", "small": "3"}
        blob = self.blob(metadata=wanted)
        self.assertEqual(blob.get_blob_properties().metadata, wanted)
        self.assertEqual(blob.download_blob().properties.metadata, wanted)
        self.assertEqual(next(iter(self.container.list_blobs(include=["metadata"]))).metadata, wanted)
        self.container.set_container_metadata({"Owner": "1"})
        self.assertEqual(self.container.get_container_properties().metadata, {"Owner": "1"})

    def test_metadata_names(self):
        self.refused(400, "InvalidMetadata", self.blob().set_blob_metadata, {"a-b": "1"})

    def test_metadata_size(self):
        self.refused(400, "MetadataTooLarge", self.blob().set_blob_metadata, {"a": "x" * 8200})

    def test_name_length(self):
        self.blob("n" * 1024)
        self.refused(400, "InvalidResourceName", self.container.upload_blob, "n" * 1025, b"")

    def test_deleted_means_not_found(self):
        blob = self.blob()
        blob.delete_blob()
        self.refused(404, "BlobNotFound", blob.get_blob_properties)
        self.refused(404, "BlobNotFound", blob.download_blob)
        self.refused(404, "BlobNotFound", blob.delete_blob)

    def test_encryption_key(self):
        import hashlib

        raw = b"k" * 32
        key = CustomerProvidedEncryptionKey(
            base64.b64encode(raw).decode(), base64.b64encode(hashlib.sha256(raw).digest()).decode()
        )
        # Only over HTTPS does the library send keys; without, it says so itself.
        headers = {"x-ms-encryption-key": key.key_value, "x-ms-encryption-key-sha256": key.key_hash,
                   "x-ms-encryption-algorithm": "AES256"}
        blob = self.container.get_blob_client("x")
        blob.upload_blob(b"x", headers=headers)
        self.refused(409, "BlobUsesCustomerSpecifiedEncryption", blob.download_blob)

    def test_encryption_scope(self):
        blob = self.blob(encryption_scope="scope")
        self.assertEqual(blob.get_blob_properties().encryption_scope, "scope")


class Reading(Contract):
    def test_range(self):
        self.assertEqual(self.blob().download_blob(offset=1, length=3).readall(), b"ont")

    def test_range_beyond(self):
        self.refused(416, "InvalidRange", self.blob().download_blob, offset=7, length=1)

    def test_range_cut_at_the_end(self):
        self.assertEqual(self.blob().download_blob(offset=5, length=100).readall(), b"nt")

    def test_range_with_md5(self):
        self.assertEqual(self.blob().download_blob(offset=0, length=4, validate_content=True).readall(), b"cont")

    def test_if_match(self):
        self.refused(
            412, "ConditionNotMet", self.blob().download_blob, etag='"0x1"', match_condition=MatchConditions.IfNotModified
        )

    def test_if_none_match(self):
        blob = self.blob()
        etag = blob.get_blob_properties().etag
        self.refused(304, "ConditionNotMet", blob.download_blob, etag=etag, match_condition=MatchConditions.IfModified)

    def test_if_modified_since(self):
        self.refused(
            304, "ConditionNotMet", self.blob().get_blob_properties, if_modified_since=now() + timedelta(hours=1)
        )

    def test_if_unmodified_since(self):
        self.refused(
            412, "ConditionNotMet", self.blob().download_blob, if_unmodified_since=now() - timedelta(hours=1)
        )

    def test_write_if_match(self):
        blob = self.blob()
        self.refused(412, "ConditionNotMet", blob.upload_blob, b"x", overwrite=True, etag='"0x1"',
                     match_condition=MatchConditions.IfNotModified)
        etag = blob.get_blob_properties().etag
        blob.upload_blob(b"x", overwrite=True, etag=etag, match_condition=MatchConditions.IfNotModified)

    def test_if_match_on_nothing(self):
        blob = self.container.get_blob_client("missing")
        self.refused(412, "ConditionNotMet", blob.upload_blob, b"x", overwrite=True, etag='"0x1"',
                     match_condition=MatchConditions.IfNotModified)


class Listing(Contract):
    def test_order_of_bytes(self):
        for name in ("b", "a", "B", "ä", "a/b", "a0", "_"):
            self.blob(name)
        self.assertEqual(self.names(), ["B", "_", "a", "a/b", "a0", "b", "ä"])

    def test_pages(self):
        for n in range(5):
            self.blob(str(n))
        pages = self.container.list_blobs(results_per_page=2).by_page()
        self.assertEqual([[one.name for one in page] for page in pages], [["0", "1"], ["2", "3"], ["4"]])

    def test_prefix(self):
        self.blob("a/1")
        self.blob("b/1")
        self.assertEqual(self.names(name_starts_with="a"), ["a/1"])

    def test_delimiter(self):
        for name in ("a/1", "a/2", "b", "c/1"):
            self.blob(name)
        # Of a page, the library hands out prefixes first.
        self.assertEqual(sorted(one.name for one in self.container.walk_blobs()), ["a/", "b", "c/"])
        self.assertEqual([one.name for one in self.container.walk_blobs("a/")], ["a/1", "a/2"])

    def test_delimiter_over_pages(self):
        for name in ("a/1", "a/2", "b", "c/1"):
            self.blob(name)
        found = []
        for page in self.container.walk_blobs(results_per_page=1).by_page():
            found += [one.name for one in page]
        self.assertEqual(found, ["a/", "b", "c/"])

    def test_metadata_when_asked_for(self):
        self.blob(metadata={"a": "b"})
        self.assertEqual(next(iter(self.container.list_blobs(include=["metadata"]))).metadata, {"a": "b"})
        self.assertIsNone(next(iter(self.container.list_blobs())).metadata or None)

    def test_odd_names(self):
        names = ["a b", "a%20b", "a+b", "ä", "q?#&=", "<&>"]
        for name in names:
            self.blob(name, content=name.encode())
        self.assertEqual(sorted(self.names()), sorted(names))

    def test_uncommitted_when_asked_for(self):
        self.container.get_blob_client("staged").stage_block("a", b"x")
        self.assertEqual(self.names(), [])
        self.assertEqual(self.names(include=["uncommittedblobs"]), ["staged"])

    def test_page_sizes(self):
        self.refused(400, "OutOfRangeQueryParameterValue", self.container.list_blobs(results_per_page=0).by_page().__next__)


class Blocks(Contract):
    def test_in_the_order_told(self):
        blob = self.container.get_blob_client("x")
        for name in ("a", "b", "c"):
            blob.stage_block(name, name.encode())
        blob.commit_block_list([BlobBlock("c"), BlobBlock("a")])
        self.assertEqual(blob.download_blob().readall(), b"ca")
        committed, uncommitted = blob.get_block_list("all")
        self.assertEqual([[one.id for one in committed], uncommitted], [["c", "a"], []])

    def test_committed_ones_can_be_used_again(self):
        blob = self.container.get_blob_client("x")
        blob.stage_block("a", b"1")
        blob.commit_block_list([BlobBlock("a")])
        blob.stage_block("b", b"2")
        blob.commit_block_list([BlobBlock("a"), BlobBlock("b"), BlobBlock("a")])
        self.assertEqual(blob.download_blob().readall(), b"121")

    def test_unknown_ones(self):
        blob = self.container.get_blob_client("x")
        self.refused(400, "InvalidBlockList", blob.commit_block_list, [BlobBlock("a")])

    def test_ids_of_one_length(self):
        blob = self.container.get_blob_client("x")
        blob.stage_block("a", b"1")
        self.refused(400, "InvalidBlobOrBlock", blob.stage_block, "aaaa", b"1")

    def test_a_put_blob_drops_them(self):
        blob = self.container.get_blob_client("x")
        blob.stage_block("a", b"1")
        blob.upload_blob(b"whole", overwrite=True)
        self.assertEqual(blob.get_block_list("all"), ([], []))

    def test_at_most_fifty_thousand(self):
        blob = self.container.get_blob_client("x")
        blob.stage_block("a", b"1")
        self.refused(400, "BlockListTooLong", blob.commit_block_list, [BlobBlock("a")] * 50_001)

    def test_md5_of_a_list_is_given(self):
        blob = self.container.get_blob_client("x")
        blob.stage_block("a", b"1")
        blob.commit_block_list([BlobBlock("a")])
        self.assertIsNone(blob.get_blob_properties().content_settings.content_md5)


class Leases(Contract):
    def test_guards_writes(self):
        blob = self.blob()
        lease = blob.acquire_lease(15)
        self.refused(412, "LeaseIdMissing", blob.set_blob_metadata, {})
        self.refused(412, "LeaseIdMismatchWithBlobOperation", blob.set_blob_metadata, {}, lease=str(uuid.uuid4()))
        blob.set_blob_metadata({}, lease=lease)
        self.refused(412, "LeaseIdMissing", blob.delete_blob)

    def test_one_at_a_time(self):
        blob = self.blob()
        lease = blob.acquire_lease()
        self.refused(409, "LeaseAlreadyPresent", blob.acquire_lease)
        lease.release()
        blob.acquire_lease()

    def test_change(self):
        blob = self.blob()
        lease = blob.acquire_lease()
        old = lease.id
        lease.change(str(uuid.uuid4()))
        self.refused(409, "LeaseIdMismatchWithLeaseOperation", BlobLeaseClient(blob, old).release)

    def test_break(self):
        blob = self.blob()
        lease = blob.acquire_lease()
        lease.break_lease(0)
        self.assertEqual(blob.get_blob_properties().lease.state, "broken")
        self.refused(409, "LeaseIsBrokenAndCannotBeRenewed", lease.renew)

    def test_breaking(self):
        blob = self.blob()
        lease = blob.acquire_lease()
        self.assertEqual(lease.break_lease(30), 30)
        self.assertEqual(blob.get_blob_properties().lease.state, "breaking")
        self.refused(409, "LeaseIsBreakingAndCannotBeChanged", lease.change, str(uuid.uuid4()))

    def test_durations(self):
        self.refused(400, "InvalidHeaderValue", self.blob().acquire_lease, 10)

    def test_without_one(self):
        blob = self.blob()
        self.refused(409, "LeaseNotPresentWithLeaseOperation", BlobLeaseClient(blob).break_lease)
        self.refused(412, "LeaseNotPresentWithBlobOperation", blob.set_blob_metadata, {}, lease=str(uuid.uuid4()))


class Snapshots(Contract):
    def test_keeps_the_old(self):
        blob = self.blob(content=b"old", metadata={"a": "b"})
        old = self.snapshot(blob)
        blob.upload_blob(b"new", overwrite=True)
        self.assertEqual(old.download_blob().readall(), b"old")
        self.assertEqual(old.get_blob_properties().metadata, {"a": "b"})

    def test_listed_before_the_blob(self):
        taken = self.snapshot(self.blob()).snapshot
        found = [one.snapshot for one in self.container.list_blobs(include=["snapshots"])]
        self.assertEqual(found, [taken, None])

    def test_in_the_way_of_deleting(self):
        blob = self.blob()
        blob.create_snapshot()
        self.refused(409, "SnapshotsPresent", blob.delete_blob)
        blob.delete_blob(delete_snapshots="only")
        self.assertEqual(len(self.names(include=["snapshots"])), 1)
        blob.create_snapshot()
        blob.delete_blob(delete_snapshots="include")
        self.assertEqual(self.names(include=["snapshots"]), [])

    def test_deleted_alone(self):
        snapshot = self.snapshot(self.blob())
        snapshot.delete_blob()
        self.refused(404, "BlobNotFound", snapshot.download_blob)

    def test_copied_back(self):
        blob = self.blob(content=b"old")
        snapshot = self.snapshot(blob)
        blob.upload_blob(b"new", overwrite=True)
        blob.start_copy_from_url(snapshot.url)
        self.assertEqual(blob.download_blob().readall(), b"old")


class Tiers(Contract):
    def test_at_writing_and_later(self):
        blob = self.blob(standard_blob_tier=StandardBlobTier.COOL)
        self.assertEqual(blob.get_blob_properties().blob_tier, "Cool")
        blob.set_standard_blob_tier("Cold")
        self.assertEqual(blob.get_blob_properties().blob_tier, "Cold")

    def test_unknown(self):
        self.refused(400, "InvalidHeaderValue", self.blob().set_standard_blob_tier, "Lukewarm")

    def test_archived_is_not_read(self):
        self.refused(409, "BlobArchived", self.blob(standard_blob_tier=StandardBlobTier.ARCHIVE).download_blob)

    def test_archived_is_not_written_over(self):
        blob = self.blob(standard_blob_tier=StandardBlobTier.ARCHIVE)
        self.refused(409, "BlobArchived", blob.upload_blob, b"x", overwrite=True)

    def test_archived_metadata_is_fixed(self):
        blob = self.blob(standard_blob_tier=StandardBlobTier.ARCHIVE)
        self.refused(409, "BlobArchived", blob.set_blob_metadata, {"a": "b"})

    def test_archived_gets_no_snapshot(self):
        self.refused(409, "BlobArchived", self.blob(standard_blob_tier=StandardBlobTier.ARCHIVE).create_snapshot)

    def test_archived_can_be_deleted(self):
        self.blob(standard_blob_tier=StandardBlobTier.ARCHIVE).delete_blob()

    def test_rehydration_is_pending(self):
        blob = self.blob(standard_blob_tier=StandardBlobTier.ARCHIVE)
        blob.set_standard_blob_tier("Hot")
        self.assertEqual(blob.get_blob_properties().archive_status, "rehydrate-pending-to-hot")

    def test_archived_is_not_copied_into_archive(self):
        blob = self.blob(standard_blob_tier=StandardBlobTier.ARCHIVE)
        copy = self.container.get_blob_client("copy")
        self.refused(409, "BlobArchived", copy.start_copy_from_url, blob.url, standard_blob_tier=StandardBlobTier.ARCHIVE)


class Tags(Contract):
    def test_set_and_read(self):
        blob = self.blob(tags={"a": "1"})
        self.assertEqual(blob.get_blob_tags(), {"a": "1"})
        blob.set_blob_tags({"b": "2"})
        self.assertEqual(blob.get_blob_tags(), {"b": "2"})
        self.assertEqual(blob.get_blob_properties().tag_count, 1)

    def test_at_most_ten(self):
        with self.assertRaises(AzureError) as caught:
            self.blob().set_blob_tags({f"k{n}": "v" for n in range(11)})
        self.assertEqual(caught.exception.status_code, 400)

    def test_found(self):
        run = uuid.uuid4().hex
        for n in range(3):
            self.blob(str(n), tags={"run": run, "n": str(n)})
        found = self.service.find_blobs_by_tags(f"run = '{run}' AND n >= '1'")
        self.assertEqual([one.name for one in found], ["1", "2"])

    def test_found_in_a_container(self):
        self.blob(tags={"a": "1"})
        self.assertEqual([one.name for one in self.container.find_blobs_by_tags("a = '1'")], ["blob"])

    def test_conditions(self):
        blob = self.blob(tags={"a": "1"})
        self.refused(412, "ConditionNotMet", blob.download_blob, if_tags_match_condition="a = '2'")
        self.assertEqual(blob.download_blob(if_tags_match_condition="a = '1'").readall(), b"content")


class Copies(Contract):
    def test_within_the_account(self):
        source = self.blob(metadata={"a": "b"})
        copy = self.container.get_blob_client("copy")
        self.assertEqual(copy.start_copy_from_url(source.url)["copy_status"], "success")
        found = copy.get_blob_properties()
        self.assertEqual((found.metadata, found.copy.status, found.copy.progress), ({"a": "b"}, "success", "7/7"))

    def test_metadata_instead(self):
        source = self.blob(metadata={"a": "b"})
        copy = self.container.get_blob_client("copy")
        copy.start_copy_from_url(source.url, metadata={"c": "d"})
        self.assertEqual(copy.get_blob_properties().metadata, {"c": "d"})

    def test_nothing_to_copy(self):
        copy = self.container.get_blob_client("copy")
        self.refused(404, "CannotVerifyCopySource", copy.start_copy_from_url, copy.url + "-missing")

    def test_source_condition(self):
        copy = self.container.get_blob_client("copy")
        self.refused(412, "SourceConditionNotMet", copy.start_copy_from_url, self.blob().url, source_etag='"0x1"',
                     source_match_condition=MatchConditions.IfNotModified)

    def test_target_condition(self):
        source, copy = self.blob(), self.blob("copy")
        self.refused(412, "TargetConditionNotMet", copy.start_copy_from_url, source.url, etag='"0x1"',
                     match_condition=MatchConditions.IfNotModified)

    def test_at_once_with_a_signature(self):
        self.blob()
        copy = self.container.get_blob_client("copy")
        copy.start_copy_from_url(self.readable(), requires_sync=True, tags={"t": "1"})
        self.assertEqual(copy.download_blob().readall(), b"content")
        self.assertEqual(copy.get_blob_tags(), {"t": "1"})

    def test_block_from_url(self):
        self.blob()
        copy = self.container.get_blob_client("copy")
        copy.stage_block_from_url("a", self.readable(), source_offset=3, source_length=4)
        copy.commit_block_list([BlobBlock("a")])
        self.assertEqual(copy.download_blob().readall(), b"tent")

    def test_put_from_url(self):
        self.blob()
        copy = self.container.get_blob_client("copy")
        copy.upload_blob_from_url(self.readable())
        self.assertEqual(copy.download_blob().readall(), b"content")

    def test_nothing_to_abort(self):
        copy = self.container.get_blob_client("copy")
        done = copy.start_copy_from_url(self.blob().url)
        self.refused(409, "NoPendingCopyOperation", copy.abort_copy, done["copy_id"])

    def test_a_source_signature_must_allow_reading(self):
        self.blob()
        stranger = self.signed(permission=BlobSasPermissions(write=True), expiry=now() + timedelta(hours=1))
        copy = self.container.get_blob_client("copy")
        self.refused(403, "CannotVerifyCopySource", copy.start_copy_from_url, stranger, requires_sync=True)


class Kinds(Contract):
    def test_appending(self):
        blob = self.container.get_blob_client("log")
        blob.create_append_blob()
        blob.append_block(b"one")
        self.assertEqual(blob.append_block(b"two")["blob_append_offset"], "3")
        self.assertEqual(blob.download_blob().readall(), b"onetwo")
        self.assertEqual(blob.get_blob_properties().append_blob_committed_block_count, 2)

    def test_append_conditions(self):
        blob = self.container.get_blob_client("log")
        blob.create_append_blob()
        blob.append_block(b"one")
        self.refused(412, "AppendPositionConditionNotMet", blob.append_block, b"x", appendpos_condition=0)
        self.refused(412, "MaxBlobSizeConditionNotMet", blob.append_block, b"x", maxsize_condition=3)

    def test_sealing(self):
        blob = self.container.get_blob_client("log")
        blob.create_append_blob()
        blob.seal_append_blob()
        self.refused(409, "BlobIsSealed", blob.append_block, b"x")

    def test_pages(self):
        blob = self.container.get_blob_client("disk")
        blob.create_page_blob(2048)
        blob.upload_page(b"a" * 512, 512, 512)
        self.assertEqual(blob.download_blob(offset=512, length=512).readall(), b"a" * 512)
        self.assertEqual([(one.start, one.end) for one in blob.list_page_ranges()], [(512, 1023)])
        blob.clear_page(512, 512)
        self.assertEqual(list(blob.list_page_ranges()), [])

    def test_page_sizes(self):
        blob = self.container.get_blob_client("disk")
        blob.create_page_blob(1024)
        blob.resize_blob(512)
        self.assertEqual(blob.get_blob_properties().size, 512)
        blob.set_sequence_number("update", 5)
        self.assertEqual(blob.get_blob_properties().page_blob_sequence_number, 5)

    def test_kinds_are_not_mixed(self):
        log, disk, plain = (self.container.get_blob_client(name) for name in ("log", "disk", "plain"))
        log.create_append_blob()
        disk.create_page_blob(512)
        plain.upload_blob(b"x")
        self.refused(409, "InvalidBlobType", log.upload_page, b"a" * 512, 0, 512)
        self.refused(409, "InvalidBlobType", disk.append_block, b"x")
        self.refused(409, "InvalidBlobType", plain.append_block, b"x")

    def test_no_block_list_of_an_append_blob(self):
        log = self.container.get_blob_client("log")
        log.create_append_blob()
        self.refused(409, "InvalidBlobType", log.get_block_list)

    def test_listed(self):
        self.container.get_blob_client("log").create_append_blob()
        self.container.get_blob_client("disk").create_page_blob(512)
        found = [(one.name, one.blob_type) for one in self.container.list_blobs()]
        self.assertEqual(found, [("disk", BlobType.PAGEBLOB), ("log", BlobType.APPENDBLOB)])


class Signatures(Contract):
    def test_of_a_blob(self):
        self.blob()
        blob = self.by(self.readable())
        self.assertEqual(blob.download_blob().readall(), b"content")
        self.refused(403, "AuthorizationPermissionMismatch", blob.delete_blob)

    def test_of_a_container(self):
        self.blob()
        sas = generate_container_sas(ACCOUNT, self.name, account_key=KEY, expiry=now() + timedelta(hours=1),
                                     permission=ContainerSasPermissions(list=True))
        container = ContainerClient.from_container_url(f"{self.container.url}?{sas}", retry_total=0, api_version=VERSION)
        self.assertEqual([one.name for one in container.list_blobs()], ["blob"])
        self.refused(403, "AuthorizationPermissionMismatch", container.download_blob, "blob")

    def test_over(self):
        self.blob()
        url = self.signed(permission=BlobSasPermissions(read=True), expiry=now() - timedelta(minutes=1))
        self.refused(403, "AuthenticationFailed", self.by(url).download_blob)

    def test_forged(self):
        self.blob()
        self.refused(403, "AuthenticationFailed", self.by(self.readable().replace("sp=r", "sp=rw")).download_blob)

    def test_creating_is_not_writing_over(self):
        self.blob()
        url = self.signed(permission=BlobSasPermissions(create=True), expiry=now() + timedelta(hours=1))
        self.refused(403, "UnauthorizedBlobOverwrite", self.by(url).upload_blob, b"x", overwrite=True)

    def test_of_the_parts_of_a_batch(self):
        for name in ("a", "b c"):
            self.blob(name)
        told = list(self.container.delete_blobs("a", "b c"))
        self.assertEqual(([one.status_code for one in told], self.names()), ([202, 202], []))

    def test_by_a_stored_policy(self):
        self.blob()
        policy = AccessPolicy(ContainerSasPermissions(read=True), expiry=now() + timedelta(hours=1))
        self.container.set_container_access_policy({"p": policy})
        blob = self.by(self.signed(policy_id="p"))
        self.assertEqual(blob.download_blob().readall(), b"content")
        self.container.set_container_access_policy({})
        self.refused(403, "AuthenticationFailed", blob.download_blob)

    def test_headers_in_it(self):
        self.blob()
        url = self.signed(permission=BlobSasPermissions(read=True), expiry=now() + timedelta(hours=1),
                          content_type="text/x-signed")
        self.assertEqual(self.by(url).get_blob_properties().content_settings.content_type, "text/x-signed")

    def test_nobody_without_one(self):
        self.refused(401, "NoAuthenticationInformation", self.by(self.blob().url).download_blob)


class NotInAzurite(Contract):
    def test_undeleting_what_is_there(self):
        self.blob().undelete_blob()

    def test_set_policy_needs_a_container_for_it(self):
        from azure.storage.blob import ImmutabilityPolicy

        policy = ImmutabilityPolicy(expiry_time=now() + timedelta(days=1), policy_mode="Unlocked")
        self.refused(409, "BlobImmutableStorageNotEnabled", self.blob().set_immutability_policy, policy)


def load_tests(loader, tests, pattern):
    """Marks what is known to fail here; whatever else fails, or does not fail any more, is told."""
    cases = {case.id().split(".", 1)[1]: case for suite in tests for case in suite}
    unknown = set(KNOWN) - set(cases)
    assert not unknown, f"no such cases: {unknown}"
    for name, known in KNOWN.items():
        if known.fails == SERVICE:
            case = cases[name]
            setattr(type(case), case._testMethodName, unittest.expectedFailure(getattr(type(case), case._testMethodName)))
    return tests


if __name__ == "__main__":
    unittest.main()
