"""ServiceNow: incidents, by the Table API. With a user it asks by name and password, without one by a bearer token."""

from __future__ import annotations

from synthmon.alerting.tickets.desk import Api, Draft, Options, Ticket, basic, first

TABLE = "/api/now/table/incident"
RESOLVED = "6"
OVER = "6,7,8"  # resolved, closed, cancelled
CODE = "Solution provided"


class ServiceNow:
    """An incident is found by its correlation id."""

    def __init__(self, api: Api, options: Options) -> None:
        self._api, self._options = api, options

    @staticmethod
    def authorization(options: Options) -> str:
        return basic(options.user, options.token) if options.user else f"Bearer {options.token}"

    def find(self, mark: str) -> Ticket | None:
        query = f"correlation_id={mark}^stateNOT IN{OVER}^ORDERBYsys_created_on"
        wanted = {"sysparm_query": query, "sysparm_limit": "1", "sysparm_fields": "sys_id,description"}
        found = self._api.call("GET", TABLE, **wanted).field("result")
        return first(found, lambda one: Ticket(str(one["sys_id"]), str(one.get("description") or "")))

    def open(self, draft: Draft) -> str:
        level = "1" if draft.urgent else "3"
        record = {
            "short_description": draft.title[:160],
            "description": _as_it_is(draft.text),
            "correlation_id": draft.mark,
            "correlation_display": "synthmon",
            "urgency": level,
            "impact": level,
            **({"assignment_group": self._options.project} if self._options.project else {}),
        }
        return str(self._api.call("POST", TABLE, record).field("result", "number"))

    def comment(self, ticket: Ticket, text: str) -> None:
        self._api.call("PATCH", f"{TABLE}/{ticket.id}", {"work_notes": _as_it_is(text)})

    def close(self, ticket: Ticket, text: str) -> None:
        record = {
            "state": self._options.done or RESOLVED,
            "close_code": self._options.resolution or CODE,
            "close_notes": _as_it_is(text),
        }
        self._api.call("PATCH", f"{TABLE}/{ticket.id}", record)


def _as_it_is(text: str) -> str:
    """ServiceNow shows what stands between these marks as HTML."""
    return text.replace("[code]", "(code)").replace("[/code]", "(/code)")
