"""A signed webhook: the whole message as JSON to an address of one's own."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from pydantic import Field

from synthmon import wire
from synthmon.alerting.context import ChannelContext
from synthmon.alerting.group import GroupMessage
from synthmon.alerting.http import Post, post
from synthmon.alerting.options import Options
from synthmon.model.incident import Notification

VERSION = 1


class WebhookOptions(Options):
    """Where to, and the key with which each body is signed."""

    url: str = Field(description="The address to post to; usually `${{ secrets.… }}`, since it lets anybody post.")
    secret: str | None = Field(None, description="The key for the signature, as `${{ secrets.… }}`.")
    ca_file: str | None = Field(None, description="A bundle of authorities to trust instead of the public ones.")


class Webhook:
    """Signs like this: `Synthmon-Signature: t=<unix time>,v1=<hex HMAC-SHA256 of "<t>.<body>">`."""

    def __init__(self, name: str, options: WebhookOptions, context: ChannelContext) -> None:
        self.name = name
        self._url = context.fill(options.url)
        self._key = context.fill(options.secret).encode() if options.secret else None
        self._hidden = (self._key.decode(),) if self._key else ()
        self._ca_file = options.ca_file
        self._now = context.now

    def send(self, notification: Notification) -> str:
        content = json.dumps(document(notification)).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": notification.id}
        if self._key is not None:
            headers["Synthmon-Signature"] = sign(content, self._key, int(self._now().timestamp()))
        answer = post(Post(self._url, content, headers, self._hidden, self._ca_file), self._now())
        return f"accepted with {answer.status}"


def sign(content: bytes, key: bytes, at: int) -> str:
    """The header's value for a body signed at that unix time."""
    digest = hmac.new(key, f"{at}.".encode() + content, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def document(notification: Notification) -> dict[str, Any]:
    """The body: the message's fields, and what identifies the notification; of a group that of each member too."""
    return {"version": VERSION, **_one(notification), **_members(notification)}


def _one(notification: Notification) -> dict[str, Any]:
    return {
        "id": notification.id,
        "dedup_key": notification.dedup_key,
        "generation": notification.generation,
        **wire.message_to_json(notification.message),
    }


def _members(notification: Notification) -> dict[str, Any]:
    message = notification.message
    return {"members": [_one(member) for member in message.members]} if isinstance(message, GroupMessage) else {}
