"""Microsoft Graph as an administrator's tool uses it: plain requests with tokens by MSAL."""

import unittest
import uuid

from cryptography.hazmat.primitives import hashes
from signin import GRAPH, Certificate, Graph, administrator, application, confidential, person
from world import ADMIN, SIM, TENANT, advance, control

MICROSOFT_GRAPH = "00000003-0000-0000-c000-000000000000"


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.graph = administrator()

    def refused(self, reply, status, code, words=""):
        self.assertEqual(reply.status_code, status, reply.text)
        error = reply.json()["error"]
        self.assertEqual(error["code"], code, error)
        self.assertIn(words, error["message"])
        inner = error["innerError"]
        self.assertEqual(inner["request-id"], reply.headers["request-id"])
        self.assertTrue(inner["client-request-id"] and inner["date"])

    def done(self, reply, status=204):
        self.assertEqual(reply.status_code, status, reply.text)


class Applications(Case):
    def test_an_upsert_by_unique_name(self):
        path = "/applications(uniqueName='tool-1')"
        self.refused(self.graph.send("PATCH", path, {"displayName": "x"}), 404, "Request_ResourceNotFound")
        made = self.graph.send("PATCH", path, {"displayName": "x"}, prefer="create-if-missing")
        self.done(made, 201)
        self.assertEqual(made.json()["uniqueName"], "tool-1")
        self.done(self.graph.send("PATCH", path, {"notes": "again"}, prefer="create-if-missing"))
        found = self.graph.get(path)
        self.assertEqual((found["id"], found["notes"]), (made.json()["id"], "again"))
        twin = self.graph.send("POST", "/applications", {"displayName": "y", "uniqueName": "tool-1"})
        self.refused(twin, 409, "Request_MultipleObjectsWithSameKeyValue")
        self.refused(self.graph.send("PATCH", path, {"uniqueName": "other"}), 400, "Request_BadRequest", "immutable")

    def test_properties(self):
        self.refused(self.graph.send("POST", "/applications", {}), 400, "Request_BadRequest", "displayName")
        self.refused(self.graph.send("POST", "/applications", {"displayName": "x", "colour": "red"}), 400, "Request_BadRequest")
        wrong = {"displayName": "x", "signInAudience": "Everybody"}
        self.refused(self.graph.send("POST", "/applications", wrong), 400, "Request_BadRequest", "signInAudience")
        app = application(self.graph, identifierUris=["api://tool-2"], tags=["a", "b"])
        twin = self.graph.send("POST", "/applications", {"displayName": "x", "identifierUris": ["api://tool-2"]})
        self.refused(twin, 400, "Request_BadRequest", "identifierUris")
        found = self.graph.get(f"/applications(appId='{app['appId']}')?$select=id,tags")
        self.assertEqual({k: v for k, v in found.items() if not k.startswith("@")}, {"id": app["id"], "tags": ["a", "b"]})
        self.assertTrue(found["@odata.context"].endswith("/v1.0/$metadata#applications/$entity"))

    def test_key_credentials_are_replaced_as_a_whole(self):
        first, second = Certificate("first"), Certificate("second")
        app = application(self.graph, keyCredentials=[first.credential(displayName="first")])
        path = f"/applications/{app['id']}"
        self.assertIsNone(self.graph.get(path)["keyCredentials"][0]["key"])
        [kept] = self.graph.get(f"{path}?$select=keyCredentials")["keyCredentials"]
        self.assertIsNotNone(kept["key"])
        self.done(self.graph.send("PATCH", path, {"keyCredentials": [kept, second.credential()]}))
        self.assertEqual(len(self.graph.get(path)["keyCredentials"]), 2)
        changed = {**kept, "endDateTime": "2027-01-01T00:00:00Z"}
        words = f"Update to existing credential with KeyId '{kept['keyId']}' is not allowed."
        self.refused(self.graph.send("PATCH", path, {"keyCredentials": [changed]}), 400, "Request_BadRequest", words)
        late = second.credential(endDateTime="2060-01-01T00:00:00Z")
        self.refused(self.graph.send("PATCH", path, {"keyCredentials": [late]}), 400, "KeyCredentialsInvalidEndDate")
        self.refused(self.graph.send("PATCH", path, {"keyCredentials": [{**kept, "usage": "verify"}]}), 400, "Request_BadRequest")
        self.done(self.graph.send("PATCH", path, {"keyCredentials": []}))
        self.assertEqual(self.graph.get(path)["keyCredentials"], [])

    def test_secrets(self):
        app = application(self.graph)
        path = f"/applications/{app['id']}"
        made = self.graph.make(f"{path}/addPassword", {"passwordCredential": {"displayName": "one"}})
        self.assertEqual(made["hint"], made["secretText"][:3])
        reply = confidential(app["appId"], made["secretText"]).acquire_token_for_client([GRAPH])
        self.assertIn("access_token", reply)
        self.assertIsNone(self.graph.get(path)["passwordCredentials"][0]["secretText"])
        self.refused(self.graph.send("PATCH", path, {"passwordCredentials": []}), 400, "Request_BadRequest")
        self.done(self.graph.send("POST", f"{path}/removePassword", {"keyId": made["keyId"]}))
        reply = confidential(app["appId"], made["secretText"]).acquire_token_for_client([GRAPH])
        self.assertEqual(reply["error_codes"], [7000215])
        self.refused(self.graph.send("POST", f"{path}/removePassword", {"keyId": made["keyId"]}), 400, "Request_BadRequest")
        past = {"passwordCredential": {"endDateTime": "2020-01-01T00:00:00Z"}}
        self.assertEqual(self.graph.send("POST", f"{path}/addPassword", past).status_code, 400)

    def test_an_application_rolls_its_keys_by_proof(self):
        import time

        import jwt

        old, new = Certificate("old"), Certificate("new")
        app = application(self.graph, keyCredentials=[old.credential()])
        credential = {"private_key": old.key_pem, "public_certificate": old.pem}
        token = confidential(app["appId"], credential).acquire_token_for_client([GRAPH])["access_token"]
        itself = Graph(token)
        path = f"/applications/{app['id']}"

        def proof(certificate):
            now = int(time.time())
            told = {"aud": "00000002-0000-0000-c000-000000000000", "iss": app["id"], "nbf": now - 30, "exp": now + 500}
            sha1 = jwt.utils.base64url_encode(bytes.fromhex(certificate.thumbprint(hashes.SHA1))).decode()
            return jwt.encode(told, certificate.key, "RS256", headers={"x5t": sha1})

        def add(proof):
            return {"keyCredential": new.credential(), "passwordCredential": None, "proof": proof}

        stranger = itself.send("POST", f"{path}/addKey", add(proof(new)))
        self.refused(stranger, 401, "Authentication_MissingOrMalformed")
        added = itself.make(f"{path}/addKey", add(proof(old)))
        self.assertEqual(added["usage"], "Verify")
        [first] = [k for k in self.graph.get(path)["keyCredentials"] if k["keyId"] != added["keyId"]]
        removed = itself.send("POST", f"{path}/removeKey", {"keyId": first["keyId"], "proof": proof(new)})
        self.done(removed)
        self.assertEqual([k["keyId"] for k in self.graph.get(path)["keyCredentials"]], [added["keyId"]])

    def test_deleted_items(self):
        app = application(self.graph)
        self.done(self.graph.send("DELETE", f"/applications/{app['id']}"))
        self.refused(self.graph.send("GET", f"/applications/{app['id']}"), 404, "Request_ResourceNotFound")
        self.refused(self.graph.send("GET", f"/servicePrincipals/{app['principal']['id']}"), 404, "Request_ResourceNotFound")
        bin_ = "/directory/deletedItems"
        listed = self.graph.get(f"{bin_}/microsoft.graph.application?$filter=appId eq '{app['appId']}'")["value"]
        self.assertEqual([found["id"] for found in listed], [app["id"]])
        self.assertIsNotNone(listed[0]["deletedDateTime"])
        self.assertEqual(self.graph.make(f"{bin_}/{app['id']}/restore", None)["id"], app["id"])
        self.graph.get(f"/servicePrincipals/{app['principal']['id']}")
        self.done(self.graph.send("DELETE", f"/applications/{app['id']}"))
        self.done(self.graph.send("DELETE", f"{bin_}/{app['id']}"))
        self.refused(self.graph.send("POST", f"{bin_}/{app['id']}/restore"), 404, "Request_ResourceNotFound")

    def test_owners(self):
        app = application(self.graph)
        user = next(u for u in SIM["users"] if u["user"] != ADMIN and u["tenant_id"] == TENANT)
        path = f"/applications/{app['id']}"
        theirs = Graph(person(user=user["user"])[1]["access_token"])
        self.refused(theirs.send("PATCH", path, {"notes": "x"}), 403, "Authorization_RequestDenied")
        reference = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{user['object_id']}"}
        self.done(self.graph.send("POST", f"{path}/owners/$ref", reference))
        self.refused(self.graph.send("POST", f"{path}/owners/$ref", reference), 400, "Request_BadRequest", "already exist")
        self.assertIn(user["object_id"], [owner["id"] for owner in self.graph.get(f"{path}/owners")["value"]])
        self.done(theirs.send("PATCH", path, {"notes": "x"}))
        self.done(self.graph.send("DELETE", f"{path}/owners/{user['object_id']}/$ref"))
        self.refused(theirs.send("PATCH", path, {"notes": "x"}), 403, "Authorization_RequestDenied")


