"""Slack, by an incoming webhook and blocks."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import Field

from synthmon.alerting import wording
from synthmon.alerting.context import ChannelContext, Options
from synthmon.alerting.http import Post, post
from synthmon.errors import DeliveryError
from synthmon.model.incident import Message, Notification, Occasion

LONGEST = 2900  # Slack takes 3,000 characters in a section
LONGEST_FACT = 300
_SIGNS = {Occasion.TRIGGER: ":red_circle:", Occasion.RESOLVE: ":large_green_circle:"}


class SlackOptions(Options):
    """The incoming webhook."""

    webhook_url: str = Field(description="The incoming webhook's address, as `${{ secrets.… }}`.")


class Slack:
    """Slack answers `ok`, or 200 with a word for what it did not like: that is a refusal."""

    def __init__(self, name: str, options: SlackOptions, context: ChannelContext) -> None:
        self.name = name
        self._url = context.fill(options.webhook_url)
        self._now = context.now

    def send(self, notification: Notification) -> str:
        content = json.dumps(document(notification.message)).encode()
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


def escape(text: str) -> str:
    """Slack's three control characters (`<!channel>` from a target must mention nobody)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def document(message: Message) -> dict[str, Any]:
    """Title, facts, and a link; `text` is for notifications on the telephone."""
    head = f"{_SIGNS.get(message.occasion, ':white_circle:')} *{escape(wording.title(message))}*"
    facts = [fact for fact in wording.facts(message, LONGEST_FACT) if fact[0] != "more"]
    lines = [f"*{name}*  {_linked(value) if name == 'runbook' else escape(value)}" for name, value in facts]
    blocks: list[dict[str, Any]] = [_section(head), _section(_shortened(lines))]
    if message.link:
        blocks.append(_section(f"<{escape(message.link)}|More in synthmon>"))
    return {"text": escape(wording.title(message)), "blocks": blocks}


def _linked(text: str) -> str:
    """An address of ours as a link, which `verbatim` does not make by itself; any other text as it is."""
    is_address = text.startswith(("https://", "http://")) and "|" not in text and " " not in text
    return f"<{escape(text)}>" if is_address else escape(text)


def _shortened(lines: list[str]) -> str:
    """As many whole lines as Slack takes: a cut within `&amp;` would show its remains."""
    while len("\n".join(lines)) > LONGEST:
        lines = lines[:-1]
    return "\n".join(lines)


def _section(text: str) -> dict[str, Any]:
    # verbatim: Slack would make links of addresses and names that the target sent.
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
