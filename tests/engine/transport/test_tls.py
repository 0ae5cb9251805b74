"""TLS: always verified, and each way of refusing it told in words that name what is wrong."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from synthmon.engine.limits import Limits
from synthmon.model.run import FailureKind, Outcome
from tests.engine.transport.raw import Connection, RawServer, Script, answer, saying
from tests.engine.transport.visit import Seen, visiting
from tests.engine.world import step

pytestmark = pytest.mark.usefixtures("either_way")

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def trusted(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


def context_of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def valid(authority: trustme.CA) -> ssl.SSLContext:
    return context_of(authority.issue_cert("127.0.0.1", "localhost"))


def visited(context: ssl.SSLContext, trusted: str, script: Script | None = None) -> tuple[Seen, RawServer]:
    with RawServer(script or saying(answer(b"safe")), tls=context) as server, visiting(ca_file=trusted) as visitor:
        return visitor.walk(step("visit", server.url, timeout=3.0)), server


def test_a_certificate_that_is_in_order_passes_and_its_handshake_is_measured(
    authority: trustme.CA, trusted: str
) -> None:
    seen, _ = visited(valid(authority), trusted)
    assert seen.outcome is Outcome.PASSED
    assert (seen.step.phases.tls or 0) > 0


def assert_refused(seen: Seen, message: str) -> None:
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TLS), seen.failure
    assert seen.failure.message == f"no secure connection: {message}"
    assert seen.exchanges[0].status is None


def test_an_expired_certificate_is_refused_and_shown_with_its_dates(authority: trustme.CA, trusted: str) -> None:
    ended = NOW - timedelta(days=1)
    context = context_of(authority.issue_cert("127.0.0.1", not_before=NOW - timedelta(days=9), not_after=ended))
    seen, _ = visited(context, trusted)
    assert_refused(seen, "the certificate has expired")
    assert seen.failure.expected == "a certificate that is trusted here"
    assert f"until {ended:%b} {ended.day:2}" in (seen.failure.actual or "")


def test_a_certificate_that_is_not_valid_yet_is_refused(authority: trustme.CA, trusted: str) -> None:
    context = context_of(authority.issue_cert("127.0.0.1", not_before=NOW + timedelta(days=1)))
    assert_refused(visited(context, trusted)[0], "the certificate is not valid yet")


def test_a_certificate_for_another_host_is_refused(authority: trustme.CA, trusted: str) -> None:
    context = context_of(authority.issue_cert("shop.example.com"))
    seen, _ = visited(context, trusted)
    assert_refused(seen, "the certificate is for another host name")
    assert seen.failure.expected == "a certificate for this host"
    assert "with the names DNS:shop.example.com" in (seen.failure.actual or "")


def test_a_certificate_of_an_authority_that_is_not_trusted_is_refused_and_its_issuer_shown(trusted: str) -> None:
    stranger = trustme.CA(organization_name="Strangers Ltd")
    seen, _ = visited(valid(stranger), trusted)
    assert_refused(seen, "the certificate is signed by nobody this machine trusts")
    assert "Strangers Ltd" in (seen.failure.actual or "")


def self_signed(folder: Path) -> ssl.SSLContext:
    """Everything in order but for who says so."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW - timedelta(days=1), NOW + timedelta(days=9))
    hosts = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = builder.add_extension(hosts, critical=False).sign(key, hashes.SHA256())
    path = folder / "alone.pem"
    plain_key = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(plain_key + made.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def test_a_self_signed_certificate_is_refused(trusted: str, tmp_path: Path) -> None:
    seen, _ = visited(self_signed(tmp_path), trusted)
    assert_refused(seen, "the certificate is signed by nobody this machine trusts (self-signed)")


def test_a_certificate_that_is_refused_is_asked_for_twice_but_no_request_is_ever_sent(trusted: str) -> None:
    requests: list[bytes] = []

    def script(connection: Connection) -> None:
        requests.append(connection.request())

    seen, server = visited(valid(trustme.CA()), trusted, script)
    assert seen.kind is FailureKind.TLS
    assert server.accepted == 2
    assert set(requests) <= {b""}


def test_verification_knows_the_machines_authorities_only_unless_told_of_others(authority: trustme.CA) -> None:
    with RawServer(saying(answer(b"safe")), tls=valid(authority)) as server, visiting() as visitor:
        assert visitor.walk(step("visit", server.url)).kind is FailureKind.TLS


@contextmanager
def plain(script: Script, ca_file: str, limits: Limits | None = None, timeout: float = 3.0) -> Iterator[Seen]:
    """A visit by https to a server that does as the script says below TLS."""
    with RawServer(script) as server, visiting(ca_file=ca_file, limits=limits) as visitor:
        yield visitor.walk(step("visit", server.url.replace("http:", "https:"), timeout=timeout))


def test_authorities_that_changed_on_disk_are_those_that_are_trusted_in_the_next_run(
    authority: trustme.CA, tmp_path: Path
) -> None:
    bundle, other = tmp_path / "ca.pem", trustme.CA()
    authority.cert_pem.write_to_path(bundle)
    with RawServer(saying(answer(b"safe")), tls=valid(authority)) as server, visiting(ca_file=str(bundle)) as visitor:
        known = visitor.walk(step("visit", server.url))
        other.cert_pem.write_to_path(bundle)
        assert (known.outcome, visitor.walk(step("visit", server.url)).outcome) == (Outcome.PASSED, Outcome.FAILED)


def test_authorities_that_cannot_be_read_are_our_error_and_the_file_is_named(
    authority: trustme.CA, tmp_path: Path
) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("nobody")
    seen, _ = visited(valid(authority), str(bundle))
    assert (seen.outcome, seen.kind) == (Outcome.ERROR, FailureKind.RESOURCE)
    assert str(bundle) in seen.failure.message
    assert "_ssl.c" not in seen.failure.message


def test_plain_http_where_tls_is_expected_says_that_no_tls_is_spoken(trusted: str) -> None:
    def script(connection: Connection) -> None:
        connection.beginning(1)
        connection.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        connection.finish()
        connection.hold()

    with plain(script, trusted) as seen:
        assert_refused(seen, "the server does not speak TLS on this port")


def test_a_connection_closed_during_the_handshake_says_so(trusted: str) -> None:
    def script(connection: Connection) -> None:
        connection.beginning(1)
        connection.finish()
        connection.hold()

    with plain(script, trusted) as seen:
        assert_refused(seen, "the server closed the connection during the TLS handshake")


def test_a_connection_reset_during_the_handshake_is_no_secure_connection(trusted: str) -> None:
    def script(connection: Connection) -> None:
        connection.beginning(1)
        connection.reset()

    with plain(script, trusted) as seen:
        assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TLS)
        assert "reset" in seen.failure.message


