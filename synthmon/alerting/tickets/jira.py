"""Jira: issues, by its REST API version 2. With a user it is Jira Cloud, without one Jira Data Center."""

from __future__ import annotations

from synthmon.alerting.tickets.desk import LONGEST_TITLE, Api, Draft, Options, Ticket, basic, first
from synthmon.errors import DeliveryError

API = "/rest/api/2"


class Jira:
    """An issue is found by a label; it is done when its status belongs to the category "Done"."""

    def __init__(self, api: Api, options: Options) -> None:
        self._api, self._options = api, options

    @staticmethod
    def authorization(options: Options) -> str:
        return basic(options.user, options.token) if options.user else f"Bearer {options.token}"

    def find(self, mark: str) -> Ticket | None:
        project = self._options.project.replace('"', "")
        jql = f'project = "{project}" AND labels = "{mark}" AND statusCategory != Done ORDER BY created ASC'
        search = f"{API}/search/jql" if self._options.user else f"{API}/search"
        asked = {"jql": jql, "maxResults": 1, "fields": ["description"]}
        issues = self._api.call("POST", search, asked).field("issues")
        return first(issues, lambda one: Ticket(str(one["key"]), str(one["fields"].get("description") or "")))

    def open(self, draft: Draft) -> str:
        fields = {
            "project": {"key": self._options.project},
            "issuetype": {"name": self._options.type or "Task"},
            "summary": draft.title[:LONGEST_TITLE],
            "description": _as_it_is(draft.text),
            "labels": ["synthmon", draft.mark],
        }
        return str(self._api.call("POST", f"{API}/issue", {"fields": fields}).field("key"))

    def comment(self, ticket: Ticket, text: str) -> None:
        self._api.call("POST", f"{API}/issue/{ticket.id}/comment", {"body": _as_it_is(text)})

    def close(self, ticket: Ticket, text: str) -> None:
        self.comment(ticket, text)
        path = f"{API}/issue/{ticket.id}/transitions"
        for transition in self._api.call("GET", path).field("transitions"):
            to = transition.get("to", {})
            is_done = to.get("statusCategory", {}).get("key") == "done"
            if self._options.done in {transition.get("name"), to.get("name")} if self._options.done else is_done:
                self._api.call("POST", path, {"transition": {"id": transition["id"]}})
                return
        wanted = self._options.done or "a status that is done"
        raise DeliveryError(f"no transition leads {ticket.id} to {wanted}", permanent=True)


def _as_it_is(text: str) -> str:
    """Without Jira's markup, in which a target could mention somebody."""
    return "{noformat}\n" + text.replace("{noformat}", "(noformat)") + "\n{noformat}"
