"""The sentences about an incident that everybody may read: written, and withdrawn, by an operator."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from synthmon.web.findings import noted
from synthmon.web.public.counting import PUBLIC, WITHDRAWN
from synthmon.web.views import View

LONGEST = 500  # characters


def publish(view: View, request: Request) -> Response:
    """A form of the incident's page: `text` is shown to everybody at once, or with `withdraw` nothing any more."""
    incident_id, form = request.path_params["incident"], request.state.form
    found = view.ports.store.incident(incident_id)
    if found is None:
        return view.missing(request, "There is no such incident.")
    text, actor = str(form.get("text", "")).strip(), view.actor(request, str(form.get("actor", "")))
    if "withdraw" in form:
        view.ports.people.annotate(incident_id, WITHDRAWN, "nothing of this is public any more", actor)
        noted(view, request, incident_id, "withdrawn")
    elif not text or len(text) > LONGEST:
        return view.page(request, "missing.html", 400, what=f"Write something, of at most {LONGEST} characters.")
    elif not view.ports.public_titles(found.probe):
        return view.page(request, "missing.html", 400, what="This probe stands for nothing on the public page.")
    else:
        view.ports.people.annotate(incident_id, PUBLIC, text, actor)
        noted(view, request, incident_id, "published")
    return RedirectResponse(f"/incidents/{incident_id}#public", 303)
