"""Reports as files that are kept for ever: page, text, JSON and table beside each other, and what is known of each.

The name of a report says what it is about, so that names sort: `daily-2026-03-02`, with `+tag-tier-1` behind it for a
report of some probes, and `~02` for the second edition of it. It is there once its last file is, the one that says when
it was made. What is there is not written again: what came later makes another edition.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

from synthmon.nouns import dataclass
from synthmon.reports import document, html, table, text, wording
from synthmon.reports.figures.period import Period, PeriodKind
from synthmon.reports.figures.report import Report
from synthmon.reports.scope import Scope

FORMS: Mapping[str, Callable[[Report], str]] = {
    "html": html.render,
    "txt": text.render,
    "json": document.render,
    "csv": table.render,
}
ABOUT = "about"
FORMAT = 1
_NAME = re.compile(
    r"(?P<kind>daily|weekly|monthly)-(?P<period>[0-9]{4}-(?:W[0-9]{2}|[0-9]{2}(?:-[0-9]{2})?))"
    r"(?:\+(?P<scope>[A-Za-z0-9_+-]{1,90}))?(?:~(?P<number>[0-9]{2,4}))?"
)


@dataclass(frozen=True, slots=True)
class Name:
    """What the name of a report says. `scope` is empty for all probes, `first` the first day of its period."""

    kind: PeriodKind
    period: str
    first: date
    scope: str = ""
    number: int = 1

    @property
    def base(self) -> str:
        """What its editions have in common."""
        return f"{self.kind.value}-{self.period}" + (f"+{self.scope}" if self.scope else "")

    def __str__(self) -> str:
        return self.base + (f"~{self.number:02d}" if self.number > 1 else "")


@dataclass(frozen=True, slots=True)
class Edition:
    """A report that is kept. `arrival` numbers the last run that had arrived when it was made."""

    name: Name
    title: str
    start: datetime
    end: datetime
    about: str
    as_of: datetime
    last_result: datetime | None
    subject: str
    fine: bool
    arrival: int = 0


def name_of(text_: str) -> Name | None:
    """What a name says; None where it is not one of a report."""
    found = _NAME.fullmatch(text_)
    if found is None:
        return None
    kind, period = PeriodKind(found["kind"]), found["period"]
    try:
        first = _first(kind, period)
    except ValueError:
        return None
    return Name(kind, period, first, found["scope"] or "", int(found["number"] or 1))


def _first(kind: PeriodKind, period: str) -> date:
    """The first day of a period by its name; raises `ValueError`."""
    match kind:
        case PeriodKind.WEEK:
            return date.fromisoformat(f"{period}-1")
        case PeriodKind.MONTH:
            return date.fromisoformat(f"{period}-01")
        case _:
            return date.fromisoformat(period)


@dataclass(frozen=True, slots=True)
class Archive:
    """The folder. Nothing outside it can be read through it."""

    folder: Path

    def keep(self, report: Report, scope: Scope, arrival: int = 0) -> Edition:
        """Write the next edition: every form of it, each whole or not at all, and last what is known of it."""
        before = self.newest(base_of(report, scope))
        edition = _edition(report, scope, before.name.number + 1 if before else 1, arrival)
        for ending, render in FORMS.items():
            write_page(self.folder / f"{edition.name}.{ending}", render(report))
        write_page(self.folder / f"{edition.name}.{ABOUT}", json.dumps(_to_json(edition), indent=1) + "\n")
        return edition

    def newest(self, base: str) -> Edition | None:
        """The last edition of a report."""
        numbers = [name.number for name in self.names() if name.base == base]
        found = name_of(f"{base}~{max(numbers):02d}" if numbers and max(numbers) > 1 else base)
        return self.about(found) if numbers and found else None

    def names(self) -> list[Name]:
        """Every edition that is there, the newest period first, of each the newest edition first."""
        found = [name for path in self._abouts() if (name := name_of(path.removesuffix(f".{ABOUT}")))]
        kinds = list(PeriodKind)
        found.sort(key=lambda name: (kinds.index(name.kind), name.scope))
        return sorted(found, key=lambda name: (name.first, name.number), reverse=True)

    def _abouts(self) -> Iterator[str]:
        with suppress(FileNotFoundError), os.scandir(self.folder) as entries:
            yield from (entry.name for entry in entries if entry.name.endswith(f".{ABOUT}"))

    def about(self, name: Name) -> Edition | None:
        """What is known of an edition; None where it is not there or cannot be read."""
        said = self.read(f"{name}.{ABOUT}")
        try:
            return _from_json(name, json.loads(said)) if said is not None else None
        except (ValueError, KeyError, TypeError):
            return None

    def read(self, file: str) -> str | None:
        """The text of a file of a report, by its name alone; None for any other file."""
        stem, _, ending = file.partition(".")
        if name_of(stem) is None or ending not in {*FORMS, ABOUT}:
            return None
        try:
            descriptor = os.open(self.folder / file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, encoding="utf-8", errors="replace", newline="") as opened:
                return opened.read()
        except OSError:
            return None


def base_of(report: Report, scope: Scope) -> str:
    return base_name(report.period, scope)


def base_name(period: Period, scope: Scope) -> str:
    """What all editions of a report have in common."""
    return Name(period.kind, period.name, period.first, scope.slug).base


def _edition(report: Report, scope: Scope, number: int, arrival: int) -> Edition:
    return Edition(
        name=Name(report.period.kind, report.period.name, report.period.first, scope.slug, number),
        title=report.period.title,
        start=report.period.start,
        end=report.period.end,
        about=str(scope),
        as_of=report.as_of,
        last_result=report.last_result,
        subject=wording.subject(report),
        fine=wording.all_fine(report),
        arrival=arrival,
    )


def _to_json(edition: Edition) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "report": str(edition.name),
        "title": edition.title,
        "start": edition.start.isoformat(),
        "end": edition.end.isoformat(),
        "about": edition.about,
        "as_of": edition.as_of.isoformat(),
        "last_result": edition.last_result.isoformat() if edition.last_result else None,
        "subject": edition.subject,
        "fine": edition.fine,
        "arrival": edition.arrival,
    }


def _from_json(name: Name, said: Any) -> Edition:
    last = said["last_result"]
    return Edition(
        name=name,
        title=str(said["title"]),
        start=datetime.fromisoformat(said["start"]),
        end=datetime.fromisoformat(said["end"]),
        about=str(said["about"]),
        as_of=datetime.fromisoformat(said["as_of"]),
        last_result=datetime.fromisoformat(last) if last else None,
        subject=str(said["subject"]),
        fine=said["fine"] is True,
        arrival=int(said["arrival"]),
    )


def write_page(path: Path, content: str) -> Path:
    """Put a file there in one step, so that a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with draft.open("w", encoding="utf-8", newline="") as opened:
            opened.write(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)  # a full disk leaves half a draft
    return path
