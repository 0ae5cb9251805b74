"""The demo's shop in this process, on a port of its own, with probes that run against it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from synthmon.demo.faults import Faults
from synthmon.demo.goods import Goods
from synthmon.demo.partner import Partner
from synthmon.demo.server import QuietServer, build_shop, listen, terms
from synthmon.demo.shop import Shop


@pytest.fixture(scope="module")
def shop_url() -> Iterator[str]:
    async def at_once(_seconds: float) -> None:
        return None

    goods, faults = Goods(terms(settles_after=0.2)), Faults()
    server = QuietServer(build_shop(Shop(goods, faults, at_once), Partner(goods, faults)))
    listener = listen(0)
    serving = threading.Thread(target=lambda: asyncio.run(server.run_on(listener)), daemon=True)
    serving.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    serving.join(10)
    listener.close()
