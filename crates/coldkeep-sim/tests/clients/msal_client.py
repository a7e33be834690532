"""MSAL for Python signs applications in: by secret, by certificate, by an assertion; and what is refused."""

import time
import unittest
import uuid

import jwt
from cryptography.hazmat.primitives import hashes
from signin import MANAGEMENT, STORAGE, YEAR_S, Certificate, administrator, application, confidential
from world import APP, AT, AUTHORITY, TENANT, advance

TOKEN_ENDPOINT = f"{AUTHORITY}/oauth2/v2.0/token"


def claims(token):
    return jwt.decode(token, options={"verify_signature": False, "verify_aud": False})


class Refused(unittest.TestCase):
    """What every refusal has."""

    def refused(self, reply, error, code):
        self.assertNotIn("access_token", reply)
        self.assertEqual((reply["error"], reply["error_codes"]), (error, [code]), reply)
        self.assertTrue(reply["error_description"].startswith(f"AADSTS{code}: "), reply)
        for name in ("trace_id", "correlation_id"):
            uuid.UUID(reply[name])
            self.assertIn(reply[name], reply["error_description"])
        self.assertRegex(reply["timestamp"], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$")
        self.assertIn(f"error?code={code}", reply["error_uri"])


class Secret(Refused):
    def ask(self, client_id=APP["app_id"], secret=APP["secret"], scope=STORAGE, **options):
        return confidential(client_id, secret, **options).acquire_token_for_client(scope.split())

    def test_a_secret_gets_a_token_with_the_claims_of_an_application(self):
        reply = self.ask()
        self.assertIn("access_token", reply, reply)
        self.assertEqual(reply["token_type"], "Bearer")
        self.assertEqual(reply["token_source"], "identity_provider")
        told = claims(reply["access_token"])
        self.assertEqual(told["aud"], "https://storage.azure.com")
        self.assertEqual(told["iss"], f"https://sts.windows.net/{TENANT}/")
        self.assertEqual((told["idtyp"], told["appidacr"], told["ver"]), ("app", "1", "1.0"))
        self.assertEqual((told["appid"], told["tid"]), (APP["app_id"], TENANT))
        self.assertEqual(told["oid"], told["sub"])
        self.assertEqual(told["oid"], APP["service_principal_id"])
        self.assertFalse({"aio", "rh", "uti", "idp", "nbf", "iat"} - set(told))
        self.assertFalse({"roles", "scp", "upn"} & set(told))

    def test_the_second_token_comes_from_the_cache(self):
        client = confidential(APP["app_id"], APP["secret"])
        first = client.acquire_token_for_client([MANAGEMENT])
        again = client.acquire_token_for_client([MANAGEMENT])
        self.assertEqual(again["token_source"], "cache")
        self.assertEqual(again["access_token"], first["access_token"])

    def test_what_is_wrong_is_said_in_microsofts_words(self):
        self.refused(self.ask(secret="not it"), "invalid_client", 7000215)
        self.refused(self.ask(client_id=str(uuid.uuid4())), "unauthorized_client", 700016)
        self.refused(self.ask(scope="https://nowhere.example/.default"), "invalid_resource", 500011)
        self.refused(self.ask(scope="https://storage.azure.com/user_impersonation"), "invalid_scope", 1002012)
        self.refused(self.ask(scope=f"{STORAGE} {MANAGEMENT}"), "invalid_scope", 70011)
        self.refused(self.ask(tenant="common"), "invalid_request", 9001023)
        self.refused(self.ask(client_id="04b07795-8ddb-461a-bbee-02f9e1bf7b46"), "invalid_client", 700025)
        with self.assertRaisesRegex(ValueError, "Unable to get authority configuration"):
            self.ask(tenant="contoso.example")

    def test_a_secret_ends(self):
        advance(3 * YEAR_S)
        try:
            self.refused(self.ask(), "invalid_client", 7000222)
        finally:
            advance(-3 * YEAR_S)

    def test_a_disabled_application_gets_nothing(self):
        graph = administrator()
        app = application(graph)
        secret = graph.make(f"/applications/{app['id']}/addPassword", {})["secretText"]
        self.assertIn("access_token", self.ask(app["appId"], secret))
        path = f"/servicePrincipals/{app['principal']['id']}"
        self.assertEqual(graph.send("PATCH", path, {"accountEnabled": False}).status_code, 204)
        self.refused(self.ask(app["appId"], secret), "unauthorized_client", 7000112)
        graph.send("PATCH", path, {"accountEnabled": True})
        self.assertIn("access_token", self.ask(app["appId"], secret))
        self.assertEqual(graph.send("DELETE", path).status_code, 204)
        self.refused(self.ask(app["appId"], secret), "invalid_client", 7000229)


class ByCertificate(Refused):
    @classmethod
    def setUpClass(cls):
        cls.certificate = Certificate()
        cls.app = application(administrator(), keyCredentials=[cls.certificate.credential()])

    def ask(self, credential):
        return confidential(self.app["appId"], credential).acquire_token_for_client([STORAGE])

    def signed(self, certificate=None, algorithm="PS256", **change):
        certificate = certificate or self.certificate
        now = int(time.time())
        told = {"aud": TOKEN_ENDPOINT, "iss": self.app["appId"], "sub": self.app["appId"], "jti": str(uuid.uuid4()),
                "nbf": now - 60, "exp": now + 500, **change}
        print_ = jwt.utils.base64url_encode(bytes.fromhex(certificate.thumbprint(hashes.SHA256))).decode()
        return jwt.encode(told, certificate.key, algorithm, headers={"x5t#S256": print_})

    def test_ps256_with_the_sha256_thumbprint(self):
        reply = self.ask({"private_key": self.certificate.key_pem, "public_certificate": self.certificate.pem})
        self.assertEqual(claims(reply["access_token"])["appidacr"], "2", reply)

    def test_rs256_with_the_sha1_thumbprint(self):
        reply = self.ask({"private_key": self.certificate.key_pem, "thumbprint": self.certificate.thumbprint(hashes.SHA1)})
        self.assertEqual(claims(reply["access_token"])["appidacr"], "2", reply)

    def test_an_assertion_of_ones_own(self):
        self.assertIn("access_token", self.ask({"client_assertion": self.signed()}))
        self.assertIn("access_token", self.ask({"client_assertion": self.signed(algorithm="RS256")}))

    def test_assertions_are_really_checked(self):
        now = int(time.time())
        for change, code in [
            ({"aud": "https://elsewhere.example/token"}, 700023),
            ({"iss": str(uuid.uuid4())}, 700021),
            ({"sub": str(uuid.uuid4())}, 700021),
            ({"nbf": now - 7200, "exp": now - 3600}, 700024),
            ({"nbf": now + 3600, "exp": now + 7200}, 700024),
        ]:
            with self.subTest(change):
                self.refused(self.ask({"client_assertion": self.signed(**change)}), "invalid_client", code)
        once = self.signed()
        self.assertIn("access_token", self.ask({"client_assertion": once}))
        self.refused(self.ask({"client_assertion": once}), "invalid_client", 50013)
        stranger = self.signed(Certificate())
        self.refused(self.ask({"client_assertion": stranger}), "invalid_client", 700027)
        body, other = self.signed().rsplit(".", 1)[0], self.signed().rsplit(".", 1)[1]
        self.refused(self.ask({"client_assertion": f"{body}.{other}"}), "invalid_client", 700027)
        self.refused(self.ask({"client_assertion": "no token"}), "invalid_request", 50027)

    def test_a_certificate_ends(self):
        advance(2 * YEAR_S)
        try:
            late = {"nbf": int(time.time()) + 2 * YEAR_S, "exp": int(time.time()) + 2 * YEAR_S + 500}
            self.refused(self.ask({"client_assertion": self.signed(**late)}), "invalid_client", 1000502)
        finally:
            advance(-2 * YEAR_S)


if __name__ == "__main__":
    unittest.main()
