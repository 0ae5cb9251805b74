"""A ticket for each incident: opened once, commented on, closed, in Jira, ServiceNow, Zendesk, Trello or Azure DevOps.

Before anything is done the ticket is looked for by a mark that follows from the deduplication key. So a message that is
sent twice opens one ticket; and it is not said twice in it either, since the ticket names what opened it.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Literal, Protocol

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from synthmon.alerting import bounded, wording
from synthmon.alerting.context import ChannelContext
from synthmon.alerting.options import Options as BaseOptions
from synthmon.alerting.tickets.azure import AzureDevOps
from synthmon.alerting.tickets.desk import LONGEST_TEXT, LONGEST_TITLE, Api, Desk, Draft, Options, Ticket
from synthmon.alerting.tickets.jira import Jira
from synthmon.alerting.tickets.servicenow import ServiceNow
from synthmon.alerting.tickets.trello import Trello
from synthmon.alerting.tickets.zendesk import Zendesk
from synthmon.model.incident import Notification, Occasion
from synthmon.model.probe import Severity


class System(Protocol):
    """A kind of desk, which says how it is asked."""

    def __call__(self, api: Api, options: Options) -> Desk: ...

    @staticmethod
    def authorization(options: Options) -> str: ...


SYSTEMS: Mapping[str, System] = {
    "jira": Jira,
    "servicenow": ServiceNow,
    "zendesk": Zendesk,
    "trello": Trello,
    "azure_devops": AzureDevOps,
}
_NEEDS = {
    "jira": ("project",),
    "zendesk": ("user",),
    "trello": ("user", "project"),
    "azure_devops": ("project",),
}


class TicketOptions(BaseOptions):
    """Which system, where, as whom; what the other words mean differs a little from system to system."""

    system: Literal["jira", "servicenow", "zendesk", "trello", "azure_devops"] = Field(description="The system.")
    url: str = Field(description="Its address, such as https://example.atlassian.net.")
    token: str = Field(description="The token or password, as `${{ secrets.… }}`.")
    user: str | None = Field(None, description="Whose token it is; Trello's API key.")
    project: str | None = Field(None, description="Where tickets are opened: a project, a group, a list.")
    type: str | None = Field(None, description="The type of what is opened.")
    done: str | None = Field(None, description="The state that means done.")
    resolution: str | None = Field(None, description="Why it was closed, where that has to be said.")
    ca_file: str | None = Field(None, description="A bundle of authorities to trust instead of the public ones.")

    @model_validator(mode="after")
    def _complete(self) -> TicketOptions:
        missing = [name for name in _NEEDS.get(self.system, ()) if not getattr(self, name)]
        if missing:
            said = {
                "code": "missing-key",
                "message": f"{self.system} needs {' and '.join(f'`{name}`' for name in missing)}",
                "hint": f"add `{missing[0]}:`",
            }
            raise PydanticCustomError("ours", "{message}", said)
        return self


class TicketChannel:
    """An attempt is several requests, which together take no longer than that of any other channel."""

    keyed = True
    readable_for: timedelta | None = timedelta(days=1)

    def __init__(self, name: str, options: TicketOptions, context: ChannelContext) -> None:
        self.name = name
        self._system = SYSTEMS[options.system]
        self._options = Options(
            user=context.fill(options.user or ""),
            token=context.fill(options.token),
            project=context.fill(options.project or ""),
            type=options.type,
            done=options.done,
            resolution=options.resolution,
        )
        authorization = self._system.authorization(self._options)
        hidden = tuple(text for text in (self._options.token, authorization.partition(" ")[2]) if text)
        url = context.fill(options.url).rstrip("/")
        self._api: Callable[[threading.Event], Api] = lambda stop: Api(
            url, authorization, hidden, options.ca_file, context.now, stop
        )

    def send(self, notification: Notification) -> str:
        stop = threading.Event()
        desk = self._system(self._api(stop), self._options)
        return bounded.within(lambda: work(desk, notification), stop.set)

    def arrived(self, told: Notification) -> bool:
        """Whether there is an open ticket of its mark."""
        stop = threading.Event()
        desk = self._system(self._api(stop), self._options)
        return bounded.within(lambda: desk.find(mark_of(told)), stop.set) is not None


def work(desk: Desk, notification: Notification) -> str:
    """What has to be done about the incident's ticket; in a few words, what was done."""
    text, ticket = text_of(notification), desk.find(mark_of(notification))
    match notification.occasion:
        case Occasion.RESOLVE | Occasion.ACKNOWLEDGE if ticket is None:
            return "there is no open ticket"
        case Occasion.RESOLVE:
            desk.close(_there(ticket), text)
            return "closed"
        case _ if ticket is None:
            return f"opened {desk.open(draft_of(notification))}"
        case _ if notification.id in ticket.text:
            return "opened before"
        case _:
            desk.comment(ticket, text)
            return "commented"


def _there(ticket: Ticket | None) -> Ticket:
    assert ticket is not None  # the case before has seen to it
    return ticket


def mark_of(notification: Notification) -> str:
    """One word that any system can find: the same for all of an incident's life and its reopenings."""
    return "synthmon-" + hashlib.sha256(notification.dedup_key.encode()).hexdigest()[:20]


def text_of(notification: Notification) -> str:
    return wording.plain(notification.message)[:LONGEST_TEXT]


def draft_of(notification: Notification) -> Draft:
    title = wording.title(notification.message, LONGEST_TITLE - 40)
    told = f"{notification.dedup_key}\n{notification.id}"
    urgent = notification.message.severity is Severity.PAGE
    return Draft(title, f"{text_of(notification)}\n\n{told}", mark_of(notification), urgent)