class Tokens(Case):
    def test_tokens_that_are_not_accepted(self):
        self.refused(Graph("").send("GET", "/me"), 401, "InvalidAuthenticationToken")
        self.refused(Graph("a.b.c").send("GET", "/me"), 401, "InvalidAuthenticationToken")
        storage = person("https://storage.azure.com/.default")[1]["access_token"]
        self.refused(Graph(storage).send("GET", "/me"), 401, "InvalidAuthenticationToken", "Invalid audience")
        advance(7200)
        try:
            self.refused(self.graph.send("GET", "/me"), 401, "InvalidAuthenticationToken", "expired")
        finally:
            advance(-7200)
        mine = str(uuid.uuid4())
        reply = Graph("").send("GET", "/me", client_request_id=mine)
        self.assertEqual(reply.json()["error"]["innerError"]["client-request-id"], mine)

    def test_throttling(self):
        single = self.graph.send("GET", f"/organization/{TENANT}?$select=id")
        self.assertEqual(single.headers["x-ms-resource-unit"], "1")
        self.assertEqual(self.graph.send("GET", "/applications").headers["x-ms-resource-unit"], "2")
        control("POST", "faults", {"service": "graph", "times": 1, "action": {"status": {"status": 429, "retry_after_s": 7}}})
        reply = self.graph.send("GET", "/me")
        self.refused(reply, 429, "TooManyRequests")
        self.assertEqual(reply.headers["retry-after"], "7")
        self.assertEqual(self.graph.send("GET", "/me").status_code, 200)


if __name__ == "__main__":
    unittest.main()
