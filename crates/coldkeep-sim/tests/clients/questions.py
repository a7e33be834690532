"""The commands of docs/azure-checklist.md as they stand there, run by bash with the Azure CLI, curl, jq and openssl: they work,
and the simulator's answers are the ones that the page expects of Azure."""

import json
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from azure_cli import PROGRAM, Az
from world import APP, SIM, TENANT, control

PAGE = Path(__file__).parents[4] / "docs" / "azure-checklist.md"
MISMATCH = (403, "AuthorizationPermissionMismatch")
OVERWRITE = (403, "UnauthorizedBlobOverwrite")
MADE = (201, "")
# Signed in already; replication and 5000 MiB are not waited for.
PRELUDE = 'az() { [ "$1" = login ] || command az "$@"; }; sleep() { :; }'
SIZES = {"truncate -s 1G 1g": "truncate -s 1M 1g", "truncate -s 5242880000 5000m": "truncate -s 2M 5000m"}


class Person(Az):
    """Somebody whose CLI knows Azure's own names."""

    def __init__(self):
        self.path = Path(tempfile.mkdtemp(dir=Path.cwd()))
        self.environment = {
            **os.environ,
            "AZURE_CONFIG_DIR": str(self.path / "config"),
            "AZURE_CORE_COLLECT_TELEMETRY": "no",
            "AZURE_CORE_LOGIN_EXPERIENCE_V2": "off",
            "AZURE_CORE_NO_COLOR": "true",
            "CURL_CA_BUNDLE": os.environ["SSL_CERT_FILE"],
            "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}",
        }


def named(line):
    """A line of the page's names with the simulator's in place of the capitals."""
    subscriptions = {found["name"]: found["id"] for found in SIM["subscriptions"]}
    values = {
        "TENANT": TENANT,
        "SOURCE_SUBSCRIPTION": subscriptions["Northwind Production"],
        "SUBSCRIPTION": subscriptions["Northwind Vault"],
        "GROUP": "backup-target",
        "APPLICATION": APP["app_id"],
        "SOURCE": "northsource",
        "TARGET": "northtarget",
    }
    name = line.split("=")[0]
    return f"{name}={values[name]}" if name in values else line


def script():
    """All commands, each step under a line with its number."""
    lines = [PRELUDE]
    for number, text in enumerate(re.split(r"^## ", PAGE.read_text(), flags=re.M)[1:]):
        lines.append(f"echo '=== {number}'")
        lines += re.findall(r"^```sh\n(.*?)^```", text, re.S | re.M)
    text = "\n".join(lines)
    for real, small in SIZES.items():
        assert real in text, real
        text = text.replace(real, small)
    return "\n".join(named(line) for line in text.split("\n"))


class Questions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        person = Person()
        person.sign_in_by_device_code()
        done = subprocess.run(
            ["bash", "-c", script()], env=person.environment, cwd=person.path, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        cls.told = dict(enumerate(re.split(r"^=== \d+\n", done.stdout, flags=re.M)[1:]))
        cls.whole = done.stdout

    def answers(self, step):
        """Status and code of each request of a step."""
        found = re.findall(r"^HTTP/\S+ (\d+).*\n((?:x-ms-.*\n)*)", self.told[step], re.M)
        codes = [re.search(r"x-ms-error-code: (\S+)", headers) for _, headers in found]
        return [(int(status), code[1] if code else "") for (status, _), code in zip(found, codes)]

    def test_every_step_is_answered_as_the_page_expects(self):
        expected = {
            1: [MISMATCH] * 2,
            2: [MADE, OVERWRITE, OVERWRITE],
            3: [(400, "Md5Mismatch"), (404, "BlobNotFound"), MISMATCH],
            4: [MADE],
            5: [MADE] * 2,
            7: [MISMATCH] * 3 + [(200, "")],
            8: [MISMATCH, (200, ""), (200, "")],
            13: [MADE, MISMATCH],
            14: [MADE, (403, "AuthorizationFailure")],
        }
        for step, answers in expected.items():
            self.assertEqual(self.answers(step), answers, f"{step}: {self.told[step]}")
        self.assertIn("x-ms-is-hns-enabled: false", self.told[7])

    def test_what_the_cli_says_is_what_the_page_expects(self):
        self.assertIn("BlobAccessTierNotSupportedForAccountType", self.told[6])
        self.assertIn("PendingCopyOperation", self.told[9])
        self.assertIn('"aborted"', self.told[9])
        self.assertIn("authorization_pending", self.told[10])
        self.assertRegex(self.told[12], r'"[0-9a-f-]{36}"\n\Z')
        self.assertIn("\nwalked\n", self.told[13])
        self.assertNotIn("AAD", self.told[14])

    def test_nothing_is_left_and_no_secret_was_shown(self):
        self.assertEqual(self.told[15].strip(), "", self.told[15])
        world = control("GET", "world")
        self.assertEqual({found["name"] for found in world["accounts"]}, {found["name"] for found in SIM["accounts"]})
        for account in world["accounts"]:
            self.assertFalse([name for name in account["containers"] if name.startswith("coldkeep-")])
        self.assertNotRegex(self.whole, r"eyJ|Bearer|sig=|\d{4}Q~")
        self.assertNotIn("coldkeep-checklist", json.dumps(world))


if __name__ == "__main__":
    unittest.main()
