"""The Azure CLI, run as a person runs it, in a cloud registered for the simulator."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from world import ADMIN, AT, SIM, control

PROGRAM = Path(sys.prefix).parent / "azure-cli" / "bin" / "az"
CLOUD = {
    "endpoints": {
        "activeDirectory": AT["login"],
        "activeDirectoryResourceId": "https://management.azure.com",
        "management": AT["resource_manager"],
        "resourceManager": AT["resource_manager"],
        "microsoftGraphResourceId": f"{AT['graph']}/",
        "activeDirectoryGraphResourceId": f"{AT['graph']}/",
    }
}
SOURCE = next(found for found in SIM["accounts"] if found["name"] == "northsource")


class Az:
    """One person's CLI: a folder of settings of its own, the simulator's cloud chosen in it."""

    def __init__(self):
        # Below the stage's folder, which goes with the stage.
        self.path = Path(tempfile.mkdtemp(dir=Path.cwd()))
        self.environment = {
            **os.environ,
            "AZURE_CONFIG_DIR": str(self.path / "config"),
            "AZURE_CORE_COLLECT_TELEMETRY": "no",
            "AZURE_CORE_INSTANCE_DISCOVERY": "false",
            "AZURE_CORE_LOGIN_EXPERIENCE_V2": "off",
            "AZURE_CORE_NO_COLOR": "true",
            "AZURE_CORE_ONLY_SHOW_ERRORS": "true",
        }
        cloud = self.write("cloud.json", json.dumps(CLOUD))
        self("cloud", "register", "-n", "sim", "--cloud-config", f"@{cloud}", "--skip-endpoint-discovery")
        self("cloud", "set", "-n", "sim")

    def write(self, name, text):
        path = self.path / name
        path.write_text(text)
        return path

    def run(self, *words):
        """Runs a command; answers its code and what it printed to either side."""
        done = subprocess.run(
            [PROGRAM, *map(str, words)],
            env=self.environment,
            cwd=self.path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout, done.stderr

    def __call__(self, *words):
        """Runs a command that must succeed; answers what it printed, as JSON gives it."""
        code, out, told = self.run(*words)
        if code != 0:
            raise AssertionError(f"az {' '.join(map(str, words))}: {told}")
        return json.loads(out) if out.strip() else None

    def refused(self, *words):
        """Runs a command that must fail; answers what it complains of."""
        code, out, told = self.run(*words)
        if code == 0:
            raise AssertionError(f"az {' '.join(map(str, words))} succeeded: {out}")
        return told

    def blob(self, *words, way=("--auth-mode", "login")):
        """A command about blobs of the first account."""
        return self("storage", *words, *way, "--blob-endpoint", SOURCE["endpoint"])

    def sign_in_by_device_code(self):
        """Signs the administrator in; the code is approved as a browser would."""
        with subprocess.Popen(
            [PROGRAM, "login", "--use-device-code", "--output", "json"],
            env={**self.environment, "AZURE_CORE_ONLY_SHOW_ERRORS": "false"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            told = ""
            for line in process.stderr:
                told += line
                if found := re.search(r"enter the code (\S+)", line):
                    control("POST", f"device-codes/{found[1]}/approve", {"user": ADMIN})
            out = process.stdout.read()
        if process.returncode != 0:
            raise AssertionError(told)
        return json.loads(out)
