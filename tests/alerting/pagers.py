"""Receivers that can be asked what they have: PagerDuty and Alertmanager as their documentation describes them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.alerting.receivers import Asked, Receiver, Reply


class PagerDutyThere(Receiver):
    """The Events API v2 (`/v2/enqueue`), and incidents by the REST API v2; `drops`: what is accepted goes nowhere."""

    def __init__(self, *, drops: bool = False, token: str = "xoxb-T0KEN-0123456789", reading: int = 200) -> None:
        super().__init__()
        self.drops, self.reading = drops, reading
        self.authorization = f"Token token={token}"
        self.incidents: dict[str, str] = {}  # status by key

    @property
    def events(self) -> list[str]:
        return [asked.json["event_action"] for asked in self.asked if asked.method == "POST"]

    def answer(self, asked: Asked) -> Reply:
        with self.changed:
            self.asked.append(asked)
            self.changed.notify_all()
            return self._enqueue(asked.json) if asked.path == "/v2/enqueue" else self._list(asked)

    def _enqueue(self, event: dict[str, Any]) -> Reply:
        key, action = event["dedup_key"], event["event_action"]
        if not self.drops and (action == "trigger" or key in self.incidents):
            self.incidents[key] = {"trigger": "triggered", "resolve": "resolved"}[action]
        return Reply(202, json.dumps({"status": "success", "message": "Event processed", "dedup_key": key}))

    def _list(self, asked: Asked) -> Reply:
        parts = urlsplit(asked.path)
        query = parse_qs(parts.query)
        wanted = asked.headers.get("accept") == "application/vnd.pagerduty+json;version=2"
        if parts.path != "/incidents" or not wanted:
            return Reply(404, "no such place")
        if self.reading != 200 or asked.headers.get("authorization") != self.authorization:
            return Reply(self.reading if self.reading != 200 else 401, "no")
        (key,) = query["incident_key"]
        found = [
            {"id": "Q1", "incident_key": None, "status": status}
            for name, status in self.incidents.items()
            if name == key
        ]
        found = [one for one in found if one["status"] in query["statuses[]"]]
        return Reply(200, json.dumps({"incidents": found[: int(query["limit"][0])], "more": False}))


class AlertmanagerThere(Receiver):
    """`/api/v2/alerts`: what is posted fires until its `endsAt` is not later than `now`."""

    def __init__(self, *, drops: bool = False) -> None:
        super().__init__()
        self.drops, self.now = drops, "2026-03-02T12:01:00.000Z"
        self.alerts: list[dict[str, Any]] = []

    def answer(self, asked: Asked) -> Reply:
        with self.changed:
            self.asked.append(asked)
            self.changed.notify_all()
            if asked.method == "POST":
                posted = [] if self.drops else asked.json
                labels = [alert["labels"] for alert in posted]
                self.alerts = [one for one in self.alerts if one["labels"] not in labels] + posted
                return Reply(200, "")
            matchers = dict(text.split("=", 1) for text in parse_qs(urlsplit(asked.path).query)["filter"])
            firing = [alert for alert in self.alerts if alert["endsAt"] > self.now]
            fits = [one for one in firing if all(json.loads(v) == one["labels"].get(n) for n, v in matchers.items())]
            return Reply(200, json.dumps(fits))
