"""Paths into a JSON document, RFC 9535 only, bounded in the work they do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from jsonpath import JSONPathEnvironment
from jsonpath.exceptions import JSONPathError

LONGEST = 1000  # characters
MOST_NODES = 100_000
_environment = JSONPathEnvironment(strict=True)


class TooMuchWork(ValueError):
    """A path matched more nodes than may be looked at."""


@dataclass(frozen=True, slots=True)
class Node:
    """One match: its normalised path, such as `$['items'][0]`, and its value."""

    path: str
    value: Any


class Path:
    """A compiled path. `singular` is true when it can match one node at most."""

    def __init__(self, text: str, compiled: Any) -> None:
        self.text, self._compiled = text, compiled
        self.singular: bool = compiled.singular_query()

    def find(self, document: Any) -> list[Node]:
        """Every match, in document order; raises `TooMuchWork` beyond 100,000 of them."""
        found = list(islice(self._matches(document), MOST_NODES + 1))
        if len(found) > MOST_NODES:
            raise TooMuchWork(f"the path {self.text} matches more than {MOST_NODES:,} nodes")
        return found

    def _matches(self, document: Any) -> Iterator[Node]:
        if not isinstance(document, dict | list):
            # A bare scalar has one node, its root; the library would read a text as JSON.
            if self.text == "$":
                yield Node("$", document)
            return
        try:
            for match in self._compiled.finditer(document):
                yield Node(match.path, match.value)
        except (JSONPathError, RecursionError) as error:
            raise TooMuchWork(f"the path {self.text} cannot be followed: {_first_line(error)}") from error


@lru_cache(maxsize=4096)
def compile_path(text: str) -> Path:
    """A path from its text; raises ValueError that says what is wrong."""
    if len(text) > LONGEST:
        raise ValueError(f"a path has at most {LONGEST} characters")
    if not text.startswith("$"):
        raise ValueError(f"a JSONPath begins with `$`; did you mean `$.{text.lstrip('.')}`?")
    try:
        return Path(text, _environment.compile(text))
    except (JSONPathError, RecursionError) as error:
        raise ValueError(f"not a JSONPath (RFC 9535): {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
