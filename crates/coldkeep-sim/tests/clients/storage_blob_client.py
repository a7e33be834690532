"""azure-storage-blob: the life of containers and block blobs."""

import base64
import unittest
import uuid

from azure.core import MatchConditions
from azure.storage.blob import (
    AccountSasPermissions,
    BlobBlock,
    BlobType,
    ContentSettings,
    ResourceTypes,
    RetentionPolicy,
    generate_account_sas,
)
from storage import HOUR, SOURCE, Case, identity, later, service, settings
from world import account, advance


class Containers(Case):
    def test_a_container_is_made_once(self):
        self.refused("ContainerAlreadyExists", self.service.create_container, self.container.container_name)

    def test_names_are_checked(self):
        for name in ("UPPER", "a--b", "-aa"):
            self.refused("InvalidResourceName", self.service.create_container, name)
        for name in ("ab", "x" * 64):
            self.refused("OutOfRangeInput", self.service.create_container, name)

    def test_metadata_is_kept_and_replaced(self):
        self.container.set_container_metadata({"one": "1", "two": "2"})
        self.container.set_container_metadata({"Three": "3"})
        self.assertEqual(self.container.get_container_properties().metadata, {"Three": "3"})

    def test_a_container_that_is_not_there(self):
        missing = self.service.get_container_client("missing-container")
        self.assertFalse(missing.exists())
        self.refused("ContainerNotFound", missing.get_container_properties)
        self.refused("ContainerNotFound", missing.list_blobs)
        self.refused("ContainerNotFound", missing.upload_blob, "x", b"x")

    def test_containers_are_listed_page_by_page(self):
        prefix = f"paged-{uuid.uuid4().hex[:8]}"
        made = [f"{prefix}-{n}" for n in range(5)]
        for name in made:
            self.service.create_container(name, metadata={"n": name})
        pages = list(self.service.list_containers(prefix, include_metadata=True, results_per_page=2).by_page())
        found = [list(page) for page in pages]
        self.assertEqual([len(page) for page in found], [2, 2, 1])
        self.assertEqual([one.name for page in found for one in page], made)
        self.assertEqual(found[0][0].metadata, {"n": made[0]})

    def test_a_deleted_container_comes_back_within_its_days(self):
        settings(container_soft_delete_days=7)
        self.blob()
        name = self.container.container_name
        self.container.delete_container()
        self.assertFalse(self.container.exists())
        deleted = [c for c in self.service.list_containers(name, include_deleted=True)]
        self.assertTrue(deleted[0].deleted)
        restored = self.service.undelete_container(name, deleted[0].version)
        self.assertEqual(restored.get_blob_client("blob").download_blob().readall(), b"content")
        self.assertFalse(any(c.deleted for c in self.service.list_containers(name, include_deleted=True)))

    def test_a_container_deleted_for_too_long_is_gone(self):
        settings(container_soft_delete_days=1)
        name = self.container.container_name
        self.container.delete_container()
        version = next(iter(self.service.list_containers(name, include_deleted=True))).version
        advance(24 * 3600 + 1)
        self.assertEqual(list(self.service.list_containers(name, include_deleted=True)), [])
        self.refused("ContainerNotFound", self.service.undelete_container, name, version)

    def test_a_name_taken_again_is_not_restored_over(self):
        settings(container_soft_delete_days=1)
        name = self.container.container_name
        self.container.delete_container()
        self.service.create_container(name)
        version = next(c for c in self.service.list_containers(name, include_deleted=True) if c.deleted).version
        self.refused("ContainerAlreadyExists", self.service.undelete_container, name, version)

    def test_conditions_on_containers_are_times(self):
        before, after = later(-3600), later(3600)
        self.refused("ConditionNotMet", self.container.delete_container, if_unmodified_since=before)
        self.refused("ConditionNotMet", self.container.delete_container, if_modified_since=after)
        self.container.delete_container(if_unmodified_since=after)

    def test_a_public_container_is_read_by_anybody(self):
        self.blob()
        from azure.storage.blob import BlobClient, ContainerClient

        blob = BlobClient.from_blob_url(self.container.get_blob_client("blob").url, retry_total=0)
        self.refused("NoAuthenticationInformation", blob.download_blob)
        self.refused("PublicAccessNotPermitted", self.container.set_container_access_policy, {}, public_access="blob")
        settings(allow_public_access=True)
        self.container.set_container_access_policy({}, public_access="blob")
        self.assertEqual(blob.download_blob().readall(), b"content")
        listing = ContainerClient.from_container_url(self.container.url, retry_total=0)
        self.refused("AuthorizationPermissionMismatch", listing.list_blobs)
        self.container.set_container_access_policy({}, public_access="container")
        self.assertEqual([found.name for found in listing.list_blobs()], ["blob"])
        self.refused("AuthorizationPermissionMismatch", blob.delete_blob)
        self.assertEqual(self.container.get_container_properties().public_access, "container")


