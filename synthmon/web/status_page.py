"""The status page: open incidents and every probe, worst first; filtered by its address, and large for a wall."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response

from synthmon.model.incident import Health, Incident
from synthmon.model.probe import OWN_TRACKS, Severity
from synthmon.nouns import dataclass
from synthmon.web.filters import Wanted, choices, wanted
from synthmon.web.overview import ProbeLine, overview, with_recent
from synthmon.web.views import View

FULL, COMPACT, WALL = 40, 200, 2000  # probes on a page: with their last runs, as rows, as tiles
INCIDENTS = 20  # open ones that are told of in full
ORDER = (Health.DOWN, Health.DEGRADED, Health.UNKNOWN, Health.UP)  # worst first


@dataclass(frozen=True, slots=True)
class Leaf:
    """The lines of one page of those that are wanted."""

    lines: Sequence[ProbeLine]
    number: int
    last: int
    view: str


def status(view: View, request: Request) -> Response:
    """What is open, then the probes that are wanted."""
    ports, asked = view.ports, wanted(request.query_params)
    probes = ports.probes()
    lines = overview(ports.store, probes, ports.now(), ports.windows())
    like = [line for line in lines if asked.picks(line.probe)]
    counts = Counter(line.health.health for line in like)
    shown = [line for line in like if not asked.healths or line.health.health in asked.healths]
    leaf = _leaf(shown, asked)
    if leaf.view == "full":
        leaf = Leaf(with_recent(ports.store, leaf.lines), leaf.number, leaf.last, leaf.view)
    current = ports.store.incidents(current=True)
    found = sorted(_about(current, asked, {line.probe.name for line in shown}), key=_urgency)
    tags, owners = choices(probes)
    return view.page(
        request,
        "wall.html" if asked.wall else "status.html",
        wall=asked.wall,
        wanted=asked,
        worst=next((health for health in ORDER if counts[health]), None),
        heading=heading(counts) if probes else "No probe is in force",
        counts={health: counts[health] for health in ORDER},
        leaf=leaf,
        matching=len(shown),
        declared=len(probes),
        incidents=found[:INCIDENTS],
        more=len(found) - INCIDENTS,
        tags=tags,
        owners=owners,
        region_titles=ports.region_titles,
    )


def heading(counts: Mapping[Health, int]) -> str:
    """`2 down, 1 degraded`; `All 12 up` when there is nothing else to say."""
    bad = [f"{counts[health]} {health.value}" for health in ORDER if health is not Health.UP and counts.get(health)]
    up = counts.get(Health.UP, 0)
    if bad:
        return ", ".join(bad)
    return {0: "No probe like this", 1: "1 up"}.get(up, f"All {up} up")


def _leaf(lines: Sequence[ProbeLine], asked: Wanted) -> Leaf:
    if asked.wall:
        return Leaf(lines[:WALL], 1, 1, "wall")
    view = asked.view or ("full" if len(lines) <= FULL else "compact")
    size = FULL if view == "full" else COMPACT
    last = max(1, -(-len(lines) // size))
    number = min(asked.page, last)
    return Leaf(lines[(number - 1) * size : number * size], number, last, view)


def _about(incidents: Sequence[Incident], asked: Wanted, names: set[str]) -> list[Incident]:
    """Those of the probes that are wanted; where nothing is left out, synthmon's own too."""
    if not asked.narrows:
        return list(incidents)
    return [one for one in incidents if one.track not in OWN_TRACKS and one.probe in names]


def _urgency(found: Incident) -> tuple[bool, float]:
    """Pages before tickets, the newest first among each."""
    return found.severity is not Severity.PAGE, -found.began_at.timestamp()
