"""What agents send: taken record by record; whatever a body holds, the answer says what is wrong and is never a 500."""

from __future__ import annotations

import gzip
import json
import threading
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import anyio
import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse

from synthmon import wire
from synthmon.app import clock
from synthmon.centre import door
from synthmon.model.agent import Heartbeat
from synthmon.model.run import Outcome, RunKey, RunKind, RunResult
from synthmon.web import agents_api
from synthmon.web.agents_api import AT_ONCE, CALLS, LARGEST_INFLATED, Call, inflated
from synthmon.web.metrics import Metrics
from synthmon.web.server import WebServer, listen
from synthmon.web.site import build_site
from tests.making import run, version
from tests.web.conftest import Site

Deliver = Callable[..., httpx.Response]


@pytest.fixture
def token(site: Site) -> str:
    return str(site.desk.add_token("local")["token"])


@pytest.fixture
def deliver(site: Site, token: str) -> Deliver:
    """Post these records, or this body as it is."""

    def post(*records: Any, body: bytes | None = None, path: str = "results", **headers: str) -> httpx.Response:
        numbered = [
            one if isinstance(one, dict) else {"seq": n, "run": wire.to_json(one)} for n, one in enumerate(records, 1)
        ]
        content = json.dumps({"spool": "s1", "after": 0, "records": numbered}).encode() if body is None else body
        known = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        return site.client.post(f"/api/v1/agent/{path}", content=content, headers=known | headers)

    return post


def recent(seconds: float = 60, outcome: Outcome = Outcome.PASSED, **changes: Any) -> RunResult:
    return run(clock.now() - timedelta(seconds=seconds), outcome, **changes)


def test_results_are_kept_and_the_answer_names_the_mark(site: Site, deliver: Deliver) -> None:
    one, two = recent(120), recent(60)
    answer = deliver(one, two)
    assert (200, {"durable": 2, "refused": []}) == (answer.status_code, answer.json())
    assert site.store.run(one.id) is not None
    assert site.store.run(two.id) is not None


def test_what_our_agents_send_is_kept_as_what_others_write_is(site: Site, deliver: Deliver) -> None:
    results = recent(180), recent(120, Outcome.FAILED), recent(60)
    records: list[dict[str, Any]] = [{"seq": n, "run": wire.to_kept_json(one)} for n, one in enumerate(results, 1)]
    assert wire.delivery_from_text(wire.dumps({"spool": "s1", "records": records})) is not None
    assert {"durable": 3, "refused": []} == deliver(*records).json()
    assert [wire.from_json(one["run"]) for one in records] == [site.store.run(one.id) for one in results]
    elsewhere = wire.to_kept_json(recent(30)) | {"region": "elsewhere"}
    assert "the token is of local" in deliver({"seq": 4, "run": elsewhere}).json()["refused"][0]["reason"]


