"""Incidents as threads in a Slack channel: what follows is a reply, and the first message shows how it ended.

Which message began a thread is remembered here, and written into the message itself (its metadata), so that it is found
again after a restart. Where it is not found (too old, or the app may not read the channel) the news is a message of its
own: a thread is a convenience, the message is not.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from synthmon.alerting.http import Post, post
from synthmon.alerting.slackblocks import document
from synthmon.errors import DeliveryError
from synthmon.model.incident import Notification, Occasion

EVENT = "synthmon_notification"
REMEMBERED = 1000
LOOKED_THROUGH = 200  # newest messages of the channel
# Slack's words for trouble of its own; what else it says with `ok: false` will be said again.
_PASSES = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited", "team_added_to_org"}
)


class Threads:
    """Posts to one channel with one token."""

    def __init__(self, url: str, token: str, channel: str, now: Callable[[], datetime]) -> None:
        self._url, self._token, self._channel, self._now = url, token, channel, now
        self._roots: dict[str, str] = {}  # by incident: the time stamp that is its first message's id
        self._lock = threading.Lock()

    def send(self, notification: Notification) -> str:
        root = self._root(notification)
        body = {
            **document(notification),
            "channel": self._channel,
            "metadata": {"event_type": EVENT, "event_payload": _marks(notification)},
            "unfurl_links": False,
            "unfurl_media": False,
        }
        posted = self._call("chat.postMessage", {**body, **({"thread_ts": root} if root else {})})
        if root is None:
            self._remember(notification.incident_id, str(posted.get("ts", "")))
            return "posted"
        if notification.occasion in {Occasion.RESOLVE, Occasion.ACKNOWLEDGE}:
            self._show_state(root, notification)
        return "posted in its thread"

    def _show_state(self, root: str, notification: Notification) -> None:
        """Let the first message say how it stands. The reply has been taken already: this may fail."""
        marks = {"event_type": EVENT, "event_payload": _marks(notification)}
        body = {**document(notification), "channel": self._channel, "ts": root, "metadata": marks}
        try:
            self._call("chat.update", body)
        except DeliveryError:
            return

    def _root(self, notification: Notification) -> str | None:
        """The first message of its incident; None for a message that begins one."""
        with self._lock:
            known = self._roots.get(notification.incident_id)
        if known or (notification.occasion is Occasion.TRIGGER and notification.sequence == 0):
            return known
        try:
            found = self._search(notification.incident_id)
        except DeliveryError:
            return None
        if found:
            self._remember(notification.incident_id, found)
        return found

    def _search(self, incident_id: str) -> str | None:
        """Its oldest message among the newest of the channel."""
        asked = {"channel": self._channel, "limit": LOOKED_THROUGH, "include_all_metadata": "true"}
        messages = self._call("conversations.history", asked, reads=True).get("messages", [])
        mine = [
            str(message["ts"])
            for message in messages
            if (message.get("metadata") or {}).get("event_payload", {}).get("incident") == incident_id
        ]
        return min(mine, key=float, default=None)

    def _remember(self, incident_id: str, stamp: str) -> None:
        with self._lock:
            if stamp:
                self._roots[incident_id] = stamp
            while len(self._roots) > REMEMBERED:
                del self._roots[next(iter(self._roots))]

    def _call(self, method: str, body: dict[str, Any], *, reads: bool = False) -> dict[str, Any]:
        """The answer, which has `ok: true`; raises `DeliveryError`. What reads does not understand JSON there."""
        kind = "application/x-www-form-urlencoded" if reads else "application/json; charset=utf-8"
        content = urlencode(body) if reads else json.dumps(body)
        headers = {"Content-Type": kind, "Authorization": f"Bearer {self._token}"}
        what = Post(f"{self._url}/{method}", content.encode(), headers, hidden=(self._token,))
        answer = post(what, self._now())
        said = answer.json()
        if not isinstance(said, dict) or said.get("ok") is not True:
            why = said.get("error") if isinstance(said, dict) else None
            permanent = isinstance(why, str) and why not in _PASSES
            raise DeliveryError(f"Slack did not take it: {answer.said}", permanent=permanent)
        return said


def _marks(notification: Notification) -> dict[str, str]:
    return {"incident": notification.incident_id, "dedup_key": notification.dedup_key, "id": notification.id}
