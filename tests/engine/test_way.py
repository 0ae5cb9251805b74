"""What follows from an address and a route is kept for the next run, and only as long as the route says the same."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from synthmon.engine import route as routes
from synthmon.engine.route import Route, Secured
from synthmon.engine.way import way_of
from synthmon.model.reach import Reach, Trust

ADDRESS = ("10.0.0.7", 8420)


def test_the_next_run_goes_the_same_way_and_another_route_another() -> None:
    url, route = httpx.URL("http://shop.test:8420"), Route()
    way = way_of(route, url, {})
    assert way_of(replace(route), url, {}) is way
    imported = way_of(replace(route, trust=Trust.IMPORTED), url, {})
    assert (way.refused, imported.refused is None) == (None, False)
    assert way.refuses_address(url, ADDRESS) is None
    allowed = way_of(replace(route, trust=Trust.IMPORTED, reach=Reach(imported=("shop.test",))), url, {})
    assert allowed.refuses_address(url, ADDRESS) is not None


def test_a_way_with_a_secret_in_it_is_not_kept() -> None:
    url, route = httpx.URL("https://shop.test"), Route(tls=Secured(certificate="a", key="b"))
    way = way_of(route, url, {})
    assert way_of(route, url, {}) is not way
    assert all(value is not way for value in vars(url).values())


def test_what_depends_on_this_machines_addresses_is_asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether an address is this machine's own may change while a daemon runs."""
    url, here = httpx.URL("http://shop.test:8420"), iter([False, True])
    way = way_of(Route(reach=Reach(own=(("0.0.0.0", 8420),))), url, {})
    monkeypatch.setattr(routes, "is_here", lambda _address: next(here))
    assert way.refuses_address(url, ADDRESS) is None
    assert way.refuses_address(url, ADDRESS) is not None
