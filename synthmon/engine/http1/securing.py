"""Makes a connection a secure one, or tells why that cannot be. Loaded by the first exchange that needs it."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from functools import lru_cache

from synthmon.engine.fault import TransportFault, Wire, timed_out
from synthmon.engine.http1.contexts import context_for
from synthmon.engine.http1.exchange import Opened
from synthmon.engine.http1.failing import not_secured, unprepared
from synthmon.engine.http1.line import Line
from synthmon.engine.http1.opening import Opening
from synthmon.engine.http1.secure import SecureLine
from synthmon.model.run import Failure, Phases
from synthmon.nouns import maker

_opened = maker(Opened)

Describing = Callable[[Failure, Opening, Line], Failure]
"""Completes a failure with what the target's certificate says."""


class Securing:
    def __init__(self, ca_file: str, describing: Describing) -> None:
        self._ca_file, self._describing = ca_file, describing

    def secured(self, line: Line, opened: Opened, opening: Opening) -> tuple[Line, Opened]:
        """Raises `TransportFault`, and `SpeaksHttp2`. What is not returned is closed."""
        began = time.monotonic()
        tls = opening.way.route.tls
        try:
            context = context_for(tls, self._ca_file)
        except (OSError, ValueError) as error:
            opening.seat.drop(line)
            whence = self._ca_file if tls.authorities is None else "the probe"
            raise TransportFault(unprepared(error, whence), _wire(line, opened, began)) from error
        secure = SecureLine(line, context, _name_of(opening.way.host))
        try:
            took = secure.shake_hands(opening.until)
        except OSError as error:
            opening.seat.drop(secure)
            raise self._fault(error, _wire(line, opened, began), line, opening) from error
        except BaseException:
            opening.seat.drop(secure)
            raise
        return secure, _opened(opened.dns, opened.connect, took, secure.ends())

    def _fault(self, error: OSError, wire: Wire, line: Line, opening: Opening) -> TransportFault:
        if isinstance(error, TimeoutError) and error.errno is None:
            return TransportFault(timed_out(wire, opening.began), wire)
        failure = not_secured(error)
        if isinstance(error, ssl.SSLCertVerificationError):
            failure = self._describing(failure, opening, line)
        return TransportFault(failure, wire)


@lru_cache(maxsize=1024)
def _name_of(host: str) -> str | bytes:
    """As it is in certificates; in bytes where it can be, since the library looks at a text letter by letter."""
    name = host.strip("[]").rstrip(".")
    return name.encode() if name.isascii() else name


def _wire(line: Line, opened: Opened, began: float) -> Wire:
    """Of a handshake that ended just now."""
    took = time.monotonic() - began
    phases = Phases(opened.dns, opened.connect, took, total=opened.took + took)
    return Wire(phases, line.address, phase="tls", fallback=line.fallback)
