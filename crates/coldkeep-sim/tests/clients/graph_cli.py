"""The Azure CLI's `ad` commands: a client of Microsoft Graph that Microsoft wrote."""

import unittest

from azure_cli import Az
from signin import Certificate
from world import ADMIN, TENANT

GRAPH = "00000003-0000-0000-c000-000000000000"
USER_READ = "e1fe6dd8-ba31-4d61-89e7-88639da4683d"
APPLICATION_READ_ALL = "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"


class Directory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.az = Az()
        cls.az.sign_in_by_device_code()

    def test_people(self):
        me = self.az("ad", "signed-in-user", "show")
        self.assertEqual(me["userPrincipalName"], ADMIN)
        self.assertEqual([u["id"] for u in self.az("ad", "user", "list", "--upn", ADMIN)], [me["id"]])

    def test_an_application_from_its_making_to_its_end(self):
        az = self.az
        app = az("ad", "app", "create", "--display-name", "by the CLI", "--sign-in-audience", "AzureADMyOrg")
        found = az("ad", "app", "list", "--display-name", "by the CLI")
        self.assertEqual([one["appId"] for one in found], [app["appId"]])
        # The same name again updates what is there.
        self.assertEqual(az("ad", "app", "create", "--display-name", "by the CLI")["appId"], app["appId"])
        az("ad", "app", "update", "--id", app["appId"], "--web-redirect-uris", "https://localhost/back")
        shown = az("ad", "app", "show", "--id", app["appId"])
        self.assertEqual(shown["web"]["redirectUris"], ["https://localhost/back"])
        # What a command does not name stays.
        az("ad", "app", "update", "--id", app["appId"], "--web-home-page-url", "https://localhost")
        self.assertEqual(az("ad", "app", "show", "--id", app["appId"])["web"]["redirectUris"], ["https://localhost/back"])
        principal = az("ad", "sp", "create", "--id", app["appId"])
        self.assertEqual(az("ad", "sp", "show", "--id", app["appId"])["id"], principal["id"])
        self.assertIn("already in use", az.refused("ad", "sp", "create", "--id", app["appId"]))
        az("ad", "app", "delete", "--id", app["appId"])
        self.assertIn("does not exist", az.refused("ad", "app", "show", "--id", app["appId"]))

    def test_credentials(self):
        az = self.az
        app = az("ad", "app", "create", "--display-name", "credentials")
        az("ad", "sp", "create", "--id", app["appId"])
        made = az("ad", "app", "credential", "reset", "--id", app["appId"], "--append")
        other = Az()
        login = ("login", "--service-principal", "-t", TENANT, "--allow-no-subscriptions", "-u", app["appId"])
        other(*login, "-p", made["password"])
        certificate = Certificate("of the CLI")
        file = az.write("certificate.pem", certificate.pem)
        az("ad", "app", "credential", "reset", "--id", app["appId"], "--append", "--cert", f"@{file}")
        pair = az.write("pair.pem", certificate.key_pem + certificate.pem)
        other(*login, "--certificate", pair)
        [key] = az("ad", "app", "credential", "list", "--id", app["appId"], "--cert")
        az("ad", "app", "credential", "delete", "--id", app["appId"], "--cert", "--key-id", key["keyId"])
        [secret] = az("ad", "app", "credential", "list", "--id", app["appId"])
        az("ad", "app", "credential", "delete", "--id", app["appId"], "--key-id", secret["keyId"])
        # The service principal has secrets of its own.
        of_principal = az("ad", "sp", "credential", "reset", "--id", app["appId"], "--append")
        Az()(*login, "-p", of_principal["password"])
        # Another one: this one still has its token.
        self.assertIn("AADSTS7000215", Az().refused(*login, "-p", made["password"]))

    def test_permissions(self):
        az = self.az
        app = az("ad", "app", "create", "--display-name", "permissions")
        az("ad", "sp", "create", "--id", app["appId"])
        wanted = (f"{USER_READ}=Scope", f"{APPLICATION_READ_ALL}=Role")
        az("ad", "app", "permission", "add", "--id", app["appId"], "--api", GRAPH, "--api-permissions", *wanted)
        [listed] = az("ad", "app", "permission", "list", "--id", app["appId"])
        self.assertEqual(len(listed["resourceAccess"]), 2)
        az("ad", "app", "permission", "grant", "--id", app["appId"], "--api", GRAPH, "--scope", "User.Read")
        [grant] = az("ad", "app", "permission", "list-grants", "--id", app["appId"])
        self.assertEqual((grant["scope"], grant["consentType"]), ("User.Read", "AllPrincipals"))

    def test_everything_for_a_role_in_one_command(self):
        made = self.az("ad", "sp", "create-for-rbac", "--name", "for rbac", "--create-cert")
        found = self.az("ad", "sp", "list", "--display-name", "for rbac")
        self.assertEqual([one["appId"] for one in found], [made["appId"]])
        other = Az()
        other("login", "--service-principal", "-t", TENANT, "--allow-no-subscriptions", "-u", made["appId"],
              "--certificate", made["fileWithCertAndPrivateKey"])


if __name__ == "__main__":
    unittest.main()
