"""The ID token: whether it is the provider's, for us, for this sign-in, and of now. Pure: keys and time are arguments.

OpenID Connect Core 1.0, 3.1.3.7. Only signatures by a key pair are taken: `none` and those by a shared secret are not.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from synthmon.nouns import dataclass

if TYPE_CHECKING:
    from jwt.types import Options

KINDS: Mapping[str, str] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(("ES256", "ES384", "ES512"), "EC"),
    "EdDSA": "OKP",
}
"""The algorithms that are taken, and the kind of key that each needs."""
LEEWAY = 60  # seconds that two clocks may differ
OLDEST = 600  # seconds since it was issued
LONGEST = 32 * 1024  # characters
LONGEST_SUBJECT = 255  # characters, by the standard
SMALLEST_RSA = 2048  # bits
_LAST = 1e12  # seconds; no instant of any token is that far away

_SIGNATURE_ONLY: Options = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}
"""Claims are checked here, by the time that is handed in."""

Json = Mapping[str, Any]


class Untrusted(Exception):
    """The token proves nothing; the message says why, for the log."""


class UnknownKey(Untrusted):
    """No key that is known has its name: the provider may have new ones."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say."""

    issuer: str
    client_id: str
    nonce: str
    now: datetime


def verified(token: str, keys: Sequence[Json], expected: Expected) -> Json:
    """The claims of the token; raises `Untrusted`."""
    claims = _signed(token, keys)
    _check_for_us(claims, expected)
    _check_time(claims, expected.now.timestamp())
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode("utf-8", "surrogatepass"), expected.nonce.encode()):
        raise Untrusted("it is of another sign-in: the nonce differs")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise Untrusted("it names no subject")
    if len(claims["sub"]) > LONGEST_SUBJECT or not (claims["sub"].isascii() and claims["sub"].isprintable()):
        raise Untrusted(f"its subject is none: at most {LONGEST_SUBJECT} printable characters of ASCII are")
    return claims


def _signed(token: str, keys: Sequence[Json]) -> Json:
    import jwt  # here and below: it loads cryptography, and most installations have no provider

    if len(token) > LONGEST:
        raise Untrusted("it is too long")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        raise Untrusted(f"it is no token: {error}") from error
    algorithm = str(header.get("alg"))
    if algorithm not in KINDS:
        raise Untrusted(f"its algorithm is {algorithm[:20]!r}, which is not taken")
    if "crit" in header:
        raise Untrusted("it asks for an extension that is not understood")
    suited = [key for key in keys if _suits(key, algorithm, header.get("kid"))]
    if not suited:
        raise UnknownKey("no key of the provider has its name and kind")
    for key in suited:
        claims = _claims(token, key, algorithm)
        if claims is not None:
            return claims
    raise Untrusted("the signature is not the provider's")


def _suits(key: Json, algorithm: str, name: object) -> bool:
    return (
        key.get("kty") == KINDS[algorithm]
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (name is None or key.get("kid") == name)
    )


def _claims(token: str, key: Json, algorithm: str) -> Json | None:
    """None where the signature is not of this key, or the key is none to be trusted."""
    import jwt
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    try:
        known = jwt.PyJWK(dict(key), algorithm)
        if isinstance(known.key, RSAPublicKey) and known.key.key_size < SMALLEST_RSA:
            return None
        return jwt.decode(token, known, algorithms=[algorithm], options=_SIGNATURE_ONLY)
    except jwt.PyJWTError:
        return None


def _check_for_us(claims: Json, expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise Untrusted("it was issued by somebody else")
    audience = claims.get("aud")
    many = audience if isinstance(audience, list) else [audience]
    if expected.client_id not in many:
        raise Untrusted("it is for somebody else")
    party = claims.get("azp")
    if (party is not None or len(many) > 1) and party != expected.client_id:
        raise Untrusted("it was asked for by somebody else")


def _check_time(claims: Json, now: float) -> None:
    ends, issued, begins = (_number(claims.get(name)) for name in ("exp", "iat", "nbf"))
    if ends is None or issued is None:
        raise Untrusted("it does not say when it was issued and ends")
    if now >= ends + LEEWAY:
        raise Untrusted("it has expired")
    if issued > now + LEEWAY or (begins is not None and begins > now + LEEWAY):
        raise Untrusted("it is of the future: do the clocks agree?")
    if now - issued > OLDEST + LEEWAY:
        raise Untrusted("it was issued too long ago")


def _number(value: Any) -> float | None:
    """An instant as a number; None for what is none, also where it is without end or larger than any instant."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LAST:
        return None
    return float(value)
