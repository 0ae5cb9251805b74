"""Notes, the cause and the post-mortem of an incident, on its page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from synthmon.reports.postmortem import markdown
from synthmon.web.casefile import gather
from synthmon.web.views import View

LONGEST_TEXT = 2000  # characters
WHAT = ("note", "cause")


def annotated(view: View, request: Request) -> Response:
    """A form of the incident's page: `what` is note or cause."""
    incident_id, form = request.path_params["incident"], request.state.form
    said = {name: str(form.get(name, "")).strip() for name in ("what", "text", "actor")}
    if view.ports.store.incident(incident_id) is None:
        return view.missing(request, "There is no such incident.")
    if wrong := _wrong_with(said["what"], said["text"]):
        return view.page(request, "missing.html", 400, what=wrong)
    actor = view.actor(request, said["actor"])
    view.ports.people.annotate(incident_id, said["what"], said["text"], actor)
    return RedirectResponse(f"/incidents/{incident_id}", 303)


def _wrong_with(what: str, text: str) -> str | None:
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
