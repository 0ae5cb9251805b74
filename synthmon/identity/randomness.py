"""What nobody can guess, and the hash by which it is kept."""

from __future__ import annotations

import secrets
from hashlib import sha256


def unguessable(prefix: str = "") -> str:
    """256 random bits; the prefix lets scanners for leaked secrets find it."""
    return f"{prefix}{secrets.token_urlsafe(32)}"


def public_id() -> str:
    """By which people speak of it."""
    return secrets.token_hex(4)


def hashed(text: str) -> str:
    """It has 256 random bits, so a plain hash keeps it: there is nothing to try out."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
