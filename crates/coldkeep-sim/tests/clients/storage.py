"""What the tests of Microsoft's azure-storage-blob share: clients, a container for each case, settings of an account."""

import unittest
import uuid
from datetime import datetime, timedelta, timezone

from azure.core.exceptions import AzureError
from azure.identity import ClientSecretCredential
from azure.storage.blob import BlobServiceClient
from world import APP, AT, account, control

SOURCE, TARGET = "northsource", "northtarget"
HOUR = 3600
DAY = 24 * HOUR


def service(name=SOURCE, credential=None, **options):
    """A client of an account, by default with its key; it does not try again what failed."""
    found = account(name)
    key = {"account_name": name, "account_key": found["key"]}
    return BlobServiceClient(found["endpoint"], credential or key, retry_total=0, **options)


def identity():
    """The ready application, signing in with its secret."""
    return ClientSecretCredential(
        APP["tenant_id"], APP["app_id"], APP["secret"], authority=AT["login"], disable_instance_discovery=True
    )


def settings(name=SOURCE, **changes):
    """Changes an account: `versioning`, `blob_soft_delete_days` (0: off), ..."""
    control("POST", f"accounts/{name}", changes)


def now():
    """The simulator's time."""
    return datetime.fromisoformat(control("GET", "world")["now"][:19]).replace(tzinfo=timezone.utc)


def later(seconds):
    return now() + timedelta(seconds=seconds)


class Case(unittest.TestCase):
    """A test with an account at its defaults and a container of its own."""

    def setUp(self):
        for name in (SOURCE, TARGET):
            settings(
                name,
                versioning=False,
                blob_soft_delete_days=0,
                container_soft_delete_days=0,
                version_level_immutability=False,
                allow_public_access=False,
            )
        control("POST", "settings", {"copy_bytes_per_s": 0})
        self.service = service()
        self.container = self.service.create_container(f"case-{uuid.uuid4().hex[:12]}")

    def blob(self, name="blob", content=b"content", **options):
        """A block blob with that content."""
        blob = self.container.get_blob_client(name)
        blob.upload_blob(content, **options)
        return blob

    def refused(self, code, what, *args, **options):
        """That the service refuses a call with this error code; the error."""
        with self.assertRaises(AzureError) as caught:
            result = what(*args, **options)
            # Listings ask only when they are read.
            if hasattr(result, "__next__") or hasattr(result, "by_page"):
                list(result)
        error = caught.exception
        # A few calls of the library leave the code unread.
        told = getattr(error, "error_code", None) or error.response.headers.get("x-ms-error-code")
        self.assertEqual(told, code, error)
        return error

    def names(self, **options):
        return [found.name for found in self.container.list_blobs(**options)]
