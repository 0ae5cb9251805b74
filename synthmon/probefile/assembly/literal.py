"""Secrets written into a file by hand: found by the names of the keys they stand under."""

from __future__ import annotations

from synthmon.language.expression import compile_expression
from synthmon.language.functions import FUNCTIONS
from synthmon.language.secretkey import is_secret_key, words_of
from synthmon.model.text import Template, Tree
from synthmon.patterns import regular
from synthmon.probefile.assembly.work import Work
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.node import Node

_CHOSEN_BY_PEOPLE = frozenset({"password", "passwd", "pwd", "passphrase", "passcode"})
BARE = regular(r"(?<!\$)\{\{\s*([A-Za-z_][^{}]*?)\s*\}\}")
"""An expression without its dollar sign."""
BARE_REFERENCE = regular(r"(?<!\$)\{\{\s*(?:secrets|vars|captures|run|region|response)[.\[][^{}]*\}\}")
_SCHEMES = frozenset({"", "basic", "bearer", "token", "apikey"})
_LIST_IT = "list it under `secrets:` and write ${{ secrets.… }}"
_MAKE_IT = "write ${{ secrets.… }}; one that is meant to be wrong can be made, like wrong-${{ run.id }}"


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


def check_literal(work: Work, key: str, value: Tree, node: Node, *, certain: bool = False) -> None:
    """Report a secret that is written out, and hide it from every message; `certain`: whatever its key is called."""
    if (certain or is_secret_key(key)) and is_literal(value) and not lacks_dollar(node.data):
        work.hide(node)
        chosen = words_of(key)[-1] in _CHOSEN_BY_PEOPLE
        message = f"a literal under {quoted(key)} is a secret in a file"
        work.error("literal-secret", message, node, _MAKE_IT if chosen else _LIST_IT)
