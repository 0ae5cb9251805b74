"""A client shows who it is by a text that it signs with its private key (RFC 7523, section 2.2)."""

from __future__ import annotations

from datetime import datetime

import jwt
from cryptography.exceptions import UnsupportedAlgorithm

from synthmon.errors import SecretUnavailable
from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Claims:
    """What is signed; `now` is aware, `lifetime` in seconds, `jti` differs each time."""

    client_id: str
    audience: str
    now: datetime
    lifetime: float
    jti: str


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key in PEM, and how it signs; `profile` is only told in messages."""

    key: str
    algorithm: str
    key_id: str | None
    profile: str

    def __repr__(self) -> str:
        return f"Signer({self.algorithm}, {self.profile})"


def client_assertion(claims: Claims, signer: Signer) -> str:
    """The signed text. Raises `SecretUnavailable` for a key that does not fit; the message never shows it."""
    issued = int(claims.now.timestamp())
    payload = {
        "iss": claims.client_id,
        "sub": claims.client_id,
        "aud": claims.audience,
        "iat": issued,
        "exp": issued + int(claims.lifetime),
        "jti": claims.jti,
    }
    headers = {"kid": signer.key_id} if signer.key_id else None
    try:
        return jwt.encode(payload, signer.key, signer.algorithm, headers)
    except (jwt.PyJWTError, UnsupportedAlgorithm, ValueError, TypeError, AttributeError):
        # `from None`: what these libraries say of a key may quote it
        raise SecretUnavailable(
            f"the private key of `{signer.profile}` cannot sign with {signer.algorithm}",
            hint="it must be an unencrypted PEM key of the right kind, with its line breaks; a file keeps those best",
        ) from None
