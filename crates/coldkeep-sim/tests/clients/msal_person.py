"""MSAL for Python signs people in: by device code, in a browser, silently for one resource after another."""

import unittest
import urllib.parse

import jwt
import msal
from msal_client import Refused, claims
from signin import AZURE_CLI, GRAPH, MANAGEMENT, STORAGE, Graph, administrator, application, browse, confidential, person, sign_in_page
from world import ADMIN, AT, AUTHORITY, SIM, TENANT, advance, control


def public(client_id=AZURE_CLI, authority=AUTHORITY):
    return msal.PublicClientApplication(client_id, authority=authority, instance_discovery=False)


class DeviceCode(Refused):
    def test_a_person_is_known_by_what_msal_reads(self):
        client, reply = person()
        self.assertIn("access_token", reply, reply)
        user = next(u for u in SIM["users"] if u["user"] == ADMIN)
        told = reply["id_token_claims"]
        self.assertEqual((told["oid"], told["tid"], told["aud"]), (user["object_id"], TENANT, AZURE_CLI))
        self.assertEqual((told["iss"], told["ver"]), (f"{AUTHORITY}/v2.0", "2.0"))
        self.assertEqual(told["preferred_username"], ADMIN)
        self.assertNotEqual(told["sub"], told["oid"])
        [account] = client.get_accounts()
        self.assertEqual(account["home_account_id"], f"{user['object_id']}.{TENANT}")
        self.assertEqual((account["username"], account["local_account_id"]), (ADMIN, user["object_id"]))
        access = claims(reply["access_token"])
        self.assertEqual((access["appid"], access["idtyp"], access["appidacr"]), (AZURE_CLI, "user", "0"))
        self.assertEqual((access["upn"], access["oid"]), (ADMIN, user["object_id"]))
        self.assertIn("Directory.AccessAsUser.All", access["scp"].split())
        self.assertIn("62e90394-69f5-4237-9190-012177145e10", access["wids"])
        self.assertEqual(Graph(reply["access_token"]).get("/me")["userPrincipalName"], ADMIN)

    def test_one_account_of_the_cache_gets_tokens_for_every_resource(self):
        client, _ = person(authority=f"{AT['login']}/organizations")
        [account] = client.get_accounts()
        for scope, audience in [
            (MANAGEMENT, "https://management.azure.com"),
            (STORAGE, "https://storage.azure.com"),
            ("https://management.core.windows.net//.default", "https://management.core.windows.net/"),
            (GRAPH, AT["graph"]),
        ]:
            reply = client.acquire_token_silent_with_error([scope], account)
            self.assertIn("access_token", reply, reply)
            told = claims(reply["access_token"])
            self.assertEqual(told["aud"], audience)
            again = client.acquire_token_silent([scope], account)
            self.assertEqual(again["token_source"], "cache")
        listed = client.acquire_token_silent([MANAGEMENT], account)["access_token"]
        reply = Graph(listed).send("GET", f"{AT['resource_manager']}/subscriptions?api-version=2022-12-01")
        self.assertEqual((reply.status_code, len(reply.json()["value"])), (200, 2))

    def test_declined_expired_and_wrong(self):
        client = public()
        flow = client.initiate_device_flow([MANAGEMENT])
        control("POST", f"device-codes/{flow['user_code']}/decline")
        self.refused(client.acquire_token_by_device_flow(flow), "authorization_declined", 70021)
        flow = client.initiate_device_flow([MANAGEMENT])
        stop = lambda _: True
        self.refused(client.acquire_token_by_device_flow(flow, exit_condition=stop), "authorization_pending", 70016)
        advance(901)
        try:
            self.refused(client.acquire_token_by_device_flow(flow, exit_condition=stop), "expired_token", 70019)
        finally:
            advance(-901)
        flow["device_code"] = "another"
        self.refused(client.acquire_token_by_device_flow(flow), "bad_verification_code", 70018)
        self.assertEqual(public("nobody").initiate_device_flow([MANAGEMENT])["error_codes"], [700016])

    def test_scopes_of_two_resources_are_refused(self):
        reply = public().initiate_device_flow([MANAGEMENT, STORAGE])
        self.refused(reply, "invalid_request", 28000)
        mixed = public().initiate_device_flow([GRAPH, f"{AT['graph']}/User.Read"])
        self.refused(mixed, "invalid_scope", 70011)

    def test_a_refresh_token_ends_and_belongs_to_its_client(self):
        client, reply = person(MANAGEMENT)
        other = public("1950a258-227b-4e31-a9cf-717495945fc2")
        self.refused(other.acquire_token_by_refresh_token(reply["refresh_token"], [STORAGE]), "invalid_grant", 70000)
        advance(91 * 86400)
        try:
            late = client.acquire_token_by_refresh_token(reply["refresh_token"], [STORAGE])
            self.refused(late, "invalid_grant", 700082)
        finally:
            advance(-91 * 86400)

    def test_a_client_with_credentials_is_noticed_after_the_sign_in(self):
        app = application(administrator())
        client = public(app["appId"])
        flow = client.initiate_device_flow(["User.Read"])
        control("POST", f"device-codes/{flow['user_code']}/approve", {"user": ADMIN})
        self.refused(client.acquire_token_by_device_flow(flow), "invalid_client", 7000218)

    def test_a_public_client_of_the_tenant_acts_in_what_was_consented_to(self):
        app = application(administrator(), isFallbackPublicClient=True)
        _, reply = person("User.Read", client_id=app["appId"])
        self.assertEqual(claims(reply["access_token"])["scp"], "User.Read")
        self.assertEqual(Graph(reply["access_token"]).get("/me")["userPrincipalName"], ADMIN)
        refused = Graph(reply["access_token"]).send("POST", "/applications", {"displayName": "x"})
        self.assertEqual(refused.json()["error"]["code"], "Authorization_RequestDenied")


