"""The demo's process: the shop on one port, the pager and the switches for faults on another.

`python -m synthmon.demo.server` runs it until its standard input ends, which it does when its parent is gone; in a
container of its own, `synthmon demo shop` runs it until it is told to stop.
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import os
import secrets
import signal
import socket
import sys
import threading

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from synthmon.demo import demo_secrets
from synthmon.demo.control import Control, announce, withdraw
from synthmon.demo.faults import EVERY, FAULTS, ByTheirWay, Faults
from synthmon.demo.goods import Goods, Terms
from synthmon.demo.pager import Pager
from synthmon.demo.partner import Partner
from synthmon.demo.shop import Shop
from synthmon.nouns import dataclass

HOST = "127.0.0.1"
GLANCE = 0.05  # seconds between looks at the faults


class PortTaken(Exception):
    """A port that the demo needs cannot be had; the message says which and why."""


def build_shop(shop: Shop, partner: Partner) -> ASGIApp:
    return ByTheirWay(Starlette(routes=[*shop.routes(), *partner.routes()]))


def build_control(faults: Faults, pager: Pager, token: str) -> Starlette:
    """Switches behind a token; the pager is open, as pagers are."""

    def guarded(request: Request) -> bool:
        given = request.headers.get("authorization", "")
        return secrets.compare_digest(given.encode(), f"Bearer {token}".encode())

    async def listed(request: Request) -> Response:
        if not guarded(request):
            return JSONResponse({"error": "the token is missing"}, 401)
        return JSONResponse({name: name in faults for name in FAULTS})

    async def switched(request: Request) -> Response:
        if not guarded(request):
            return JSONResponse({"error": "the token is missing"}, 401)
        try:
            way = request.query_params.get("way", EVERY)
            faults.switch(request.path_params["name"], on=request.method == "PUT", way=way)
        except KeyError:
            return JSONResponse({"error": "no such fault"}, 404)
        return JSONResponse({name: name in faults for name in FAULTS})

    return Starlette(
        routes=[
            Route("/faults", listed),
            Route("/faults/{name}", switched, methods=["PUT", "DELETE"]),
            *pager.routes(),
        ]
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where the demo listens; port 0 is any that is free."""

    port: int
    control_port: int
    host: str = HOST


def listen(port: int, host: str = HOST) -> socket.socket:
    """A listening socket; raises `PortTaken`."""
    # With the protocol named, asyncio switches Nagle's algorithm off; without, answers on kept connections take 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        why = "is in use" if taken else f"cannot be had: {getattr(error, 'strerror', None) or error}"
        raise PortTaken(f"port {port} {why}") from error
    listener.listen(128)
    return listener


class QuietServer(uvicorn.Server):
    """uvicorn without its own handling of signals: the process has one master, and it is below."""

    def __init__(self, site: ASGIApp) -> None:
        options = {"log_config": None, "access_log": False, "lifespan": "off", "timeout_graceful_shutdown": 1}
        super().__init__(uvicorn.Config(site, **options))  # type: ignore[arg-type]

    async def run_on(self, listener: socket.socket) -> None:
        await self._serve(sockets=[listener])


class Demo:
    """Runs both servers in one event loop, and closes the shop's port while the fault `shop-down` is on."""

    def __init__(self, shop: socket.socket, control: socket.socket, terms: Terms) -> None:
        self.faults, self.token = Faults(), secrets.token_urlsafe(24)
        self._shop_socket, self._control_socket = shop, control
        self._shop_host, self.shop_port = shop.getsockname()
        self.control_port: int = control.getsockname()[1]
        goods = Goods(terms)
        self._shop_site = build_shop(Shop(goods, self.faults), Partner(goods, self.faults))
        self._control_site = build_control(self.faults, Pager(), self.token)
        self.ended = threading.Event()

    async def run(self) -> None:
        control = QuietServer(self._control_site)
        serving = asyncio.create_task(control.run_on(self._control_socket))
        await self._keep_shop()
        control.should_exit = True
        await serving

    async def _keep_shop(self) -> None:
        """The shop's server, ended and begun anew as the fault goes on and off."""
        await self._serve_shop(self._shop_socket)
        while not self.ended.is_set():
            listener = self._open_again()
            if listener is not None:
                await self._serve_shop(listener)
            await asyncio.sleep(GLANCE)

    def _open_again(self) -> socket.socket | None:
        """None while the shop is down, or somebody else has its port: then later."""
        if "shop-down" in self.faults:
            return None
        try:
            return listen(self.shop_port, self._shop_host)
        except PortTaken:
            return None

    async def _serve_shop(self, listener: socket.socket) -> None:
        server = QuietServer(self._shop_site)
        serving = asyncio.create_task(server.run_on(listener))
        while not self.ended.is_set() and "shop-down" not in self.faults:
            await asyncio.sleep(GLANCE)
        server.should_exit = True
        server.force_exit = True
        await serving
        listener.close()


def terms(settles_after: float = 1.0, token_lives: float = 120.0) -> Terms:
    """Who may come in, with the secrets that the demo's probes know."""
    given = demo_secrets()
    return Terms(
        password=given["shop_password"],
        client_id=given["partner_client_id"],
        client_secret=given["partner_client_secret"],
        settles_after=settles_after,
        token_lives=token_lives,
    )


def open_demo(place: Place, agreed: Terms) -> Demo:
    """A demo that listens and has said where; raises `PortTaken`. Whoever opens it calls `serve` next."""
    shop = listen(place.port, place.host)
    return Demo(shop, listen(place.control_port, place.host), agreed)


def serve(demo: Demo) -> None:
    """Until `demo.ended` is set. Commands in this machine, or this container, find it meanwhile."""
    here = Control(f"http://{HOST}:{demo.control_port}", demo.token, os.getpid())
    announce(here)
    try:
        asyncio.run(demo.run())
    except KeyboardInterrupt:
        return
    finally:
        withdraw(here)


def serve_until_told(demo: Demo) -> None:
    """Until SIGTERM or SIGINT. As the first process of a container one must ask for SIGTERM, or it is ignored."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: demo.ended.set())
    serve(demo)


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description="the demo's shop")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--control-port", type=int, required=True)
    parser.add_argument("--settles-after", type=float, default=1.0)
    parser.add_argument("--token-lives", type=float, default=120.0)
    options = parser.parse_args()
    try:
        demo = open_demo(Place(options.port, options.control_port), terms(options.settles_after, options.token_lives))
    except PortTaken as error:
        print(error, file=sys.stderr, flush=True)  # noqa: T201 - the parent reads it
        sys.exit(2)
    threading.Thread(target=_watch_parent, args=(demo.ended,), daemon=True).start()
    print(f"ready {demo.shop_port} {demo.control_port}", flush=True)  # noqa: T201 - the parent waits for it
    serve(demo)


def _watch_parent(ended: threading.Event) -> None:
    """Standard input is a pipe from the parent; it ends when the parent closes it, or dies."""
    sys.stdin.buffer.read()
    ended.set()


if __name__ == "__main__":
    main()
