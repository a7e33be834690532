"""Microsoft's management libraries against the simulator, signed in as its administrator."""

import json
import urllib.request

from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential, DeviceCodeCredential
from azure.mgmt.subscription import SubscriptionClient
from world import ADMIN, APP, AT, SIM, TENANT, control

SUBSCRIPTION = SIM["subscriptions"][0]["id"]
SCOPES = ["https://management.azure.com/.default"]


def approve(address, user_code, expires):
    """Approves a device code as the person at the browser would."""
    control("POST", f"device-codes/{user_code}/approve", {"user": ADMIN})


# Signed in by device code when first asked for a token.
ADMINISTRATOR = DeviceCodeCredential(
    authority=AT["login"], tenant_id=TENANT, prompt_callback=approve, disable_instance_discovery=True
)


def application(app=APP):
    """An application that signs in by its secret."""
    return ClientSecretCredential(
        app["tenant_id"], app["app_id"], app["secret"], authority=AT["login"], disable_instance_discovery=True
    )


def graph(path, body, method="POST"):
    """Asks Microsoft Graph as the administrator."""
    token = ADMINISTRATOR.get_token(f"{AT['graph']}/.default").token
    request = urllib.request.Request(f"{AT['graph']}/v1.0/{path}", json.dumps(body).encode(), method=method)
    request.add_header("authorization", f"Bearer {token}")
    request.add_header("content-type", "application/json")
    with urllib.request.urlopen(request) as reply:
        return json.loads(reply.read() or "null")


def new_application(name):
    """An application with a secret and a service principal that holds nothing."""
    made = graph("applications", {"displayName": name})
    principal = graph("servicePrincipals", {"appId": made["appId"]})
    secret = graph(f"applications/{made['id']}/addPassword", {"passwordCredential": {"displayName": "test"}})
    return {
        "tenant_id": TENANT,
        "app_id": made["appId"],
        "secret": secret["secretText"],
        "principal_id": principal["id"],
    }


def client(kind, credential=ADMINISTRATOR, subscription=SUBSCRIPTION, **options):
    """A management client of a kind."""
    options = {"base_url": AT["resource_manager"], "credential_scopes": SCOPES, **options}
    if kind is SubscriptionClient:
        return kind(credential, **options)
    return kind(credential, subscription, **options)


def refusal(case, call, *args, **named):
    """Status and code with which a call is refused. A list is refused when it is read."""
    with case.assertRaises(HttpResponseError) as caught:
        result = call(*args, **named)
        if hasattr(result, "__iter__"):
            list(result)
    error = caught.exception
    return error.status_code, error.error.code if error.error else getattr(error, "error_code", None)