class Browser(Refused):
    REDIRECT = "http://localhost:43210"

    def answered(self, location):
        self.assertTrue(location.startswith(self.REDIRECT), location)
        return dict(urllib.parse.parse_qsl(urllib.parse.urlparse(location).query))

    def test_a_public_client_with_pkce_and_a_nonce(self):
        client = public()
        flow = client.initiate_auth_code_flow([MANAGEMENT], redirect_uri=self.REDIRECT, login_hint=ADMIN)
        answer = self.answered(sign_in_page(flow["auth_uri"]))
        reply = client.acquire_token_by_auth_code_flow(flow, answer)
        self.assertIn("access_token", reply, reply)
        self.assertEqual(reply["id_token_claims"]["preferred_username"], ADMIN)
        [account] = client.get_accounts()
        self.assertIn("access_token", client.acquire_token_silent([STORAGE], account))
        again = client.acquire_token_by_auth_code_flow(flow, answer)
        self.refused(again, "invalid_grant", 54005)

    def test_a_web_application_shows_its_credential_as_well(self):
        graph = administrator()
        app = application(graph, web={"redirectUris": [self.REDIRECT]})
        secret = graph.make(f"/applications/{app['id']}/addPassword", {})["secretText"]
        client = confidential(app["appId"], secret)
        flow = client.initiate_auth_code_flow(["User.Read"], redirect_uri=self.REDIRECT)
        answer = self.answered(sign_in_page(flow["auth_uri"]))
        bare = public(app["appId"]).acquire_token_by_auth_code_flow(dict(flow), answer)
        self.refused(bare, "invalid_client", 7000218)
        reply = client.acquire_token_by_auth_code_flow(flow, answer)
        self.assertEqual(claims(reply["access_token"])["appidacr"], "1", reply)
        [account] = client.get_accounts()
        self.assertIn("access_token", client.acquire_token_silent(["User.Read.All"], account))

    def test_a_public_address_takes_no_secret(self):
        graph = administrator()
        app = application(graph, publicClient={"redirectUris": ["http://localhost"]})
        secret = graph.make(f"/applications/{app['id']}/addPassword", {})["secretText"]
        client = confidential(app["appId"], secret)
        flow = client.initiate_auth_code_flow(["User.Read"], redirect_uri=self.REDIRECT)
        answer = self.answered(sign_in_page(flow["auth_uri"]))
        self.refused(client.acquire_token_by_auth_code_flow(flow, answer), "invalid_client", 700025)

    def test_what_is_refused_on_the_way(self):
        client = public()
        flow = client.initiate_auth_code_flow([MANAGEMENT], redirect_uri=self.REDIRECT)
        status, _, location = browse(flow["auth_uri"], b"cancel=yes")
        self.assertEqual(status, 302)
        refused = client.acquire_token_by_auth_code_flow(flow, self.answered(location))
        self.assertEqual(refused["error"], "access_denied")
        flow = client.initiate_auth_code_flow([MANAGEMENT], redirect_uri=self.REDIRECT)
        answer = self.answered(sign_in_page(flow["auth_uri"]))
        flow["code_verifier"] = "x" * 43
        self.refused(client.acquire_token_by_auth_code_flow(flow, answer), "invalid_grant", 501481)
        flow = client.initiate_auth_code_flow([MANAGEMENT], redirect_uri="https://evil.example")
        status, page, location = browse(flow["auth_uri"])
        self.assertEqual((status, location), (400, None))
        self.assertIn("AADSTS50011", page)
        flow = client.initiate_auth_code_flow([MANAGEMENT, STORAGE], redirect_uri=self.REDIRECT)
        self.assertIn("AADSTS700022", browse(flow["auth_uri"])[1])
        flow = client.initiate_auth_code_flow([MANAGEMENT], redirect_uri=self.REDIRECT, prompt="none")
        self.assertEqual(self.answered(browse(flow["auth_uri"])[2])["error"], "login_required")

    def test_other_ways_back(self):
        client = public()
        flow = client.initiate_auth_code_flow([MANAGEMENT], redirect_uri=self.REDIRECT, response_mode="form_post")
        page = browse(flow["auth_uri"], urllib.parse.urlencode({"user": ADMIN}).encode())[1]
        self.assertIn(f'action="{self.REDIRECT}/"', page)
        self.assertIn(f'name="state" value="{flow["state"]}"', page)


