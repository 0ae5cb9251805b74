"""A message in Slack's blocks."""

from __future__ import annotations

from typing import Any

from synthmon.alerting import wording
from synthmon.model.incident import Notification, Occasion

LONGEST = 2900  # Slack takes 3,000 characters in a section
LONGEST_FACT = 300
MOST_SECTIONS = 20  # of names in a group; Slack takes 50 blocks
_SIGNS = {
    Occasion.RESOLVE: ":large_green_circle:",
    Occasion.ACKNOWLEDGE: ":white_circle:",
    Occasion.TEST: ":white_circle:",
}


def document(notification: Notification) -> dict[str, Any]:
    """Title, facts, and a link; `text` is for notifications on the telephone."""
    message = notification.message
    title = escape(wording.title(message))
    facts = [fact for fact in wording.facts(message, LONGEST_FACT) if fact[0] != "more"]
    lines = [f"*{name}*  {_linked(value) if name == 'runbook' else escape(value)}" for name, value in facts]
    blocks: list[dict[str, Any]] = [_section(f"{_SIGNS.get(message.occasion, ':red_circle:')} *{title}*")]
    blocks += [_section(text) for text in _pages(lines)[:MOST_SECTIONS]]
    if message.link:
        blocks.append(_section(f"<{escape(message.link)}|More in synthmon>"))
    return {"text": title, "blocks": blocks}


def escape(text: str) -> str:
    """Slack's three control characters (`<!channel>` from a target must mention nobody)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _linked(text: str) -> str:
    """An address of ours as a link, which `verbatim` does not make by itself; any other text as it is."""
    is_address = text.startswith(("https://", "http://")) and "|" not in text and " " not in text
    return f"<{escape(text)}>" if is_address else escape(text)


def _pages(lines: list[str]) -> list[str]:
    """Whole lines, as many in a section as Slack takes: a cut within `&amp;` would show its remains."""
    pages: list[str] = []
    for line in lines:
        if pages and len(pages[-1]) + 1 + len(line) <= LONGEST:
            pages[-1] += f"\n{line}"
        else:
            pages.append(line)
    return pages


def _section(text: str) -> dict[str, Any]:
    # verbatim: Slack would make links of addresses and names that the target sent.
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
