"""Passwords: what is a good one, and Argon2id, never more at once than memory and processors bear.

The parameters are the second choice of RFC 9106 with less memory, above the least that OWASP recommends: 32 MiB, three
passes, one lane; about 70 ms of one processor. A hash made with other ones still verifies, and is made anew then.
"""

from __future__ import annotations

import re
import secrets
import threading

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from synthmon.errors import ConfigurationError, SignInRefused

MEMORY, PASSES, LANES = 32 * 1024, 3, 1  # KiB, and numbers
AT_ONCE = 2
PATIENCE = 3.0  # seconds that one may wait for its turn
WAITING = 16  # who waits at most; more are sent away at once
SHORTEST, LONGEST = 12, 200  # characters
_OURS = f"$argon2id$v=19$m={MEMORY},t={PASSES},p={LANES}$"
_ANY = re.compile(r"\$argon2id\$v=19\$m=([0-9]{1,6}),t=([0-9]{1,2}),p=([0-9]{1,2})\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+\Z")


def refuse_weak(password: str, name: str) -> None:
    """Raise `ConfigurationError` for a password that is easily found; what it is made of is nobody's business."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ConfigurationError(
            f"a password has {SHORTEST} to {LONGEST} characters", hint="several words in a row are long and remembered"
        )
    if len(set(password)) < 5 or name in password.lower():
        raise ConfigurationError(
            "this password is easily guessed", hint="choose one without the user's name, and not of a few characters"
        )


class Passwords:
    """Hashes and verifies. Thread-safe; raises `SignInRefused` when too many want it at once."""

    def __init__(self) -> None:
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._places = threading.BoundedSemaphore(AT_ONCE + WAITING)
        self._nobodys = ""  # made when it is first needed: most commands verify nothing

    def hash(self, password: str) -> str:
        """As a PHC string, with a salt of its own."""
        with _Turn(self._places, self._turns):
            return _argon2id().derive_phc_encoded(_bytes(password))

    def verify(self, password: str, hashed: str | None) -> bool:
        """Whether it is the one; without a hash it takes as long, and is not."""
        known = hashed is not None and _is_bearable(hashed)
        if not self._nobodys:
            self._nobodys = self.hash(secrets.token_urlsafe(16))
        with _Turn(self._places, self._turns):
            try:
                Argon2id.verify_phc_encoded(_bytes(password), hashed if hashed and known else self._nobodys)
            except InvalidKey:
                return False
        return known

    @staticmethod
    def is_outdated(hashed: str) -> bool:
        """Whether it was made with other parameters."""
        return not hashed.startswith(_OURS)


class _Turn:
    """A place in the queue, then a turn; both are given back at the end."""

    def __init__(self, places: threading.BoundedSemaphore, turns: threading.BoundedSemaphore) -> None:
        self._places, self._turns = places, turns

    def __enter__(self) -> None:
        if not self._places.acquire(blocking=False):
            raise _busy()
        if not self._turns.acquire(timeout=PATIENCE):
            self._places.release()
            raise _busy()

    def __exit__(self, *_error: object) -> None:
        self._turns.release()
        self._places.release()


def _busy() -> SignInRefused:
    return SignInRefused("Too many people sign in at this moment. Try again in a few seconds.", status=503)


def _argon2id() -> Argon2id:
    return Argon2id(salt=secrets.token_bytes(16), length=32, iterations=PASSES, lanes=LANES, memory_cost=MEMORY)


def _bytes(password: str) -> bytes:
    return password[: 4 * LONGEST].encode("utf-8", "surrogatepass")


def _is_bearable(hashed: str) -> bool:
    """A row that somebody wrote by hand must not eat the machine."""
    found = _ANY.match(hashed)
    return found is not None and int(found[1]) <= 4 * MEMORY and int(found[2]) <= 10 and int(found[3]) <= 8
