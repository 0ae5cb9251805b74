"""The demo's shop twice: in this process with a clock and sleep of the test's own, and as a process of its own."""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp

from synthmon.demo import demo_secrets
from synthmon.demo.control import active_faults, switch_fault
from synthmon.demo.faults import Faults
from synthmon.demo.goods import Goods, Terms
from synthmon.demo.pager import Pager
from synthmon.demo.partner import Partner
from synthmon.demo.process import ShopProcess
from synthmon.demo.server import build_control, build_shop
from synthmon.demo.shop import Shop

EMAIL, PASSWORD = "synthetic@example.com", demo_secrets()["shop_password"]
CLIENT = (demo_secrets()["partner_client_id"], demo_secrets()["partner_client_secret"])
CONTROL_TOKEN = "the-token-of-the-switches"
DEADLINE = 10.0  # seconds; nothing here takes one


def until(true: Callable[[], bool], within: float = DEADLINE) -> bool:
    """Whether it became true before the deadline."""
    last = time.monotonic() + within
    while not true():
        if time.monotonic() > last:
            return False
        threading.Event().wait(0.01)
    return True


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/me", trust_env=False, timeout=2.0).status_code == 401
    except httpx.TransportError:
        return False


@dataclass
class Site:
    """Asks an application as a client would, one request after another."""

    application: ASGIApp
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, **parts: Any) -> httpx.Response:
        # A thread of its own, since the browser's driver may keep a loop running in this one.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(self._ask(method, path, parts))).result()

    async def _ask(self, method: str, path: str, parts: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.application, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop", headers=self.headers) as client:
            return await client.request(method, path, **parts)


@dataclass
class Inside(Site):
    """The shop and the partner. Payments take no time, and `slept` tells how long they would have taken (seconds)."""

    faults: Faults = field(default_factory=Faults)
    slept: list[float] = field(default_factory=list)
    time: float = 1000.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def log_in(self) -> None:
        answer = self.ask("POST", "/api/sessions", json={"email": EMAIL, "password": PASSWORD})
        self.headers = {"Authorization": f"Bearer {answer.json()['token']}"}

    def fill_cart(self, sku: str = "SYNTH-TEST-001", quantity: int = 1) -> httpx.Response:
        return self.ask("POST", "/api/cart/items", json={"sku": sku, "quantity": quantity})

    def check_out(self, reference: str = "ref-1", **parts: Any) -> httpx.Response:
        return self.ask("POST", "/api/checkout", json={"reference": reference}, **parts)

    def fetch_token(self) -> httpx.Response:
        return self.ask("POST", "/partner/oauth/token", data={"grant_type": "client_credentials"}, auth=CLIENT)

    def authorise(self) -> None:
        self.headers = {"Authorization": f"Bearer {self.fetch_token().json()['access_token']}"}


@pytest.fixture
def shop() -> Inside:
    inside = Inside(Starlette())
    terms = Terms(PASSWORD, *CLIENT, settles_after=1.0, token_lives=120.0)
    goods = Goods(terms, inside.now)
    inside.application = build_shop(Shop(goods, inside.faults, inside.sleep), Partner(goods, inside.faults))
    return inside


@pytest.fixture
def control() -> Site:
    """The pager and the switches, asked by somebody who has the token."""
    headers = {"Authorization": f"Bearer {CONTROL_TOKEN}"}
    return Site(build_control(Faults(), Pager(), CONTROL_TOKEN), headers)


@pytest.fixture
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a demo of this test leaves its address, so that no other demo on the machine is met."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


@pytest.fixture(scope="module")
def one_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ShopProcess, Path]]:
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        process = ShopProcess(0, 0, "--settles-after=0.2")
        process.__enter__()
    with ExitStack() as stack:
        stack.push(process.__exit__)
        yield process, folder


@pytest.fixture
def running(one_process: tuple[ShopProcess, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[ShopProcess]:
    """A demo that runs, with every fault off; a module's tests share it, because it takes a second to start.

    A test that switches `shop-down` on sees to it that the shop went down: it would do so in the next test otherwise.
    """
    process, folder = one_process
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    assert until(lambda: answers(process.shop_url)), "a test before this one left the shop down"
    yield process
    for name, on in active_faults().items():
        if on:
            switch_fault(name, on=False)


@pytest.fixture
def customer(running: ShopProcess) -> Iterator[httpx.Client]:
    """Logged in, with something in the cart."""
    client = customer_of(running)
    yield client
    client.close()


def customer_of(process: ShopProcess) -> httpx.Client:
    client = httpx.Client(base_url=process.shop_url, trust_env=False, timeout=5.0)
    token = client.post("/api/sessions", json={"email": EMAIL, "password": PASSWORD}).json()["token"]
    client.headers["authorization"] = f"Bearer {token}"
    client.post("/api/cart/items", json={"sku": "MUG-BLUE", "quantity": 2})
    return client
