"""Microsoft Teams, by the webhook of a workflow ("when a Teams webhook request is received") and an Adaptive Card."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import Field

from synthmon.alerting import wording
from synthmon.alerting.context import ChannelContext
from synthmon.alerting.http import Post, post
from synthmon.alerting.options import Options
from synthmon.errors import DeliveryError
from synthmon.model.incident import Message, Notification, Occasion

LONGEST_FACT = 300
MOST_FACTS, FEWEST_FACTS = 80, 20  # a single incident has 14
LARGEST = 26_000  # bytes; Teams shows no card beyond 28 KB
_COLOURS = {Occasion.RESOLVE: "Good", Occasion.ACKNOWLEDGE: "Accent", Occasion.TEST: "Accent"}
_MARKUP = re.compile(r"([\\`*_\[\]])")


class TeamsOptions(Options):
    """The workflow's webhook."""

    webhook_url: str = Field(description="The address that the workflow shows, as `${{ secrets.… }}`.")


class Teams:
    """A workflow answers 202 before it posts; what fails afterwards shows in its own history of runs."""

    def __init__(self, name: str, options: TeamsOptions, context: ChannelContext) -> None:
        self.name = name
        self._url = context.fill(options.webhook_url)
        self._now = context.now

    def send(self, notification: Notification) -> str:
        content = json.dumps(document(notification.message)).encode()
        answer = post(Post(self._url, content, {"Content-Type": "application/json"}), self._now())
        # Addresses of the older connectors answer 200 and `1`; their refusals are 200 and a sentence.
        if answer.status == 200 and answer.text.strip() not in {"", "1"}:
            raise DeliveryError(f"Teams did not take it, but answered 200: {answer.said}")
        return f"accepted with {answer.status}"


def document(message: Message) -> dict[str, Any]:
    """A message with one card: title, facts, and what can be clicked."""
    limit, most = LONGEST_FACT, MOST_FACTS
    while len(json.dumps(made := _document(message, limit, most))) > LARGEST and limit > 1:
        limit, most = limit // 2, most // 2
    return made


def _document(message: Message, limit: int, most: int) -> dict[str, Any]:
    facts = [fact for fact in wording.facts(message, limit) if fact[0] != "more"][: max(most, FEWEST_FACTS)]
    links = (("More in synthmon", message.link), ("Runbook", message.runbook))
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": [
            {
                "type": "TextBlock",
                "text": plain(wording.title(message)),
                "weight": "Bolder",
                "size": "Medium",
                "color": _COLOURS.get(message.occasion, "Attention"),
                "wrap": True,
            },
            {"type": "FactSet", "facts": [{"title": name, "value": plain(value)} for name, value in facts]},
        ],
        "actions": [
            {"type": "Action.OpenUrl", "title": text, "url": href}
            for text, href in links
            if href and href.startswith(("https://", "http://"))
        ],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "summary": wording.title(message), "attachments": [attachment]}


def plain(text: str) -> str:
    """The text with its Markdown made harmless: what a target sends is no link here. A mention would be declared."""
    return _MARKUP.sub(r"\\\1", text).replace("<", "&lt;")
