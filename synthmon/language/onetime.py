"""One-time codes: those of a counter (RFC 4226), and those of the time, whose counter is the time window (RFC 6238)."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Any

from synthmon.errors import TemplateError

ALGORITHMS = ("SHA1", "SHA256", "SHA512")
_SHORTEST, _LONGEST = 6, 10  # digits
_LONGEST_WINDOW = 300  # seconds


def hotp(key: bytes, counter: int, digits: int = 6, algorithm: str = "SHA1") -> str:
    """The code of a counter (RFC 4226, section 5.3)."""
    digest = hmac.digest(key, counter.to_bytes(8), algorithm.lower())
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


class Seed:
    """What `totp(seed, digits, window, algorithm)` was called with; raises `TemplateError`, never with a value.

    The seed is base32 as authenticators are given it: with or without its `=`, in groups, in either case.
    """

    def __init__(self, seed: Any, digits: Any = 6, window: Any = 30, algorithm: Any = "SHA1") -> None:
        self.key = _key(seed)
        self.digits = _whole(digits, _SHORTEST, _LONGEST, "its second argument, the digits of a code,")
        self.window = _whole(window, 1, _LONGEST_WINDOW, "its third argument, the seconds of a window,")
        self.algorithm = str(algorithm).upper().replace("-", "")
        if self.algorithm not in ALGORITHMS:
            known = ", ".join(f'"{name}"' for name in ALGORITHMS)
            raise TemplateError("totp(…) does not know that algorithm", hint=f"there are {known}")

    def counter(self, at: float) -> int:
        """The window in which an instant (seconds since 1970) lies."""
        return int(at // self.window)

    def code(self, counter: int) -> str:
        return hotp(self.key, counter, self.digits, self.algorithm)


def _key(seed: Any) -> bytes:
    plain = "".join(seed.split()).replace("-", "").upper().rstrip("=") if isinstance(seed, str) else ""
    try:
        key = base64.b32decode(plain + "=" * (-len(plain) % 8))
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise TemplateError(
            "totp(…) takes a seed in base32, and this is none",
            hint="a seed has the letters A to Z and the digits 2 to 7, as an authenticator is given it",
        )
    return key


def _whole(value: Any, least: int, most: int, what: str) -> int:
    if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, float) and value.is_integer())):
        raise TemplateError(f"totp(…): {what} is a whole number")
    if not least <= value <= most:
        raise TemplateError(f"totp(…): {what} is a number from {least} to {most}")
    return int(value)
