"""Azure DevOps: work items, by its REST API 7.1 and a personal access token; the address ends with the organization."""

from __future__ import annotations

import html
from urllib.parse import quote

from synthmon.alerting.tickets.desk import LONGEST_TITLE, Api, Draft, Options, Ticket, basic
from synthmon.errors import DeliveryError

VERSION = {"api-version": "7.1"}
PATCH = "application/json-patch+json"
WANTED = "SELECT [System.Id] FROM WorkItems"  # in the query language of work items
DONE = "Done"
OVER = ("Done", "Closed", "Resolved", "Removed")


class AzureDevOps:
    """A work item is found by a tag."""

    def __init__(self, api: Api, options: Options) -> None:
        self._api, self._options = api, options
        self._work = f"/{quote(options.project, safe='')}/_apis/wit"

    @staticmethod
    def authorization(options: Options) -> str:
        return basic(options.user, options.token)

    def find(self, mark: str) -> Ticket | None:
        states = ", ".join(_quoted(state) for state in dict.fromkeys((*OVER, self._options.done or DONE)))
        conditions = (
            "[System.TeamProject] = @project",
            f"[System.Tags] CONTAINS {_quoted(mark)}",
            f"[System.State] NOT IN ({states})",
        )
        query = f"{WANTED} WHERE {' AND '.join(conditions)} ORDER BY [System.Id]"
        found = self._api.call("POST", f"{self._work}/wiql", {"query": query}, **VERSION).field("workItems")
        if not found:
            return None
        try:
            number = str(int(found[0]["id"]))
        except (LookupError, TypeError, ValueError) as error:
            raise DeliveryError("the receiver answered something unexpected") from error
        item = self._api.call("GET", f"{self._work}/workitems/{number}", **VERSION)
        return Ticket(number, str(item.field("fields").get("System.Description") or ""))

    def open(self, draft: Draft) -> str:
        kind = quote(self._options.type or "Issue", safe="")
        fields = {
            "System.Title": draft.title[:LONGEST_TITLE],
            "System.Description": _as_it_is(draft.text),
            "System.Tags": f"synthmon; {draft.mark}",
        }
        path = f"{self._work}/workitems/${kind}"
        return str(self._api.call("POST", path, _added(fields), kind=PATCH, **VERSION).field("id"))

    def comment(self, ticket: Ticket, text: str) -> None:
        self._change(ticket, {"System.History": _as_it_is(text)})

    def close(self, ticket: Ticket, text: str) -> None:
        self._change(ticket, {"System.History": _as_it_is(text), "System.State": self._options.done or DONE})

    def _change(self, ticket: Ticket, fields: dict[str, str]) -> None:
        self._api.call("PATCH", f"{self._work}/workitems/{ticket.id}", _added(fields), kind=PATCH, **VERSION)


def _added(fields: dict[str, str]) -> list[dict[str, str]]:
    """The fields as a JSON Patch (RFC 6902)."""
    return [{"op": "add", "path": f"/fields/{name}", "value": value} for name, value in fields.items()]


def _quoted(text: str) -> str:
    """As a text of that query language."""
    return "'" + text.replace("'", "''") + "'"


def _as_it_is(text: str) -> str:
    """The field holds HTML."""
    return f"<pre>{html.escape(text)}</pre>"
