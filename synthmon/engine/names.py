"""Who is to blame when a name is not resolved: its owner, or our own resolver."""

from __future__ import annotations

import socket
import threading
import time

from synthmon.model import words
from synthmon.model.run import Failure, FailureKind

PATIENCE = 2.0  # seconds for asking once more
_NOBODY = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME), socket.EAI_FAIL}


def attribute(host: str, deadline: float) -> Failure:
    """Ask the system's resolver once more: `dns` if the name has no address, `resolver` (ours) if nobody answered.

    libcurl says "could not resolve" for both. getaddrinfo says EAI_AGAIN for a server failure (SERVFAIL) and for
    silence alike; in doubt the fault is taken to be ours, so that a broken resolver here is never paged as an outage.
    """
    code = _ask(host, min(PATIENCE, max(0.1, deadline - time.monotonic())))
    shown = words.printable(host, 253)
    if code in _NOBODY:
        return Failure(FailureKind.DNS, f"the name {shown} does not exist or has no address", detail="NXDOMAIN")
    if code is None:
        return Failure(FailureKind.RESOLVER, f"no resolver answered when asked for {shown}", detail="silence")
    if code == 0:
        return Failure(FailureKind.RESOLVER, f"the name {shown} was resolved at the second try only", detail="flaky")
    return Failure(FailureKind.RESOLVER, f"the resolver could not answer for {shown}", detail="SERVFAIL or silence")


def _ask(host: str, patience: float) -> int | None:
    """The resolver's code: 0 for an address, None when it did not answer in time."""
    found: list[int] = []

    def ask() -> None:
        try:
            socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found.append(0)
        except socket.gaierror as error:
            found.append(error.errno or socket.EAI_AGAIN)
        except (OSError, UnicodeError):
            found.append(socket.EAI_NONAME)

    asker = threading.Thread(target=ask, name="resolver", daemon=True)
    asker.start()
    asker.join(patience)
    return found[0] if found else None
