"""What can go wrong on the wire, as a failure of a kind: libcurl's codes and error numbers in plain words."""

from __future__ import annotations

import errno
import os
from datetime import datetime

import httpx
import pycurl

from synthmon.model import words
from synthmon.model.run import Failure, FailureKind, Phases
from synthmon.nouns import dataclass

_OURS = {
    errno.EMFILE: "this process has no file descriptor left",
    errno.ENFILE: "this machine has no file descriptor left",
    errno.ENOMEM: "this machine has no memory left",
    errno.ENOBUFS: "this machine has no network buffer left",
    errno.EADDRNOTAVAIL: "this machine has no local address or port left for the connection",
    errno.ENETUNREACH: "this machine has no route to that network",
    errno.ENETDOWN: "this machine's network is down",
    errno.EPERM: "this machine does not permit the connection",
    errno.EACCES: "this machine does not permit the connection",
}

_PROTOCOL = {
    pycurl.E_GOT_NOTHING: "the server closed the connection without an answer",
    pycurl.E_PARTIAL_FILE: "the answer ended before it was complete",
    pycurl.E_UNSUPPORTED_PROTOCOL: "the answer is not HTTP/1.0, 1.1 or 2",
    pycurl.E_HTTP2: "the server broke the rules of HTTP/2",
    pycurl.E_TOO_MANY_REDIRECTS: "the server kept redirecting",
    92: "the server broke off the HTTP/2 stream",
}

_TOO_LARGE = 100  # CURLE_TOO_LARGE, from libcurl's own bounds on a header

_TLS = {
    pycurl.E_SSL_CONNECT_ERROR,
    pycurl.E_PEER_FAILED_VERIFICATION,
    pycurl.E_SSL_CERTPROBLEM,
    pycurl.E_SSL_CIPHER,
    pycurl.E_SSL_ISSUER_ERROR,
    pycurl.E_SSL_INVALIDCERTSTATUS,
    pycurl.E_SSL_PINNEDPUBKEYNOTMATCH,
    98,  # CURLE_SSL_CLIENTCERT
}

WAITS = {
    "dns": "while the name was looked up",
    "connect": "while connecting",
    "tls": "during the TLS handshake",
    "send": "while the request was sent",
    "first_byte": "while waiting for the first byte",
    "transfer": "while the answer was read",
}


@dataclass(frozen=True, slots=True)
class Wire:
    """What is known of an exchange besides its answer. `phase` is the one that was going on when it ended."""

    phases: Phases
    address: str | None = None
    http_version: str | None = None
    reused: bool = False
    received: int = 0
    phase: str = "transfer"
    fallback: bool = False  # the first address that was tried was not the one that answered
    proxy: str | None = None
    certificate_until: datetime | None = None  # of a connection that was opened for this exchange


class TransportFault(httpx.TransportError):
    """An exchange that brought no answer to judge.

    `resendable`: a reused connection was closed before the first line of an answer, which is as soon as libcurl tells.
    """

    def __init__(self, failure: Failure, wire: Wire, *, resendable: bool = False) -> None:
        super().__init__(failure.message)
        self.failure, self.wire, self.resendable = failure, wire, resendable


