"""The one page of an agent: for whoever has the token, and nothing else is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from synthmon.model.secret import Secret
from synthmon.web.health import Health, health_site
from synthmon.web.server import WebServer, listen

RIGHT = {"Authorization": "Bearer right"}


@contextmanager
def served(*troubles: str) -> Iterator[httpx.Client]:
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    health = Health(troubles, "1.2.3", {"region": "eu", "said": "für alle"})
    server = WebServer(health_site(lambda: health, Secret("token", "right")), listener)
    server.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            yield client
    finally:
        server.stop()


def test_it_says_whether_all_is_well() -> None:
    with served() as client:
        answer = client.get("/healthz", headers=RIGHT)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == {"status": "well", "troubles": [], "version": "1.2.3", "region": "eu", "said": "für alle"}


def test_trouble_is_told_by_the_status_too() -> None:
    with served("the disk is full") as client:
        answer = client.get("/healthz", headers=RIGHT)
    assert (answer.status_code, answer.json()["troubles"]) == (503, ["the disk is full"])


def test_nobody_else_is_told_anything() -> None:
    with served() as client:
        assert (401, 401, 401) == tuple(
            client.get("/healthz", headers=headers).status_code
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic right"})
        )
        assert {"error": "authentication is needed"} == client.get("/healthz").json()


def test_there_is_nothing_else_and_nothing_to_change() -> None:
    with served() as client:
        head = client.head("/healthz", headers=RIGHT)
        assert (200, b"") == (head.status_code, head.content)
        assert 404 == client.get("/", headers=RIGHT).status_code
        refused = client.post("/healthz", headers=RIGHT, content=b"x" * 100_000)
        assert (405, "GET, HEAD") == (refused.status_code, refused.headers["allow"])
