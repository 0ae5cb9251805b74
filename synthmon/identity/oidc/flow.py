"""One sign-in elsewhere on its way: what the browser keeps of it, and what is made of that.

Everything that must not be guessed follows from one secret in a cookie of the browser that began: state, nonce and the
verifier of PKCE. So nothing is kept here for people who never come back, any process of the centre can finish what
another began, and an answer that comes by another browser fits nothing.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import field
from hashlib import sha256

from synthmon.identity.randomness import unguessable
from synthmon.nouns import dataclass

_SECRET = 43  # characters
LONGEST_TARGET = 1500


@dataclass(frozen=True, slots=True)
class Flow:
    """`target` is the path to show afterwards."""

    secret: str = field(repr=False)
    target: str = "/"

    @property
    def state(self) -> str:
        return self._derived("state")

    @property
    def nonce(self) -> str:
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        return self._derived("verifier")

    @property
    def challenge(self) -> str:
        """S256 of RFC 7636."""
        return _base64(sha256(self.verifier.encode()).digest())

    def is_answered_by(self, state: str) -> bool:
        return hmac.compare_digest(state.encode("utf-8", "surrogatepass"), self.state.encode())

    @property
    def cookie(self) -> str:
        return f"{self.secret}.{_base64(self.target.encode())}"

    def _derived(self, what: str) -> str:
        return _base64(hmac.new(self.secret.encode(), what.encode(), sha256).digest())


def begin(target: str) -> Flow:
    return Flow(unguessable(), target if len(target) <= LONGEST_TARGET else "/")


def read(cookie: str) -> Flow | None:
    """The flow of a cookie; None for what is none of ours."""
    secret, dot, target = cookie.partition(".")
    if len(secret) != _SECRET or not dot or not secret.isascii():
        return None
    try:
        return Flow(secret, urlsafe_b64decode(target + "=" * (-len(target) % 4)).decode())
    except ValueError:
        return None


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
