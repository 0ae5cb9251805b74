"""The list of incidents: chosen by probe, owner, state, severity and period, in pages; its address says the choice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from synthmon.language.suggest import did_you_mean
from synthmon.model.incident import Incident, IncidentStatus
from synthmon.model.probe import Severity
from synthmon.nouns import dataclass
from synthmon.web.views import View

SHOWN = 50
READ = 5000  # the newest so many are looked through
FIELDS = ("probe", "owner", "state", "severity", "days")
STATES: Mapping[str, frozenset[IncidentStatus]] = {
    "current": frozenset({IncidentStatus.OPEN, IncidentStatus.ACKNOWLEDGED}),
    **{status.value: frozenset({status}) for status in IncidentStatus},
}
SEVERITIES = tuple(severity.value for severity in Severity)
DAYS = ("1", "7", "30", "90")
LONGEST = 100  # characters of a field


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody typed or chose, by field; empty for all. `problems` are of fields that choose nothing, in words."""

    said: Mapping[str, str]
    problems: Mapping[str, str]
    page: int

    def good(self, name: str) -> str:
        """What the field says; nothing where it is wrong."""
        return "" if name in self.problems else self.said[name]

    def address(self, page: int) -> str:
        """Of the same choice on another page."""
        words = {**{name: value for name, value in self.said.items() if value}, **({"page": page} if page > 1 else {})}
        return f"/incidents?{urlencode(words)}" if words else "/incidents"


def incidents(view: View, request: Request) -> Response:
    """Those that were chosen, the newest first."""
    ports = view.ports
    owners = sorted({probe.owner for probe in ports.probes().values() if probe.owner})
    chosen = read(request.query_params, ports.probes())
    found = _found(view, chosen)
    pages = max(1, -(-len(found) // SHOWN))
    page = min(chosen.page, pages)
    return view.page(
        request,
        "incidents.html",
        400 if chosen.problems else 200,
        incidents=found[(page - 1) * SHOWN : page * SHOWN],
        total=len(found),
        page=page,
        pages=pages,
        chosen=chosen,
        names=sorted(ports.probes()),
        owners=owners,
        states=tuple(STATES),
        days=DAYS,
    )


def read(words: Mapping[str, str], probes: Iterable[str]) -> Chosen:
    """From the words of an address; what is wrong is told and chooses nothing."""
    said = {name: words.get(name, "").strip()[:LONGEST] for name in FIELDS}
    problems = {}
    known: Mapping[str, tuple[str, ...]] = {"state": tuple(STATES), "severity": SEVERITIES, "days": DAYS}
    for name, values in known.items():
        if said[name] and said[name] not in values:
            problems[name] = f"{said[name]!r} is none of {', '.join(values)}"
    names = list(probes)
    if said["probe"] and not any(sign in said["probe"] for sign in "*?") and (close := _meant(said["probe"], names)):
        problems["probe"] = close
    number = words.get("page", "1")
    return Chosen(said, problems, max(1, int(number)) if number.isdecimal() and len(number) < 6 else 1)


def _meant(said: str, names: list[str]) -> str | None:
    """A probe that is not declared may have had incidents; only what looks mistyped is asked about."""
    close = None if said in names else did_you_mean(said, names)
    return f"there is no probe of that name; did you mean {close}?" if close else None


def _found(view: View, chosen: Chosen) -> list[Incident]:
    days = chosen.good("days")
    start = _since(view.ports.now(), int(days)) if days else None
    current = True if chosen.good("state") == "current" else None
    known = view.ports.store.incidents(start=start, current=current, limit=READ)
    return [one for one in known if _fits(one, chosen)]


def _since(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def _fits(one: Incident, chosen: Chosen) -> bool:
    probe, owner, state, severity = (chosen.good(name) for name in ("probe", "owner", "state", "severity"))
    return (
        (not probe or fnmatchcase(one.probe, probe))
        and (not owner or one.owner == owner)
        and (not state or one.status in STATES[state])
        and (not severity or one.severity == severity)
    )
