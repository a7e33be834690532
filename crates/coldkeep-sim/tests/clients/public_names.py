"""Azure's own libraries as everybody uses them, told of no address: the proxy leads Microsoft's hosts to the simulator."""

import json
import os
import unittest
import urllib.request

os.environ["HTTPS_PROXY"] = json.loads(os.environ["SIM"])["endpoints"]["proxy"]

from azure.identity import ClientSecretCredential, DeviceCodeCredential
from azure.mgmt.storage import StorageManagementClient
from azure.mgmt.subscription import SubscriptionClient
from azure.storage.blob import BlobServiceClient
from signin import MANAGEMENT, STORAGE
from world import ADMIN, APP, SIM, TENANT, control

LOGIN = "https://login.microsoftonline.com"
GRAPH = "https://graph.microsoft.com"


def approve(uri, code, _expires):
    assert uri == f"{LOGIN}/device", uri
    control("POST", f"device-codes/{code}/approve", {"user": ADMIN})


class PublicNames(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.app = ClientSecretCredential(TENANT, APP["app_id"], APP["secret"])
        cls.person = DeviceCodeCredential(tenant_id=TENANT, prompt_callback=approve)

    def service(self, account):
        return BlobServiceClient(f"https://{account}.blob.core.windows.net", credential=self.app)

    def test_a_blob_is_copied_between_accounts(self):
        source = self.service("northsource").create_container("by-public-name").get_blob_client("a b")
        source.upload_blob(b"content")
        target = self.service("northtarget").create_container("copies").get_blob_client("a b")
        bearer = "Bearer " + self.app.get_token(STORAGE).token
        target.upload_blob_from_url(source.url, source_authorization=bearer)
        self.assertEqual(target.download_blob().readall(), b"content")

    def test_pages_go_on_at_the_host_they_began_at(self):
        blobs = self.service("northsource").create_container("pages")
        for name in "abc":
            blobs.upload_blob(name, b"")
        self.assertEqual([blob.name for blob in blobs.list_blobs(results_per_page=1)], ["a", "b", "c"])
        subscriptions = SubscriptionClient(self.person).subscriptions.list()
        self.assertEqual({found.subscription_id for found in subscriptions}, {found["id"] for found in SIM["subscriptions"]})
        token = self.person.get_token(f"{GRAPH}/.default").token
        request = urllib.request.Request(f"{GRAPH}/v1.0/servicePrincipals?$top=1")
        request.add_header("authorization", f"Bearer {token}")
        with urllib.request.urlopen(request) as reply:
            self.assertTrue(json.load(reply)["@odata.nextLink"].startswith(f"{GRAPH}/v1.0/servicePrincipals?"))

    def test_an_account_is_where_its_name_says(self):
        client = StorageManagementClient(self.person, SIM["subscriptions"][0]["id"])
        (found,) = client.storage_accounts.list()
        self.assertEqual(found.primary_endpoints.blob, f"https://{found.name}.blob.core.windows.net/")
        self.assertTrue(self.person.get_token(MANAGEMENT).token)

    def test_no_other_host_is_reached(self):
        with self.assertRaisesRegex(OSError, "502"):
            urllib.request.urlopen("https://example.com/")


if __name__ == "__main__":
    unittest.main()
