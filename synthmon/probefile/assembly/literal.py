"""Secrets written into a file by hand: found by the names of the keys they stand under."""

from __future__ import annotations

import re

from synthmon.language.expression import compile_expression
from synthmon.language.functions import FUNCTIONS
from synthmon.model.journey import Template, Tree
from synthmon.probefile.assembly.work import Work
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.node import Node

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LAST = frozenset(
    {"password", "passwd", "pwd", "passphrase", "passcode", "secret", "token", "bearer"}
    | {"apikey", "authorization", "credential", "credentials", "cookie"}
)
_LAST_TWO = frozenset({"api key", "private key", "access key", "secret key", "signing key", "session key"})
_CHOSEN_BY_PEOPLE = frozenset({"password", "passwd", "pwd", "passphrase", "passcode"})
BARE = re.compile(r"(?<!\$)\{\{\s*([A-Za-z_][^{}]*?)\s*\}\}")
"""An expression without its dollar sign."""
BARE_REFERENCE = re.compile(r"(?<!\$)\{\{\s*(?:secrets|vars|captures|run|region|response)[.\[][^{}]*\}\}")
_SCHEMES = frozenset({"", "basic", "bearer", "token", "apikey"})
_LIST_IT = "list it under `secrets:` and write ${{ secrets.… }}"
_MAKE_IT = "write ${{ secrets.… }}; one that is meant to be wrong can be made, like wrong-${{ run.id }}"


def _words(key: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(key)]


def is_secret_key(key: str) -> bool:
    """Whether what stands under such a key is a secret: `password`, `accessToken`, `X-Api-Key`, but not `token_url`."""
    words = _words(key)
    return bool(words) and (words[-1] in _LAST or " ".join(words[-2:]) in _LAST_TWO)


def is_literal(value: Tree) -> bool:
    """Whether a value is the same in every run and in the file for all to read."""
    if not isinstance(value, Template):
        return value is not None and not isinstance(value, bool) and value != ""
    compiled = [compile_expression(expression.text) for expression in value.expressions]
    return not any(one.references or any(FUNCTIONS[name].body is None for name in one.functions) for one in compiled)


def lacks_dollar(written: object) -> bool:
    """Whether a value is nothing but references that lack their `$`, which are reported as such."""
    if not isinstance(written, str) or not BARE_REFERENCE.search(written):
        return False
    return BARE_REFERENCE.sub("", written).strip().lower() in _SCHEMES


def check_literal(work: Work, key: str, value: Tree, node: Node) -> None:
    """Report a secret that is written out, and hide it from every message."""
    if is_secret_key(key) and is_literal(value) and not lacks_dollar(node.data):
        work.hide(node)
        chosen = _words(key)[-1] in _CHOSEN_BY_PEOPLE
        message = f"a literal under {quoted(key)} is a secret in a file"
        work.error("literal-secret", message, node, _MAKE_IT if chosen else _LIST_IT)
