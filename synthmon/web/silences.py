"""The page of silences and maintenance: what holds, what comes, what was; asking for one, and ending one early."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from synthmon.judge.asking import kept_back
from synthmon.model.incident import Incident
from synthmon.model.quiet import Quiet
from synthmon.web import asking
from synthmon.web.calendar import LOOKED_AHEAD, calendar
from synthmon.web.views import View

PAST_SHOWN = 50


def silences(view: View, request: Request) -> Response:
    """The list and the form; `?probe=NAME` fills the form in."""
    return _page(view, request, {"probe": request.query_params.get("probe", "")[:100]})


def add(view: View, request: Request) -> Response:
    """Keep what was asked for; what is wrong with it is said above the form, which keeps what was typed."""
    said = {name: str(request.state.form.get(name, "")) for name in asking.FIELDS}
    said["author"] = view.actor(request, said["author"], "")
    try:
        quiet = asking.read(said, view.ports.now())
    except ValueError as error:
        return _page(view, request, said, str(error))
    view.ports.people.ask_for(quiet)
    return RedirectResponse("/silences", 303)


def lift(view: View, request: Request) -> Response:
    """End it now. One that is over already needs nothing."""
    actor = view.actor(request, str(request.state.form.get("actor", "")))
    view.ports.people.lift(request.path_params["silence"], actor)
    return RedirectResponse("/silences", 303)


def _page(view: View, request: Request, said: Mapping[str, str], problem: str | None = None) -> Response:
    ports, now = view.ports, view.ports.now()
    known = calendar(ports.store, ports.windows(), now)
    return view.page(
        request,
        "silences.html",
        400 if problem else 200,
        parts=(("In force", known.in_force), ("Coming", known.coming)),
        past=known.past[:PAST_SHOWN],
        liftable={quiet.id for quiet in ports.store.quiets(now, now + LOOKED_AHEAD)},  # what recurs is declared
        held={quiet.id: _held(view, quiet) for quiet in known.in_force},
        said={name: said.get(name, "") for name in asking.FIELDS},
        names=sorted(ports.probes()),
        problem=problem,
    )


def _held(view: View, quiet: Quiet) -> list[Incident]:
    ports = view.ports
    return kept_back(quiet, ports.store.incidents(current=True), ports.probes().values(), ports.now())
