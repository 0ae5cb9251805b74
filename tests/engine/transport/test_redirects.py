"""Redirects: followed as far as allowed, never to anywhere else than the web, and never with what is secret."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from synthmon.model.auth import BasicAuth, BearerAuth
from synthmon.model.run import ExchangePurpose, FailureKind, Outcome
from tests.engine.transport.raw import Connection, RawServer, Script, answer
from tests.engine.transport.visit import Seen, visit, visiting
from tests.engine.transport.ways import AS_CHOSEN, OWN_SOCKETS, only
from tests.engine.world import expect, from_json, request, step, text

pytestmark = pytest.mark.usefixtures("either_way")

OK = answer(b'{"ok":true}', "Content-Type: application/json")


def redirect(location: str | None, status: str = "302 Found", *headers: str) -> bytes:
    where = () if location is None else (f"Location: {location}",)
    return answer(b"", *where, *headers, status=status)


def routing(pages: dict[str, bytes], heard: list[bytes]) -> Script:
    """Answers by path; what was heard is kept."""

    def script(connection: Connection) -> None:
        while said := connection.request():
            heard.append(said)
            connection.send(pages.get(said.split()[1].decode(), OK))

    return script


def followed(location: str | None, status: str = "302 Found", **of_step: object) -> tuple[Seen, list[bytes]]:
    heard: list[bytes] = []
    with RawServer(routing({"/": redirect(location, status)}, heard)) as server:
        spec = request(str(of_step.pop("method", "GET")), server.url + "/", redirects=5, **of_step)  # type: ignore[arg-type]
        return visit(server, request=spec), heard


def test_a_redirect_is_an_answer_like_any_other_when_none_is_to_be_followed() -> None:
    heard: list[bytes] = []
    seen = visit(routing({"/": redirect("/next")}, heard), expect=expect(302, headers={"Location": "/next"}))
    assert seen.outcome is Outcome.PASSED
    assert len(heard) == 1


def test_each_hop_is_an_exchange_of_its_own() -> None:
    seen, heard = followed("/next")
    assert seen.outcome is Outcome.PASSED
    assert [exchange.purpose for exchange in seen.exchanges] == [ExchangePurpose.REQUEST, ExchangePurpose.REDIRECT]
    assert [exchange.status for exchange in seen.exchanges] == [302, 200]
    assert [exchange.reused for exchange in seen.exchanges] == [False, True]
    assert heard[1].startswith(b"GET /next HTTP/1.1\r\n")


def test_the_phases_of_a_step_are_those_of_its_hops_together_and_add_up_to_its_latency() -> None:
    seen, _ = followed("/next")
    first, second = (exchange.phases for exchange in seen.exchanges)
    assert seen.step.phases.connect == first.connect
    assert seen.step.phases.first_byte == pytest.approx((first.first_byte or 0.0) + (second.first_byte or 0.0))
    assert seen.step.phases.total == pytest.approx(seen.step.latency)


@pytest.mark.parametrize(
    ("status", "method", "then", "body"),
    [
        ("301 Moved Permanently", "POST", b"GET", b""),
        ("302 Found", "POST", b"GET", b""),
        ("302 Found", "PUT", b"PUT", b'{"n":1}'),
        ("303 See Other", "PUT", b"GET", b""),
        ("307 Temporary Redirect", "POST", b"POST", b'{"n":1}'),
        ("308 Permanent Redirect", "POST", b"POST", b'{"n":1}'),
    ],
)
def test_the_method_changes_as_the_status_says(status: str, method: str, then: bytes, body: bytes) -> None:
    seen, heard = followed("/next", status, method=method, json={"n": 1})
    assert seen.outcome is Outcome.PASSED
    assert heard[1].startswith(then + b" /next ")
    assert heard[1].partition(b"\r\n\r\n")[2] == body
    assert (b"content-type" in heard[1].lower()) is bool(body)


REFUSED = {
    "without an address": (None, "the answer 302 redirects without saying where to"),
    "to a file": ("file:///etc/passwd", "the redirect does not lead to an http or https address"),
    "to gopher": ("gopher://127.0.0.1:70/_x", "the redirect does not lead to an http or https address"),
    "to a script": ("javascript:alert(1)", "the redirect does not lead to an http or https address"),
    "to what cannot be read": ("http://[::1", "the redirect's address cannot be read"),
    "to a port beyond all ports": ("http://127.0.0.1:99999/", "the redirect does not lead to an http or https address"),
    "to 60 KB of address": ("/" + "x" * 60_000, "the redirect's address has more than 8192 characters"),
}


@pytest.mark.parametrize(("location", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_redirect_to_nowhere_good_is_refused(location: str | None, message: str) -> None:
    seen, heard = followed(location)
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.REDIRECT), seen.failure
    assert seen.failure.message == message
    assert len(heard) == 1


def test_a_redirect_whose_address_is_larger_than_a_header_may_be_is_too_large() -> None:
    seen, _ = followed("/" + "x" * 300_000)
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TOO_LARGE)


def test_a_loop_of_redirects_ends() -> None:
    heard: list[bytes] = []
    with RawServer(routing({"/a": redirect("/b"), "/b": redirect("/a")}, heard)) as server:
        seen = visit(server, request=request("GET", server.url + "/a", redirects=5))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.REDIRECT)
    assert seen.failure.message == "more than 5 redirects one after the other"
    assert len(heard) == len(seen.exchanges) == 6


@only(OWN_SOCKETS)
def test_slow_redirects_share_one_deadline() -> None:
    def script(connection: Connection) -> None:
        while connection.request() and not connection.gone(0.2):
            connection.send(redirect("/again"))

    with RawServer(script) as server:
        seen = visit(server, request=request("GET", server.url + "/", redirects=50), timeout=0.7)
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TIMEOUT)


SECRETS = {"Authorization": "Bearer s3cr3t", "Cookie": "session=s3cr3t", "X-Api-Key": "s3cr3t"}


def away(status: str = "302 Found", **of_request: object) -> tuple[Seen, bytes, bytes]:
    """A redirect from one origin to another: the run, and what each of them heard."""
    here: list[bytes] = []
    there: list[bytes] = []
    auth = of_request.pop("auth", None)
    with (
        RawServer(routing({}, there)) as other,
        RawServer(routing({"/": redirect(other.url + "/new", status)}, here)) as server,
        visiting(secrets={"key": "s3cr3t-and-long"}) as visitor,
    ):
        spec = request(url=server.url + "/", redirects=3, **of_request)  # type: ignore[arg-type]  # as `request` takes it
        seen = visitor.walk(step("visit", request=spec, auth=auth))
    return seen, here[0], b"".join(there)


@pytest.mark.parametrize("status", ["302 Found", "307 Temporary Redirect", "308 Permanent Redirect"])
def test_credentials_do_not_follow_a_redirect_to_another_origin(status: str) -> None:
    seen, here, there = away(status, headers={**SECRETS, "X-Trace": "kept"})
    assert seen.outcome is Outcome.PASSED
    assert here.count(b"s3cr3t") == 3
    assert b"s3cr3t" not in there
    assert b"kept" in there


@only(AS_CHOSEN)
def test_credentials_do_not_follow_from_a_secure_to_an_open_address(tmp_path: Path) -> None:
    heard: list[bytes] = []
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with (
        RawServer(routing({}, heard)) as lower,
        RawServer(routing({"/": redirect(lower.url + "/")}, []), tls=context) as server,
        visiting(ca_file=str(tmp_path / "ca.pem")) as visitor,
    ):
        spec = request("GET", server.url + "/", headers=SECRETS, redirects=1)
        seen = visitor.walk(step("visit", request=spec))
    assert seen.outcome is Outcome.PASSED, seen.failure
    assert len(heard) == 1
    assert b"s3cr3t" not in heard[0]


@pytest.mark.parametrize("auth", [BearerAuth(text("s3cr3t")), BasicAuth(text("ada"), text("s3cr3t"))])
def test_what_shows_who_asks_does_not_follow_either(auth: object) -> None:
    seen, here, there = away(auth=auth)
    assert seen.outcome is Outcome.PASSED
    assert b"authorization: " in here.lower()
    assert b"authorization" not in there.lower()


def test_a_header_that_holds_a_secret_does_not_follow_whatever_its_name() -> None:
    seen, here, there = away(headers={"X-Shop": "${{ secrets.key }}"})
    assert seen.outcome is Outcome.PASSED
    assert b"s3cr3t-and-long" in here
    assert b"s3cr3t-and-long" not in there


def test_a_body_that_holds_a_secret_is_not_sent_to_another_origin() -> None:
    seen, here, there = away("307 Temporary Redirect", method="POST", json={"key": "${{ secrets.key }}"})
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.REDIRECT)
    assert b"s3cr3t-and-long" in here
    assert there == b""


def test_credentials_follow_within_the_origin() -> None:
    seen, heard = followed("/next", headers=SECRETS)
    assert seen.outcome is Outcome.PASSED
    assert heard[1].count(b"s3cr3t") == 3


def test_a_header_beyond_ascii_follows_as_it_is() -> None:
    seen, heard = followed("/next", headers={"X-Shop": "Zoë"})
    assert seen.outcome is Outcome.PASSED, seen.failure
    assert "Zoë".encode() in heard[1]


def test_a_cookie_set_by_a_redirect_is_sent_to_where_it_leads() -> None:
    heard: list[bytes] = []
    pages = {"/": redirect("/next", "302 Found", "Set-Cookie: basket=b1; Path=/")}
    with RawServer(routing(pages, heard)) as server:
        assert visit(server, request=request("GET", server.url + "/", redirects=1)).outcome is Outcome.PASSED
    assert b"cookie: basket=b1" in heard[1].lower()


def test_an_address_with_a_password_in_it_signs_nobody_in() -> None:
    heard: list[bytes] = []
    with RawServer(routing({}, heard)) as server:
        there = server.url.replace("http://", "http://mallory:pw@")
        with RawServer(routing({"/": redirect(there + "/")}, heard)) as first:
            seen = visit(first, request=request("GET", first.url + "/", redirects=1))
    assert seen.outcome is Outcome.PASSED
    assert b"authorization" not in heard[1].lower()


def test_what_is_judged_and_captured_is_the_last_hop() -> None:
    seen, _ = followed("/next")
    assert seen.step.status == 200
    with RawServer(routing({"/": redirect("/next")}, [])) as server:
        spec = request("GET", server.url + "/", redirects=1)
        captured = visit(server, request=spec, captures=(from_json("ok", "$.ok"),))
    assert captured.step.captured == {"ok": "true"}
