"""Trello: cards, by its REST API; `user` is the API key, `project` the list in which cards are opened."""

from __future__ import annotations

from synthmon.alerting.tickets.desk import LONGEST_TITLE, Api, Draft, Options, Ticket
from synthmon.errors import DeliveryError

LONGEST_DESCRIPTION = 16_000


class Trello:
    """A card is found by a word in its description, wherever on the board somebody moved it."""

    def __init__(self, api: Api, options: Options) -> None:
        self._api, self._options = api, options

    @staticmethod
    def authorization(options: Options) -> str:
        return f'OAuth oauth_consumer_key="{options.user}", oauth_token="{options.token}"'

    def find(self, mark: str) -> Ticket | None:
        board = self._api.call("GET", f"/1/lists/{self._options.project}", fields="idBoard").field("idBoard")
        cards = self._api.call("GET", f"/1/boards/{board}/cards/open", fields="desc,idList").json()
        try:
            mine = [
                Ticket(str(card["id"]), str(card["desc"]))
                for card in cards
                if mark in card["desc"] and card["idList"] != self._options.done
            ]
        except (LookupError, TypeError) as error:
            raise DeliveryError("the receiver answered something unexpected") from error
        return min(mine, key=lambda card: card.id, default=None)  # ids begin with the time of creation

    def open(self, draft: Draft) -> str:
        text = _as_it_is(draft.text[: LONGEST_DESCRIPTION - 100]) + f"\n\n{draft.mark}"
        card = {"idList": self._options.project, "name": draft.title[:LONGEST_TITLE], "desc": text}
        return str(self._api.call("POST", "/1/cards", card).field("id"))

    def comment(self, ticket: Ticket, text: str) -> None:
        said = _as_it_is(text[: LONGEST_DESCRIPTION - 100])
        self._api.call("POST", f"/1/cards/{ticket.id}/actions/comments", {"text": said})

    def close(self, ticket: Ticket, text: str) -> None:
        self.comment(ticket, text)
        end = {"idList": self._options.done} if self._options.done else {"closed": True}
        self._api.call("PUT", f"/1/cards/{ticket.id}", end)


def _as_it_is(text: str) -> str:
    """Without Markdown and mentions."""
    return "```\n" + text.replace("```", "'''") + "\n```"
