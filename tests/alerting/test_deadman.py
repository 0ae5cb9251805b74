"""Somebody outside hears from us only while results come, are judged and reach people."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthmon.alerting.context import ChannelContext
from synthmon.alerting.deadman import DeadMan, Signs, silent_because
from synthmon.errors import DeliveryError
from synthmon.model.secret import Secret
from tests.making import NOON

WELL = Signs((), NOON, NOON, timedelta(minutes=2), None, NOON - timedelta(hours=1))


@pytest.mark.parametrize(
    ("signs", "why"),
    [
        (WELL, ()),
        (replace(WELL, troubles=("the sender has stopped",)), ("the sender has stopped",)),
        (replace(WELL, judged_at=None), ("nothing is judged",)),
        (replace(WELL, judged_at=NOON - timedelta(seconds=31)), ("nothing is judged",)),
        (replace(WELL, heard_at=NOON - timedelta(minutes=3)), ("no result has come for too long",)),
        (replace(WELL, heard_at=None), ("no result has come for too long",)),
        (replace(WELL, heard_at=None, started_at=NOON - timedelta(minutes=1)), ()),
        (replace(WELL, heard_at=NOON - timedelta(minutes=3), quiet_for=None), ()),
        (replace(WELL, owed_since=NOON - timedelta(minutes=4)), ()),
        (replace(WELL, owed_since=NOON - timedelta(minutes=6)), ("a notification is not accepted",)),
    ],
)
def test_the_call_is_not_made_when_something_is_wrong(signs: Signs, why: tuple[str, ...]) -> None:
    assert silent_because(signs, NOON) == why


WRONG = {
    "troubles": st.just(("results cannot be kept",)),
    "judged_at": st.one_of(st.none(), st.integers(31, 9000).map(lambda ago: NOON - timedelta(seconds=ago))),
    "heard_at": st.integers(121, 9000).map(lambda ago: NOON - timedelta(seconds=ago)),
    "owed_since": st.integers(301, 9000).map(lambda ago: NOON - timedelta(seconds=ago)),
}


@given(st.sets(st.sampled_from(sorted(WRONG))), st.data())
def test_anything_wrong_is_a_reason_not_to_call_and_nothing_else_is(wrong: set[str], data: st.DataObject) -> None:
    """I10: whatever keeps us from judging or telling, somebody outside hears of it by our silence."""
    signs = replace(WELL, **{name: data.draw(WRONG[name]) for name in wrong})  # type: ignore[arg-type] # by name

    assert len(silent_because(signs, NOON)) == len(wrong)


@pytest.fixture
def outside() -> Iterator[tuple[str, list[str]]]:
    """An address, and the paths that were asked for there."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(500 if "broken" in self.path else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()
    thread.join()


def context(secret: str = "") -> ChannelContext:
    return ChannelContext(lambda name: Secret(f"secrets.{name}", secret), lambda: NOON, sys.stdout)


def test_while_all_is_well_the_address_is_called(outside: tuple[str, list[str]]) -> None:
    url, asked = outside
    switch = DeadMan("${{ secrets.url }}", context(f"{url}/ping/0123456789abcdef"))
    switch.tell(WELL)

    assert asked == ["/ping/0123456789abcdef"]
    assert (switch.called_at, switch.why) == (NOON, ())


def test_while_something_is_wrong_nobody_calls_and_why_is_said(outside: tuple[str, list[str]]) -> None:
    url, asked = outside
    switch = DeadMan(url, context())
    switch.tell(replace(WELL, judged_at=None))

    assert asked == []
    assert (switch.called_at, switch.why) == (None, ("nothing is judged",))


def test_a_call_that_fails_is_said_without_the_address(outside: tuple[str, list[str]]) -> None:
    url, _ = outside
    switch = DeadMan("${{ secrets.url }}", context(f"{url}/broken/0123456789abcdef"))

    with pytest.raises(DeliveryError) as refusal:
        switch.tell(WELL)
    assert "0123456789abcdef" not in str(refusal.value)
