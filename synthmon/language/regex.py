"""Regular expressions of users, by RE2: linear in the text, whatever the pattern."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import Any

LONGEST = 1000  # characters of a pattern
MOST_TEXT = 1024 * 1024  # characters searched
MOST_FOUND = 10_000  # places in a text
MOST_MEMORY = 8 * 1024 * 1024  # bytes that a compiled pattern may take


class Regex:
    """A compiled pattern."""

    def __init__(self, text: str, compiled: Any) -> None:
        self.text, self._compiled = text, compiled

    def search(self, text: str) -> bool:
        """Whether the pattern is found anywhere in the first MiB of the text."""
        return self._compiled.search(_encodable(text[:MOST_TEXT])) is not None

    def fullmatch(self, text: str) -> bool:
        """Whether the pattern is the whole text; one longer than a MiB is never matched."""
        return len(text) <= MOST_TEXT and self._compiled.fullmatch(_encodable(text)) is not None

    def taken(self, text: str) -> list[str]:
        """What the pattern takes out of the first MiB of the text, once for each place where it is found.

        That is what its first named group holds; without one what its first group holds; without any the whole match.
        A group that took no part in a match takes nothing.
        """
        found = islice(self._compiled.finditer(_encodable(text[:MOST_TEXT])), MOST_FOUND)
        return [value for match in found if (value := match.group(self._group)) is not None]

    @property
    def _group(self) -> int:
        named, groups = self._compiled.groupindex.values(), int(self._compiled.groups)
        return int(min(named)) if named else min(1, groups)


def _encodable(text: str) -> str:
    """RE2 reads UTF-8. JSON may hold halves of characters that have none: each reads as U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("�" if "\ud800" <= char <= "\udfff" else char for char in text)
    return text


@lru_cache(maxsize=1024)
def compile_regex(text: str) -> Regex:
    """A pattern from its text; raises ValueError that says what is wrong."""
    if len(text) > LONGEST:
        raise ValueError(f"a pattern has at most {LONGEST} characters")
    import re2  # here, because few probes hold a pattern

    options = re2.Options()
    options.log_errors = False
    options.max_mem = MOST_MEMORY
    try:
        return Regex(text, re2.compile(text, options))
    except re2.error as error:
        raise ValueError(_why(text, error)) from error
    except UnicodeEncodeError as error:
        raise ValueError("not a pattern of RE2: it holds half a character") from error


def _why(text: str, error: Exception) -> str:
    said = error.args[0] if error.args else str(error)
    reason = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    if any(mark in text for mark in ("(?=", "(?!", "(?<=", "(?<!")):
        return f"not a pattern of RE2, which has no look-around: {reason}"
    if any(f"\\{digit}" in text for digit in range(1, 10)):
        return f"not a pattern of RE2, which has no back-references: {reason}"
    return f"not a pattern of RE2: {reason}"