class Service(Case):
    def test_retention_of_deleted_blobs_is_a_property_of_the_service(self):
        self.service.set_service_properties(delete_retention_policy=RetentionPolicy(enabled=True, days=5))
        found = self.service.get_service_properties()["delete_retention_policy"]
        self.assertEqual((found.enabled, found.days), (True, 5))
        self.service.set_service_properties(delete_retention_policy=RetentionPolicy(enabled=False))
        self.assertFalse(self.service.get_service_properties()["delete_retention_policy"].enabled)

    def test_other_properties_are_kept(self):
        from azure.storage.blob import CorsRule, StaticWebsite

        site = StaticWebsite(enabled=True, index_document="index.html", error_document404_path="404.html")
        cors = CorsRule(["https://example.org"], ["GET"], max_age_in_seconds=5)
        self.service.set_service_properties(static_website=site, cors=[cors], target_version="2020-04-08")
        found = self.service.get_service_properties()
        self.assertEqual(found["static_website"].index_document, "index.html")
        self.assertEqual(found["cors"][0].allowed_methods, "GET")
        self.assertEqual(found["target_version"], "2020-04-08")

    def test_the_account_says_what_it_is(self):
        found = self.service.get_account_information()
        self.assertEqual((found["sku_name"], found["account_kind"]), ("Standard_LRS", "StorageV2"))

    def test_an_application_signs_in_with_its_secret(self):
        self.blob()
        blob = service(credential=identity()).get_blob_client(self.container.container_name, "blob")
        self.assertEqual(blob.download_blob().readall(), b"content")
        blob.upload_blob(b"other", overwrite=True)
        self.assertEqual(blob.get_blob_properties().size, 5)


class Batches(Case):
    def by_all(self):
        """The container as seen with a key, a token and a signature of the client's own."""
        name = self.container.container_name
        sas = generate_account_sas(
            SOURCE, account(SOURCE)["key"], ResourceTypes(object=True, container=True),
            AccountSasPermissions(read=True, write=True, delete=True, list=True), later(HOUR)
        )
        for credential in (None, identity(), sas):
            yield service(credential=credential).get_container_client(name)

    def test_many_are_deleted_in_one_request(self):
        for container in self.by_all():
            for name in ("a", "b c", "d/ü"):
                container.upload_blob(name, b"x")
            told = list(container.delete_blobs("a", "b c", "d/ü"))
            self.assertEqual([one.status_code for one in told], [202] * 3)
            self.assertEqual(self.names(), [])

    def test_many_change_their_tier_in_one_request(self):
        for container in self.by_all():
            for name in ("a", "b"):
                container.upload_blob(name, b"x", overwrite=True)
            told = list(container.set_standard_blob_tier_blobs("Cool", "a", "b"))
            self.assertEqual([one.status_code for one in told], [200] * 2)
            self.assertEqual({one.blob_tier for one in container.list_blobs()}, {"Cool"})


