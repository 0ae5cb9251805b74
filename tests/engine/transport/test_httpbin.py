"""An independent server's view of what is sent, and our view of its many kinds of answers."""

from __future__ import annotations

import base64
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from synthmon.model.auth import BasicAuth
from synthmon.model.request import FileContent, FormPart, MultipartBody
from synthmon.model.run import FailureKind, Outcome
from tests.engine.transport.visit import TIMEOUT, Seen, visiting
from tests.engine.transport.ways import OWN_SOCKETS, only
from tests.engine.world import expect, matcher, request, step, text

pytestmark = pytest.mark.usefixtures("either_way")

logging.getLogger("httpbin").setLevel(logging.ERROR)


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - as the class above has it
        pass


@pytest.fixture(scope="module")
def bin_url() -> Iterator[str]:
    httpbin = pytest.importorskip("httpbin")
    server = make_server("127.0.0.1", 0, httpbin.app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(TIMEOUT)
    server.server_close()


def ask(bin_url: str, url: str, method: str = "GET", *, timeout: float = TIMEOUT, **more: Any) -> Seen:
    """A run of one step; what is of a step goes there, the rest into its request."""
    of_step = {name: more.pop(name) for name in ("expect", "auth", "captures", "latency_budget") if name in more}
    with visiting() as visitor:
        return visitor.walk(step("ask", request=request(method, bin_url + url, **more), timeout=timeout, **of_step))


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_every_method_arrives_as_itself(bin_url: str, method: str) -> None:
    echoed = expect(json={"$.method": method, "$.args.q": "a b&c", "$.headers.Host": urlsplit(bin_url).netloc})
    seen = ask(bin_url, "/anything/x", method, params={"q": "a b&c"}, expect=echoed)
    assert seen.outcome is Outcome.PASSED, seen.failure


def test_a_head_has_headers_and_no_body(bin_url: str) -> None:
    seen = ask(bin_url, "/bytes/500", "HEAD", expect=expect(headers={"Content-Length": "500"}))
    assert seen.outcome is Outcome.PASSED, seen.failure
    assert seen.exchanges[0].received == 0


def test_options_arrive(bin_url: str) -> None:
    assert ask(bin_url, "/anything", "OPTIONS", expect=expect(headers={"Allow": {"contains": "PUT"}})).outcome.good


def test_a_body_of_json_arrives_as_it_was_declared(bin_url: str) -> None:
    sent = {"name": "Zoë ☃", "n": [1, 2.5, None, True]}
    assert (
        ask(bin_url, "/post", "POST", json=sent, expect=expect(json={"$.json": {"equals": sent}})).outcome
        is Outcome.PASSED
    )


def test_a_form_arrives_as_it_was_declared(bin_url: str) -> None:
    sent = {"name": "Zoë & Söhne", "n": "1"}
    assert (
        ask(bin_url, "/post", "POST", form=sent, expect=expect(json={"$.form": {"equals": sent}})).outcome
        is Outcome.PASSED
    )


def test_the_parts_of_a_form_arrive_as_they_were_declared(bin_url: str) -> None:
    photo = FileContent("bodies/photo.bin", b"\0\xff--boundary\r\n")
    parts = (
        FormPart("note", text("run ${{ run.id }}")),
        FormPart("photo", photo, "me.bin", "image/x"),
        FormPart("n", 1),
    )
    data = base64.b64encode(photo.content).decode()
    echoed = expect(
        json={
            "$.form.n": "1",
            "$.form.note": "run ${{ run.id }}",
            "$.files.photo": f"data:image/x;base64,{data}",
        }
    )
    spec = replace(request("POST", bin_url + "/post"), body=MultipartBody(parts))
    with visiting() as visitor:
        seen = visitor.walk(step("ask", request=spec, expect=echoed))
    assert seen.outcome is Outcome.PASSED, seen.failure


def test_a_file_of_any_bytes_arrives_as_it_is(bin_url: str) -> None:
    photo = FileContent("bodies/photo.bin", bytes(range(256)) * 1200)
    data = base64.b64encode(photo.content).decode()
    spec = replace(request("PUT", bin_url + "/put", headers={"Content-Type": "image/x"}), body=photo)
    with visiting() as visitor:
        wanted = expect(json={"$.data": f"data:application/octet-stream;base64,{data}"})
        seen = visitor.walk(step("ask", request=spec, expect=wanted))
    assert seen.outcome is Outcome.PASSED, seen.failure


def test_a_large_body_arrives_whole(bin_url: str) -> None:
    counted = expect(json={"$.headers['Content-Length']": "300000"})
    seen = ask(bin_url, "/post", "POST", raw="x" * 300_000, headers={"Content-Type": "text/plain"}, expect=counted)
    assert seen.outcome is Outcome.PASSED, seen.failure


def test_headers_arrive_as_declared_and_nothing_is_added_in_secret(bin_url: str) -> None:
    wanted = {
        "$.headers['X-Shop']": "a, b",
        "$.headers['User-Agent']": "synthmon/0.1.0 (shop)",
        "$.headers['Accept-Encoding']": "gzip, deflate",
        "$.headers.Traceparent": {"matches": "^00-[0-9a-f]{32}-[0-9a-f]{16}-01$"},
        "$.headers": {"length": 6},  # with Accept and Host
    }
    seen = ask(bin_url, "/headers", headers={"X-Shop": "a, b"}, expect=expect(json=wanted))
    assert seen.outcome is Outcome.PASSED, seen.failure


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_encoded_answers_are_read(bin_url: str, coding: str) -> None:
    flag = {"gzip": "gzipped", "deflate": "deflated"}[coding]
    seen = ask(bin_url, f"/{coding}", expect=expect(json={f"$.{flag}": True}, headers={"Content-Encoding": coding}))
    assert seen.outcome is Outcome.PASSED, seen.failure


def test_a_coding_that_was_not_offered_is_refused(bin_url: str) -> None:
    seen = ask(bin_url, "/brotli")
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.DECODE)


