"""PagerDuty, by its Events API v2: one incident there for each incident here, held together by the dedup key.

With a token for its REST API it can be asked whether an event that it accepted became an incident.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from pydantic import Field

from synthmon.alerting import wording
from synthmon.alerting.context import ChannelContext
from synthmon.alerting.http import Post, post
from synthmon.alerting.options import Options
from synthmon.errors import DeliveryError
from synthmon.model.incident import Message, Notification, Occasion
from synthmon.model.probe import Severity

URL = "https://events.pagerduty.com/v2/enqueue"
API_URL = "https://api.pagerduty.com"
LONGEST_SUMMARY = 1024
REMEMBERS = timedelta(days=7)  # it lists the incidents of a month; asked is soon
_ACTIONS = {
    Occasion.RESOLVE: "resolve",
    Occasion.ACKNOWLEDGE: "acknowledge",
}
_SEVERITIES = {Severity.PAGE: "critical", Severity.TICKET: "warning"}


class PagerDutyOptions(Options):
    """The integration's key."""

    routing_key: str = Field(description="The routing (integration) key, as `${{ secrets.… }}`.")
    webhook_secret: str | None = Field(
        None, description="What PagerDuty signs its webhooks with, as `${{ secrets.… }}`."
    )
    url: str = Field(URL, description="Another address of the Events API v2, such as that of the EU.")
    api_token: str | None = Field(
        None, description="A read-only token for the REST API, as `${{ secrets.… }}`: with it a canary is looked for."
    )
    api_url: str = Field(API_URL, description="Another address of the REST API, such as that of the EU.")


class PagerDuty:
    """Accepted means 202 with `status: success`: a captive portal answers 200 to anything."""

    keyed = True

    def __init__(self, name: str, options: PagerDutyOptions, context: ChannelContext) -> None:
        self.name = name
        self._key, self._url = context.fill(options.routing_key), context.fill(options.url)
        self._token = context.fill(options.api_token) if options.api_token else None
        self._api = context.fill(options.api_url).rstrip("/")
        self.readable_for = REMEMBERS if self._token else None
        self._now = context.now

    def send(self, notification: Notification) -> str:
        content = json.dumps(document(notification, self._key)).encode()
        answer = post(Post(self._url, content, {"Content-Type": "application/json"}, hidden=(self._key,)), self._now())
        if answer.status != 202 or not _is_success(answer.text):
            raise DeliveryError(f"PagerDuty did not accept it, but answered {answer.status}: {answer.said}")
        return "accepted"

    def arrived(self, told: Notification) -> bool:
        """Whether there is an incident of that key, open or not (REST API v2, "List incidents")."""
        statuses = [("statuses[]", status) for status in ("triggered", "acknowledged", "resolved")]
        query = urlencode([("incident_key", told.dedup_key), *statuses, ("limit", "1")])
        headers = {"Authorization": f"Token token={self._token}", "Accept": "application/vnd.pagerduty+json;version=2"}
        asked = Post(f"{self._api}/incidents?{query}", b"", headers, (self._token or "", self._key), method="GET")
        return bool(post(asked, self._now()).field("incidents"))


def _is_success(text: str) -> bool:
    try:
        body = json.loads(text)
    except ValueError:
        return False
    return isinstance(body, dict) and body.get("status") == "success"


def document(notification: Notification, key: str) -> dict[str, Any]:
    """The event (Events API v2, PD-CEF)."""
    message = notification.message
    event: dict[str, Any] = {
        "routing_key": key,
        "event_action": _ACTIONS.get(notification.occasion, "trigger"),
        "dedup_key": notification.dedup_key,
    }
    if notification.occasion not in _ACTIONS:
        event["payload"] = {
            "summary": wording.title(message, LONGEST_SUMMARY - 40),
            "source": ", ".join(message.regions)[:255] or message.environment,
            "severity": _SEVERITIES[message.severity],
            "timestamp": message.began_at.isoformat(),
            "component": message.probe,
            "group": message.environment,
            "class": message.track.value,
            "custom_details": wording.details(message),
        }
        event["client"] = "synthmon"
        event |= {"client_url": message.link} if message.link else {}
        event["links"] = [{"href": href, "text": text} for text, href in _links(message)]
    return event


def _links(message: Message) -> list[tuple[str, str]]:
    """What can be clicked: the incident, and a runbook if it is an address and not a sentence."""
    named = (("More in synthmon", message.link), ("Runbook", message.runbook))
    return [(text, href) for text, href in named if href and href.startswith(("https://", "http://"))]
