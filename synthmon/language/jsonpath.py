"""Paths into a JSON document, RFC 9535 only, bounded in the work they do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jsonpath import JSONPath, JSONPathEnvironment
from jsonpath.exceptions import JSONPathError
from jsonpath.function_extensions import ExpressionType, FilterFunction
from jsonpath.selectors import IndexSelector, NameSelector

from synthmon.language.regex import Regex, compile_regex
from synthmon.language.views import Budget, TooMuchWork, plain, view

__all__ = ["LONGEST", "MOST_VISITS", "Node", "Path", "TooMuchWork", "compile_path"]

LONGEST = 1000  # characters
MOST_VISITS = 100_000
_DEEPEST = 250  # containers inside one another; the engine reads no deeper document


_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_HYPHEN = re.compile(r"\.([^\W\d][\w]*-[\w-]*)")
"""A name behind a dot has letters, digits and `_` (RFC 9535, section 2.5.1.1)."""


class _Pattern(FilterFunction):
    """`match` and `search` of RFC 9535 by RE2: the library's own backtrack, on texts and patterns a target may send."""

    arg_types = [ExpressionType.VALUE, ExpressionType.VALUE]  # noqa: RUF012 - the library's interface
    return_type = ExpressionType.LOGICAL

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole

    def __call__(self, value: object, pattern: object) -> bool:
        if not isinstance(value, str) or not isinstance(pattern, str):
            return False
        regex = _i_regexp(pattern)
        if regex is None:
            return False
        return regex.fullmatch(value) if self._whole else regex.search(value)


@lru_cache(maxsize=1024)
def _i_regexp(pattern: str) -> Regex | None:
    """The pattern in RE2's words. In RFC 9485 a dot is neither a line feed nor a carriage return."""
    parts: list[str] = []
    escaped = in_class = False
    for char in pattern:
        parts.append(r"[^\n\r]" if char == "." and not escaped and not in_class else char)
        in_class = (not escaped and (char == "[" or (in_class and char != "]"))) or (escaped and in_class)
        escaped = char == "\\" and not escaped
    try:
        return compile_regex("".join(parts))
    except ValueError:  # RFC 9535, section 2.4.6: a pattern that is none matches nothing
        return None


class _Environment(JSONPathEnvironment):
    max_recursion_depth = _DEEPEST

    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        self.function_extensions["match"] = _Pattern(whole=True)
        self.function_extensions["search"] = _Pattern(whole=False)


_environment = _Environment(strict=True)


@dataclass(frozen=True, slots=True)
class Node:
    """One match: its normalised path, such as `$['items'][0]`, and its value."""

    path: str
    value: Any


class Path:
    """A compiled path. `singular` is true when it can match one node at most."""

    def __init__(self, text: str, compiled: JSONPath) -> None:
        self.text, self._compiled = text, compiled
        self.singular: bool = compiled.singular_query()
        self._way = tuple(_steps(compiled)) if self.singular else ()

    def find(self, document: Any) -> list[Node]:
        """Every match, in document order; raises `TooMuchWork` once 100,000 values were looked at."""
        if not isinstance(document, dict | list):
            # A bare scalar has one node, its root; the library would read a text as JSON.
            return [] if self._compiled.segments else [Node("$", document)]
        if self.singular:
            return self._straight(document)
        budget = Budget(MOST_VISITS, self.text)
        try:
            matches = self._compiled.finditer(view(document, budget))
            return [Node(match.path, plain(match.obj)) for match in matches]
        except (JSONPathError, RecursionError) as error:
            raise TooMuchWork(f"the path {self.text} cannot be followed: {_first_line(error)}") from error

    def _straight(self, document: Any) -> list[Node]:
        """What names and numbers one after the other lead to, as most paths are: nothing is looked at on the side."""
        value, place = document, "$"
        for key, written in self._way:
            if isinstance(key, str):
                if not isinstance(value, dict) or key not in value:
                    return []
                place += written
            else:
                if not isinstance(value, list) or not -len(value) <= key < len(value):
                    return []
                place += f"[{key % len(value)}]"
            value = value[key]
        return [Node(place, value)]


def _steps(compiled: JSONPath) -> Iterator[tuple[str | int, str]]:
    """Each name or number of a singular path, and how it stands in a normalised one, unless counted from the end."""
    for segment in compiled.segments:
        selector = segment.selectors[0]
        if isinstance(selector, NameSelector):
            yield selector.name, f"[{selector}]"
        elif isinstance(selector, IndexSelector):
            yield selector.index, f"[{selector}]"


@lru_cache(maxsize=4096)
def compile_path(text: str) -> Path:
    """A path from its text; raises ValueError that says what is wrong."""
    if len(text) > LONGEST:
        raise ValueError(f"a path has at most {LONGEST} characters")
    if not text.startswith("$"):
        raise ValueError(f"a JSONPath begins with `$`{_beginning(text.strip())}")
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("not a JSONPath (RFC 9535): it holds half a character")
    if (hyphen := _HYPHEN.search(_QUOTED.sub("''", text))) is not None:  # which the library lets pass
        name = hyphen[1]
        raise ValueError(f"not a JSONPath (RFC 9535): `.{name}` has a hyphen; write ['{name}']")
    try:
        compiled = _environment.compile(text)
    except (JSONPathError, RecursionError) as error:
        raise ValueError(f"not a JSONPath (RFC 9535): {_first_line(error)}") from error
    if not isinstance(compiled, JSONPath):
        raise ValueError("not a JSONPath (RFC 9535): one path only")  # noqa: TRY004 - about the text
    return Path(text, compiled)


def _beginning(text: str) -> str:
    """What to write instead of a path that begins with something else."""
    if not text:
        return "; `$` alone is the whole document"
    return f"; did you mean `{text if text.startswith('$') else '$' + '.' * (text[0] not in '.[') + text}`?"


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
