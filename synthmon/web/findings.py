"""The post-mortem of an incident, and what may be noted with one."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from synthmon.reports.postmortem import markdown
from synthmon.web.casefile import gather
from synthmon.web.views import View

LONGEST_TEXT = 2000  # characters
WHAT = ("note", "cause")


def noted(view: View, request: Request, incident_id: str, what: str) -> None:
    """What the audit hears of a change to an incident."""
    said, found = view.said(request), view.ports.store.incident(incident_id)
    said.what, said.target, said.detail = what, incident_id, found.probe if found else ""


def wrong_with(what: str, text: str) -> str | None:
    """Why that cannot be noted, in words for whoever wrote it."""
    if what not in WHAT:
        return "It is either a note or the cause."
    if not text or len(text) > LONGEST_TEXT:
        return f"Write something, of at most {LONGEST_TEXT} characters."
    return None


def postmortem(view: View, request: Request) -> Response:
    """Markdown to go on writing, as a file."""
    store, incident_id = view.ports.store, request.path_params["incident"]
    found = store.incident(incident_id)
    if found is None:
        return view.missing(request, "There is no such incident.")
    ports = view.ports
    case = gather(store, found, ports.probes().get(found.probe), ports.windows(), ports.link_base())
    name = f"postmortem-{found.probe}-{found.opened_at:%Y-%m-%d}.md"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return PlainTextResponse(markdown(case), media_type="text/markdown", headers=headers)
