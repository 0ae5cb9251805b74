"""Whom a proxy on the same machine brings is not on the machine."""

from __future__ import annotations

import pytest

from tests.web.conftest import Site


@pytest.mark.parametrize("come_from", ["203.0.113.9", "10.0.0.1", "2001:db8::1", "anything", "127.0.0.1, 203.0.113.9"])
def test_where_nobody_signs_in_whoever_comes_through_a_proxy_is_let_in_nowhere(site: Site, come_from: str) -> None:
    known = {"x-forwarded-for": come_from}
    assert 200 == site.client.get("/").status_code
    assert (303, "/sign-in?next=/") == (
        (answer := site.client.get("/", headers=known)).status_code,
        answer.headers["location"],
    )
    assert 401 == site.client.get("/api/v1/status", headers=known).status_code
    assert 200 == site.client.get("/healthz", headers=known).status_code
