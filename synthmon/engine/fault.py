"""What can go wrong on the wire, as a failure of a kind: what the system and libraries say, in plain words."""

from __future__ import annotations

import errno
import os
import time
from datetime import datetime

from synthmon.model import words
from synthmon.model.run import Failure, FailureKind, Phases
from synthmon.nouns import dataclass

_OURS = {
    errno.EMFILE: "this process has no file descriptor left",
    errno.ENFILE: "this machine has no file descriptor left",
    errno.ENOMEM: "this machine has no memory left",
    errno.ENOBUFS: "this machine has no network buffer left",
    errno.EADDRNOTAVAIL: "this machine has no local address or port left for the connection",
    errno.EAFNOSUPPORT: "this machine does not speak the protocol of that address",
    errno.ENETUNREACH: "this machine has no route to that network",
    errno.ENETDOWN: "this machine's network is down",
    errno.EPERM: "this machine does not permit the connection",
    errno.EACCES: "this machine does not permit the connection",
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


class TransportFault(Exception):
    """An exchange that brought no answer to judge.

    `resendable`: a reused connection was closed before the first line of an answer, which is as soon as it is told.
    """

    def __init__(self, failure: Failure, wire: Wire, *, resendable: bool = False) -> None:
        super().__init__(failure.message)
        self.failure, self.wire, self.resendable = failure, wire, resendable


def exhausted(error: BaseException) -> str | None:
    """What this machine or process has run out of, if that is why; it may be a file of our own that was to be read."""
    used_up = {errno.EMFILE, errno.ENFILE, errno.ENOMEM}
    return _OURS[error.errno] if isinstance(error, OSError) and error.errno in used_up else None


def is_ours(os_errno: int | None) -> bool:
    """Whether the system means this machine, and says nothing of a target."""
    return os_errno in _OURS


def not_connected(os_errno: int, said: str, wire: Wire) -> Failure:
    """There is no connection, for a reason of the system's; `said` is what a library says of it."""
    if os_errno in _OURS:
        return Failure(FailureKind.RESOURCE, _OURS[os_errno], detail=said)
    if os_errno == errno.ECONNREFUSED:
        return Failure(FailureKind.CONNECT, "the connection was refused: nothing listens there", detail=said)
    reason = os.strerror(os_errno).lower() if os_errno else said
    if wire.phase == "tls":
        return Failure(FailureKind.TLS, f"no secure connection: {reason}", detail=said)
    return Failure(FailureKind.CONNECT, f"no connection: {reason}", detail=said)


def broken_off(os_errno: int, said: str, wire: Wire) -> Failure:
    """A connection that was there is there no more."""
    if os_errno in _OURS:
        return Failure(FailureKind.RESOURCE, _OURS[os_errno], detail=said)
    if (
        "SSL routines" in said and " alert " in said
    ):  # TLS 1.3 refuses a client only after the client believes the handshake to be over
        return Failure(FailureKind.TLS, f"no secure connection: {certificate_words(said)}", detail=said)
    if "reset" in said.lower() or os_errno in {errno.ECONNRESET, errno.EPIPE}:
        return Failure(FailureKind.CONNECT, f"the server reset the connection {WAITS[wire.phase]}", detail=said)
    return Failure(FailureKind.PROTOCOL, f"the exchange broke off {WAITS[wire.phase]}", detail=said)


def closed_instead(said: str | None) -> Failure:
    """A kept connection was closed when the request came."""
    gone = "the server closed the connection, kept open from the step before, instead of answering"
    return Failure(FailureKind.CONNECT, gone, detail=said)


def timed_out(wire: Wire, began: float | None = None) -> Failure:
    """A time limit was reached: the message says in which phase and after how long, which is how long we waited where
    it is known when that `began`: our own work is in no phase, but the limit does not wait for it.
    """
    took = words.seconds(wire.phases.total if began is None else time.monotonic() - began)
    message = f"no complete answer within {took}: the time ran out {WAITS[wire.phase]}"
    return Failure(FailureKind.TIMEOUT, message, detail=wire.phase)


def unresolved(wire: Wire) -> Failure:
    """Ours: the system's resolver is patient beyond our limits, so a silent one always ends here."""
    message = f"no resolver answered within {words.seconds(wire.phases.total)}"
    return Failure(FailureKind.RESOLVER, message, detail="silence")


def certificate_words(said: str) -> str:
    """What a library of TLS says, in plain words where it is known."""
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
