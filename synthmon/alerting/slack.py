"""Slack, by an incoming webhook, or by an app's token: then each incident is a thread."""

from __future__ import annotations

import json
import re

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from synthmon.alerting.context import ChannelContext
from synthmon.alerting.http import Post, post
from synthmon.alerting.options import Options
from synthmon.alerting.slackblocks import document
from synthmon.alerting.slackthreads import Threads
from synthmon.errors import DeliveryError
from synthmon.model.incident import Notification

API = "https://slack.com/api"


class SlackOptions(Options):
    """An incoming webhook, or an app's token and a channel."""

    webhook_url: str | None = Field(None, description="The incoming webhook's address, as `${{ secrets.… }}`.")
    token: str | None = Field(None, description="An app's bot token, as `${{ secrets.… }}`; with `channel`.")
    channel: str | None = Field(None, description="The id of the Slack channel, such as C0123456789.")
    url: str = Field(API, description="Another address of Slack's Web API.")

    @model_validator(mode="after")
    def _one_way(self) -> SlackOptions:
        if bool(self.webhook_url) == bool(self.token) or bool(self.token) != bool(self.channel):
            raise PydanticCustomError(
                "ours",
                "{message}",
                {
                    "code": "channel",
                    "message": "Slack is reached by a webhook, or by a token and a channel",
                    "hint": "write `webhook_url`, or `token` and `channel`",
                },
            )
        return self


class Slack:
    """By webhook `ok` is awaited, by token `"ok": true`; a 200 with anything else is a refusal."""

    def __init__(self, name: str, options: SlackOptions, context: ChannelContext) -> None:
        self.name = name
        self._url = context.fill(options.webhook_url) if options.webhook_url else None
        self._now = context.now
        self._threads = None
        if options.token and options.channel:
            self._threads = Threads(
                context.fill(options.url).rstrip("/"),
                context.fill(options.token),
                context.fill(options.channel),
                context.now,
            )

    def send(self, notification: Notification) -> str:
        if self._threads is not None:
            return self._threads.send(notification)
        assert self._url is not None  # one of the two is there: the options saw to it
        content = json.dumps(document(notification)).encode()
        answer = post(Post(self._url, content, {"Content-Type": "application/json"}), self._now())
        if not _is_ok(answer.text):
            raise DeliveryError(f"Slack did not take it: {answer.said}", permanent=_is_refusal(answer.text))
        return "ok"


def _is_ok(text: str) -> bool:
    """`ok`, or the JSON object of its other interfaces with `ok: true`."""
    if text.strip() == "ok":
        return True
    try:
        body = json.loads(text)
    except ValueError:
        return False
    return isinstance(body, dict) and body.get("ok") is True


def _is_refusal(text: str) -> bool:
    """Slack's own word for what it did not like (`invalid_payload`); anything else was not said by Slack."""
    try:
        body = json.loads(text)
    except ValueError:
        return re.fullmatch(r"[a-z_]{1,60}", text.strip()) is not None
    return isinstance(body, dict) and body.get("ok") is False
