"""The page of one incident, and what people do there: take it on, note something, say the cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from synthmon.model.answer import RELEASE
from synthmon.model.incident import Incident, IncidentStatus
from synthmon.model.run import RunResult
from synthmon.nouns import dataclass
from synthmon.reports import wording
from synthmon.store.interface import Store
from synthmon.web.casefile import RUNS_READ, children
from synthmon.web.findings import LONGEST_TEXT, noted, wrong_with
from synthmon.web.incident_story import TOGETHER, by_region, entries, last_note, together
from synthmon.web.views import View

FORM = ("text", "note", "actor")


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the fields of the page's forms, and what is wrong with one of them."""

    said: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)


def incident(view: View, request: Request) -> Response:
    """What, why, where, timeline, who was told."""
    return _page(view, request, Typed())


def acknowledge(view: View, request: Request) -> Response:
    """Take it on, with a note if one was written."""
    said, incident_id = _said(request), request.path_params["incident"]
    if view.ports.store.incident(incident_id) is None:
        return view.missing(request, "There is no such incident.")
    if len(said["note"]) > LONGEST_TEXT:
        return _page(view, request, Typed(said, {"note": f"Write at most {LONGEST_TEXT} characters."}))
    actor = view.actor(request, said["actor"])
    noted(view, request, incident_id, "acknowledged")
    taken = view.ports.acknowledge(incident_id, actor)
    if said["note"]:
        view.ports.people.annotate(incident_id, "note", said["note"], actor)
    view.said(request).what = "acknowledged" if taken else "noted"
    view.said(request).done = taken or bool(said["note"])
    return RedirectResponse(f"/incidents/{incident_id}", 303)


def annotated(view: View, request: Request) -> Response:
    """A note or the cause; what is wrong with it is said at the field, which keeps what was typed."""
    said, what = _said(request), str(request.state.form.get("what", ""))
    incident_id = request.path_params["incident"]
    if view.ports.store.incident(incident_id) is None:
        return view.missing(request, "There is no such incident.")
    if wrong := wrong_with(what, said["text"]):
        return _page(view, request, Typed(said, {"text": wrong}))
    noted(view, request, incident_id, "cause_set" if what == "cause" else "noted")
    view.ports.people.annotate(incident_id, what, said["text"], view.actor(request, said["actor"]))
    return RedirectResponse(f"/incidents/{incident_id}", 303)


def _said(request: Request) -> Mapping[str, str]:
    return {name: str(request.state.form.get(name, "")).strip() for name in FORM}


def _page(view: View, request: Request, typed: Typed) -> Response:
    ports, store, incident_id = view.ports, view.ports.store, request.path_params["incident"]
    found = store.incident(incident_id)
    if found is None:
        return view.missing(request, "There is no such incident.")
    cause = store.run(found.cause.run_id) if found.cause.run_id else None
    row = store.last_good_run(found.probe, found.cause.region or None, before=found.began_at)
    good = store.run(row.id) if row else None
    deliveries = store.deliveries(incident_id)
    parent, broken, events = _parent(store, found), children(store, found), store.events(incident_id)
    return view.page(
        request,
        "incident.html",
        400 if typed.problems else 200,
        incident=found,
        entries=entries(events, deliveries),
        note=last_note(events),
        deliveries=sorted(deliveries, key=lambda one: one.notification.created_at),
        regions=_regions(view, found),
        cause=cause,
        good=good,
        release=_release(cause, good),
        parent=parent,
        children=broken,
        together=_together(store, found, [one.id for one in (*broken, *([parent] if parent else []))]),
        expires=found.acknowledged_at and found.acknowledged_at + ports.acknowledged_for(),
        silence=_silence(found),
        public_titles=ports.public_titles(found.probe),
        said={name: typed.said.get(name, "") for name in FORM},
        problems=typed.problems,
    )


def _parent(store: Store, found: Incident) -> Incident | None:
    """The incident of what this one's probe depends on: the current one, else the last that overlapped it."""
    if not found.parent:
        return None
    known = store.incidents(probe=found.parent, start=found.began_at, end=found.resolved_at, limit=1)
    return next(iter(known), None)


def _together(store: Store, found: Incident, known: list[str]) -> list[Incident]:
    near = store.incidents(start=found.began_at - TOGETHER, end=found.began_at + TOGETHER, limit=200)
    return together(found, near, known)


def _regions(view: View, found: Incident) -> object:
    if wording.is_own(found):
        return []
    store, probe = view.ports.store, view.ports.probes().get(found.probe)
    rows = store.run_rows(
        probe=found.probe, start=found.began_at, end=found.resolved_at, limit=RUNS_READ, newest_first=False
    )
    return by_region(found, rows, [region.name for region in probe.regions] if probe else ())


def _release(cause: RunResult | None, good: RunResult | None) -> tuple[str | None, str | None]:
    """What ran before and when it broke, where the target says so: a capture of that name, of the newest run first."""
    return _named(good), _named(cause)


def _named(run: RunResult | None) -> str | None:
    steps = run.every_step if run else ()
    return next((step.captured[RELEASE] for step in steps if RELEASE in step.captured), None)


def _silence(found: Incident) -> str | None:
    """The form for a silence, filled in; None for what is over or cannot be silenced."""
    if wording.is_own(found) or found.status is IncidentStatus.RESOLVED:
        return None
    words = {"probe": found.probe, "for": "1h", "reason": f"Incident {found.id}"}
    return f"/silences?{urlencode(words)}#add"
