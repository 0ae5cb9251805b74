"""Paths that choose: filters, slices, wildcards and `..`, by the JSONPath library, bounded in the work they do."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from jsonpath import JSONPath, JSONPathEnvironment
from jsonpath.exceptions import JSONPathError
from jsonpath.function_extensions import ExpressionType, FilterFunction
from jsonpath.selectors import IndexSelector, NameSelector

from synthmon.language.regex import Regex, compile_regex
from synthmon.language.views import MOST_VISITS, Budget, TooMuchWork, plain, view

_DEEPEST = 250  # containers inside one another; the engine reads no deeper document

Way = tuple[tuple[str | int, str], ...]
"""Each name or number of a singular path, and how it stands in a normalised one, unless counted from the end."""


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


class Chosen:
    """A path that the library compiled; raises ValueError that says what is wrong. `way` is None if not singular."""

    def __init__(self, text: str) -> None:
        try:
            compiled = _environment.compile(text)
        except (JSONPathError, RecursionError, ValueError) as error:  # of `[1e3]` it lets out what `int` says
            raise ValueError(f"not a JSONPath (RFC 9535): {_wrong(error)}") from error
        if not isinstance(compiled, JSONPath):
            raise ValueError("not a JSONPath (RFC 9535): one path only")  # noqa: TRY004 - about the text
        self._text, self._compiled = text, compiled
        self.way: Way | None = tuple(_steps(compiled)) if compiled.singular_query() else None

    def find(self, document: Any) -> Iterator[tuple[str, Any]]:
        """Normalised path and value of every match; raises `TooMuchWork` once 100,000 values were looked at."""
        budget = Budget(MOST_VISITS, self._text)
        try:
            for match in self._compiled.finditer(view(document, budget)):
                yield match.path, plain(match.obj)
        except (JSONPathError, RecursionError) as error:
            raise TooMuchWork(f"the path {self._text} cannot be followed: {_first_line(error)}") from error


def _steps(compiled: JSONPath) -> Iterator[tuple[str | int, str]]:
    for segment in compiled.segments:
        selector = segment.selectors[0]
        if isinstance(selector, NameSelector):
            yield selector.name, f"[{selector}]"
        elif isinstance(selector, IndexSelector):
            yield selector.index, f"[{selector}]"


_PLAINLY = {  # how the library begins, and what says how to mend it
    "expected TOKEN_COMMA": "`]` or `,` is missing",
    "expected a shorthand selector": "after a dot a name or `*` is missing",
    "unexpected end of ": "it ends before its `]`",
    "unexpected query selector": "in brackets stand a quoted name, a number, `*` or `?…`",
}


def _wrong(error: BaseException) -> str:
    """What is wrong with a path, and at which of its characters, counted from 1, where the library knows that."""
    said = _first_line(error)
    plain_words = next((words for begin, words in _PLAINLY.items() if said.startswith(begin)), said)
    index = getattr(getattr(error, "token", None), "index", -1)
    return f"{plain_words}, at character {index + 1}" if index >= 0 else plain_words


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
