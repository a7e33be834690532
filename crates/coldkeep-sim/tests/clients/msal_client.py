"""MSAL for Python signs in."""

import unittest

import msal
from world import APP, AUTHORITY


class Secret(unittest.TestCase):
    def test_a_secret_gets_a_token(self):
        client = msal.ConfidentialClientApplication(
            APP["app_id"], authority=AUTHORITY, client_credential=APP["secret"], instance_discovery=False
        )
        reply = client.acquire_token_for_client(["https://storage.azure.com/.default"])
        self.assertIn("access_token", reply, reply)


if __name__ == "__main__":
    unittest.main()