def explain(code: int, text: str, os_errno: int, wire: Wire) -> Failure:
    """The failure that libcurl's code stands for; `text` is libcurl's own, which may quote the target."""
    said = words.printable(text, 200)
    if code == pycurl.E_COULDNT_CONNECT:
        return _not_connected(os_errno, said, wire)
    if code == pycurl.E_OPERATION_TIMEDOUT:
        return _unresolved(wire) if wire.phase == "dns" else timed_out(wire)
    if code in _TLS:
        return Failure(FailureKind.TLS, f"no secure connection: {_certificate_words(said)}", detail=said)
    if code in {pycurl.E_RECV_ERROR, pycurl.E_SEND_ERROR}:
        return _broken_off(os_errno, said, wire)
    if code == pycurl.E_FTP_WEIRD_SERVER_REPLY:
        return Failure(FailureKind.PROTOCOL, f"the answer is not HTTP: {said}", detail=said)
    if code == _TOO_LARGE:
        return Failure(FailureKind.TOO_LARGE, "the answer has too large a header", detail=said)
    if code == pycurl.E_BAD_CONTENT_ENCODING:
        return Failure(FailureKind.DECODE, "the body does not decode as its Content-Encoding says", detail=said)
    if code in {pycurl.E_OUT_OF_MEMORY, pycurl.E_SSL_CACERT_BADFILE, pycurl.E_INTERFACE_FAILED}:
        return Failure(FailureKind.RESOURCE, f"this machine could not make the request: {said}")
    return Failure(FailureKind.PROTOCOL, _PROTOCOL.get(code, f"no answer that could be read: {said}"), detail=said)


def _not_connected(os_errno: int, said: str, wire: Wire) -> Failure:
    if os_errno in _OURS:
        return Failure(FailureKind.RESOURCE, _OURS[os_errno], detail=said)
    if os_errno == errno.ECONNREFUSED:
        return Failure(FailureKind.CONNECT, "the connection was refused: nothing listens there", detail=said)
    reason = os.strerror(os_errno).lower() if os_errno else said
    if wire.phase == "tls":
        return Failure(FailureKind.TLS, f"no secure connection: {reason}", detail=said)
    return Failure(FailureKind.CONNECT, f"no connection: {reason}", detail=said)


def _broken_off(os_errno: int, said: str, wire: Wire) -> Failure:
    if os_errno in _OURS:
        return Failure(FailureKind.RESOURCE, _OURS[os_errno], detail=said)
    if (
        "SSL routines" in said and " alert " in said
    ):  # TLS 1.3 refuses a client only after the client believes the handshake to be over
        return Failure(FailureKind.TLS, f"no secure connection: {_certificate_words(said)}", detail=said)
    if "reset" in said.lower() or os_errno in {errno.ECONNRESET, errno.EPIPE}:
        return Failure(FailureKind.CONNECT, f"the server reset the connection {WAITS[wire.phase]}", detail=said)
    return Failure(FailureKind.PROTOCOL, f"the exchange broke off {WAITS[wire.phase]}", detail=said)


def timed_out(wire: Wire) -> Failure:
    """A time limit was reached: the message says in which phase and after how long."""
    took = words.seconds(wire.phases.total)
    message = f"no complete answer within {took}: the time ran out {WAITS[wire.phase]}"
    return Failure(FailureKind.TIMEOUT, message, detail=wire.phase)


def _unresolved(wire: Wire) -> Failure:
    """Ours: the system's resolver is patient beyond our limits, so a silent one always ends here."""
    message = f"no resolver answered within {words.seconds(wire.phases.total)}"
    return Failure(FailureKind.RESOLVER, message, detail="silence")


def _certificate_words(said: str) -> str:
    low = said.lower()
    for sign, meaning in (
        ("expired", "the certificate has expired"),
        ("not yet valid", "the certificate is not valid yet"),
        ("self-signed", "the certificate is signed by nobody this machine trusts (self-signed)"),
        ("self signed", "the certificate is signed by nobody this machine trusts (self-signed)"),
        ("unable to get local issuer", "the certificate is signed by nobody this machine trusts"),
        ("no alternative certificate subject name", "the certificate is for another host name"),
        ("does not match", "the certificate is for another host name"),
        ("wrong version number", "the server does not speak TLS on this port"),
        ("packet length too long", "the server does not speak TLS on this port"),
        ("certificate required", "the server asks for a client certificate"),
        ("unsupported protocol", "the server offers no version of TLS that is safe"),
        ("protocol version", "the server offers no version of TLS that is safe"),
        ("unexpected eof", "the server closed the connection during the TLS handshake"),
    ):
        if sign in low:
            return meaning
    return said
