"""The simulator that a test runs against, as the environment describes it."""

import json
import os
import urllib.request

SIM = json.loads(os.environ["SIM"])
AT = SIM["endpoints"]
TENANT = SIM["tenants"][0]["id"]
ADMIN = SIM["users"][0]["user"]
APP = SIM["ready_app"]
AUTHORITY = f"{AT['login']}/{TENANT}"


def account(name):
    """A storage account: its endpoint, key, SAS and id."""
    return next(found for found in SIM["accounts"] if found["name"] == name)


def control(method, path, body=None):
    """Asks the control API, and returns its answer."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(f"{AT['control']}/{path}", data, method=method)
    request.add_header("content-type", "application/json")
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


def advance(seconds):
    """Moves the simulator's clock."""
    control("POST", "clock/advance", {"seconds": seconds})
