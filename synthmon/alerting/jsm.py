"""Jira Service Management, by the integration events of its operations API: one alert there for each incident here.

The alert's alias is the deduplication key, so that whatever is sent twice is one alert. Its answer 202 says that the
request was taken; what becomes of it is decided later, and shown in Jira only.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from pydantic import Field

from synthmon.alerting import wording
from synthmon.alerting.context import ChannelContext
from synthmon.alerting.http import Post, post
from synthmon.alerting.options import Options
from synthmon.errors import DeliveryError
from synthmon.model.incident import Notification, Occasion
from synthmon.model.probe import Severity

URL = "https://api.atlassian.com/jsm/ops/integration/v2/alerts"
LONGEST_MESSAGE, LONGEST_ALIAS, LONGEST_DESCRIPTION, LONGEST_TAG = 130, 512, 15_000, 50
LONGEST_DETAIL = 1000  # all of them together may have 8,000 characters
_VERBS = {Occasion.ACKNOWLEDGE: "acknowledge", Occasion.RESOLVE: "close"}


class JiraServiceManagementOptions(Options):
    """The integration's key."""

    api_key: str = Field(description="The key of an API integration, as `${{ secrets.… }}`.")
    url: str = Field(URL, description="Another address of the alerts.")
    page_priority: str = Field("P1", pattern="^P[1-5]$", description="The priority of a page.")
    ticket_priority: str = Field("P3", pattern="^P[1-5]$", description="The priority of a ticket.")


class JiraServiceManagement:
    """Accepted means 202 with a `requestId`: a captive portal answers 200 to anything."""

    keyed = True

    def __init__(self, name: str, options: JiraServiceManagementOptions, context: ChannelContext) -> None:
        self.name = name
        self._key, self._url = context.fill(options.api_key), context.fill(options.url).rstrip("/")
        self._priorities = {Severity.PAGE: options.page_priority, Severity.TICKET: options.ticket_priority}
        self._now = context.now

    def send(self, notification: Notification) -> str:
        headers = {"Content-Type": "application/json", "Authorization": f"GenieKey {self._key}"}
        url = self._url + path(notification)
        content = json.dumps(document(notification, self._priorities)).encode()
        answer = post(Post(url, content, headers, hidden=(self._key,)), self._now())
        if answer.status != 202 or not answer.field("requestId"):
            raise DeliveryError(f"Jira did not take it, but answered {answer.status}: {answer.said}")
        return "taken"


def path(notification: Notification) -> str:
    """What follows the address of the alerts: nothing to create one, else the alias and what is done with it."""
    verb = _VERBS.get(notification.occasion)
    return f"/{quote(alias(notification), safe='')}/{verb}?identifierType=alias" if verb else ""


def alias(notification: Notification) -> str:
    return notification.dedup_key[:LONGEST_ALIAS]


def document(notification: Notification, priorities: dict[Severity, str]) -> dict[str, Any]:
    """The alert to create, or the note that goes with an acknowledgement or an end."""
    message = notification.message
    if notification.occasion in _VERBS:
        return {"source": "synthmon", "note": wording.title(message)}
    return {
        "message": wording.title(message, LONGEST_MESSAGE - 40)[:LONGEST_MESSAGE],
        "alias": alias(notification),
        "description": wording.body(message)[:LONGEST_DESCRIPTION],
        "details": wording.details(message, LONGEST_DETAIL),
        "entity": message.probe,
        "source": "synthmon",
        "tags": [tag[:LONGEST_TAG] for tag in ("synthmon", message.environment, message.track.value)],
        "priority": priorities[message.severity],
    }
