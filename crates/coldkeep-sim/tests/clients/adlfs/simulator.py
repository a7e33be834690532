"""Points adlfs' own tests, which are left as they are, at a simulator that already runs, and writes down how they end.

They start Azurite in Docker and expect it at a fixed port. This pytest plugin stands in for Docker, which it never calls,
and changes the one module that says where Azurite is before anything else reads it.
"""

import os
import sys
import types
from unittest import mock

import adlfs.tests.constants as constants

HOST = os.environ["SIMULATOR"]
constants.CONN_STR = constants.CONN_STR.replace(constants.HOST, HOST)
constants.URL = constants.URL.replace(constants.HOST, HOST)
constants.HOST = HOST

docker = types.ModuleType("docker")
docker.from_env = mock.Mock()
sys.modules["docker"] = docker

outcomes = {}


def name(nodeid):
    """The name without the folder that the package happens to be installed in."""
    return nodeid.rsplit("tests/", 1)[-1].strip()


def pytest_collection_modifyitems(config, items):
    """Leaves out what the environment says must not be run."""
    left_out = set(os.environ["LEFT_OUT"].split("\n"))
    config.hook.pytest_deselected(items=[item for item in items if name(item.nodeid) in left_out])
    for item in items:
        if name(item.nodeid) in left_out:
            outcomes[name(item.nodeid)] = "left-out"
    items[:] = [item for item in items if name(item.nodeid) not in left_out]


def pytest_runtest_logreport(report):
    """A test passes if its call does and nothing around it fails."""
    if report.when == "call" or report.outcome != "passed":
        outcomes[name(report.nodeid)] = report.outcome


def pytest_sessionfinish():
    with open(os.environ["OUTCOMES"], "w", encoding="utf-8") as file:
        for test, outcome in outcomes.items():
            print(outcome, test, file=file)
