"""Tables that name for each row of a list the tests which hold it: a name that is no test any more is noticed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent


@cache
def tests_of(file: str) -> frozenset[str]:
    """The functions of a test file, by their names; none if there is no such file."""
    path = TESTS / file
    tree = ast.parse(path.read_text("utf-8")) if path.is_file() else ast.Module([], [])
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def lost(rows: Mapping[str, Iterable[str]]) -> list[str]:
    """`row: file::test` for each test that is named and is not there, and each row without any."""
    wrong = [f"{row}: no test" for row, named in rows.items() if not list(named)]
    for row, named in rows.items():
        for place in named:
            file, _, name = place.partition("::")
            if name not in tests_of(file):
                wrong.append(f"{row}: {place}")
    return wrong
