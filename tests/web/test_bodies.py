"""What is sent is read within bounds, wherever it comes in, and nobody who goes away is an error of ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import anyio
import pytest
from starlette.requests import Request
from starlette.types import Message

from synthmon.web import agents_api, bodies, guard
from synthmon.web.access import Need, where_from
from synthmon.web.page import Page
from synthmon.web.views import View

GONE: Message = {"type": "http.disconnect"}
SCOPE = {"type": "http", "method": "POST", "path": "/x", "query_string": b"", "headers": []}


def piece(content: bytes, more: bool = True) -> Message:
    return {"type": "http.request", "body": content, "more_body": more}


class Sender:
    """Somebody who sends these pieces, and then nothing for as long as one waits."""

    def __init__(self, pieces: Sequence[Message]) -> None:
        self._pieces = list(pieces)
        self.got: list[Message] = []

    async def receive(self) -> Message:
        if not self._pieces:
            await anyio.sleep_forever()
        return self._pieces.pop(0)

    async def send(self, message: Message) -> None:
        self.got.append(message)


def test_a_body_is_read_as_a_whole() -> None:
    sender = Sender([piece(b"ab"), piece(b"c", more=False)])
    assert b"abc" == anyio.run(bodies.read, Request(SCOPE, sender.receive), 3, 5.0)


@pytest.mark.parametrize(
    ("pieces", "within", "status"),
    [
        ([piece(b"ab"), piece(b"cd")], 5.0, 413),
        ([piece(b"a")], 0.01, 408),
        ([piece(b"a"), GONE], 5.0, 400),
        ([GONE], 5.0, 400),
    ],
    ids=["too large", "too slow", "gone on the way", "gone at once"],
)
def test_a_body_that_is_not_taken_says_why(pieces: list[Message], within: float, status: int) -> None:
    with pytest.raises(bodies.Unread) as told:
        anyio.run(bodies.read, Request(SCOPE, Sender(pieces).receive), 3, within)
    assert status == told.value.status


def test_whoever_leaves_in_the_middle_of_a_form_or_of_results_is_no_error_of_ours() -> None:
    class Ports:
        class agents:  # noqa: N801
            @staticmethod
            def admit(_token: str) -> str:
                return "eu"

    view = cast("Any", type("Seen", (), {"ports": Ports}))
    page = Page("/x", lambda _view, _request: pytest.fail("it was answered"), Need.PUBLIC, ("POST",))
    (results,) = (call for call in agents_api.CALLS if call.answer is agents_api.results)
    for route in (guard.route(page, cast("View", view)), agents_api.route(results, cast("View", view))):
        sender = Sender([piece(b"a"), GONE])
        anyio.run(route.app, dict(SCOPE), sender.receive, sender.send)
        assert 400 == sender.got[0]["status"]


def test_no_more_is_kept_of_an_address_than_an_address_has() -> None:
    scope = {**SCOPE, "client": ("\x1b" + "9" * 20_000, 1)}
    address = where_from(Request(scope)).address
    assert address.startswith("\\x1b999")
    assert len(address) < 100
