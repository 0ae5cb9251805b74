"""The page of a run: where its time went, what was expected and came, and what differs from one that was good."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from synthmon.model.run import RunResult
from synthmon.model.trace import link
from synthmon.nouns import dataclass
from synthmon.store.interface import Store
from synthmon.web.difference import Difference, difference
from synthmon.web.views import View
from synthmon.web.waterfall import waterfall

LONGEST_ID = 100


@dataclass(frozen=True, slots=True)
class Beside:
    """The run that this one is held against, and what differs; `chosen`: somebody asked for that one."""

    run: RunResult
    told: Difference
    chosen: bool


def run(view: View, request: Request) -> Response:
    """One run; beside it the last good one before it, or the one that `?with=ID` names."""
    store = view.ports.store
    result = store.run(request.path_params["run"])
    if result is None:
        if "waiting" in request.query_params:
            return view.page(request, "waiting.html", 202)
        return view.missing(request, "There is no such run.")
    wanted = request.query_params.get("with", "").strip()[:LONGEST_ID]
    problem = _wrong_with(store, result, wanted) if wanted else None
    return view.page(
        request,
        "run.html",
        404 if problem else 200,
        run=result,
        drawing=waterfall(result),
        beside=_beside(store, result, "" if problem else wanted),
        wanted=wanted,
        problem=problem,
        trace_link=link(view.ports.trace_url, result.trace_id),
        probe=view.ports.probes().get(result.key.probe),
    )


def _wrong_with(store: Store, result: RunResult, wanted: str) -> str | None:
    """Why the two cannot be compared."""
    other = store.run(wanted)
    if other is None:
        return "There is no run of that id; it may be older than what is kept."
    if other.key.probe != result.key.probe:
        return f"That is a run of {other.key.probe}: only runs of the same probe can be compared."
    return "That is this very run." if other.id == result.id else None


def _beside(store: Store, result: RunResult, wanted: str) -> Beside | None:
    """Of the same region if one was good there, else of any."""
    other = store.run(wanted) if wanted else last_good(store, result)
    return None if other is None else Beside(other, difference(result, other), bool(wanted))


def last_good(store: Store, result: RunResult) -> RunResult | None:
    """The last good one before it, of the same region if there is one, else of any."""
    key = result.key
    row = store.last_good_run(key.probe, key.region, before=key.slot) or store.last_good_run(key.probe, before=key.slot)
    return None if row is None else store.run(row.id)
