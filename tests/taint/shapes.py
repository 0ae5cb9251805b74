"""Secrets of the shapes that people really have, made by chance that can be told again."""

from __future__ import annotations

import base64
from collections.abc import Callable
from random import Random

_PLAIN = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_QUOTES = "\"'\\<>&`$"
_UNICODE = "äöüßéñçλжש漢字😀"


def _of(chance: Random, letters: str, length: int) -> str:
    return "".join(chance.choice(letters) for _ in range(length))


def short(chance: Random) -> str:
    return _of(chance, _PLAIN, 3) + "#" + _of(chance, _PLAIN, 3)


def token(chance: Random) -> str:
    return _of(chance, _PLAIN, 40)


def unicode(chance: Random) -> str:
    return _of(chance, _PLAIN, 4) + _of(chance, _UNICODE, 6) + _of(chance, _PLAIN, 2)


def quoted(chance: Random) -> str:
    return _of(chance, _PLAIN, 4) + _of(chance, _QUOTES, 5) + _of(chance, _PLAIN, 4)


def address(chance: Random) -> str:
    return f"https://{_of(chance, _PLAIN, 6)}:{_of(chance, _PLAIN, 8)}@hook.example/{_of(chance, _PLAIN, 9)}?a=%2F&b=+"


def numbers(chance: Random) -> str:
    return _of(chance, "0123456789", 14)


def padded(chance: Random) -> str:
    return base64.b64encode(chance.randbytes(22)).decode()


def spaced(chance: Random) -> str:
    return f"{_of(chance, _PLAIN, 5)} {_of(chance, _PLAIN, 5)}\t{_of(chance, _PLAIN, 5)}"


def pem(chance: Random) -> str:
    body = base64.b64encode(chance.randbytes(120)).decode()
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    return "\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----"])


def seed(chance: Random) -> str:
    return base64.b32encode(chance.randbytes(20)).decode()


SHAPES: tuple[Callable[[Random], str], ...] = (
    *(short, token, unicode, quoted, address, numbers, padded, spaced, pem, seed),
)


def made(many: int, chance: Random) -> dict[str, str]:
    """So many secrets by name, of every shape in turn; `s_pem_18` is the 18th and looks like a PEM."""
    shapes = (SHAPES[number % len(SHAPES)] for number in range(many))
    return {f"s_{shape.__name__}_{number}": shape(chance) for number, shape in enumerate(shapes)}
