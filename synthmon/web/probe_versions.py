"""What the file of a probe said over time, each version beside the one before it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import unified_diff

from starlette.requests import Request
from starlette.responses import Response

from synthmon.model.history import ProbeVersion
from synthmon.nouns import dataclass
from synthmon.web.views import View

SHOWN = 50
LONGEST = 2000  # lines of a difference


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a difference; `kind` is added, removed, place or same."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A version, counted from 1 as the oldest, and what changed against the one before (nothing: it is the first)."""

    number: int
    version: ProbeVersion
    changed: tuple[Line, ...]
    first: bool


def versions(view: View, request: Request) -> Response:
    """The newest first."""
    name = request.path_params["probe"]
    found = [one for one in view.ports.store.versions() if one.probe == name]
    known = view.ports.probes().get(name)
    if not found and known is None:
        return view.missing(request, f"No version of a probe named {name!r} was ever in force here.")
    return view.page(
        request, "probe_versions.html", name=name, probe=known, entries=history(found)[:SHOWN], more=len(found) - SHOWN
    )


def history(found: Iterable[ProbeVersion]) -> list[Entry]:
    """Each with what changed, the newest first."""
    known = sorted(found, key=lambda one: one.since)
    entries = [
        Entry(number, version, difference(known[number - 2].yaml if number > 1 else "", version.yaml), number == 1)
        for number, version in enumerate(known, 1)
    ]
    return list(reversed(entries))


def difference(before: str, after: str) -> tuple[Line, ...]:
    """What was taken out and put in, with three lines around."""
    lines = list(unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3))[2:]
    shown = tuple(Line(_kind(line), line) for line in lines[:LONGEST])
    rest = len(lines) - LONGEST
    return (*shown, Line("place", f"… {rest} more lines")) if rest > 0 else shown


_KINDS = {"+": "added", "-": "removed", "@": "place"}


def _kind(line: str) -> str:
    return _KINDS.get(line[:1], "same")