class Discovery(unittest.TestCase):
    def test_msal_with_its_own_discovery(self):
        where = f"{AT['login']}/common/discovery/instance"
        client = msal.PublicClientApplication(AZURE_CLI, authority=AUTHORITY, instance_discovery=where)
        self.assertEqual(client.authority.token_endpoint, f"{AUTHORITY}/oauth2/v2.0/token")
        with self.assertRaisesRegex(ValueError, "invalid_instance"):
            msal.PublicClientApplication(
                AZURE_CLI, authority="https://login.evil.example/common", instance_discovery=where)

    def test_msal_with_any_openid_authority(self):
        client = msal.PublicClientApplication(AZURE_CLI, oidc_authority=f"{AUTHORITY}/v2.0")
        self.assertEqual(client.authority.token_endpoint, f"{AUTHORITY}/oauth2/v2.0/token")

    def test_tokens_are_signed_with_a_published_key(self):
        _, reply = person()
        keys = jwt.PyJWKClient(f"{AUTHORITY}/discovery/v2.0/keys")
        for token, audience, issuer in [
            (reply["id_token"], AZURE_CLI, f"{AUTHORITY}/v2.0"),
            (reply["access_token"], AT["graph"], f"https://sts.windows.net/{TENANT}/"),
        ]:
            key = keys.get_signing_key_from_jwt(token)
            told = jwt.decode(token, key.key, algorithms=["RS256"], audience=audience, issuer=issuer)
            self.assertEqual(told["tid"], TENANT)


if __name__ == "__main__":
    unittest.main()