@pytest.mark.parametrize(
    ("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("identity", lambda body: body)]
)
def test_a_body_may_be_compressed_once(
    site: Site, deliver: Deliver, coding: str, pack: Callable[[bytes], bytes]
) -> None:
    body = json.dumps({"spool": "s1", "records": [{"seq": 1, "run": wire.to_json(recent())}]}).encode()
    assert 1 == deliver(body=pack(body), **{"content-encoding": coding}).json()["durable"]


def poisoned() -> dict[str, tuple[Any, str]]:
    """What each of these is refused for."""
    good = wire.to_json(recent())
    future = recent(-3600)
    kept = wire.to_kept_json(recent())
    endless = [*kept["steps"][0]["figures"][:9], float("inf")]
    return {
        "nothing": (None, "set it aside"),
        "a text": ("run", "expected an object"),
        "another format": (good | {"format": 3}, "format"),
        "the other format's names": (good | {"format": 2}, "figures: missing"),
        "a figure that is no number": (kept | {"steps": [kept["steps"][0] | {"figures": endless}]}, "cannot be kept"),
        "no outcome": ({name: good[name] for name in good if name != "outcome"}, "outcome: missing"),
        "a foreign id": (good | {"id": "0" * 36}, "id"),
        "a word that is none": (good | {"outcome": "great"}, "outcome"),
        "not a number": (good | {"duration": float("nan")}, "cannot be"),
        "an infinite latency": (good | {"latency": 1e999}, "cannot be kept"),
        "a number deep inside": (deep(good), "cannot be kept"),
        "a duration of years": (good | {"duration": 1e9}, "cannot be"),
        "a duration below 0": (good | {"duration": -1.0}, "cannot be"),
        "a huge number": ({name: good[name] for name in good if name != "id"} | {"n": 2**70}, "cannot be"),
        "the future": (wire.to_json(future), "lies in the future"),
        "long ago": (wire.to_json(recent(86400 * 40)), "days old"),
        "started before its slot": (good | {"started_at": "2001-01-01T00:00:00.000Z"}, "cannot have started"),
        "a missed run": (good | {"outcome": "missed"}, "was not missed"),
        "another environment": (wire.to_json(elsewhere(environment="prod")), "environment 'prod'"),
        "another region": (wire.to_json(elsewhere(region="us")), "the token is of local"),
        "an unknown probe": (wire.to_json(elsewhere(probe="nobody")), "no probe 'nobody'"),
    }


def deep(document: dict[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = json.loads(json.dumps(document))
    changed["steps"][0]["exchanges"][0]["phases"]["dns"] = float("inf")
    return changed


def elsewhere(**changes: Any) -> RunResult:
    made = recent()
    return replace(made, key=replace(made.key, **changes))


@pytest.mark.parametrize("what", sorted(poisoned()))
def test_a_poisoned_record_is_refused_alone_and_holds_up_no_other(site: Site, deliver: Deliver, what: str) -> None:
    document, reason = poisoned()[what]
    good = recent(30)
    answer = deliver({"seq": 4, "run": document}, {"seq": 7, "run": wire.to_json(good)})
    assert 200 == answer.status_code, answer.text
    assert 7 == answer.json()["durable"]
    assert [4] == [one["seq"] for one in answer.json()["refused"]]
    assert reason in answer.json()["refused"][0]["reason"]
    assert site.store.run(good.id) is not None


def test_results_of_a_probe_that_was_taken_away_are_taken_of_the_time_before_and_its_past_is_read_once(
    site: Site, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    former = replace(version("former"), regions=("local",))
    site.store.record_versions([former], now - timedelta(hours=3))
    site.store.record_versions([], now - timedelta(hours=2))
    versions = Mock(wraps=site.store.versions)
    monkeypatch.setattr(site.store, "versions", versions)
    of_former = [replace(one, key=replace(one.key, probe="former")) for one in map(recent, (9000, 8990, 3600, 3590))]
    answer = deliver(*of_former).json()
    assert (4, [3, 4]) == (answer["durable"], [one["seq"] for one in answer["refused"]])
    assert 1 == versions.call_count


HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "no json": b"{",
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "not utf-8": b"\xff\xfe\x00",
    "too deep": b"[" * 100_000,
    "a long number": b'{"spool":"s","records":[{"seq":' + b"9" * 5000 + b"}]}",
    "no spool": b'{"records":[]}',
    "an empty spool": b'{"spool":"","records":[]}',
    "a long spool": b'{"spool":"' + b"s" * 1000 + b'","records":[]}',
    "records that are none": b'{"spool":"s","records":{}}',
    "a record that is none": b'{"spool":"s","records":[7]}',
    "no sequence": b'{"spool":"s","records":[{"run":null}]}',
    "a sequence of 0": b'{"spool":"s","records":[{"seq":0,"run":null}]}',
    "a sequence below 0": b'{"spool":"s","records":[{"seq":-5,"run":null}]}',
    "a sequence beyond all": b'{"spool":"s","records":[{"seq":99999999999999999999999,"run":null}]}',
    "a broken sequence": b'{"spool":"s","records":[{"seq":1.5,"run":null}]}',
    "a sequence that is true": b'{"spool":"s","records":[{"seq":true,"run":null}]}',
    "numbers that go back": b'{"spool":"s","records":[{"seq":2,"run":null},{"seq":1,"run":null}]}',
    "a mark beyond all": b'{"spool":"s","after":99999999999999999999999,"records":[]}',
    "a mark below 0": b'{"spool":"s","after":-1,"records":[]}',
    "too many records": json.dumps(
        {"spool": "s", "records": [{"seq": n, "run": None} for n in range(1, 1500)]}
    ).encode(),
}


@pytest.mark.parametrize("path", ["results", "heartbeats"])
def test_a_hostile_body_is_answered_with_what_is_wrong(deliver: Deliver, path: str) -> None:
    answers = {what: deliver(body=body, path=path) for what, body in HOSTILE.items()}
    assert {what: answer.text for what, answer in answers.items() if answer.status_code != 400} == {}
    unhelpful = [what for what, answer in answers.items() if not (answer.json()["detail"] and answer.json()["hint"])]
    assert unhelpful == []


def test_a_spool_named_with_odd_characters_is_a_name_like_any_other(deliver: Deliver) -> None:
    body = json.dumps({"spool": "\x00\ud800 ' ; DROP", "records": [{"seq": 1, "run": None}]}).encode()
    assert 1 == deliver(body=body).json()["durable"]


@pytest.mark.parametrize(
    ("body", "coding", "status"),
    [
        (b"not compressed", "gzip", 400),
        (gzip.compress(b"{}" * 1000)[:-9], "gzip", 400),
        (gzip.compress(gzip.compress(b"{}")), "gzip", 400),
        (b"{}", "br", 415),
        (b"{}", "gzip, gzip", 415),
        (gzip.compress(b" " * (LARGEST_INFLATED + 1)), "gzip", 413),
        (b" " * (9 << 20), "identity", 413),
    ],
    ids=["no gzip", "cut off", "packed twice", "another coding", "two codings", "a bomb", "too large"],
)
def test_a_body_that_does_not_inflate_or_is_too_large_is_refused(
    deliver: Deliver, body: bytes, coding: str, status: int
) -> None:
    answer = deliver(body=body, **{"content-encoding": coding})
    assert status == answer.status_code, answer.text
    assert answer.json()["hint"]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.path)
@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer synthmon_" + "A" * 43, "Bearer \xff"]
)
def test_without_a_token_that_is_known_nothing_is_answered(site: Site, call: Any, given: str) -> None:
    answer = site.client.request(call.method, call.path, headers=[(b"authorization", given.encode("latin-1"))])
    assert 401 == answer.status_code
    assert "synthmon agents add" in answer.json()["hint"]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.path)
