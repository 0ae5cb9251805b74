"""When there is a proxy in between: what it, rather than the target, is to blame for."""

from __future__ import annotations

from dataclasses import replace

from synthmon.engine.fault import Wire
from synthmon.engine.route import Route
from synthmon.model.run import Failure, FailureKind

UNREACHED = frozenset({502, 503, 504})
"""What a proxy answers to CONNECT if the target is what could not be reached (RFC 9110, section 15.6)."""

_BEFORE = frozenset({"dns", "connect"})


def proxy_label(route: Route) -> str | None:
    return route.proxy.label if route.proxy else None


def blamed(failure: Failure, wire: Wire, connected: int) -> Failure:
    """The failure as whose it is; `connected` is the proxy's answer to CONNECT, 0 without one.

    A proxy that is away or refuses us is a fault of ours: it says nothing of the target, and must wake nobody in the
    target's name. One that says that it could not reach the target, or does not come back with a word, speaks of it.
    """
    proxy = wire.proxy
    if proxy is None or (wire.reused and connected != 407):
        return failure
    if connected in UNREACHED:
        message = f"the proxy {proxy} could not reach the target ({connected})"
        return Failure(FailureKind.CONNECT, message, actual=str(connected), detail="proxy")
    if connected == 407:
        message = f"the proxy {proxy} does not accept our credentials (407)"
        return Failure(FailureKind.RESOURCE, message, actual="407", detail="proxy")
    if connected >= 300:
        message = f"the proxy {proxy} refuses to connect to the target ({connected})"
        return Failure(FailureKind.RESOURCE, message, actual=str(connected), detail="proxy")
    if wire.phase in _BEFORE:
        message = f"the proxy {proxy} cannot be reached: {failure.message}"
        return Failure(FailureKind.RESOURCE, message, actual=failure.actual, detail="proxy")
    if wire.phase == "tls" and not connected:
        message = f"the proxy {proxy} did not say whether it reached the target: {failure.message}"
        return replace(failure, message=message, detail="proxy")
    return failure
