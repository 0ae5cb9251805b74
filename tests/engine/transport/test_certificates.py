"""How TLS is spoken by a step: our own certificate, authorities of one's own, names, versions, what is not verified."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from synthmon.engine.certificate import expiring
from synthmon.model.auth import ProfileAuth
from synthmon.model.network import Network, Tls
from synthmon.model.run import FailureKind, Outcome
from tests.engine.transport.raw import Connection, RawServer, answer, saying
from tests.engine.transport.visit import Seen, Visitor, Way, visiting
from tests.engine.transport.ways import LIBCURL, only
from tests.engine.world import profile, request, step, text

pytestmark = pytest.mark.usefixtures("either_way")

NOW = datetime.now(UTC)
MINE = Tls(certificate=text("${{ secrets.certificate }}"), key=text("${{ secrets.key }}"))


@dataclass(frozen=True)
class Shown:
    """A certificate with its key, as secrets."""

    certificate: str
    key: str

    @staticmethod
    def of(leaf: trustme.LeafCert) -> Shown:
        chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
        return Shown(chain.decode(), leaf.private_key_pem.bytes().decode())

    @property
    def secrets(self) -> dict[str, str]:
        return {"certificate": self.certificate, "key": self.key, "client_secret": "cs-1234567890"}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="Partner Ltd")


@pytest.fixture(scope="module")
def pem(authority: trustme.CA) -> str:
    return authority.cert_pem.bytes().decode()


@pytest.fixture(scope="module")
def mine(authority: trustme.CA) -> Shown:
    return Shown.of(authority.issue_cert("synthmon@example.com", common_name="synthmon"))


def serving(authority: trustme.CA, *hosts: str, client: bool = False, **dates: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(hosts or ("127.0.0.1", "localhost")), **dates).configure_cert(context)
    if client:
        context.verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(context)
    return context


def seen_at(context: ssl.SSLContext, tls: Tls | None, shown: Shown | None = None, **of_step: Any) -> Seen:
    secrets = shown.secrets if shown else {}
    with RawServer(saying(answer(b"safe")), tls=context) as server, visiting(secrets=secrets) as visitor:
        return visitor.walk(step("visit", server.url, tls=tls, timeout=3.0, **of_step))


@only(LIBCURL)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_certificate_from_secrets_opens_the_door(
    authority: trustme.CA, pem: str, mine: Shown, version: ssl.TLSVersion
) -> None:
    context = serving(authority, client=True)
    context.minimum_version = context.maximum_version = version
    seen = seen_at(context, replace(MINE, authorities=pem), mine)
    assert seen.outcome is Outcome.PASSED, seen.failure


def test_without_one_the_server_is_told_to_ask_for_it(authority: trustme.CA, pem: str) -> None:
    seen = seen_at(serving(authority, client=True), Tls(authorities=pem))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TLS)
    assert "asks for a client certificate" in seen.failure.message


@only(LIBCURL)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_one_that_the_server_does_not_know_is_refused(authority: trustme.CA, pem: str, version: ssl.TLSVersion) -> None:
    stranger = Shown.of(trustme.CA().issue_cert("synthmon@example.com"))
    context = serving(authority, client=True)
    context.minimum_version = context.maximum_version = version
    seen = seen_at(context, replace(MINE, authorities=pem), stranger)
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TLS), seen.failure
    assert seen.failure.message == "the server refuses our client certificate"


@only(LIBCURL)
def test_one_that_has_expired_is_our_own_fault(authority: trustme.CA, pem: str) -> None:
    began, ended = NOW - timedelta(days=9), NOW - timedelta(days=1)
    expired = Shown.of(authority.issue_cert("synthmon@example.com", not_before=began, not_after=ended))
    seen = seen_at(serving(authority, client=True), replace(MINE, authorities=pem), expired)
    assert (seen.outcome, seen.kind) == (Outcome.ERROR, FailureKind.SECRET), seen.failure
    assert seen.failure.message == "the server refuses our client certificate, which has expired"


@only(LIBCURL)
def test_one_with_another_key_or_of_nonsense_is_our_own_fault(authority: trustme.CA, pem: str, mine: Shown) -> None:
    other = Shown.of(authority.issue_cert("other@example.com"))
    nonsense = "-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n"
    opened = load_pem_private_key(mine.key.encode(), None)
    locked = opened.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open sesame")).decode()
    for shown in (replace(mine, key=other.key), replace(mine, certificate=nonsense), replace(mine, key=locked)):
        seen = seen_at(serving(authority, client=True), replace(MINE, authorities=pem), shown)
        assert (seen.outcome, seen.kind) == (Outcome.ERROR, FailureKind.SECRET), seen.failure
        assert "cannot be used" in seen.failure.message


@only(LIBCURL)
def test_what_is_no_pem_at_all_is_told_before_anything_is_sent(authority: trustme.CA, mine: Shown) -> None:
    seen = seen_at(serving(authority, client=True), MINE, replace(mine, certificate="hello"))
    assert (seen.outcome, seen.kind) == (Outcome.ERROR, FailureKind.TEMPLATE)
    assert seen.failure.message == "`tls.client_certificate` holds no certificate as PEM text"


@only(LIBCURL)
def test_the_key_is_in_no_part_of_a_result(authority: trustme.CA, pem: str, mine: Shown) -> None:
    stranger = Shown.of(trustme.CA().issue_cert("synthmon@example.com"))
    for shown in (mine, stranger):
        seen = seen_at(serving(authority, client=True), replace(MINE, authorities=pem), shown)
        assert shown.key.splitlines()[1] not in repr(seen.result)


@only(LIBCURL)
def test_another_origin_does_not_get_to_see_our_certificate(authority: trustme.CA, pem: str, mine: Shown) -> None:
    shown: list[object] = []

    class Watching(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            super().do_handshake(block)
            shown.append(self.getpeercert())

    context = serving(authority)
    context.sslsocket_class = Watching
    context.verify_mode = ssl.CERT_OPTIONAL
    authority.configure_trust(context)
    with RawServer(saying(answer(b"safe")), tls=context) as other:
        moved = saying(answer(b"", f"Location: {other.url}/", status="302 Found"))
        with RawServer(moved, tls=serving(authority, client=True)) as server, visiting(secrets=mine.secrets) as visitor:
            asked = request("GET", server.url, redirects=1)
            seen = visitor.walk(step("visit", request=asked, tls=replace(MINE, authorities=pem)))
    assert seen.outcome is Outcome.PASSED, seen.failure
    assert shown in ([None], [{}])


@only(LIBCURL)
def test_token_endpoints_are_spoken_to_as_the_defaults_say(authority: trustme.CA, pem: str, mine: Shown) -> None:
    def script(connection: Connection) -> None:
        while said := connection.request():
            granted = b'{"access_token": "abcdefghijklmnop", "token_type": "Bearer"}'
            connection.send(answer(granted if said.startswith(b"POST /token") else b"safe"))

    tls = replace(MINE, authorities=pem)
    with (
        RawServer(script, tls=serving(authority, client=True)) as server,
        visiting(secrets=mine.secrets) as visitor,
    ):
        partner = replace(profile(), token_url=text(server.url + "/token"))
        visit = step("visit", server.url, auth=ProfileAuth("partner"), tls=tls)
        seen = visitor.walk(visit, profiles=(partner,), tls=tls)
    assert seen.outcome is Outcome.PASSED, seen.failure
    assert [exchange.status for exchange in seen.exchanges] == [200, 200]


@only(LIBCURL)
def test_a_step_that_does_not_verify_says_so_with_its_reason() -> None:
    seen = seen_at(serving(trustme.CA()), Tls(unverified="an old appliance"))
    assert seen.outcome is Outcome.PASSED, seen.failure
    assert seen.step.unverified == "an old appliance"


@only(LIBCURL)
def test_what_is_not_verified_for_one_origin_is_verified_at_the_next() -> None:
    with RawServer(saying(answer(b"safe")), tls=serving(trustme.CA())) as other:
        moved = saying(answer(b"", f"Location: {other.url}/", status="302 Found"))
        with RawServer(moved, tls=serving(trustme.CA())) as server, visiting() as visitor:
            asked = request("GET", server.url, redirects=1)
            seen = visitor.walk(step("visit", request=asked, tls=Tls(unverified="an old appliance")))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TLS)
    assert [exchange.status for exchange in seen.exchanges] == [302, None]


def test_authorities_of_ones_own_are_trusted_instead_of_the_machines(authority: trustme.CA, pem: str) -> None:
    assert seen_at(serving(authority), Tls(authorities=pem)).outcome is Outcome.PASSED
    seen = seen_at(serving(trustme.CA()), Tls(authorities=pem))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TLS)


@only(LIBCURL)
def test_another_server_name_is_asked_for_and_verified_and_the_host_stays(authority: trustme.CA, pem: str) -> None:
    heard: list[bytes] = []
    names: list[str | None] = []

    def script(connection: Connection) -> None:
        heard.append(connection.request())
        connection.send(answer(b"safe"))

    context = serving(authority, "shop.example.com")
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    with RawServer(script, tls=context) as server, visiting() as visitor:
        tls = Tls(authorities=pem, server_name="shop.example.com")
        seen = visitor.walk(step("visit", server.url + "/health", tls=tls))
        wrong = visitor.walk(step("visit", server.url, tls=replace(tls, server_name="other.example.com")))
    assert seen.outcome is Outcome.PASSED, seen.failure
    assert names[0] == "shop.example.com"
    assert heard[0].startswith(f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n".encode())
    assert wrong.kind is FailureKind.TLS
    assert "another host name" in wrong.failure.message


def test_a_server_that_is_older_than_the_least_version_is_refused(authority: trustme.CA, pem: str) -> None:
    context = serving(authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert seen_at(context, Tls(authorities=pem, min_version="1.2")).outcome is Outcome.PASSED
    seen = seen_at(context, Tls(authorities=pem, min_version="1.3"))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TLS)


@contextmanager
def ending(authority: trustme.CA, days: float) -> Iterator[tuple[RawServer, Visitor]]:
    ends = NOW + timedelta(days=days)
    context = serving(authority, not_after=ends)
    with RawServer(saying(*[answer(b"safe")] * 3), tls=context) as server, visiting() as visitor:
        yield server, visitor


@pytest.mark.parametrize(
    ("days", "said"), [(-3.5, "has ended"), (-0.1, "has ended"), (0.1, "ends within a day"), (1.5, "ends tomorrow")]
)
def test_one_that_has_ended_is_not_said_to_end_soon(days: float, said: str) -> None:
    ends = NOW + timedelta(days=days)
    found = expiring(ends, NOW, 14 * 86_400.0)
    assert found is not None
    assert found.message == f"the certificate {said}, on {ends:%Y-%m-%d %H:%M} UTC"


def test_a_certificate_that_ends_soon_degrades_and_tells_the_day(authority: trustme.CA, pem: str) -> None:
    with ending(authority, 9.5) as (server, visitor):
        seen = visitor.walk(step("one", server.url, tls=Tls(authorities=pem)))
        early = visitor.walk(step("one", server.url, tls=Tls(authorities=pem, warn_before=86_400.0)))
    first = seen.result.steps[0]
    assert (seen.outcome, first.outcome) == (Outcome.DEGRADED, Outcome.DEGRADED)
    assert (first.failures[0].kind, first.failures[0].detail) == (FailureKind.TLS, "cert_expiring")
    ends = NOW + timedelta(days=9.5)
    assert f"the certificate ends in 9 days, on {ends:%Y-%m-%d}" in first.failures[0].message
    until = first.exchanges[0].certificate_until
    assert until is not None
    assert abs(until - ends) < timedelta(seconds=2)
    assert early.outcome is Outcome.PASSED


@pytest.mark.parametrize(("days", "outcome"), [(13.9, Outcome.DEGRADED), (14.1, Outcome.PASSED)])
def test_fourteen_days_are_the_threshold_unless_told_otherwise(
    authority: trustme.CA, pem: str, days: float, outcome: Outcome
) -> None:
    with ending(authority, days) as (server, visitor):
        assert visitor.walk(step("one", server.url, tls=Tls(authorities=pem))).outcome is outcome


def test_one_certificate_is_remarked_on_once_in_a_run(authority: trustme.CA, pem: str) -> None:
    """Later steps use the connection again, so a slow renewal does not fill the report."""
    with ending(authority, 3) as (server, visitor):
        tls = Tls(authorities=pem)
        seen = visitor.walk(step("one", server.url, tls=tls), step("two", server.url, tls=tls))
    assert [one.outcome for one in seen.result.steps] == [Outcome.DEGRADED, Outcome.PASSED]


def test_an_https_target_by_a_name_of_our_own_keeps_its_certificate(authority: trustme.CA, pem: str) -> None:
    with RawServer(saying(answer(b"safe")), tls=serving(authority, "shop.test")) as server, visiting() as visitor:
        way = Way(Network(hosts={"shop.test": ("127.0.0.1",)}))
        seen = visitor.walk(step("visit", f"https://shop.test:{server.port}/", tls=Tls(authorities=pem)), way=way)
    assert seen.outcome is Outcome.PASSED, seen.failure
