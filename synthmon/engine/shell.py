"""Texts as words of a POSIX shell, with variables in the place of secrets."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:=@%+,")


def word(text: str, variables: Mapping[str, str]) -> str:
    """One word that a shell reads as `text`; `variables` are names by the values that must not be written out.

    Where values overlap, the longest wins. A NUL cannot stand in a word and is left out by every shell.
    """
    pieces = list(_pieces(text, variables))
    if len(pieces) == 1 and not pieces[0][1] and _is_plain(text):
        return text
    return "".join(f'"${piece}"' if secret else _quoted(piece) for piece, secret in pieces) or "''"


def names_in(text: str, variables: Mapping[str, str]) -> list[str]:
    """The variables that stand in the word."""
    return [piece for piece, secret in _pieces(text, variables) if secret]


def _is_plain(text: str) -> bool:
    return bool(text) and not text.startswith("-") and _PLAIN.issuperset(text)


def _quoted(text: str) -> str:
    """Within single quotes nothing means anything but the quote itself; to a terminal some characters would."""
    runs = groupby(text, key=lambda char: char.isprintable() or char == "\n")
    return "".join(
        _literal(run) if shown else _printed(run) for shown, run in ((kind, "".join(of)) for kind, of in runs)
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _printed(text: str) -> str:
    """What is not shown as itself, written by a shell: what a target sent must not speak to whoever looks at it."""
    octal = "".join(f"\\{byte:03o}" for byte in text.encode("utf-8", "replace"))
    return f"\"$(printf '{octal}')\""


def _pieces(text: str, variables: Mapping[str, str]) -> list[tuple[str, bool]]:
    """The text in pieces: literal ones, and names of variables in the place of their values."""
    ordered = sorted(filter(None, variables), key=len, reverse=True)
    pieces: list[tuple[str, bool]] = []
    literal, at = "", 0
    while at < len(text):
        value = next((one for one in ordered if text.startswith(one, at)), None)
        if value is None:
            literal, at = literal + text[at], at + 1
            continue
        if literal:
            pieces.append((literal, False))
        pieces.append((variables[value], True))
        literal, at = "", at + len(value)
    return [*pieces, (literal, False)] if literal or not pieces else pieces
