"""A route to one origin, with what follows from both: whether anything may be sent there, and what is set up for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthmon.engine.resolver import Looked
from synthmon.engine.route import Route, host_of, is_literal, origin_of
from synthmon.model.run import Failure

if TYPE_CHECKING:
    import httpx

Origin = tuple[str, bytes]

_KEPT = "synthmon.way"
_MOST = 64  # addresses that are known to be permitted


class Way:
    """`refused`: why nothing may be sent. `host` is whom a connection is made to: the target, or a proxy. `looked` is
    None where addresses have to be looked up by us.

    `kind`: what tells ways apart whose options of libcurl differ; None where some are secret or seldom, and have to be
    taken away when the exchange is over.
    """

    __slots__ = ("_permitted", "host", "kind", "looked", "origin", "place", "refused", "route", "secure")

    def __init__(self, route: Route, url: httpx.URL) -> None:
        self.route, self.secure, self.origin = route, url.scheme == "https", origin_of(url)
        self.refused: Failure | None = route.refuses(url)
        self.place = looked_up(route, url)
        self.host = host_of(self.place)
        self.looked: Looked | None = None
        if given := route.addresses_of(self.host):
            self.looked = Looked(given)
        elif not route.network.resolver or is_literal(self.host):
            self.looked = Looked()
        self.kind = self._kind()
        self._permitted: set[tuple[str, int]] = set()

    def refuses_address(self, url: httpx.URL, address: tuple[str, int]) -> Failure | None:
        """Why no connection may be made there. What is permitted stays so, unless it depends on this machine's own
        addresses, which may change.
        """
        if address in self._permitted:
            return None
        refused = self.route.refuses_address(url, address)
        if refused is None and len(self._permitted) < _MOST and all(address[1] != at for _, at in self.route.reach.own):
            self._permitted.add(address)
        return refused

    def _kind(self) -> tuple[object, ...] | None:
        tls, version = self.route.tls, self.route.network.ip_version
        if self.route.proxy is not None or tls.certificate is not None or tls.key is not None or tls.server_name:
            return None
        if not self.secure:
            return (False, version)
        return (True, version, tls.unverified, tls.authorities, tls.min_version)


def way_of(route: Route, url: httpx.URL, ways: dict[Origin, Way]) -> Way:
    """An address is the same object in every run as long as nothing is captured for it: the way is kept there for the
    next run, if its route says the same and nothing of that is secret. `ways` are those of the run.
    """
    known: Way | None = url.__dict__.get(_KEPT)
    if known is not None and (known.route is route or known.route == route):
        return known
    known = ways.get(origin_of(url))
    if known is not None and known.route is route:
        return known
    way = Way(route, url)
    ways[way.origin] = way
    if way.kind is not None:
        url.__dict__[_KEPT] = way
    return way


def looked_up(route: Route, url: httpx.URL) -> httpx.URL:
    """Whose name is looked up here: the proxy's where there is one, which looks up the target's by itself."""
    return url if route.proxy is None else route.proxy.url
