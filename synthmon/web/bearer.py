"""A token that whoever asks shows in the header of a request."""

from __future__ import annotations

import hmac

from synthmon.model.secret import Secret


def carries(authorization: str, token: Secret) -> bool:
    """Whether the value of `Authorization` shows that token."""
    scheme, _, given = authorization.partition(" ")
    return scheme.lower() == "bearer" and same(given, token.reveal())


def same(given: str, wanted: str) -> bool:
    """Compared in a time that does not tell how much of it is right."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode("utf-8", "surrogatepass"))
