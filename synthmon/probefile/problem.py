"""A problem in a file: what is wrong, where, and how to put it right; as text with a code frame and for programs."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum

from synthmon.model.text import Source
from synthmon.nouns import dataclass
from synthmon.probefile.excerpt import Excerpt, visible


class Severity(StrEnum):
    """An ERROR refuses the file; a WARNING lets it pass."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """`code` is stable and in kebab-case; `length` counts characters of the line from `source` on.

    A `source` with line 0 names something without lines, such as a folder or the environment.
    """

    code: str
    message: str
    source: Source
    length: int = 1
    help: str | None = None
    severity: Severity = Severity.ERROR
    excerpt: Excerpt | None = None

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


def render(problems: Sequence[Problem], form: str = "text") -> str:
    """All problems in one of `FORMATS`; no trailing newline, and an empty text (JSON: `[]`) when there are none."""
    return FORMATS[form](problems)


def render_text(problems: Iterable[Problem]) -> str:
    return "\n\n".join(map(render_problem, problems))


def render_problem(problem: Problem) -> str:
    """A headline, the place, and the line with the place marked, as compilers do it."""
    source = problem.source
    head = f"{problem.severity}[{problem.code}]: {problem.message}"
    if problem.excerpt is None:
        place = str(source) if source.line else source.path
        return "\n".join([head, f"  --> {visible(place)}", *([f"   = help: {problem.help}"] if problem.help else [])])
    number = str(source.line)
    margin = " " * len(number)
    carets = " " * _width(problem.excerpt.before) + "^" * max(1, _width(problem.excerpt.marked))
    return "\n".join(
        [
            head,
            f"{margin}--> {visible(str(source))}",
            f"{margin} |",
            f"{number} | {problem.excerpt.text}".rstrip(),
            f"{margin} | {carets}{f' help: {problem.help}' if problem.help else ''}",
        ]
    )


def _width(text: str) -> int:
    """Columns on a terminal: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def render_json(problems: Iterable[Problem]) -> str:
    return json.dumps([_as_mapping(problem) for problem in problems], indent=2, ensure_ascii=False)


def _as_mapping(problem: Problem) -> dict[str, object]:
    return {
        "code": problem.code,
        "severity": problem.severity.value,
        "message": problem.message,
        "help": problem.help,
        "path": problem.source.path,
        "line": problem.source.line or None,
        "column": problem.source.column or None,
        "length": problem.length,
    }


def render_github(problems: Iterable[Problem]) -> str:
    """Workflow commands that GitHub Actions turns into annotations of the changed lines."""
    return "\n".join(map(_annotation, problems))


def _annotation(problem: Problem) -> str:
    source = problem.source
    where = {"file": source.path, "title": f"synthmon {problem.code}"}
    if source.line:
        where |= {"line": str(source.line), "col": str(source.column), "endColumn": str(source.column + problem.length)}
    message = problem.message if problem.help is None else f"{problem.message}\nhelp: {problem.help}"
    properties = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in where.items())
    return f"::{problem.severity} {properties}::{_escaped(message)}"


def _escaped(text: str, also: str = "") -> str:
    """Percent-encoding as the runner undoes it (actions/toolkit, `command.ts`)."""
    for character in "%\r\n" + also:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _render_sarif(problems: Sequence[Problem]) -> str:
    from synthmon.probefile.sarif import render_sarif  # here, because it has a rule for each kind of problem

    return render_sarif(problems)


FORMATS: Mapping[str, Callable[[Sequence[Problem]], str]] = {
    "text": render_text,
    "json": render_json,
    "github": render_github,
    "sarif": _render_sarif,
}