class Blobs(Case):
    def test_content_and_what_describes_it(self):
        settings_ = ContentSettings("text/plain", "identity", "de", "inline", "no-store")
        blob = self.blob(content_settings=settings_, metadata={"kind": "full"})
        found = blob.get_blob_properties()
        self.assertEqual(found.size, 7)
        self.assertEqual(found.metadata, {"kind": "full"})
        self.assertEqual(found.content_settings.content_type, "text/plain")
        self.assertEqual(found.content_settings.content_language, "de")
        self.assertEqual(found.content_settings.content_disposition, "inline")
        self.assertEqual(found.blob_type, BlobType.BLOCKBLOB)
        self.assertIsNotNone(found.creation_time)

    def test_a_blob_is_not_written_over_unless_told(self):
        blob = self.blob()
        self.refused("BlobAlreadyExists", blob.upload_blob, b"x")
        blob.upload_blob(b"new", overwrite=True)
        self.assertEqual(blob.download_blob().readall(), b"new")

    def test_ranges(self):
        blob = self.blob(content=bytes(range(100)))
        self.assertEqual(blob.download_blob(offset=10, length=5).readall(), bytes(range(10, 15)))
        self.assertEqual(blob.download_blob(offset=95).readall(), bytes(range(95, 100)))
        self.refused("InvalidRange", blob.download_blob, offset=100, length=1)

    def test_a_range_is_validated_by_its_hash(self):
        blob = self.blob(content=b"x" * 5000)
        self.assertEqual(len(blob.download_blob(offset=0, length=1000, validate_content=True).readall()), 1000)

    def test_uploads_are_validated(self):
        blob = self.container.get_blob_client("checked")
        blob.upload_blob(b"x" * 1000, validate_content=True)
        wrong = base64.b64encode(b"0" * 16).decode()
        self.refused(
            "Md5Mismatch", blob.upload_blob, b"y", overwrite=True, headers={"Content-MD5": wrong}
        )

    def test_conditions(self):
        blob = self.blob()
        etag = blob.get_blob_properties().etag
        self.refused(
            "ConditionNotMet",
            blob.upload_blob,
            b"x",
            overwrite=True,
            etag='"0x1"',
            match_condition=MatchConditions.IfNotModified,
        )
        blob.set_blob_metadata({"a": "b"}, etag=etag, match_condition=MatchConditions.IfNotModified)
        self.refused(
            "ConditionNotMet", blob.delete_blob, etag=etag, match_condition=MatchConditions.IfNotModified
        )
        self.refused("ConditionNotMet", blob.delete_blob, if_unmodified_since=later(-3600))
        blob.delete_blob(if_modified_since=later(-3600))

    def test_a_read_of_what_did_not_change(self):
        blob = self.blob()
        etag = blob.get_blob_properties().etag
        error = self.refused(
            "ConditionNotMet", blob.download_blob, etag=etag, match_condition=MatchConditions.IfModified
        )
        self.assertEqual(error.status_code, 304)

    def test_metadata_and_headers_are_set_later(self):
        blob = self.blob(metadata={"old": "1"})
        blob.set_blob_metadata({"new": "2"})
        blob.set_http_headers(ContentSettings(content_type="image/png", cache_control="max-age=1"))
        found = blob.get_blob_properties()
        self.assertEqual(found.metadata, {"new": "2"})
        self.assertEqual(found.content_settings.content_type, "image/png")
        self.assertIsNone(found.content_settings.content_md5)

    def test_metadata_has_its_limit(self):
        blob = self.blob()
        self.refused("MetadataTooLarge", blob.set_blob_metadata, {"big": "x" * 8200})

    def test_blocks_are_committed_in_the_order_told(self):
        blob = self.container.get_blob_client("blocks")
        for name in ("b", "a", "c"):
            blob.stage_block(name, name.encode() * 3)
        self.assertEqual(self.names(), [])
        self.assertEqual(self.names(include=["uncommittedblobs"]), ["blocks"])
        blob.commit_block_list([BlobBlock("a"), BlobBlock("b")], metadata={"n": "2"})
        self.assertEqual(blob.download_blob().readall(), b"aaabbb")
        committed, uncommitted = blob.get_block_list("all")
        self.assertEqual([block.id for block in committed], ["a", "b"])
        self.assertEqual(uncommitted, [])
        self.refused("InvalidBlockList", blob.commit_block_list, [BlobBlock("zz")])

    def test_block_ids_are_of_one_length(self):
        blob = self.container.get_blob_client("blocks")
        blob.stage_block("a", b"1")
        self.refused("InvalidBlobOrBlock", blob.stage_block, "longer", b"2")

    def test_large_blobs_come_in_blocks_and_leave_in_ranges(self):
        content = bytes(range(256)) * 4096
        client = service(max_single_put_size=100_000, max_block_size=100_000, max_single_get_size=200_000,
                         max_chunk_get_size=100_000)
        blob = client.get_blob_client(self.container.container_name, "large")
        blob.upload_blob(content, max_concurrency=2, length=len(content))
        self.assertEqual(len(blob.get_block_list()[0]), 11)
        self.assertEqual(blob.download_blob(max_concurrency=2).readall(), content)

    def test_blobs_are_listed_by_prefix_and_page(self):
        for n in range(7):
            self.blob(f"a/{n}")
        self.blob("b/x")
        self.assertEqual(len(self.names(name_starts_with="a/")), 7)
        pages = [len(list(page)) for page in self.container.list_blobs(results_per_page=3).by_page()]
        self.assertEqual(pages, [3, 3, 2])
        self.assertEqual([found.name for found in self.container.walk_blobs()], ["a/", "b/"])

    def test_names_are_whatever_they_are(self):
        names = ["a b", "ä/ö", "x%20y", "q?#&", "'quoted'", "~tilde"]
        for name in names:
            self.blob(name, content=name.encode())
        self.assertEqual(sorted(self.names()), sorted(names))
        for name in names:
            self.assertEqual(self.container.download_blob(name).readall(), name.encode())

    def test_some_names_become_others(self):
        for name, written in [("back\\slash", "back/slash"), ("dot/end.", "dot/end")]:
            self.blob(name, content=name.encode())
            self.assertEqual(self.container.download_blob(written).readall(), name.encode())
        self.assertEqual(sorted(self.names()), ["back/slash", "dot/end"])

    def test_a_name_has_its_length(self):
        self.blob("n" * 1024)
        self.refused("InvalidResourceName", self.container.upload_blob, "n" * 1025, b"x")

    def test_several_blobs_are_deleted_one_by_one(self):
        self.blob("one").delete_blob()
        self.refused("BlobNotFound", self.container.delete_blob, "one")


