"""Alertmanager, by its API v2: an alert there for each incident here, told again as long as it fires.

Alertmanager keeps alerts in memory and lets each end at its `endsAt`. So what fires is repeated every minute, which
brings it back after Alertmanager was restarted too; and each repetition allows for a quarter of an hour without
another one, so that a restart of synthmon ends nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
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

FIRES_FOR = timedelta(minutes=15)
_OVER = frozenset({Occasion.RESOLVE})


class AlertmanagerOptions(Options):
    """Where it is, and what it asks of whoever posts."""

    url: str = Field(description="Its address, without `/api/v2/alerts`.")
    username: str | None = Field(None, description="For one that asks, with `password`.")
    password: str | None = Field(None, description="As `${{ secrets.… }}`.")
    token: str | None = Field(None, description="A bearer token, as `${{ secrets.… }}`.")
    labels: dict[str, str] = Field(default_factory=dict, description="Labels that every alert gets besides its own.")
    ca_file: str | None = Field(None, description="A bundle of authorities to trust instead of the public ones.")


class Alertmanager:
    """It groups by itself, so nothing is held back from it; what fires is repeated by the sender."""

    groups_itself = True
    repeat_every = timedelta(seconds=60)
    readable_for: timedelta | None = FIRES_FOR

    def __init__(self, name: str, options: AlertmanagerOptions, context: ChannelContext) -> None:
        self.name = name
        self._url = context.fill(options.url).rstrip("/") + "/api/v2/alerts"
        self._headers, self._hidden = context.authorization(options.username, options.password, options.token)
        self._labels, self._ca_file, self._now = options.labels, options.ca_file, context.now

    def send(self, notification: Notification) -> str:
        return self._post(documents(notification, self._now(), self._labels))

    def repeat(self, firing: Sequence[Notification]) -> str:
        """Tell again what still fires, all of it in one request."""
        now = self._now()
        return self._post([_alert(told.message, told.message.severity, now, self._labels) for told in firing])

    def arrived(self, told: Notification) -> bool:
        """Whether it is among the alerts that fire there, silenced or not."""
        labels = _labels(told.message, told.message.severity, self._labels)
        query = urlencode([("filter", f"{name}={json.dumps(value)}") for name, value in labels.items()])
        asked = Post(f"{self._url}?{query}", b"", self._headers, self._hidden, self._ca_file, method="GET")
        found = post(asked, self._now()).json()
        try:
            return any(alert["annotations"].get("incident") == told.message.incident_id for alert in found)
        except (LookupError, TypeError, AttributeError) as error:
            raise DeliveryError("the receiver answered something unexpected") from error

    def _post(self, alerts: list[dict[str, Any]]) -> str:
        headers = {"Content-Type": "application/json", **self._headers}
        answer = post(Post(self._url, json.dumps(alerts).encode(), headers, self._hidden, self._ca_file), self._now())
        return f"accepted with {answer.status}"


def documents(notification: Notification, now: datetime, labels: dict[str, str]) -> list[dict[str, Any]]:
    """The alert, and its end under any other severity: the severity is a label, and labels are its identity there."""
    message = notification.message
    return [_alert(message, severity, now, labels) for severity in (message.severity, *_others(message.severity))]


def _others(severity: Severity) -> list[Severity]:
    return [other for other in Severity if other is not severity]


def _alert(message: Message, severity: Severity, now: datetime, labels: dict[str, str]) -> dict[str, Any]:
    fires = message.occasion not in _OVER and severity is message.severity
    ended = min(message.resolved_at or now, now)
    annotations = {name.replace(" ", "_"): value for name, value in wording.facts(message)}
    return {
        "labels": _labels(message, severity, labels),
        "annotations": {"summary": wording.title(message), **annotations, "incident": message.incident_id},
        "startsAt": _instant(min(message.began_at, ended)),
        "endsAt": _instant(now + FIRES_FOR if fires else ended),
        **({"generatorURL": message.link} if message.link else {}),
    }


def _labels(message: Message, severity: Severity, labels: dict[str, str]) -> dict[str, str]:
    return {
        **labels,
        "alertname": f"synthmon_{message.track.value}",
        "environment": message.environment,
        "probe": message.probe,
        "severity": severity.value,
    }


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