def test_neither_a_session_nor_the_token_of_the_command_line_opens_what_is_for_agents(site: Site, call: Any) -> None:
    answer = site.client.request(call.method, call.path, headers={"authorization": "Bearer token-of-the-command-line"})
    assert 401 == answer.status_code


def test_a_token_opens_no_page_and_no_other_call(make_site: Callable[..., Site]) -> None:
    site = make_site(password=None)
    text = site.desk.add_token("local")["token"]
    known = {"authorization": f"Bearer {text}"}
    answer = site.client.post("/api/v1/agents/tokens", json={"do": "add", "region": "local"}, headers=known)
    assert 401 == answer.status_code


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.path)
def test_an_agent_with_the_token_of_another_region_is_refused_as_a_whole(site: Site, token: str, call: Any) -> None:
    headers = {"authorization": f"Bearer {token}", "synthmon-region": "eu-west"}
    answer = site.client.request(call.method, call.path, headers=headers, content=b"{}")
    assert 403 == answer.status_code
    assert "the token is of the region local, and this agent runs eu-west" == answer.json()["detail"]
    assert "`synthmon agents add eu-west`" in answer.json()["hint"]


def test_no_more_than_four_bodies_of_a_region_are_understood_at_once(
    deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, most, counting, full = 0, 0, threading.Lock(), threading.Event()

    def watched(sent: bytes, coding: str) -> bytes:
        nonlocal inside, most
        with counting:
            inside += 1
            most = max(most, inside)
            if inside >= AT_ONCE:
                full.set()
        assert full.wait(30)
        threading.Event().wait(0.3)  # for one too many to come, if any may
        with counting:
            inside -= 1
        return inflated(sent, coding)

    monkeypatch.setattr(agents_api, "inflated", watched)
    with ThreadPoolExecutor(3 * AT_ONCE) as pool:
        answers = list(pool.map(deliver, [recent(60 + number) for number in range(3 * AT_ONCE)]))
    assert [200] * 3 * AT_ONCE == [answer.status_code for answer in answers]
    assert AT_ONCE == most


def test_a_token_that_was_revoked_is_answered_403_with_what_to_do(site: Site) -> None:
    text = site.desk.add_token("local")["token"]
    site.desk.revoke_tokens("local", None)
    answer = site.client.get("/api/v1/agent/declared", headers={"authorization": f"Bearer {text}"})
    assert 403 == answer.status_code
    assert "was revoked" in answer.json()["detail"]
    assert "synthmon agents add local" in answer.json()["hint"]


def test_who_asks_too_often_is_answered_429_and_told_when_to_come_again(
    site: Site, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "_RATE", 0.1)
    monkeypatch.setattr(door, "_BURST", 10.0)
    headers = {"authorization": f"Bearer {token}"}
    answers = [site.client.get("/api/v1/agent/asked?wait=0", headers=headers) for _ in range(20)]
    late = [answer for answer in answers if answer.status_code == 429]
    assert late
    assert late[0].headers["retry-after"]
    assert {200, 429} == {answer.status_code for answer in answers}


def test_a_heartbeat_is_heard_under_the_region_of_its_token_and_answered_with_time_and_mark(
    site: Site, deliver: Deliver
) -> None:
    deliver(recent())
    said = Heartbeat("us", "host-1", clock.now(), "0.1.0", "abc", clock.now(), spool="s1", troubles=("\x1b[31m",))
    answer = deliver(body=wire.dumps(wire.heartbeat_to_json(said)), path="heartbeats")
    assert 200 == answer.status_code
    assert 1 == answer.json()["durable"]
    (heard,) = site.store.heartbeats()
    assert "local" == heard.region
    assert "\x1b" not in heard.troubles[0]
    assert "host-1" in site.client.get("/agents").text


@pytest.mark.parametrize(
    "change",
    [
        {"offset": float("nan")},
        {"memory": 2**80},
        {"due": -1},
        {"instance": ""},
        {"instance": "x" * 500},
        {"lateness_p99": 1e999},
        {"troubles": [1]},
        {"at": "yesterday"},
    ],
)
def test_a_heartbeat_with_values_that_cannot_be_is_refused(deliver: Deliver, change: dict[str, Any]) -> None:
    said = wire.heartbeat_to_json(Heartbeat("local", "host-1", clock.now(), "0.1.0", "abc", clock.now()))
    answer = deliver(body=json.dumps(said | change).encode(), path="heartbeats")
    assert 400 == answer.status_code, answer.text


def test_what_is_declared_is_sent_once_and_is_not_sent_again_while_it_is_the_same(site: Site, token: str) -> None:
    headers = {"authorization": f"Bearer {token}"}
    first = site.client.get("/api/v1/agent/declared", headers=headers)
    assert 200 == first.status_code
    document = json.loads(gzip.decompress(first.content))
    assert {"checkout.yaml"} == set(document["files"])
    again = site.client.get("/api/v1/agent/declared", headers=headers | {"if-none-match": first.headers["etag"]})
    assert (304, b"") == (again.status_code, again.content)


def test_the_long_poll_answers_as_soon_as_something_is_asked(site: Site, token: str) -> None:
    headers = {"authorization": f"Bearer {token}"}
    assert {"asked": [], "last": 0} == site.client.get("/api/v1/agent/asked?wait=0", headers=headers).json()
    key = RunKey("test", "checkout", "local", clock.now(), RunKind.CONFIRM, 2)
    site.store.ask([key], clock.now() + timedelta(seconds=60))
    answer = site.client.get("/api/v1/agent/asked?wait=20", headers=headers).json()
    assert [wire.key_to_json(key)] == answer["asked"]
    after = site.client.get(f"/api/v1/agent/asked?after={answer['last']}&wait=0", headers=headers).json()
    assert [] == after["asked"]


def test_a_long_poll_is_answered_when_the_centre_stops(site: Site, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = threading.Event()

    def nothing(*_: Any) -> bool:
        waits.set()
        return True

    monkeypatch.setattr(type(site.ports.agents), "nothing_asked", nothing)
    listener = listen("127.0.0.1", 0)
    server = WebServer(build_site(site.ports, Metrics(), frozenset({"127.0.0.1"})), listener)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1/agent/asked?wait=20"
    headers = {"authorization": f"Bearer {token}"}
    server.start()
    with ThreadPoolExecutor(1) as pool:
        polls = pool.submit(httpx.get, url, headers=headers, trust_env=False, timeout=30)
        assert waits.wait(10)
        server.stop()
        answer = polls.result(10)
    assert (200, {"asked": [], "last": 0}) == (answer.status_code, answer.json())


@pytest.mark.parametrize("query", ["after=x", "after=-1", "after=1e9", "after=" + "9" * 40, "after=٣"])
def test_a_number_that_is_none_is_refused(site: Site, token: str, query: str) -> None:
    answer = site.client.get(f"/api/v1/agent/asked?{query}", headers={"authorization": f"Bearer {token}"})
    assert 400 == answer.status_code


@pytest.mark.parametrize("wait", ["x", "-5", "nan", "", "0x10"])
def test_a_wait_that_is_none_is_no_wait(site: Site, token: str, wait: str) -> None:
    answer = site.client.get(f"/api/v1/agent/asked?wait={wait}", headers={"authorization": f"Bearer {token}"})
    assert 200 == answer.status_code


def test_what_was_sent_by_somebody_who_is_gone_is_not_taken_in() -> None:
    """He sends it again, and a centre that has much to do would only do it twice."""
    said: list[dict[str, Any]] = [{"type": "http.request", "body": b"{}"}, {"type": "http.disconnect"}]
    taken: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return said.pop(0)

    async def deliver() -> None:
        scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}
        known = Call("/", "POST", lambda *_: taken.append(b"") or JSONResponse({}))  # type: ignore[func-returns-value]
        answer = await agents_api.route(known, Mock()).endpoint(Request(scope, receive))
        assert 204 == answer.status_code

    anyio.run(deliver)
    assert ([], []) == (said, taken)
