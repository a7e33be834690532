"""An administrator at work: signs in with MSAL, and makes over Graph what tests need."""

import base64
import datetime
import re
import urllib.error
import urllib.request

import msal
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from world import ADMIN, AT, AUTHORITY, TENANT, control

AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
GRAPH_CLI = "14d82eec-204b-4c2f-b7e8-296a70dab67e"
GRAPH = f"{AT['graph']}/.default"
MANAGEMENT = "https://management.azure.com/.default"
STORAGE = "https://storage.azure.com/.default"
YEAR_S = 365 * 24 * 3600


def person(scope=GRAPH, user=ADMIN, client_id=AZURE_CLI, authority=AUTHORITY):
    """Signs a person in by device code; the client, and what it was given."""
    client = msal.PublicClientApplication(client_id, authority=authority, instance_discovery=False)
    flow = client.initiate_device_flow([scope])
    control("POST", f"device-codes/{flow['user_code']}/approve", {"user": user})
    return client, client.acquire_token_by_device_flow(flow)


class Graph:
    """Microsoft Graph with one token."""

    def __init__(self, token):
        self.token = token

    def send(self, method, path, body=None, **headers):
        url = path if path.startswith("http") else f"{AT['graph']}/v1.0{path}"
        sent = {"authorization": f"Bearer {self.token}"}
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        return requests.request(method, url, json=body, headers=sent)

    def get(self, path, **headers):
        """The reply's JSON; it must have worked."""
        reply = self.send("GET", path, **headers)
        assert reply.status_code == 200, (path, reply.status_code, reply.text)
        return reply.json()

    def make(self, path, body):
        """Posts; it must have worked."""
        reply = self.send("POST", path, body)
        assert reply.status_code in (200, 201), (path, reply.status_code, reply.text)
        return reply.json()


def administrator():
    """Graph as the administrator."""
    return Graph(person()[1]["access_token"])


class Certificate:
    """A self-signed certificate with its key."""

    def __init__(self, name="test", years=1):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.timezone.utc)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=365 * years))
            .sign(self.key, hashes.SHA256())
        )
        self.der = self.certificate.public_bytes(serialization.Encoding.DER)
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        self.key_pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    def credential(self, **change):
        """As Graph's `keyCredentials` take it."""
        key = base64.b64encode(self.der).decode()
        return {"type": "AsymmetricX509Cert", "usage": "Verify", "key": key, **change}

    def thumbprint(self, algorithm):
        return self.certificate.fingerprint(algorithm()).hex()


def application(graph, **properties):
    """Registers an application and its service principal."""
    body = {"displayName": "made by a test", "signInAudience": "AzureADMyOrg", **properties}
    app = graph.make("/applications", body)
    app["principal"] = graph.make("/servicePrincipals", {"appId": app["appId"]})
    return app


def confidential(client_id, credential, tenant=TENANT, **options):
    """MSAL's client of an application."""
    return msal.ConfidentialClientApplication(
        client_id,
        authority=f"{AT['login']}/{tenant}",
        client_credential=credential,
        instance_discovery=False,
        **options,
    )


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def browse(url, data=None):
    """What a browser gets for an address: the status, the page, and where it is sent."""
    opener = urllib.request.build_opener(_Stay)
    try:
        reply = opener.open(url, data)
    except urllib.error.HTTPError as error:
        reply = error
    return reply.status, reply.read().decode(), reply.headers.get("location")


def sign_in_page(url, user=ADMIN):
    """Fills in the page of an address; where the browser is sent."""
    status, page, _ = browse(url)
    assert status == 200 and re.search(r"<form method=\"post\">", page), (status, page)
    body = urllib.parse.urlencode({"user": user}).encode()
    status, page, location = browse(url, body)
    assert status == 302, (status, page)
    return location
