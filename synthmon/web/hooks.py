"""What pagers call us with: PagerDuty says that somebody acknowledged there.

Nobody signs in here. A call is believed because it is signed with a secret that only PagerDuty and we know; without one
that is declared, there is no such address.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from synthmon.alerting.group import group_key
from synthmon.alerting.groups import Groups
from synthmon.model import words
from synthmon.model.person import Caller, Way
from synthmon.model.secret import Secret
from synthmon.web.views import View

LARGEST = 256 * 1024  # bytes of a call
_LONGEST_NAME = 80


def pagerduty(view: View, request: Request) -> Response:
    """PagerDuty's webhooks v3: `incident.acknowledged` acknowledges our incident under that key, or everything that was
    told in a group under that key; other events change nothing.

    404 without a declared secret, 401 for a wrong signature, 400 for what is no event, else 200: anything else would
    make PagerDuty call again and in the end switch the webhook off.
    """
    secret = view.ports.hook_secrets().get(request.path_params["channel"])
    body: bytes = request.state.body
    if secret is None:
        return JSONResponse({"error": "there is no such hook"}, 404)
    if not signed(body, request.headers.get("x-pagerduty-signature", ""), secret):
        return JSONResponse({"error": "the signature is not right"}, 401)
    try:
        event = json.loads(body)["event"]
        kind, data = str(event["event_type"]), event["data"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return JSONResponse({"error": "this is not an event"}, 400)
    if kind != "incident.acknowledged":
        view.said(request).done = False
        return JSONResponse({"done": "nothing", "because": "only acknowledgements are taken over"})
    said = view.said(request)
    said.caller = Caller(Way.NOBODY, name=f"{_who(event)} (PagerDuty)")
    said.detail = _acknowledge(view, request.path_params["channel"], event, data)
    said.done = said.detail.startswith("acknowledged")
    return JSONResponse({"done": said.detail})


def signed(body: bytes, header: str, secret: Secret) -> bool:
    """Whether one of the signatures (`v1=…`, several while a secret is rotated) is of this body."""
    ours = "v1=" + hmac.new(secret.reveal().encode(), body, hashlib.sha256).hexdigest()
    return any(hmac.compare_digest(ours.encode(), one.strip().encode()) for one in header.split(",")[:5])


def _acknowledge(view: View, channel: str, event: Any, data: Any) -> str:
    key = data.get("incident_key") if isinstance(data, dict) else None
    if key == group_key(view.ports.environment, channel):
        members = Groups(view.ports.store).open_in(channel)
        return f"acknowledged {view.ports.people.take_on(members, f'{_who(event)} (PagerDuty)')} incidents"
    found = next((one for one in view.ports.store.incidents(current=True) if one.dedup_key == key), None)
    if found is None:
        return "nothing: no open incident has that key"
    taken = view.ports.acknowledge(found.id, f"{_who(event)} (PagerDuty)")
    return f"acknowledged {found.id}" if taken else "nothing: somebody has it already"


def _who(event: Any) -> str:
    agent = event.get("agent")
    name = agent.get("summary") if isinstance(agent, dict) else None
    return words.printable(name, _LONGEST_NAME) if isinstance(name, str) and name.strip() else "somebody"
