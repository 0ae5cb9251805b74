"""The way to a target for one exchange, rendered: whom it may reach, over what, through which proxy, as whom in TLS."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from synthmon.language.once import Work, kept
from synthmon.model.network import WARN_BEFORE, Network
from synthmon.model.reach import Address, Reach, Trust, as_address, plain
from synthmon.model.run import Failure, FailureKind
from synthmon.nouns import dataclass

if TYPE_CHECKING:
    import httpx

ROUTE = "synthmon.route"
"""The extension of a request that holds its route; without one it is `DIRECT`."""

DENIED = "policy_denied"
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class ProxyWay:
    """A proxy and our credentials there, revealed: keep it no longer than the exchange takes."""

    url: httpx.URL
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    trusted: bool = False  # declared in synthmon.yaml

    @property
    def label(self) -> str:
        """The proxy as it is shown: scheme, host and port, never a name or a password."""
        return f"{self.url.scheme}://{host_of(self.url)}:{port_of(self.url)}"


@dataclass(frozen=True, slots=True)
class Secured:
    """How TLS is spoken, as PEM texts."""

    unverified: bool = False
    authorities: str | None = None
    certificate: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)
    min_version: str | None = None
    server_name: str | None = None
    warn_before: float = WARN_BEFORE


@dataclass(frozen=True, slots=True)
class Route:
    """Frozen, and good for one origin: see `elsewhere`."""

    network: Network = field(default_factory=Network)
    tls: Secured = field(default_factory=Secured)
    proxy: ProxyWay | None = None
    reach: Reach = field(default_factory=Reach)
    trust: Trust = Trust.OPERATOR

    def elsewhere(self) -> Route:
        """The way to another origin, to which the target sent us: nobody else gets to see our certificate, and what
        was said of one host's certificate and name says nothing of another's.
        """
        bare = self.without_certificate()
        return replace(bare, tls=replace(bare.tls, unverified=False, server_name=None))

    def without_certificate(self) -> Route:
        """The way as nobody in particular."""
        return replace(self, tls=replace(self.tls, certificate=None, key=None))

    def refuses(self, url: httpx.URL) -> Failure | None:
        """Why nothing may be sent there, as far as the address as written tells."""
        reason = self.reach.refuses(self.trust, host_of(url), port_of(url))
        return None if reason is None else denied(reason)

    def refuses_address(self, url: httpx.URL, found: Any) -> Failure | None:
        """Why no connection may be made to what a name turned out to be; `found` is a socket's address.

        What is connected to may be a proxy; one that is declared in synthmon.yaml may be anywhere for any file.
        """
        place = self.proxy.url if self.proxy else url
        trust = Trust.OPERATOR if self.proxy and self.proxy.trusted else self.trust
        try:
            address = _address(str(found[0]))
        except (ValueError, IndexError, TypeError):
            return denied(f"{found!r:.60} is no address of the internet")
        reason = self.reach.refuses_address(trust, host_of(place), address, int(found[1]), is_here)
        return None if reason is None else denied(reason)

    def addresses_of(self, host: str) -> tuple[str, ...]:
        """What `hosts` says of a name."""
        return self.network.hosts.get(plain(host), ())


DIRECT = Route()
"""No proxy, no exceptions, the machine's own resolver and authorities."""


def denied(reason: str) -> Failure:
    return Failure(
        FailureKind.POLICY,
        f"nothing was sent: {reason}",
        expected="a target that probes may reach",
        detail=DENIED,
    )


_address = lru_cache(maxsize=1024)(ipaddress.ip_address)  # connected to again and again


# An address is the same object in every run as long as nothing is captured for it, and each run asks for all of this.
host_of: Work[httpx.URL, str] = kept("host", lambda url: url.raw_host.decode("ascii"))
"""The host in ASCII: a name that only looks like another one is seen to be another."""

port_of: Work[httpx.URL, int] = kept("port", lambda url: url.port or _PORTS.get(url.scheme, 0))

origin_of: Work[httpx.URL, tuple[str, bytes]] = kept("origin", lambda url: (url.scheme, url.netloc))

written: Work[httpx.URL, str] = kept("written", str)


def bracketed(host: str) -> str:
    """The host as it stands in front of a port."""
    return f"[{host}]" if ":" in host else host


def is_literal(host: str) -> bool:
    """Whether the host is an address, so that there is nothing to look up."""
    return ":" in host or as_address(host) is not None


def is_here(address: Address) -> bool:
    """Whether the address is one of this machine's: only those can be bound to."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as channel:
            channel.bind((str(address), 0))
    except OSError:
        return False
    return True