class Encrypted(Case):
    def key(self, byte):
        import hashlib

        from azure.storage.blob import CustomerProvidedEncryptionKey

        raw = bytes([byte]) * 32
        digest = base64.b64encode(hashlib.sha256(raw).digest()).decode()
        return CustomerProvidedEncryptionKey(base64.b64encode(raw).decode(), digest)

    def test_a_customers_key_is_demanded_of_readers(self):
        blob = self.blob(cpk=self.key(1))
        self.assertEqual(blob.download_blob(cpk=self.key(1)).readall(), b"content")
        self.assertIsNotNone(blob.get_blob_properties(cpk=self.key(1)).encryption_key_sha256)
        self.refused("BlobUsesCustomerSpecifiedEncryption", blob.download_blob)
        self.refused("BlobCustomerSpecifiedEncryptionMismatch", blob.download_blob, cpk=self.key(2))

    def test_a_blob_without_a_key_takes_none(self):
        blob = self.blob()
        self.refused("BlobDoesNotUseCustomerSpecifiedEncryption", blob.download_blob, cpk=self.key(1))

    def test_blocks_share_a_key(self):
        blob = self.container.get_blob_client("blocks")
        blob.stage_block("a", b"1", cpk=self.key(1))
        self.refused("BlobCustomerSpecifiedEncryptionMismatch", blob.stage_block, "b", b"2", cpk=self.key(2))
        self.refused("BlobUsesCustomerSpecifiedEncryption", blob.commit_block_list, [BlobBlock("a")])
        blob.commit_block_list([BlobBlock("a")], cpk=self.key(1))
        self.assertEqual(blob.download_blob(cpk=self.key(1)).readall(), b"1")

    def test_an_encryption_scope_is_kept(self):
        blob = self.blob(encryption_scope="secret")
        self.assertEqual(blob.get_blob_properties().encryption_scope, "secret")
        self.assertEqual(next(iter(self.container.list_blobs())).encryption_scope, "secret")

    def test_a_container_can_insist_on_its_scope(self):
        from azure.storage.blob import ContainerEncryptionScope

        wanted = ContainerEncryptionScope("mine", prevent_encryption_scope_override=True)
        container = self.service.create_container(
            f"scoped-{uuid.uuid4().hex[:8]}", container_encryption_scope=wanted
        )
        self.refused(
            "RequestForbiddenByContainerEncryptionPolicy", container.upload_blob, "x", b"", encryption_scope="other"
        )
        container.upload_blob("x", b"")
        self.assertEqual(container.get_blob_client("x").get_blob_properties().encryption_scope, "mine")


if __name__ == "__main__":
    unittest.main()
