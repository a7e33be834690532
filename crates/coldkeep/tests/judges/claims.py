"""Checks a client assertion: python3 claims.py CERTIFICATE.pem AUDIENCE CLIENT < assertion"""
import base64, hashlib, json, sys
import jwt
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

pem, audience, client = sys.argv[1:]
certificate = x509.load_pem_x509_certificate(open(pem, "rb").read())
assertion = sys.stdin.read().strip()
options = {"require": ["aud", "iss", "sub", "jti", "nbf", "iat", "exp"], "strict_aud": True}
claims = jwt.decode(
    assertion, certificate.public_key(), algorithms=["PS256"], audience=audience, issuer=client, subject=client,
    options=options,
)
header = jwt.get_unverified_header(assertion)
digest = hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()
expected = {"alg": "PS256", "typ": "JWT", "x5t#S256": base64.urlsafe_b64encode(digest).rstrip(b"=").decode()}
assert header == expected, header
assert 0 < claims["exp"] - claims["nbf"] <= 24 * 3600, claims
json.dump(claims, sys.stdout)