def test_an_alert_instead_of_a_handshake_is_no_secure_connection(trusted: str) -> None:
    def script(connection: Connection) -> None:
        connection.beginning(1)
        connection.send(b"\x15\x03\x03\x00\x02\x02\x28")  # fatal, handshake_failure
        connection.finish()
        connection.hold()

    with plain(script, trusted) as seen:
        assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TLS)
        assert "handshake failure" in seen.failure.message


def test_a_handshake_that_stalls_ends_with_its_own_limit(trusted: str) -> None:
    with plain(Connection.hold, trusted, Limits(connect=0.2, secure=0.4), timeout=5.0) as seen:
        assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TIMEOUT)
        assert "the time ran out during the TLS handshake" in seen.failure.message
        assert seen.took < 3.0


def test_a_server_that_speaks_only_old_versions_of_tls_is_refused(authority: trustme.CA, trusted: str) -> None:
    context = valid(authority)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1 is deprecated"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    seen, _ = visited(context, trusted)
    assert_refused(seen, "the server offers no version of TLS that is safe")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_asks_for_a_client_certificate_is_told_as_that(
    authority: trustme.CA, trusted: str, version: ssl.TLSVersion
) -> None:
    context = valid(authority)
    context.minimum_version = context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    seen, _ = visited(context, trusted)
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TLS), seen.failure
    if version is ssl.TLSVersion.TLSv1_3:
        assert_refused(seen, "the server asks for a client certificate")


def test_sessions_are_not_resumed_from_one_run_to_the_next(authority: trustme.CA, trusted: str) -> None:
    resumed: list[bool | None] = []

    class Watching(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            super().do_handshake(block)
            resumed.append(self.session_reused)

    context = valid(authority)
    context.sslsocket_class = Watching
    with RawServer(saying(answer(b"safe")), tls=context) as server, visiting(ca_file=trusted) as visitor:
        for _ in range(3):
            assert visitor.walk(step("visit", server.url)).outcome is Outcome.PASSED
    assert resumed == [False, False, False]


def test_the_name_that_is_asked_for_goes_along_with_the_handshake(authority: trustme.CA, trusted: str) -> None:
    asked: list[str | None] = []
    context = valid(authority)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    with RawServer(saying(answer(b"safe")), tls=context) as server, visiting(ca_file=trusted) as visitor:
        seen = visitor.walk(step("visit", server.url.replace("127.0.0.1", "localhost")))
    assert seen.outcome is Outcome.PASSED, seen.failure
    assert asked == ["localhost"]


def test_a_body_cut_off_without_a_goodbye_of_tls_is_no_whole_answer(authority: trustme.CA, trusted: str) -> None:
    """Without a length only the end of TLS says that the body is whole; anybody can forge the end of a connection."""

    def script(connection: Connection) -> None:
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\n\r\nhalf of it")
        connection.cut()

    seen, _ = visited(valid(authority), trusted, script)
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.PROTOCOL)
