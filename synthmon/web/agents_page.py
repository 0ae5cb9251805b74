"""The page of regions and their agents: how each is, as it last said."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from synthmon.nouns import dataclass
from synthmon.web.ports import Presence
from synthmon.web.views import View


@dataclass(frozen=True, slots=True)
class RegionLine:
    """One region, what it is called, whether it is run by this very process, and its agents."""

    name: str
    title: str
    here: bool
    agents: tuple[Presence, ...]


def agents(view: View, request: Request) -> Response:
    """Every region that is declared or heard of."""
    ports = view.ports
    present = ports.agents.present()
    here = ports.pulse().regions_run_here
    names = dict.fromkeys([*ports.region_titles, *(one.heartbeat.region for one in present)])
    lines = [RegionLine(name, ports.region_titles.get(name, name), name in here, _of(present, name)) for name in names]
    return view.page(request, "agents.html", lines=lines)


def _of(present: Sequence[Presence], region: str) -> tuple[Presence, ...]:
    return tuple(one for one in present if one.heartbeat.region == region)
