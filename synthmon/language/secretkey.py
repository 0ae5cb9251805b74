"""By the name of a key: whether what stands under it is a secret."""

from __future__ import annotations

from synthmon.patterns import regular

_WORDS = regular(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LAST = frozenset(
    {"password", "passwd", "pwd", "passphrase", "passcode", "secret", "token", "bearer"}
    | {"apikey", "authorization", "credential", "credentials", "cookie"}
)
_LAST_TWO = frozenset({"api key", "private key", "access key", "secret key", "signing key", "session key"})


def words_of(key: str) -> list[str]:
    """The words of a key, whichever way they are joined, in lower case."""
    return [word.lower() for word in _WORDS.findall(key)]


def is_secret_key(key: str) -> bool:
    """Whether what stands under such a key is a secret: `password`, `accessToken`, `X-Api-Key`, but not `token_url`."""
    words = words_of(key)
    return bool(words) and (words[-1] in _LAST or " ".join(words[-2:]) in _LAST_TWO)
