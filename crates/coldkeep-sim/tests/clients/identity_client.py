"""azure-identity against an authority of its own: the credentials with which an Azure SDK signs in."""

import os
import unittest

from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity import (
    AuthenticationRecord,
    CertificateCredential,
    ClientSecretCredential,
    DeviceCodeCredential,
    EnvironmentCredential,
)
from azure.mgmt.subscription import SubscriptionClient
from azure.storage.blob import BlobServiceClient
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from msal_client import claims
from signin import MANAGEMENT, STORAGE, Certificate, administrator, application
from world import ADMIN, APP, AT, TENANT, account, control

WHERE = {"authority": AT["login"], "disable_instance_discovery": True}


class Secret(unittest.TestCase):
    def test_a_secret_opens_storage(self):
        credential = ClientSecretCredential(TENANT, APP["app_id"], APP["secret"], **WHERE)
        told = claims(credential.get_token(STORAGE).token)
        self.assertEqual((told["appid"], told["appidacr"]), (APP["app_id"], "1"))
        service = BlobServiceClient(account("northsource")["endpoint"], credential=credential)
        service.create_container("by-identity")
        self.assertIn("by-identity", [found.name for found in service.list_containers()])

    def test_a_wrong_secret_says_why(self):
        credential = ClientSecretCredential(TENANT, APP["app_id"], "wrong", **WHERE)
        with self.assertRaisesRegex(ClientAuthenticationError, "AADSTS7000215"):
            credential.get_token(STORAGE)

    def test_the_environment_names_the_application(self):
        os.environ.update(AZURE_TENANT_ID=TENANT, AZURE_CLIENT_ID=APP["app_id"], AZURE_CLIENT_SECRET=APP["secret"],
                          AZURE_AUTHORITY_HOST=AT["login"])
        try:
            token = EnvironmentCredential(disable_instance_discovery=True).get_token(MANAGEMENT)
            self.assertEqual(claims(token.token)["aud"], "https://management.azure.com")
        finally:
            for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_AUTHORITY_HOST"):
                del os.environ[name]


class ByCertificate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.certificate = Certificate()
        cls.app = application(administrator(), keyCredentials=[cls.certificate.credential()])

    def proven(self, credential):
        told = claims(credential.get_token(MANAGEMENT).token)
        self.assertEqual((told["appid"], told["appidacr"]), (self.app["appId"], "2"))

    def test_pem(self):
        data = (self.certificate.key_pem + self.certificate.pem).encode()
        self.proven(CertificateCredential(TENANT, self.app["appId"], certificate_data=data, **WHERE))
        with open("certificate.pem", "wb") as file:
            file.write(data)
        self.proven(CertificateCredential(TENANT, self.app["appId"], "certificate.pem", **WHERE))
        chain = CertificateCredential(TENANT, self.app["appId"], "certificate.pem", send_certificate_chain=True, **WHERE)
        self.proven(chain)

    def test_pfx(self):
        lock = serialization.BestAvailableEncryption(b"secret")
        data = pkcs12.serialize_key_and_certificates(b"x", self.certificate.key, self.certificate.certificate, None, lock)
        credential = CertificateCredential(TENANT, self.app["appId"], certificate_data=data, password="secret", **WHERE)
        self.proven(credential)

    def test_a_stranger(self):
        other = Certificate()
        data = (other.key_pem + other.pem).encode()
        credential = CertificateCredential(TENANT, self.app["appId"], certificate_data=data, **WHERE)
        with self.assertRaisesRegex(ClientAuthenticationError, "AADSTS700027"):
            credential.get_token(MANAGEMENT)


class DeviceCode(unittest.TestCase):
    def approve(self, uri, code, _expires):
        self.assertEqual(uri, f"{AT['login']}/device")
        control("POST", f"device-codes/{code}/approve", {"user": ADMIN})

    def test_a_person_lists_subscriptions(self):
        credential = DeviceCodeCredential(tenant_id=TENANT, prompt_callback=self.approve, **WHERE)
        client = SubscriptionClient(credential, base_url=AT["resource_manager"], credential_scopes=[MANAGEMENT])
        self.assertEqual(len(list(client.subscriptions.list())), 2)
        told = claims(credential.get_token(STORAGE).token)
        self.assertEqual(told["upn"], ADMIN)

    def test_the_record_of_a_sign_in(self):
        credential = DeviceCodeCredential(tenant_id=TENANT, prompt_callback=self.approve, **WHERE)
        record = credential.authenticate(scopes=[MANAGEMENT])
        self.assertEqual((record.username, record.tenant_id), (ADMIN, TENANT))
        again = AuthenticationRecord.deserialize(record.serialize())
        self.assertEqual(again.home_account_id, record.home_account_id)

    def test_somebody_declines(self):
        decline = lambda _uri, code, _expires: control("POST", f"device-codes/{code}/decline")
        credential = DeviceCodeCredential(tenant_id=TENANT, prompt_callback=decline, **WHERE)
        with self.assertRaisesRegex(ClientAuthenticationError, "AADSTS70021"):
            credential.get_token(MANAGEMENT)


class Rights(unittest.TestCase):
    def test_a_token_alone_opens_nothing(self):
        graph = administrator()
        app = application(graph)
        secret = graph.make(f"/applications/{app['id']}/addPassword", {})["secretText"]
        credential = ClientSecretCredential(TENANT, app["appId"], secret, **WHERE)
        service = BlobServiceClient(account("northsource")["endpoint"], credential=credential)
        with self.assertRaises(HttpResponseError) as refused:
            list(service.list_containers())
        self.assertEqual((refused.exception.status_code, refused.exception.error_code), (403, "AuthorizationPermissionMismatch"))


if __name__ == "__main__":
    unittest.main()
