"""Queries and batches of Microsoft Graph."""

import unittest

from graph_client import MICROSOFT_GRAPH, Case
from signin import application

EVENTUAL = {"ConsistencyLevel": "eventual"}


class Queries(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.apps = [application(cls.graph, displayName=f"query {n}", tags=[f"t{n}"]) for n in range(5)]

    def names(self, query, **headers):
        return [found["displayName"] for found in self.graph.get(f"/applications?{query}", **headers)["value"]]

    def test_filters(self):
        for text, wanted in [
            ("displayName eq 'Query 1'", [1]),
            ("startswith(displayName,'query')", [0, 1, 2, 3, 4]),
            ("displayName in ('query 1','query 3')", [1, 3]),
            (f"appId eq '{self.apps[2]['appId']}' or displayName eq 'query 4'", [2, 4]),
            ("startswith(displayName,'query') and tags/any(t:t eq 't3')", [3]),
        ]:
            with self.subTest(text):
                self.assertEqual(self.names(f"$filter={text}"), [f"query {n}" for n in wanted])
        by_name = f"/servicePrincipals?$filter=servicePrincipalNames/any(n:n eq '{self.apps[0]['appId']}')"
        self.assertEqual(len(self.graph.get(by_name)["value"]), 1)

    def test_advanced_queries_ask_for_the_index(self):
        for query in ["$filter=displayName ne 'query 1'", "$filter=not startswith(displayName,'query')",
                      "$filter=endswith(displayName,'1')", "$orderby=createdDateTime",
                      "$filter=startswith(displayName,'query')&$orderby=displayName", '$search="displayName:query"']:
            with self.subTest(query):
                self.refused(self.graph.send("GET", f"/applications?{query}"), 400, "Request_UnsupportedQuery")
                self.graph.get(f"/applications?{query}&$count=true", **EVENTUAL)
        query = "$filter=startswith(displayName,'query')&$orderby=displayName desc&$count=true&$top=2"
        found = self.graph.get(f"/applications?{query}", **EVENTUAL)
        self.assertEqual(found["@odata.count"], 5)
        self.assertEqual([v["displayName"] for v in found["value"]], ["query 4", "query 3"])
        counted = self.graph.send("GET", "/applications/$count?$filter=startswith(displayName,'query')", **EVENTUAL)
        self.assertEqual((counted.status_code, counted.text), (200, "5"))
        self.refused(self.graph.send("GET", "/applications/$count"), 400, "Request_BadRequest", "$count")

    def test_pages(self):
        seen, url = [], "/applications?$filter=startswith(displayName,'query')&$select=displayName&$top=2"
        pages = 0
        while url:
            page = self.graph.get(url)
            pages += 1
            seen += page["value"]
            url = page.get("@odata.nextLink")
            self.assertTrue(url is None or "$skiptoken=" in url, url)
        self.assertEqual((pages, seen), (3, [{"displayName": f"query {n}"} for n in range(5)]))

    def test_what_is_not_understood(self):
        for query, code in [
            ("$filter=displayName like 'x'", "BadRequest"),
            ("$filter=colour eq 'red'", "BadRequest"),
            ("$filter=notes eq 'x'", "Request_UnsupportedQuery"),
            ("$top=1000", "Request_UnsupportedQuery"),
            ("$skip=2", "Request_BadRequest"),
            ("$skiptoken=x", "Directory_ExpiredPageToken"),
        ]:
            with self.subTest(query):
                self.refused(self.graph.send("GET", f"/applications?{query}"), 400, code)
        self.refused(self.graph.send("GET", "/planets"), 400, "BadRequest", "segment 'planets'")


class Batches(Case):
    def run_batch(self, *requests):
        answers = self.graph.make("/$batch", {"requests": list(requests)})["responses"]
        return {answer["id"]: answer for answer in answers}

    def test_requests_run_in_the_order_of_what_they_depend_on(self):
        headers = {"Content-Type": "application/json", "Prefer": "create-if-missing"}
        answers = self.run_batch(
            {"id": "app", "method": "PATCH", "url": "/applications(uniqueName='batch-1')", "headers": headers,
             "body": {"displayName": "batch"}},
            {"id": "again", "method": "GET", "url": "/applications(uniqueName='batch-1')?$select=displayName", "dependsOn": ["app"]},
            {"id": "bad", "method": "GET", "url": "/applications/nobody"},
            {"id": "never", "method": "GET", "url": "/me", "dependsOn": ["bad"]},
            {"id": "found", "method": "GET", "url": f"servicePrincipals?$filter=appId eq '{MICROSOFT_GRAPH}'&$select=appId"},
            {"id": "gone", "method": "DELETE", "url": "/applications(uniqueName='batch-1')", "dependsOn": ["again"]},
        )
        self.assertEqual({k: v["status"] for k, v in answers.items()},
                         {"app": 201, "again": 200, "bad": 404, "never": 424, "found": 200, "gone": 204})
        self.assertEqual(answers["again"]["body"]["displayName"], "batch")
        self.assertIn("application/json", answers["again"]["headers"]["Content-Type"])
        self.assertEqual(answers["bad"]["body"]["error"]["code"], "Request_ResourceNotFound")
        self.assertEqual(answers["found"]["body"]["value"], [{"appId": MICROSOFT_GRAPH}])
        self.assertNotIn("body", answers["gone"])

    def test_batches_that_are_refused_as_a_whole(self):
        get = lambda n: {"id": str(n), "method": "GET", "url": "/me"}
        self.assertEqual(len(self.run_batch(*map(get, range(20)))), 20)
        for requests in [
            [get(n) for n in range(21)],
            [get(1), get(1)],
            [{**get(1), "dependsOn": ["2"]}, get(2)],
            [{"id": "1", "method": "POST", "url": "/applications", "body": {"displayName": "x"}}],
            [],
        ]:
            self.refused(self.graph.send("POST", "/$batch", {"requests": requests}), 400, "BadRequest")


if __name__ == "__main__":
    unittest.main()