def test_text_in_utf_8_is_read_as_that(bin_url: str) -> None:
    seen = ask(bin_url, "/encoding/utf8", expect=expect(text=(matcher({"contains": "∮ E⋅da = Q"}),)))
    assert seen.outcome is Outcome.PASSED, seen.failure


@pytest.mark.parametrize("code", [200, 201, 204, 304, 400, 404, 418, 429, 500, 503])
def test_every_status_is_told_as_it_is(bin_url: str, code: int) -> None:
    good = ask(bin_url, f"/status/{code}", expect=expect(code))
    assert (good.outcome, good.step.status) == (Outcome.PASSED, code)
    bad = ask(bin_url, f"/status/{code}", expect=expect(299))
    assert (bad.outcome, bad.kind) == (Outcome.FAILED, FailureKind.STATUS)
    assert str(code) in bad.failure.message


@pytest.mark.parametrize("path", ["/redirect/3", "/relative-redirect/3", "/absolute-redirect/3"])
def test_redirects_are_followed_as_far_as_declared(bin_url: str, path: str) -> None:
    assert ask(bin_url, path, redirects=3, expect=expect(200)).outcome is Outcome.PASSED
    assert ask(bin_url, path, expect=expect(302)).outcome is Outcome.PASSED
    short = ask(bin_url, path, redirects=2, expect=expect(200))
    assert (short.outcome, short.kind) == (Outcome.FAILED, FailureKind.REDIRECT)


def test_cookies_are_kept_through_a_run_and_forgotten_with_it(bin_url: str) -> None:
    setting = request("GET", bin_url + "/cookies/set", params={"basket": "b1"}, redirects=1)
    with visiting() as visitor:
        seen = visitor.walk(
            step("set", request=setting, expect=expect(200, json={"$.cookies.basket": "b1"})),
            step("show", bin_url + "/cookies", expect=expect(200, json={"$.cookies.basket": "b1"})),
        )
        later = visitor.walk(
            step("show", bin_url + "/cookies", expect=expect(200, json={"$.cookies.basket": {"exists": False}}))
        )
    assert seen.outcome is Outcome.PASSED, seen.failure
    assert later.outcome is Outcome.PASSED, later.failure


@pytest.mark.parametrize(("password", "outcome"), [("pä55", Outcome.PASSED), ("wrong", Outcome.FAILED)])
def test_a_password_is_right_or_wrong(bin_url: str, password: str, outcome: Outcome) -> None:
    seen = ask(bin_url, "/basic-auth/ada/p%C3%A455", auth=BasicAuth(text("ada"), text(password)))
    assert seen.outcome is outcome
    if outcome is Outcome.FAILED:
        assert seen.kind is FailureKind.AUTH


@only(OWN_SOCKETS)
def test_a_delay_is_waited_for_until_the_timeout(bin_url: str) -> None:
    patient = ask(bin_url, "/delay/0.3")
    assert patient.outcome is Outcome.PASSED
    assert (patient.step.phases.first_byte or 0) >= 0.29
    hasty = ask(bin_url, "/delay/2", timeout=0.4)
    assert (hasty.outcome, hasty.kind) == (Outcome.FAILED, FailureKind.TIMEOUT)


def test_a_body_that_drips_is_measured_as_transfer(bin_url: str) -> None:
    seen = ask(bin_url, "/drip?duration=0.4&numbytes=5&delay=0")
    assert seen.outcome is Outcome.PASSED
    assert (seen.step.phases.transfer or 0) >= 0.2
    assert seen.exchanges[0].received == 5


@pytest.mark.parametrize("path", ["/bytes/100000", "/stream-bytes/100000"])
def test_bodies_come_whole_with_a_length_and_in_chunks(bin_url: str, path: str) -> None:
    seen = ask(bin_url, path)
    assert seen.outcome is Outcome.PASSED
    assert seen.exchanges[0].received == 100_000
