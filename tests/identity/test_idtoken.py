"""An ID token proves who somebody is only if it is signed by the provider, for us, for this sign-in, and of now."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from synthmon.identity.oidc.idtoken import Expected, UnknownKey, Untrusted, verified
from synthmon.identity.oidc.place import ProviderPlace, is_safe, name_of, role_of
from synthmon.model.person import Role
from tests.making import NOON

ISSUER, CLIENT, NONCE = "https://login.example.com", "synthmon", "the-nonce"
NOW = int(NOON.timestamp())
EXPECTED = Expected(ISSUER, CLIENT, NONCE, NOON)
OURS = rsa.generate_private_key(65537, 2048)
OTHERS = rsa.generate_private_key(65537, 2048)
SMALL = rsa.generate_private_key(65537, 1024)
CURVE = ec.generate_private_key(ec.SECP256R1())


def public(key: Any, name: str, **more: str) -> dict[str, Any]:
    algorithm = (
        jwt.algorithms.ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else jwt.algorithms.RSAAlgorithm
    )
    return {**json.loads(algorithm.to_jwk(key.public_key())), "kid": name, "use": "sig", **more}


KEYS = [public(OTHERS, "old", alg="RS256"), public(OURS, "now", alg="RS256"), public(CURVE, "curve")]
CLAIMS: Mapping[str, Any] = {
    "iss": ISSUER,
    "aud": CLIENT,
    "sub": "ada-1",
    "nonce": NONCE,
    "iat": NOW - 2,
    "exp": NOW + 300,
}


def token(key: Any = OURS, algorithm: str = "RS256", kid: str | None = "now", **changes: Any) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    return jwt.encode(claims, key, algorithm, headers={"kid": kid} if kid else {})


@pytest.mark.parametrize(
    "good",
    [
        token(),
        token(kid=None),
        token(CURVE, "ES256", "curve"),
        token(aud=[CLIENT]),
        token(aud=[CLIENT, "another"], azp=CLIENT),
        token(exp=NOW - 59),
        token(iat=NOW + 59),
    ],
    ids=["plain", "unnamed key", "curve", "list", "several with azp", "clocks differ", "clocks differ the other way"],
)
def test_a_token_of_the_provider_for_us_is_taken(good: str) -> None:
    assert "ada-1" == verified(good, KEYS, EXPECTED)["sub"]


def unsigned() -> str:
    return jwt.encode(dict(CLAIMS), None, "none", headers={"kid": "now"})  # type: ignore[arg-type]


def signed_with_the_public_key() -> str:
    """The old confusion: HS256 with what everybody knows. The library refuses to make one, so by hand."""
    public_key = OURS.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signer, part = jwt.algorithms.HMACAlgorithm("sha256"), jwt.utils.base64url_encode  # type: ignore[arg-type]
    head = part(json.dumps({"alg": "HS256", "kid": "now"}).encode()) + b"." + part(json.dumps(dict(CLAIMS)).encode())
    return (head + b"." + part(signer.sign(head, public_key))).decode()


def tampered() -> str:
    head, body, signature = token().split(".")
    other = token(sub="mallory").split(".")[1]
    assert body != other
    return f"{head}.{other}.{signature}"


ATTACKS: Mapping[str, tuple[Callable[[], str], str]] = {
    "alg none": (unsigned, "algorithm is 'none'"),
    "alg HS256 with the public key": (signed_with_the_public_key, "algorithm is 'HS256'"),
    "another's key": (lambda: token(OTHERS), "signature is not the provider's"),
    "a key that it does not have": (lambda: token(kid="new"), "no key of the provider"),
    "the right key under another algorithm": (lambda: token(algorithm="RS512"), "no key of the provider"),
    "a curve's token with an RSA key's name": (lambda: token(CURVE, "ES256", "now"), "no key of the provider"),
    "changed on the way": (tampered, "signature is not the provider's"),
    "another issuer": (lambda: token(iss="https://evil.example"), "issued by somebody else"),
    "an issuer with a slash": (lambda: token(iss=f"{ISSUER}/"), "issued by somebody else"),
    "no issuer": (lambda: token(iss=None), "issued by somebody else"),
    "another audience": (lambda: token(aud="another"), "for somebody else"),
    "no audience": (lambda: token(aud=None), "for somebody else"),
    "several without azp": (lambda: token(aud=[CLIENT, "another"]), "asked for by somebody else"),
    "another azp": (lambda: token(azp="another"), "asked for by somebody else"),
    "another nonce": (lambda: token(nonce="another"), "the nonce differs"),
    "no nonce": (lambda: token(nonce=None), "the nonce differs"),
    "expired": (lambda: token(exp=NOW - 60), "has expired"),
    "no end": (lambda: token(exp=None), "does not say when"),
    "an end that never comes": (lambda: token(exp=float("inf")), "does not say when"),
    "an end that compares with nothing": (lambda: token(exp=float("nan")), "does not say when"),
    "an end larger than any instant": (lambda: token(exp=10**400), "does not say when"),
    "an end that is no number": (lambda: token(exp=None, nothing=1), "does not say when"),
    "of the future": (lambda: token(iat=NOW + 61), "of the future"),
    "not yet": (lambda: token(nbf=NOW + 61), "of the future"),
    "issued long ago": (lambda: token(iat=NOW - 3600), "too long ago"),
    "no subject": (lambda: token(sub=None), "no subject"),
    "an empty subject": (lambda: token(sub=""), "no subject"),
    "a long subject": (lambda: token(sub="x" * 256), "its subject is none"),
    "an unprintable subject": (lambda: token(sub="ada\0"), "its subject is none"),
    "no token": (lambda: "not.a.token", "no token"),
    "nothing": (lambda: "", "no token"),
    "endless": (lambda: token(sub="x" * 40_000), "too long"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_proves_nothing(attack: str) -> None:
    made, why = ATTACKS[attack]
    with pytest.raises(Untrusted, match=why):
        verified(made(), KEYS, EXPECTED)


def test_an_extension_that_is_not_understood_is_refused() -> None:
    made = jwt.encode(dict(CLAIMS), OURS, "RS256", headers={"kid": "now", "crit": ["exp"]})
    with pytest.raises(Untrusted):
        verified(made, KEYS, EXPECTED)


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_a_key_that_is_too_small_and_one_for_encryption_are_not_trusted() -> None:
    with pytest.raises(Untrusted, match="signature"):
        verified(token(SMALL), [public(SMALL, "now")], EXPECTED)
    with pytest.raises(UnknownKey):
        verified(token(), [{**public(OURS, "now"), "use": "enc"}], EXPECTED)


def test_what_the_keys_look_like_breaks_nothing() -> None:
    odd: list[dict[str, Any]] = [{}, {"kty": "RSA"}, {"kty": "RSA", "kid": "now", "n": 1}, {"kty": "oct", "k": "eA"}]
    with pytest.raises(Untrusted):
        verified(token(), odd, EXPECTED)


PLACE = ProviderPlace(
    ISSUER,
    CLIENT,
    role_claim="realm.roles",
    roles={Role.VIEWER: frozenset({"staff"}), Role.ADMIN: frozenset({"root", "ops"})},
)


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({}, None),
        ({"realm": "staff"}, None),
        ({"realm": {"roles": "staff"}}, Role.VIEWER),
        ({"realm": {"roles": ["staff", "ops"]}}, Role.ADMIN),
        ({"realm.roles": ["root"]}, Role.ADMIN),
        ({"realm": {"roles": ["Staff", " staff", "staffs"]}}, None),
        ({"realm": {"roles": [["ops"], {"ops": 1}, 7, None]}}, None),
        ({"realm": {"roles": ["x"] * 2000 + ["ops"]}}, None),
    ],
)
def test_the_claim_gives_the_highest_role_that_it_names(claims: Mapping[str, Any], role: Role | None) -> None:
    assert role == role_of(claims, PLACE)


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"preferred_username": "ada", "email": "ada@example.com"}, "ada"),
        ({"preferred_username": " ", "email": "ada@example.com"}, "ada@example.com"),
        ({"email": "root@example.com", "email_verified": False, "name": "Ada"}, "Ada"),
        ({}, "ada-1"),
        ({"preferred_username": "\u202eada\x00"}, "\\u202eada\\x00"),
        ({"preferred_username": 7}, "ada-1"),
    ],
)
def test_somebody_is_called_what_the_first_claim_says(claims: Mapping[str, Any], name: str) -> None:
    assert name == name_of({"sub": "ada-1", **claims}, PLACE)


@pytest.mark.parametrize(
    ("address", "issuer", "safe"),
    [
        ("https://login.example.com/x", "", True),
        ("http://127.0.0.1:9400", "", True),
        ("http://localhost/x", "http://[::1]:1", True),
        ("http://login.example.com", "", False),
        ("http://127.0.0.1/keys", "https://login.example.com", False),
        ("https://user:pw@login.example.com", "", False),
        ("https://login.example.com/#x", "", False),
        ("ftp://login.example.com", "", False),
        ("https://[::1", "", False),
        ("", "", False),
    ],
)
def test_only_tls_is_safe_but_on_this_machine(address: str, issuer: str, safe: bool) -> None:
    assert safe is is_safe(address, issuer)


def test_the_time_is_that_which_is_handed_in() -> None:
    late = Expected(ISSUER, CLIENT, NONCE, NOON + timedelta(days=1))
    with pytest.raises(Untrusted, match="expired"):
        verified(token(), KEYS, late)
