"""What every ticket system can do for us, and how its interface is called."""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from synthmon.alerting.http import Answer, Post, post
from synthmon.errors import DeliveryError
from synthmon.nouns import dataclass

LONGEST_TITLE, LONGEST_TEXT = 240, 30_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A ticket to be. `mark` is one word that is found again; `text` names the notification that opened it."""

    title: str
    text: str
    mark: str
    urgent: bool


@dataclass(frozen=True, slots=True)
class Ticket:
    """One that is open; `text` is its description as the system gives it back."""

    id: str
    text: str = ""


class Desk(Protocol):
    """Each raises `DeliveryError`."""

    def find(self, mark: str) -> Ticket | None:
        """The oldest ticket with that mark that is not done."""
        ...

    def open(self, draft: Draft) -> str:
        """The name under which people will find it."""
        ...

    def comment(self, ticket: Ticket, text: str) -> None: ...

    def close(self, ticket: Ticket, text: str) -> None:
        """Comment, and bring it to its end."""
        ...


@dataclass(frozen=True, slots=True)
class Options:
    """What is said of a system in the settings, filled in."""

    user: str
    token: str
    project: str
    type: str | None
    done: str | None
    resolution: str | None


@dataclass(frozen=True, slots=True)
class Api:
    """Calls below one address with one authorization. After `stop` nothing more is sent: the attempt was given up."""

    url: str
    authorization: str
    hidden: tuple[str, ...]
    ca_file: str | None
    now: Callable[[], datetime]
    stop: threading.Event = field(default_factory=threading.Event)

    def call(
        self, method: str, path: str, body: object = None, *, kind: str = "application/json", **query: str
    ) -> Answer:
        """The answer of a 2xx status; raises `DeliveryError`."""
        if self.stop.is_set():
            raise DeliveryError("the attempt took too long")
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"Authorization": self.authorization, "Accept": "application/json", "Content-Type": kind}
        address = f"{self.url}{path}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")
        return post(Post(address, content, headers, self.hidden, self.ca_file, method), self.now())


def basic(name: str, password: str) -> str:
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


def first(found: Any, make: Callable[[Mapping[str, Any]], Ticket]) -> Ticket | None:
    """The first of a list of objects as a ticket; raises `DeliveryError` for anything that is no such list."""
    try:
        return make(found[0]) if found else None
    except (LookupError, TypeError, AttributeError) as error:
        raise DeliveryError("the receiver answered something unexpected") from error
