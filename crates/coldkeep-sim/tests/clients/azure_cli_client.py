"""The Azure CLI signs in by secret, certificate and device code, and does what people do with it."""

import base64
import json
import unittest
from datetime import datetime, timedelta, timezone

from azure_cli import SOURCE, Az
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from management import graph, new_application
from world import ADMIN, APP, SIM, TENANT

SUBSCRIPTIONS = {one["id"] for one in SIM["subscriptions"]}
FIRST = SIM["subscriptions"][0]["id"]
GROUP = "backup-source"


def certificate(name):
    """A key with a certificate it signed itself: both in PEM, and the certificate's DER in base64."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = private + made.public_bytes(serialization.Encoding.PEM)
    return pem.decode(), base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


class ServicePrincipal(unittest.TestCase):
    def test_a_secret_opens_accounts_and_blobs(self):
        az = Az()
        found = az("login", "--service-principal", "-u", APP["app_id"], "-p", APP["secret"], "-t", TENANT)
        self.assertEqual({one["id"] for one in found}, SUBSCRIPTIONS)
        self.assertEqual(found[0]["user"], {"name": APP["app_id"], "type": "servicePrincipal"})
        az("account", "set", "-s", "Northwind Vault")
        shown = az("account", "show")
        self.assertEqual((shown["name"], shown["tenantId"]), ("Northwind Vault", TENANT))
        token = az("account", "get-access-token", "--resource", "https://storage.azure.com")
        self.assertEqual((token["tokenType"], token["tenant"]), ("Bearer", TENANT))

        here = az.write("here.txt", "written by the Azure CLI")
        self.assertTrue(az.blob("container", "create", "-n", "by-login")["created"])
        at = ("-c", "by-login", "-n", "one.txt")
        az.blob("blob", "upload", *at, "-f", here)
        again = az.refused(
            "storage", "blob", "upload", *at, "-f", here, "--auth-mode", "login", "--blob-endpoint", SOURCE["endpoint"]
        )
        self.assertIn("BlobAlreadyExists", again)
        self.assertEqual([blob["name"] for blob in az.blob("blob", "list", "-c", "by-login")], ["one.txt"])
        az.blob("blob", "download", *at, "-f", "back.txt")
        self.assertEqual((az.path / "back.txt").read_text(), here.read_text())
        az.blob("blob", "set-tier", *at, "--tier", "Cool")
        self.assertEqual(az.blob("blob", "show", *at)["properties"]["blobTier"], "Cool")
        source = f"{SOURCE['endpoint']}/by-login/one.txt"
        copied = az.blob("blob", "copy", "start", "--source-uri", source, "-c", "by-login", "-b", "two.txt")
        self.assertIn(copied["copy_status"], ["success", "pending"])
        az.blob("blob", "delete", *at)
        self.assertEqual([blob["name"] for blob in az.blob("blob", "list", "-c", "by-login")], ["two.txt"])

    def test_a_certificate_opens_only_what_was_granted(self):
        app = new_application("by certificate")
        pem, der = certificate("by certificate")
        credential = {"type": "AsymmetricX509Cert", "usage": "Verify", "key": der}
        graph(f"applications(appId='{app['app_id']}')", {"keyCredentials": [credential]}, "PATCH")
        az = Az()
        other, _ = certificate("of nobody")
        login = ("login", "--service-principal", "-u", app["app_id"], "-t", TENANT, "--certificate")
        self.assertIn("AADSTS700027", az.refused(*login, az.write("other.pem", other)))
        words = (*login, az.write("key.pem", pem))
        # It holds nothing yet, so there is no subscription to choose.
        self.assertIn("No subscriptions found", az.refused(*words))
        found = az(*words, "--allow-no-subscriptions")
        self.assertEqual([one["name"] for one in found], ["N/A(tenant level account)"])
        self.assertEqual(az("account", "get-access-token", "--resource", "https://storage.azure.com")["tenant"], TENANT)


class Administrator(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.az = Az()
        cls.signed_in = cls.az.sign_in_by_device_code()

    def test_what_there_is_is_found(self):
        az = self.az
        self.assertEqual({one["id"] for one in self.signed_in}, SUBSCRIPTIONS)
        self.assertEqual(self.signed_in[0]["user"], {"name": ADMIN, "type": "user"})
        self.assertEqual([group["name"] for group in az("group", "list")], [GROUP])
        self.assertIn("northsource", [one["name"] for one in az("storage", "account", "list")])
        shown = az("storage", "account", "show", "-n", "northsource")
        self.assertEqual(shown["primaryEndpoints"]["blob"], f"{SOURCE['endpoint']}/")
        keys = az("storage", "account", "keys", "list", "-n", "northsource")
        self.assertEqual(keys[0]["value"], SOURCE["key"])
        made = az(
            "storage", "account", "create", "-n", "madebyaz", "-g", GROUP, "-l", "westeurope", "--sku", "Standard_LRS"
        )
        self.assertEqual(made["provisioningState"], "Succeeded")

    def test_roles_are_made_given_listed_and_taken(self):
        az, app = self.az, new_application("granted by az")
        role = {
            "Name": "Only reads blobs",
            "Description": "for a test",
            "Actions": [],
            "DataActions": ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"],
            "AssignableScopes": [f"/subscriptions/{FIRST}"],
        }
        file = az.write("role.json", json.dumps(role))
        self.assertEqual(
            az("role", "definition", "create", "--role-definition", f"@{file}")["roleName"], "Only reads blobs"
        )
        found = az("role", "definition", "list", "--name", "Storage Blob Data Reader")
        self.assertEqual([one["name"] for one in found], ["2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"])
        scope = ("--scope", SOURCE["resource_id"])
        # The CLI asks Graph whose application this is, and for the names of who holds what.
        made = az("role", "assignment", "create", *scope, "--assignee", app["app_id"], "--role", "Only reads blobs")
        self.assertEqual(made["principalId"], app["principal_id"])
        listed = az("role", "assignment", "list", *scope)
        self.assertIn(made["id"], [one["id"] for one in listed])
        self.assertIn(
            ("Only reads blobs", app["app_id"]),
            [(one["roleDefinitionName"], one["principalName"]) for one in listed],
        )
        az("role", "assignment", "delete", "--ids", made["id"])
        left = az("role", "assignment", "list", *scope)
        self.assertNotIn(made["id"], [one["id"] for one in left])

    def test_a_key_and_a_signature_open_what_an_owner_may_not(self):
        az = self.az
        here = az.write("key.txt", "by key")
        key = ("--account-key", SOURCE["key"])
        az.blob("container", "create", "-n", "az-key", way=key)
        words = ("blob", "upload", "-c", "az-key", "-n", "one.txt", "-f", here)
        login = ("--auth-mode", "login", "--blob-endpoint", SOURCE["endpoint"])
        # Owner is no role for data (https://learn.microsoft.com/azure/storage/blobs/authorize-access-azure-active-directory).
        self.assertIn("required permissions", az.refused("storage", *words, *login))
        az.blob(*words, way=key)
        # Without a credential the CLI takes the account's key from Resource Manager.
        listed = az.blob("blob", "list", "-c", "az-key", way=("--account-name", "northsource", "--auth-mode", "key"))
        self.assertEqual([blob["name"] for blob in listed], ["one.txt"])
        az.blob("blob", "delete", "-c", "az-key", "-n", "one.txt", way=("--sas-token", SOURCE["sas"]))
        self.assertFalse(az.blob("blob", "exists", "-c", "az-key", "-n", "one.txt", way=key)["exists"])


if __name__ == "__main__":
    unittest.main()
