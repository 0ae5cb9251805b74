"""Who is to blame when a name is not resolved: its owner, or our own resolver."""

from __future__ import annotations

import socket
import threading
import time

from synthmon.engine.dns import Kind
from synthmon.engine.hangup import joined
from synthmon.engine.ports import Stop
from synthmon.engine.resolver import Looked, look_up, system_servers
from synthmon.model import words
from synthmon.model.network import Network
from synthmon.model.run import Failure, FailureKind

PATIENCE = 2.0  # seconds for asking once more
_NOBODY = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME), socket.EAI_FAIL}


_KINDS = {4: (Kind.A,), 6: (Kind.AAAA,), None: (Kind.A, Kind.AAAA)}
_LOOPBACK = ("127.0.0.1", "::1")


def look_up_at(network: Network, host: str, deadline: float, stop: Stop | None = None) -> Looked:
    """The host's addresses by the network's own resolver, of the family that it wants."""
    if host.rstrip(".") == "localhost":  # never asked of anybody (RFC 6761, section 6.3)
        return Looked(_LOOPBACK)
    return look_up(host, network.resolver, _KINDS[network.ip_version], deadline, stop)


def attribute(host: str, deadline: float, stop: Stop | None = None) -> Failure:
    """Ask the system's resolver once more: `dns` if the name is at fault, `resolver` (ours) if nobody answered.

    libcurl says "could not resolve" for all of it, and getaddrinfo says EAI_AGAIN for a failure of the name's servers
    and for silence alike: then the machine's resolvers are asked directly. In doubt the fault is taken to be ours, so
    that a broken resolver here is never paged as an outage.
    """
    code = _ask(host, min(PATIENCE, max(0.1, deadline - time.monotonic())), stop)
    shown = words.printable(host, 253)
    servers = system_servers()
    asked = " and ".join(servers) or "this machine's resolver"
    if code in _NOBODY:
        message = f"the name {shown} does not exist or has no address"
        return Failure(FailureKind.DNS, message, actual=f"NXDOMAIN from {asked}", detail="NXDOMAIN")
    if code is None:
        message = f"no resolver answered when asked for {shown}"
        return Failure(FailureKind.RESOLVER, message, actual=f"silence of {asked}", detail="silence")
    if code == 0:
        return Failure(FailureKind.RESOLVER, f"the name {shown} was resolved at the second try only", detail="flaky")
    if servers:
        looked = look_up(host, servers, _KINDS[None], min(time.monotonic() + PATIENCE, deadline), stop)
        if looked.failure is not None:
            return looked.failure
    return Failure(FailureKind.RESOLVER, f"the resolver could not answer for {shown}", detail="SERVFAIL or silence")


def _ask(host: str, patience: float, stop: Stop | None) -> int | None:
    """The resolver's code: 0 for an address, None when it did not answer in time, or before the stop."""
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
    joined(asker, patience, stop)
    return found[0] if found else None
