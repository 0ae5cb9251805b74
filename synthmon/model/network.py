"""How a target is reached, as declared: over which addresses, through which proxy, and how TLS is spoken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from types import MappingProxyType

from synthmon.model.text import Text
from synthmon.nouns import dataclass

WARN_BEFORE = 14 * 86_400.0
"""Seconds before its end from which a certificate is worth a remark."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """`url` is `http://` or `https://`, a host and a port. Who declared it decides whom it may be: see `trusted`."""

    url: str
    username: Text | None = None
    password: Text | None = None
    trusted: bool = False  # declared in synthmon.yaml


@dataclass(frozen=True, slots=True)
class Network:
    """What is None or empty is not said. `proxy` False: none, whatever is said elsewhere. `ip_version`: 4 or 6.

    `hosts` gives names addresses; `resolver` are the servers (`10.0.0.53` or `[fd00::53]:5353`) asked for the others.
    """

    proxy: Proxy | bool | None = None
    ip_version: int | None = None
    hosts: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    resolver: tuple[str, ...] = ()

    def over(self, other: Network) -> Network:
        """This, completed by what only the other says; `hosts` of both, where ours win."""
        return replace(
            self,
            proxy=other.proxy if self.proxy is None else self.proxy,
            ip_version=self.ip_version or other.ip_version,
            hosts={**other.hosts, **self.hosts},
            resolver=self.resolver or other.resolver,
        )


@dataclass(frozen=True, slots=True)
class Tls:
    """How TLS is spoken. `unverified` is the reason why a certificate is not verified; None: it is.

    `authorities`, `certificate` and `key` are PEM texts; the authorities are trusted instead of the machine's.
    `server_name` is asked for and verified in place of the url's host.
    """

    unverified: str | None = None
    authorities: Text | None = None
    certificate: Text | None = None
    key: Text | None = None
    min_version: str | None = None
    server_name: str | None = None
    warn_before: float = WARN_BEFORE
