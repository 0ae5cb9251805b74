"""Small imitations of ticket systems, each as its public documentation describes what is used of it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.alerting.receivers import Asked, Receiver, Reply


@dataclass
class Kept:
    """A ticket, whatever its system calls it."""

    id: str
    title: str
    text: str
    mark: str
    urgent: bool | None = None
    comments: list[str] = field(default_factory=list)
    done: bool = False


class Imitation(Receiver):
    """Answers 401 to whoever does not identify himself rightly, 404 to what it does not know."""

    authorization = ""

    def __init__(self) -> None:
        super().__init__()
        self.tickets: list[Kept] = []
        self.broken: list[tuple[str, int]] = []  # (method, status): how the next such requests are answered

    def answer(self, asked: Asked) -> Reply:
        with self.changed:
            self.asked.append(asked)
            self.changed.notify_all()
            if asked.headers.get("authorization") != self.authorization:
                return Reply(401, "who are you?")
            if self.broken and self.broken[0][0] == asked.method:
                return Reply(self.broken.pop(0)[1], "not now")
            parts = urlsplit(asked.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            body = json.loads(asked.body) if asked.body else None
            found = self.do(asked, unquote(parts.path), query, body)
            return Reply(404, "no such place") if found is None else Reply(found[0], json.dumps(found[1]))

    def do(self, asked: Asked, path: str, query: dict[str, str], body: Any) -> tuple[int, Any] | None:
        raise NotImplementedError

    def add(self, **fields: Any) -> Kept:
        self.tickets.append(Kept(**fields))
        return self.tickets[-1]

    def current(self, mark: str) -> list[Kept]:
        return [ticket for ticket in self.tickets if ticket.mark == mark and not ticket.done]

    def named(self, name: str) -> Kept:
        return next(ticket for ticket in self.tickets if ticket.id == name)


def told(name: str, password: str) -> str:
    """How name and password are told."""
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


class JiraCloud(Imitation):
    authorization = told("bot@example.com", "xoxb-T0KEN-0123456789")
    search = "/rest/api/2/search/jql"

    def do(self, asked: Asked, path: str, query: dict[str, str], body: Any) -> tuple[int, Any] | None:
        if path == self.search:
            found = re.fullmatch(
                r'project = "OPS" AND labels = "([\w-]+)" AND statusCategory != Done ORDER BY created ASC', body["jql"]
            )
            assert found
            issues = [{"key": one.id, "fields": {"description": one.text}} for one in self.current(found[1])]
            return 200, {"issues": issues[: body["maxResults"]], "isLast": True}
        if path == "/rest/api/2/issue":
            fields = body["fields"]
            assert ({"key": "OPS"}, {"name": "Incident"}) == (fields["project"], fields["issuetype"])
            mark = fields["labels"][1]
            name = f"OPS-{len(self.tickets) + 1}"
            self.add(id=name, title=fields["summary"], text=fields["description"], mark=mark)
            return 201, {"id": "10000", "key": name}
        if found := re.fullmatch(r"/rest/api/2/issue/(OPS-\d+)/comment", path):
            self.named(found[1]).comments.append(body["body"])
            return 201, {"id": "1"}
        if found := re.fullmatch(r"/rest/api/2/issue/(OPS-\d+)/transitions", path):
            if asked.method == "POST":
                self.named(found[1]).done = body["transition"]["id"] == "31"
                return 204, ""
            states = [("21", "Start", "In Progress", "indeterminate"), ("31", "Finish", "Done", "done")]
            return 200, {
                "transitions": [
                    {"id": one, "name": name, "to": {"name": to, "statusCategory": {"key": category}}}
                    for one, name, to, category in states
                ]
            }
        return None


class JiraDataCenter(JiraCloud):
    authorization = "Bearer xoxb-T0KEN-0123456789"
    search = "/rest/api/2/search"


class ServiceNow(Imitation):
    authorization = told("bot", "xoxb-T0KEN-0123456789")

    def do(self, asked: Asked, path: str, query: dict[str, str], body: Any) -> tuple[int, Any] | None:
        if path == "/api/now/table/incident" and asked.method == "GET":
            asked_for = query["sysparm_query"]
            found = re.fullmatch(r"correlation_id=([\w-]+)\^stateNOT IN6,7,8\^ORDERBYsys_created_on", asked_for)
            assert found
            return 200, {"result": [{"sys_id": one.id, "description": one.text} for one in self.current(found[1])]}
        if path == "/api/now/table/incident":
            ticket = self.add(
                id=f"{len(self.tickets):032x}",
                title=body["short_description"],
                text=body["description"],
                mark=body["correlation_id"],
                urgent=body["urgency"] == "1",
            )
            return 201, {"result": {"sys_id": ticket.id, "number": "INC0010001"}}
        if asked.method == "PATCH" and (found := re.fullmatch(r"/api/now/table/incident/([0-9a-f]{32})", path)):
            ticket = self.named(found[1])
            ticket.comments += [body[name] for name in ("work_notes", "close_notes") if name in body]
            if body.get("state") == "6":
                assert body["close_code"]
                ticket.done = True
            return 200, {"result": {"sys_id": ticket.id}}
        return None


class Zendesk(Imitation):
    authorization = told("bot@example.com/token", "xoxb-T0KEN-0123456789")

    def do(self, asked: Asked, path: str, query: dict[str, str], body: Any) -> tuple[int, Any] | None:
        if path == "/api/v2/tickets" and asked.method == "GET":
            mine = [one for one in self.tickets if one.mark == query["external_id"]]
            shown = [
                {"id": int(one.id), "status": "solved" if one.done else "open", "description": one.text} for one in mine
            ]
            return 200, {"tickets": shown}
        if path == "/api/v2/tickets":
            fields = body["ticket"]
            name = str(35000 + len(self.tickets))
            text = fields["comment"]["body"]
            self.add(id=name, title=fields["subject"], text=text, mark=fields["external_id"])
            return 201, {"ticket": {"id": int(name)}}
        if asked.method == "PUT" and (found := re.fullmatch(r"/api/v2/tickets/(\d+)", path)):
            ticket, fields = self.named(found[1]), body["ticket"]
            assert fields["comment"]["public"] is False
            ticket.comments.append(fields["comment"]["body"])
            ticket.done = fields.get("status") == "solved"
            return 200, {"ticket": {"id": int(ticket.id)}}
        return None


class Trello(Imitation):
    authorization = 'OAuth oauth_consumer_key="key-0815", oauth_token="xoxb-T0KEN-0123456789"'

    def do(self, asked: Asked, path: str, query: dict[str, str], body: Any) -> tuple[int, Any] | None:
        if path == "/1/lists/OPS":
            return 200, {"id": "OPS", "idBoard": "board-1"}
        if path == "/1/boards/board-1/cards/open":
            cards = [one for one in self.tickets if not one.done]
            return 200, [{"id": one.id, "desc": one.text, "idList": "anywhere"} for one in cards]
        if path == "/1/cards":
            assert body["idList"] == "OPS"
            name = f"{len(self.tickets):024x}"
            self.add(id=name, title=body["name"], text=body["desc"], mark=body["desc"].split()[-1])
            return 200, {"id": name}
        if found := re.fullmatch(r"/1/cards/(\w+)/actions/comments", path):
            self.named(found[1]).comments.append(body["text"])
            return 200, {"id": "1"}
        if asked.method == "PUT" and (found := re.fullmatch(r"/1/cards/(\w+)", path)):
            self.named(found[1]).done = body["closed"]
            return 200, {"id": found[1]}
        return None


class AzureDevOps(Imitation):
    authorization = told("", "xoxb-T0KEN-0123456789")

    def do(self, asked: Asked, path: str, query: dict[str, str], body: Any) -> tuple[int, Any] | None:
        assert query == {"api-version": "7.1"}
        if path == "/OPS/_apis/wit/wiql":
            found = re.search(r"CONTAINS '([\w-]+)' AND \[System.State\] NOT IN \('Done', 'Closed'", body["query"])
            assert found
            return 200, {"workItems": [{"id": int(one.id)} for one in self.current(found[1])]}
        if path == "/OPS/_apis/wit/workitems/$Incident":
            assert asked.headers["content-type"] == "application/json-patch+json"
            fields = self.fields(body)
            mark = fields["System.Tags"].split("; ")[1]
            name = str(7 + len(self.tickets))
            self.add(id=name, title=fields["System.Title"], text=fields["System.Description"], mark=mark)
            return 200, {"id": int(name)}
        if found := re.fullmatch(r"/OPS/_apis/wit/workitems/(\d+)", path):
            ticket = self.named(found[1])
            if asked.method == "PATCH":
                fields = self.fields(body)
                ticket.comments.append(fields["System.History"])
                ticket.done = fields.get("System.State") == "Done"
            return 200, {"id": int(ticket.id), "fields": {"System.Description": ticket.text}}
        return None

    @staticmethod
    def fields(patch: list[dict[str, str]]) -> dict[str, str]:
        assert all(change["op"] == "add" for change in patch)
        return {change["path"].removeprefix("/fields/"): change["value"] for change in patch}


IMITATIONS: dict[str, tuple[type[Imitation], dict[str, str]]] = {
    "jira": (JiraCloud, {"system": "jira", "user": "bot@example.com", "project": "OPS", "type": "Incident"}),
    "jira-data-center": (JiraDataCenter, {"system": "jira", "project": "OPS", "type": "Incident"}),
    "servicenow": (ServiceNow, {"system": "servicenow", "user": "bot"}),
    "zendesk": (Zendesk, {"system": "zendesk", "user": "bot@example.com"}),
    "trello": (Trello, {"system": "trello", "user": "key-0815", "project": "OPS"}),
    "azure-devops": (AzureDevOps, {"system": "azure_devops", "project": "OPS", "type": "Incident"}),
}
