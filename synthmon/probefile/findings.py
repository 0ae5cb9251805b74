"""Where the problems of one file are gathered, each with its line, until the file has been gone through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from synthmon.model.text import Source
from synthmon.nouns import dataclass
from synthmon.probefile.document import Document, Spot
from synthmon.probefile.excerpt import visible
from synthmon.probefile.node import Node
from synthmon.probefile.problem import Problem, Severity


@dataclass(frozen=True, slots=True)
class _Finding:
    code: str
    message: str
    help: str | None
    severity: Severity
    spot: Spot


@dataclass(frozen=True, slots=True)
class Borrowed:
    """A problem of a file that this one uses, and the place that uses it."""

    problem: Problem
    user: Source

    def told(self) -> Problem:
        return replace(self.problem, message=f"{self.problem.message} (used by {self.user})")


class Findings:
    """The problems of one document; one place has each problem once, however many ways lead to it.

    A node that is marked as broken has been reported, and gets no second problem.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self._found: dict[tuple[str, str, int, int], _Finding] = {}
        self.borrowed: list[Borrowed] = []

    def error(self, code: str, message: str, where: Node | Spot, help: str | None = None) -> None:  # noqa: A002
        if not (isinstance(where, Node) and where.broken):
            self._add(_Finding(code, message, help, Severity.ERROR, self._spot(where)))

    def warning(self, code: str, message: str, where: Node | Spot, help: str | None = None) -> None:  # noqa: A002
        self._add(_Finding(code, message, help, Severity.WARNING, self._spot(where)))

    @property
    def failed(self) -> bool:
        own = any(finding.severity is Severity.ERROR for finding in self._found.values())
        return own or any(one.problem.is_error for one in self.borrowed)

    def borrow(self, problems: Iterable[Problem], user: Source) -> None:
        """Take over the errors of a file that is used here: with them, this one cannot be used either."""
        self.borrowed += [Borrowed(problem, user) for problem in problems if problem.is_error]

    def problems(self) -> list[Problem]:
        """In the order of the file. Excerpts are cut only now, when all that must not be shown is known."""
        found = sorted(self._found.values(), key=lambda finding: (finding.spot.line, finding.spot.column))
        return [self._problem(finding) for finding in found]

    def _spot(self, where: Node | Spot) -> Spot:
        return self.document.spot(where) if isinstance(where, Node) else where

    def _add(self, finding: _Finding) -> None:
        key = (finding.code, finding.message, finding.spot.line, finding.spot.column)
        self._found.setdefault(key, finding)

    def _problem(self, finding: _Finding) -> Problem:
        spot = finding.spot
        return Problem(
            finding.code,
            visible(finding.message),
            Source(self.document.path, spot.line, spot.column),
            spot.length,
            visible(finding.help) if finding.help else None,
            finding.severity,
            self.document.excerpt(spot),
        )
