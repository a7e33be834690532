"""azure-storage-blob: shared access signatures of every kind."""

import unittest

from azure.storage.blob import (
    AccessPolicy,
    AccountSasPermissions,
    BlobClient,
    BlobSasPermissions,
    BlobServiceClient,
    ContainerClient,
    ContainerSasPermissions,
    ResourceTypes,
    generate_account_sas,
    generate_blob_sas,
    generate_container_sas,
)
from storage import HOUR, SOURCE, Case, identity, later, service, settings
from world import account, advance

KEY = account(SOURCE)["key"]


class Signatures(Case):
    def setUp(self):
        super().setUp()
        self.there = self.blob()
        self.name = self.container.container_name

    def by(self, sas, name="blob", **options):
        return BlobClient.from_blob_url(f"{self.container.get_blob_client(name).url}?{sas}", retry_total=0, **options)

    def blob_sas(self, permission, name="blob", **options):
        return generate_blob_sas(
            SOURCE, self.name, name, account_key=KEY, permission=permission, expiry=later(HOUR), **options
        )

    def test_an_account_signature(self):
        sas = generate_account_sas(
            SOURCE, KEY, ResourceTypes(service=True, container=True, object=True),
            AccountSasPermissions(read=True, list=True), later(HOUR),
        )
        client = BlobServiceClient(account(SOURCE)["endpoint"], sas, retry_total=0)
        self.assertIn(self.name, [found.name for found in client.list_containers()])
        blob = client.get_blob_client(self.name, "blob")
        self.assertEqual(blob.download_blob().readall(), b"content")
        self.refused("AuthorizationPermissionMismatch", blob.delete_blob)

    def test_an_account_signature_of_one_kind_of_resource(self):
        sas = generate_account_sas(
            SOURCE, KEY, ResourceTypes(object=True), AccountSasPermissions(read=True, list=True), later(HOUR)
        )
        client = BlobServiceClient(account(SOURCE)["endpoint"], sas, retry_total=0)
        self.assertEqual(client.get_blob_client(self.name, "blob").download_blob().readall(), b"content")
        self.refused("AuthorizationResourceTypeMismatch", client.list_containers)
        self.refused("AuthorizationResourceTypeMismatch", client.get_container_client(self.name).list_blobs)

    def test_a_blobs_signature(self):
        blob = self.by(self.blob_sas(BlobSasPermissions(read=True)))
        self.assertEqual(blob.download_blob().readall(), b"content")
        self.refused("AuthorizationPermissionMismatch", blob.upload_blob, b"x", overwrite=True)
        other = self.by(self.blob_sas(BlobSasPermissions(read=True)), "other")
        self.refused("AuthenticationFailed", other.download_blob)

    def test_addresses_and_protocols(self):
        for there in ("127.0.0.1", "127.0.0.0-127.0.0.255"):
            blob = self.by(self.blob_sas(BlobSasPermissions(read=True), ip=there))
            self.assertEqual(blob.download_blob().readall(), b"content")
        for elsewhere in ("168.1.5.65", "168.1.5.60-168.1.5.70"):
            blob = self.by(self.blob_sas(BlobSasPermissions(read=True), ip=elsewhere))
            self.refused("AuthorizationSourceIPMismatch", blob.download_blob)
        blob = self.by(self.blob_sas(BlobSasPermissions(read=True), protocol="https"))
        if blob.url.startswith("https"):
            self.assertEqual(blob.download_blob().readall(), b"content")
        else:
            self.refused("AuthorizationProtocolMismatch", blob.download_blob)

    def test_who_may_create_may_not_write_over(self):
        blob = self.by(self.blob_sas(BlobSasPermissions(create=True)))
        self.refused("UnauthorizedBlobOverwrite", blob.upload_blob, b"x", overwrite=True)
        fresh = self.by(self.blob_sas(BlobSasPermissions(create=True), "fresh"), "fresh")
        fresh.upload_blob(b"x", overwrite=True)

    def test_a_containers_signature(self):
        sas = generate_container_sas(
            SOURCE, self.name, account_key=KEY,
            permission=ContainerSasPermissions(read=True, list=True, tag=True), expiry=later(HOUR),
        )
        container = ContainerClient.from_container_url(f"{self.container.url}?{sas}", retry_total=0)
        self.assertEqual([found.name for found in container.list_blobs()], ["blob"])
        self.assertEqual(container.download_blob("blob").readall(), b"content")
        container.get_blob_client("blob").set_blob_tags({"a": "b"})
        self.refused("AuthorizationPermissionMismatch", container.delete_blob, "blob")

    def test_a_signature_ends(self):
        blob = self.by(self.blob_sas(BlobSasPermissions(read=True)))
        advance(HOUR + 1)
        self.refused("AuthenticationFailed", blob.download_blob)

    def test_a_signature_changed_by_hand(self):
        sas = self.blob_sas(BlobSasPermissions(read=True)).replace("sp=r", "sp=rw")
        self.refused("AuthenticationFailed", self.by(sas).download_blob)

    def test_a_stored_policy_says_the_rest_and_can_be_revoked(self):
        policy = AccessPolicy(ContainerSasPermissions(read=True), expiry=later(HOUR), start=later(-HOUR))
        self.container.set_container_access_policy({"readers": policy})
        kept = self.container.get_container_access_policy()["signed_identifiers"]
        self.assertEqual([(one.id, one.access_policy.permission) for one in kept], [("readers", "r")])
        sas = generate_blob_sas(SOURCE, self.name, "blob", account_key=KEY, policy_id="readers")
        blob = self.by(sas)
        self.assertEqual(blob.download_blob().readall(), b"content")
        self.refused("AuthorizationPermissionMismatch", blob.delete_blob)
        more = self.by(self.blob_sas(BlobSasPermissions(read=True, write=True), policy_id="readers"))
        self.refused("InvalidQueryParameterValue", more.upload_blob, b"x", overwrite=True)
        self.container.set_container_access_policy({})
        self.refused("AuthenticationFailed", blob.download_blob)

    def test_a_user_delegation_signature(self):
        client = service(credential=identity())
        key = client.get_user_delegation_key(later(-60), later(HOUR))
        sas = generate_blob_sas(
            SOURCE, self.name, "blob", user_delegation_key=key,
            permission=BlobSasPermissions(read=True), expiry=later(HOUR),
        )
        self.assertEqual(self.by(sas).download_blob().readall(), b"content")
        self.refused("AuthorizationPermissionMismatch", self.by(sas).delete_blob)

    def test_a_user_delegation_key_is_for_a_week_at_most(self):
        client = service(credential=identity())
        self.refused("InvalidXmlNodeValue", client.get_user_delegation_key, later(0), later(8 * 24 * HOUR))

    def test_a_snapshots_signature(self):
        taken = self.there.create_snapshot()["snapshot"]
        self.there.upload_blob(b"new", overwrite=True)
        sas = self.blob_sas(BlobSasPermissions(read=True), snapshot=taken)
        snapshot = BlobClient.from_blob_url(f"{self.there.url}?snapshot={taken}&{sas}", retry_total=0)
        self.assertEqual(snapshot.download_blob().readall(), b"content")
        self.refused("AuthenticationFailed", self.by(sas).download_blob)

    def test_a_versions_signature(self):
        settings(versioning=True)
        first = self.there.upload_blob(b"1", overwrite=True)["version_id"]
        self.there.upload_blob(b"2", overwrite=True)
        sas = self.blob_sas(BlobSasPermissions(read=True), version_id=first)
        blob = self.by(sas)
        self.assertEqual(blob.download_blob(version_id=first).readall(), b"1")
        self.refused("AuthenticationFailed", blob.download_blob)

    def test_response_headers_of_a_signature(self):
        sas = self.blob_sas(BlobSasPermissions(read=True), content_type="text/x-signed", cache_control="no-cache")
        found = self.by(sas).get_blob_properties()
        self.assertEqual(found.content_settings.content_type, "text/x-signed")
        self.assertEqual(found.content_settings.cache_control, "no-cache")


if __name__ == "__main__":
    unittest.main()
