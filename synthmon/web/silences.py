"""The page of silences and maintenance: what holds, what comes, what was; asking for one, and ending one early."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from synthmon.judge.asking import covered, kept_back
from synthmon.language.suggest import did_you_mean
from synthmon.model.incident import Incident
from synthmon.model.quiet import Quiet
from synthmon.nouns import dataclass
from synthmon.web import asking
from synthmon.web.calendar import LOOKED_AHEAD, calendar, quiet_between
from synthmon.web.views import View
from synthmon.web.week import stretch_of, week

PAST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Preview:
    """What a silence or a maintenance would do: the probes it is about, and incidents of which nobody would hear.

    `close` is a probe that may have been meant, where none is.
    """

    quiet: Quiet
    probes: tuple[str, ...]
    held: tuple[Incident, ...]
    close: str | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the fields, what is wrong with which, and what it would do if somebody asked for that."""

    said: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)
    preview: Preview | None = None


def silences(view: View, request: Request) -> Response:
    """The lists and the form; words of the address, such as `?probe=NAME`, fill the form in."""
    return _page(view, request, Typed({name: request.query_params.get(name, "")[:500] for name in asking.FIELDS}))


def add(view: View, request: Request) -> Response:
    """Keep what was asked for, or show first what it would do. What is wrong is said at its field, which keeps it."""
    said = {name: str(request.state.form.get(name, "")) for name in asking.FIELDS}
    known = {**said, "author": view.actor(request, said["author"], "")}
    try:
        quiet = asking.read(known, view.ports.now())
    except asking.Refused as error:
        return _page(view, request, Typed(said, {error.field: str(error)}))
    if "preview" in request.state.form:
        view.said(request).done = False
        return _page(view, request, Typed(said, preview=_preview(view, quiet)))
    view.ports.people.ask_for(quiet)
    said_of(view, request, quiet)
    return RedirectResponse("/silences", 303)


def lift(view: View, request: Request) -> Response:
    """End it now. One that is over already needs nothing."""
    actor = view.actor(request, str(request.state.form.get("actor", "")))
    view.said(request).done = view.ports.people.lift(request.path_params["silence"], actor)
    return RedirectResponse("/silences", 303)


def said_of(view: View, request: Request, quiet: Quiet) -> None:
    """What the audit hears of a silence or a maintenance."""
    said = view.said(request)
    said.what, said.target, said.detail = f"{quiet.kind}_added", str(quiet.covers), f"{quiet.id}: {quiet.reason}"


def _preview(view: View, quiet: Quiet) -> Preview:
    ports, meant = view.ports, quiet.covers.probe
    probes = ports.probes()
    names = tuple(sorted(probe.name for probe in covered(quiet, probes.values())))
    held = kept_back(quiet, ports.store.incidents(current=True), probes.values(), quiet.start)
    return Preview(quiet, names, tuple(held), did_you_mean(meant, probes) if meant and not names else None)


def _page(view: View, request: Request, typed: Typed) -> Response:
    ports, now = view.ports, view.ports.now()
    known = calendar(ports.store, ports.windows(), now)
    probes = ports.probes()
    return view.page(
        request,
        "silences.html",
        400 if typed.problems else 200,
        parts=(("In force", known.in_force), ("Coming", known.coming)),
        past=known.past[:PAST_SHOWN],
        week=week(quiet_between(ports.store, ports.windows(), *stretch_of(now)), now),
        windows=ports.windows(),
        liftable={quiet.id for quiet in ports.store.quiets(now, now + LOOKED_AHEAD)},  # what recurs is declared
        held={quiet.id: _held(view, quiet) for quiet in known.in_force},
        said={name: typed.said.get(name, "") for name in asking.FIELDS},
        problems=typed.problems,
        preview=typed.preview,
        names=sorted(probes),
        tags=sorted({tag for probe in probes.values() for tag in probe.tags}),
        owners=sorted({probe.owner for probe in probes.values() if probe.owner}),
    )


def _held(view: View, quiet: Quiet) -> list[Incident]:
    ports = view.ports
    return kept_back(quiet, ports.store.incidents(current=True), ports.probes().values(), ports.now())
