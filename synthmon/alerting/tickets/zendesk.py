"""Zendesk: tickets, by its Support API; a user's e-mail address and an API token."""

from __future__ import annotations

from typing import Any

from synthmon.alerting.tickets.desk import LONGEST_TITLE, Api, Draft, Options, Ticket, basic, first
from synthmon.errors import DeliveryError

TICKETS = "/api/v2/tickets"
OVER = frozenset({"solved", "closed"})


class Zendesk:
    """A ticket is found by its external id."""

    def __init__(self, api: Api, options: Options) -> None:
        self._api, self._options = api, options

    @staticmethod
    def authorization(options: Options) -> str:
        return basic(f"{options.user}/token", options.token)

    def find(self, mark: str) -> Ticket | None:
        found = self._api.call("GET", TICKETS, external_id=mark).field("tickets")
        try:
            current = [one for one in found if one["status"] not in OVER]
        except (LookupError, TypeError) as error:
            raise DeliveryError("the receiver answered something unexpected") from error
        return first(current, lambda one: Ticket(str(one["id"]), str(one.get("description") or "")))

    def open(self, draft: Draft) -> str:
        ticket: dict[str, Any] = {
            "subject": draft.title[:LONGEST_TITLE],
            "comment": {"body": draft.text, "public": False},
            "external_id": draft.mark,
            "priority": "urgent" if draft.urgent else "normal",
            "tags": ["synthmon"],
            **({"group_id": self._options.project} if self._options.project else {}),
            **({"type": self._options.type} if self._options.type else {}),
        }
        return str(self._api.call("POST", TICKETS, {"ticket": ticket}).field("ticket", "id"))

    def comment(self, ticket: Ticket, text: str) -> None:
        self._change(ticket, text)

    def close(self, ticket: Ticket, text: str) -> None:
        self._change(ticket, text, status=self._options.done or "solved")

    def _change(self, ticket: Ticket, text: str, **fields: str) -> None:
        changed = {"comment": {"body": text, "public": False}, **fields}
        self._api.call("PUT", f"{TICKETS}/{ticket.id}", {"ticket": changed})
