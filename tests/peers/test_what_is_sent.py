"""What a journey sends is what was captured and declared, each time anew, and an answer is the target's own."""

from __future__ import annotations

import json
from itertools import count

import httpx
import pytest

from synthmon.model.run import Outcome
from tests.engine.transport.raw import Connection, RawServer
from tests.engine.transport.visit import visiting
from tests.engine.world import World, from_json, probe, request, step

IDS = ["007", "12345678", "1e5", "true", "null", "0x1F", "1_000", "2026-03-02", " 7 ", ""]


@pytest.mark.parametrize("value", IDS)
def test_a_text_that_looks_like_a_number_stays_the_text_it_is_wherever_it_is_sent(value: str) -> None:
    """Gatus makes 7 of a captured "007"."""
    world = World(lambda _request: httpx.Response(200, json={"id": value}))
    use = "${{ captures.id }}"
    steps = (
        step("read", captures=(from_json("id", "$.id"),)),
        step("body", request=request("POST", "/b", json={"id": use, "sentence": f"order {use}"})),
        step("query", request=request("GET", "/q", params={"id": use})),
        step("form", request=request("POST", "/f", form={"id": use})),
    )
    assert Outcome.PASSED == world.run(probe(*steps)).outcome
    _, body, query, form = world.seen
    assert {"id": value, "sentence": f"order {value}"} == json.loads(body.content)
    assert value == query.url.params["id"]
    assert value == httpx.QueryParams(form.content.decode())["id"]


@pytest.mark.parametrize("number", [12345678, 9007199254740993, 123456789012345678901234567890, 0.1, 1e21])
def test_a_number_is_sent_on_as_it_came_and_never_rounded_or_put_into_powers(number: float) -> None:
    """Gatus makes 1.2345678e+07 of a captured 12345678, and an order that exists is not found."""
    world = World(lambda _request: httpx.Response(200, json={"id": number}))
    use = "${{ captures.id }}"
    send = step("send", request=request("POST", f"/orders/{use}", json={"id": use}))
    assert Outcome.PASSED == world.run(probe(step("read", captures=(from_json("id", "$.id"),)), send)).outcome
    assert number == json.loads(world.seen[1].content)["id"]
    if isinstance(number, int):
        assert f"/orders/{number}" == world.seen[1].url.path


CACHEABLE = (
    "Cache-Control: public, max-age=31536000, immutable\r\n"
    'ETag: "v1"\r\nLast-Modified: Sun, 01 Mar 2026 00:00:00 GMT\r\nExpires: Fri, 01 Jan 2100 00:00:00 GMT\r\n'
)


def test_an_answer_that_may_be_cached_for_a_year_is_asked_for_in_every_step_and_every_run() -> None:
    """Monika gives a cached answer for five minutes, and an outage of four is never seen."""
    asked: list[bytes] = []
    bodies = count(1)

    def answer(connection: Connection) -> None:
        while request_ := connection.request():
            asked.append(request_)
            body = json.dumps({"n": next(bodies)}).encode()
            head = (
                f"HTTP/1.1 200 OK\r\n{CACHEABLE}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            connection.send(head.encode() + body)

    with RawServer(answer) as server, visiting() as visitor:
        first, second = (
            visitor.walk(
                step("read", f"{server.url}/price", captures=(from_json("n", "$.n"),)),
                step("again", f"{server.url}/price", captures=(from_json("m", "$.n"),)),
            )
            for _ in range(2)
        )
    assert [Outcome.PASSED] * 2 == [first.outcome, second.outcome]
    assert 4 == len(asked)
    assert ["1", "2", "3", "4"] == [
        shown for seen in (first, second) for one in seen.result.steps for shown in one.captured.values()
    ]
    for request_ in asked:
        assert b"if-none-match" not in request_.lower()
        assert b"if-modified-since" not in request_.lower()
