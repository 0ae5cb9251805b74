"""A name's addresses by this machine's resolver, which is asked in a thread of its own as it may be silent for long."""

from __future__ import annotations

import socket
import threading
from functools import lru_cache

from synthmon.engine.hangup import joined
from synthmon.engine.ports import Stop
from synthmon.nouns import dataclass

Place = tuple[int, tuple[str, int]]
"""A family of addresses, and an address with a port."""

_LOOPBACK = ("::1", "127.0.0.1")
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6, None: socket.AF_UNSPEC}


@dataclass(frozen=True, slots=True)
class Unnamed:
    """There are no addresses: the resolver said so, or said nothing (`silent`)."""

    silent: bool


def places_of(
    host: str, port: int, version: int | None, patience: float, stop: Stop | None = None
) -> list[Place] | Unnamed:
    """Where a connection may go, in the order in which it is tried. `version`: 4 or 6, or None for both. It waits for
    no resolver once the stop is set.
    """
    if _is_here(host):  # never asked of anybody (RFC 6761, section 6.3)
        return places(_LOOPBACK, port, version)
    found: list[list[Place]] = []
    asking = threading.Thread(
        target=lambda: found.append(_asked(host, port, _FAMILIES[version], 0)), name="resolver", daemon=True
    )
    asking.start()
    joined(asking, patience, stop)
    if not found:
        return Unnamed(silent=True)
    return interleaved(found[0]) if found[0] else Unnamed(silent=False)


@lru_cache(maxsize=1024)
def at_literal(host: str, port: int) -> list[Place]:
    """Where a host that is an address leads, however it is spelt and whatever family is wanted for names."""
    return _asked(host.strip("[]"), port, socket.AF_UNSPEC, socket.AI_NUMERICHOST)


def places(addresses: tuple[str, ...], port: int, version: int | None) -> list[Place]:
    """Addresses that are known, of the wanted family."""
    found: list[Place] = [
        (socket.AF_INET6 if ":" in address else socket.AF_INET, (address, port)) for address in addresses
    ]
    wanted = _FAMILIES[version]
    return interleaved([place for place in found if wanted in {place[0], socket.AF_UNSPEC}])


def interleaved(found: list[Place]) -> list[Place]:
    """By turns of the one family and of the other, beginning with that of the first (RFC 8305, section 4)."""
    if len(found) < 2:
        return found
    first = [place for place in found if place[0] == found[0][0]]
    other = [place for place in found if place[0] != found[0][0]]
    mixed = [place for pair in zip(first, other, strict=False) for place in pair]
    return mixed + first[len(other) :] + other[len(first) :]


def _is_here(host: str) -> bool:
    name = host.lower().rstrip(".")
    return name == "localhost" or name.endswith(".localhost")


def _asked(host: str, port: int, family: int, flags: int) -> list[Place]:
    """Empty where there is none; why is asked elsewhere (see `names.attribute`)."""
    try:
        answers = socket.getaddrinfo(host.encode("ascii"), port, family, socket.SOCK_STREAM, 0, flags)
    except OSError:
        return []
    return [(int(kind), (str(place[0]).partition("%")[0], port)) for kind, _, _, _, place in answers]
