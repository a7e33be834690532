"""Rights over Microsoft Graph: app roles, consent, directory roles, and what an application may do with them."""

import unittest

from graph_client import MICROSOFT_GRAPH, Case
from msal_client import claims
from signin import GRAPH, GRAPH_CLI, Graph, application, confidential, person
from world import ADMIN, SIM, TENANT


class PolicyCase(Case):
    """The Azure CLI may read no policies, whoever uses it; Graph's own command line may."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.by_azure_cli = cls.graph
        cls.graph = Graph(person(client_id=GRAPH_CLI)[1]["access_token"])


class AppRoles(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.resource = cls.graph.get(f"/servicePrincipals(appId='{MICROSOFT_GRAPH}')?$select=id,appRoles,oauth2PermissionScopes")
        cls.roles = {role["value"]: role["id"] for role in cls.resource["appRoles"]}

    def with_roles(self, *names):
        """An application that was given these roles: it, and Graph as it."""
        app = application(self.graph)
        secret = self.graph.make(f"/applications/{app['id']}/addPassword", {})["secretText"]
        for name in names:
            self.graph.make(f"/servicePrincipals/{self.resource['id']}/appRoleAssignedTo", self.assignment(app, name))
        token = confidential(app["appId"], secret).acquire_token_for_client([GRAPH])["access_token"]
        self.assertEqual(sorted(claims(token).get("roles", [])), sorted(names))
        return app, Graph(token)

    def assignment(self, app, name):
        return {"principalId": app["principal"]["id"], "resourceId": self.resource["id"], "appRoleId": self.roles[name]}

    def test_assignments_are_listed_from_both_ends_and_refused_twice(self):
        app, _ = self.with_roles("Application.Read.All")
        mine = f"/servicePrincipals/{app['principal']['id']}/appRoleAssignments"
        [assignment] = self.graph.get(mine)["value"]
        self.assertEqual(assignment["resourceDisplayName"], "Microsoft Graph")
        self.assertEqual(assignment["principalType"], "ServicePrincipal")
        theirs = f"/servicePrincipals/{self.resource['id']}/appRoleAssignedTo"
        self.assertIn(assignment["id"], [a["id"] for a in self.graph.get(theirs)["value"]])
        words = "Permission being assigned already exists on the object."
        self.refused(self.graph.send("POST", mine, self.assignment(app, "Application.Read.All")), 400, "Request_BadRequest", words)
        unknown = {**self.assignment(app, "User.Read.All"), "appRoleId": TENANT}
        self.refused(self.graph.send("POST", theirs, unknown), 400, "Request_BadRequest", "was not found on application")
        nobody = {**self.assignment(app, "User.Read.All"), "principalId": TENANT}
        self.refused(self.graph.send("POST", theirs, nobody), 404, "Request_ResourceNotFound")
        self.done(self.graph.send("DELETE", f"{mine}/{assignment['id']}"))
        self.assertEqual(self.graph.get(mine)["value"], [])
        self.refused(self.graph.send("DELETE", f"{mine}/{assignment['id']}"), 404, "Request_ResourceNotFound")

    def test_without_roles_an_application_may_nothing(self):
        app, itself = self.with_roles()
        for path in ["/applications", "/servicePrincipals", "/users", "/organization", "/oauth2PermissionGrants",
                     "/policies/defaultAppManagementPolicy", "/directory/deletedItems/microsoft.graph.application"]:
            self.refused(itself.send("GET", path), 403, "Authorization_RequestDenied")
        self.refused(itself.send("POST", "/applications", {"displayName": "x"}), 403, "Authorization_RequestDenied")
        self.refused(itself.send("GET", "/me"), 400, "BadRequest", "delegated")

    def test_readers_read(self):
        app, itself = self.with_roles("Application.Read.All", "User.Read.All")
        self.assertEqual(itself.get(f"/applications/{app['id']}")["id"], app["id"])
        self.assertTrue(itself.get("/users")["value"])
        self.refused(itself.send("PATCH", f"/applications/{app['id']}", {"notes": "x"}), 403, "Authorization_RequestDenied")
        self.refused(itself.send("GET", "/policies/defaultAppManagementPolicy"), 403, "Authorization_RequestDenied")

    def test_writers_write(self):
        app, itself = self.with_roles("Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All")
        made = application(itself)
        self.done(itself.send("PATCH", f"/applications/{app['id']}", {"notes": "x"}))
        itself.make(f"/servicePrincipals/{self.resource['id']}/appRoleAssignedTo", self.assignment(made, "User.Read.All"))
        self.done(itself.send("DELETE", f"/applications/{made['id']}"))

    def test_owned_by_writes_only_what_it_owns(self):
        app, itself = self.with_roles("Application.ReadWrite.OwnedBy")
        made = application(itself)
        self.done(itself.send("PATCH", f"/applications/{made['id']}", {"notes": "mine"}))
        self.refused(itself.send("PATCH", f"/applications/{app['id']}", {"notes": "x"}), 403, "Authorization_RequestDenied")
        self.refused(itself.send("POST", f"/servicePrincipals/{self.resource['id']}/appRoleAssignedTo",
                                 self.assignment(made, "User.Read.All")), 403, "Authorization_RequestDenied")

    def test_roles_of_an_application_of_ones_own(self):
        role = {"id": "11111111-2222-4333-8444-555555555555", "value": "Tasks.Run", "displayName": "Run", "description": "Run",
                "isEnabled": True, "allowedMemberTypes": ["Application"]}
        api = application(self.graph, identifierUris=["api://tool-api"], appRoles=[role])
        app = application(self.graph)
        secret = self.graph.make(f"/applications/{app['id']}/addPassword", {})["secretText"]
        body = {"principalId": app["principal"]["id"], "resourceId": api["principal"]["id"], "appRoleId": role["id"]}
        self.graph.make(f"/servicePrincipals/{app['principal']['id']}/appRoleAssignments", body)
        reply = confidential(app["appId"], secret).acquire_token_for_client(["api://tool-api/.default"])
        told = claims(reply["access_token"])
        self.assertEqual((told["aud"], told["roles"]), ("api://tool-api", ["Tasks.Run"]))


class Consent(Case):
    def test_grants_decide_what_a_client_may_do_for_people(self):
        app = application(self.graph, isFallbackPublicClient=True)
        resource = self.graph.get(f"/servicePrincipals(appId='{MICROSOFT_GRAPH}')")["id"]
        body = {"clientId": app["principal"]["id"], "consentType": "AllPrincipals", "resourceId": resource,
                "scope": "User.Read Application.Read.All"}
        grant = self.graph.make("/oauth2PermissionGrants", body)
        twice = self.graph.send("POST", "/oauth2PermissionGrants", body)
        self.refused(twice, 409, "Request_MultipleObjectsWithSameKeyValue", "Permission entry already exists.")
        odd = {**body, "consentType": "Principal"}
        self.refused(self.graph.send("POST", "/oauth2PermissionGrants", odd), 400, "Request_BadRequest", "principalId")
        token = person(GRAPH, client_id=app["appId"])[1]["access_token"]
        self.assertEqual(sorted(claims(token)["scp"].split()), ["Application.Read.All", "User.Read"])
        client = Graph(token)
        client.get(f"/applications/{app['id']}")
        self.refused(client.send("PATCH", f"/applications/{app['id']}", {"notes": "x"}), 403, "Authorization_RequestDenied")
        path = f"/oauth2PermissionGrants/{grant['id']}"
        self.done(self.graph.send("PATCH", path, {"scope": "User.Read Application.ReadWrite.All"}))
        client = Graph(person(GRAPH, client_id=app["appId"])[1]["access_token"])
        self.done(client.send("PATCH", f"/applications/{app['id']}", {"notes": "x"}))
        found = self.graph.get(f"/oauth2PermissionGrants?$filter=clientId eq '{app['principal']['id']}'")["value"]
        self.assertEqual([g["id"] for g in found], [grant["id"]])
        self.assertEqual(len(self.graph.get(f"/servicePrincipals/{app['principal']['id']}/oauth2PermissionGrants")["value"]), 1)
        self.done(self.graph.send("DELETE", path))
        self.refused(self.graph.send("GET", path), 404, "Request_ResourceNotFound")


class Policies(PolicyCase):
    def restrict(self, **lists):
        one = lambda kind, life: {"restrictionType": kind, "state": "enabled", "maxLifetime": life}
        return {side: [one(*pair) for pair in pairs] for side, pairs in lists.items()}

    def test_a_policy_of_one_application_binds_it_alone(self):
        held, free = application(self.graph), application(self.graph)
        restrictions = self.restrict(passwordCredentials=[("passwordAddition", None)])
        body = {"displayName": "no secrets", "isEnabled": True, "restrictions": restrictions}
        policy = self.graph.make("/policies/appManagementPolicies", body)
        self.assertIn(policy["id"], [p["id"] for p in self.graph.get("/policies/appManagementPolicies")["value"]])
        mine = f"/applications/{held['id']}/appManagementPolicies"
        reference = {"@odata.id": f"https://graph.microsoft.com/v1.0/policies/appManagementPolicies/{policy['id']}"}
        self.done(self.graph.send("POST", f"{mine}/$ref", reference))
        self.assertEqual([p["id"] for p in self.graph.get(mine)["value"]], [policy["id"]])
        add = lambda app: self.graph.send("POST", f"/applications/{app['id']}/addPassword", {})
        self.refused(add(held), 400, "CredentialTypeNotAllowedAsPerAppPolicy", "no secrets")
        self.done(add(free), 200)
        self.done(self.graph.send("DELETE", f"{mine}/{policy['id']}/$ref"))
        self.done(add(held), 200)
        self.done(self.graph.send("DELETE", f"/policies/appManagementPolicies/{policy['id']}"))
        gone = self.graph.send("GET", f"/policies/appManagementPolicies/{policy['id']}")
        self.refused(gone, 404, "Request_ResourceNotFound")

    def test_the_policy_of_the_tenant_binds_all(self):
        path = "/policies/defaultAppManagementPolicy"
        restrictions = self.restrict(passwordCredentials=[("passwordLifetime", "P90D")])
        self.done(self.graph.send("PATCH", path, {"isEnabled": True, "applicationRestrictions": restrictions}))
        try:
            app = application(self.graph)
            refused = self.graph.send("POST", f"/applications/{app['id']}/addPassword", {})
            self.refused(refused, 400, "CredentialInvalidLifetimeAsPerAppPolicy")
        finally:
            self.done(self.graph.send("PATCH", path, {"isEnabled": False}))
        wrong = {"applicationRestrictions": self.restrict(passwordCredentials=[("colour", None)])}
        self.refused(self.graph.send("PATCH", path, wrong), 400, "Request_BadRequest", "colour")
        user = next(u for u in SIM["users"] if u["user"] != ADMIN and u["tenant_id"] == TENANT)
        theirs = Graph(person(user=user["user"])[1]["access_token"])
        self.refused(theirs.send("PATCH", path, {"isEnabled": True}), 403, "Authorization_RequestDenied")


class People(PolicyCase):
    def test_who_one_is_and_which_roles_one_has(self):
        me = self.graph.get("/me?$select=id,userPrincipalName")
        self.assertEqual(me["userPrincipalName"], ADMIN)
        [role] = self.graph.get("/me/memberOf")["value"]
        self.assertEqual((role["displayName"], role["@odata.type"]), ("Global Administrator", "#microsoft.graph.directoryRole"))
        self.assertEqual(self.graph.get("/me/transitiveMemberOf/microsoft.graph.directoryRole")["value"], [role])
        listed = self.graph.get("/directoryRoles?$filter=roleTemplateId eq '62e90394-69f5-4237-9190-012177145e10'")["value"]
        [member] = self.graph.get(f"/directoryRoles/{listed[0]['id']}/members")["value"]
        self.assertEqual(member["id"], me["id"])
        query = f"?$filter=principalId eq '{me['id']}'&$expand=roleDefinition"
        [held] = self.graph.get(f"/roleManagement/directory/roleAssignments{query}")["value"]
        self.assertTrue(held["roleDefinition"]["isBuiltIn"])

    def test_the_azure_cli_reads_neither_policies_nor_who_has_which_role(self):
        for path in ["/policies/authorizationPolicy", "/policies/defaultAppManagementPolicy",
                     "/roleManagement/directory/roleAssignments"]:
            self.refused(self.by_azure_cli.send("GET", path), 403, "Authorization_RequestDenied")
        self.assertTrue(self.by_azure_cli.get("/me/transitiveMemberOf/microsoft.graph.directoryRole")["value"])

    def test_people_and_the_tenant(self):
        found = self.graph.get(f"/users/{ADMIN}")
        self.assertEqual(found["userType"], "Member")
        self.assertEqual(self.graph.get(f"/users?$filter=userPrincipalName eq '{ADMIN}'")["value"][0]["id"], found["id"])
        self.refused(self.graph.send("GET", "/users/nobody@northwind.example"), 404, "Request_ResourceNotFound")
        [tenant] = self.graph.get("/organization?$select=id,verifiedDomains")["value"]
        self.assertEqual(tenant["id"], TENANT)
        self.assertFalse(self.graph.get("/policies/defaultAppManagementPolicy")["isEnabled"])
        self.assertTrue(self.graph.get("/policies/authorizationPolicy")["defaultUserRolePermissions"]["allowedToCreateApps"])

    def test_somebody_without_a_role(self):
        user = next(u for u in SIM["users"] if u["user"] != ADMIN and u["tenant_id"] == TENANT)
        theirs = Graph(person(user=user["user"])[1]["access_token"])
        mine = application(theirs)
        self.done(theirs.send("PATCH", f"/applications/{mine['id']}", {"notes": "x"}))
        self.refused(theirs.send("GET", "/policies/defaultAppManagementPolicy"), 403, "Authorization_RequestDenied")
        resource = theirs.get(f"/servicePrincipals(appId='{MICROSOFT_GRAPH}')")
        body = {"principalId": mine["principal"]["id"], "resourceId": resource["id"], "appRoleId": resource["appRoles"][0]["id"]}
        refused = theirs.send("POST", f"/servicePrincipals/{resource['id']}/appRoleAssignedTo", body)
        self.refused(refused, 403, "Authorization_RequestDenied")


if __name__ == "__main__":
    unittest.main()
