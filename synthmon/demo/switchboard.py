"""The switches for faults of regions, reachable from other terminals while the demo of several regions runs."""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
from types import TracebackType

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from synthmon.demo.control import REGIONAL, Control, DemoError, announce, withdraw
from synthmon.demo.regions import Networks
from synthmon.demo.server import HOST, QuietServer, listen

_ENDS_WITHIN = 5.0  # seconds


def build_switchboard(networks: Networks, token: str) -> Starlette:
    """GET tells which faults are on, PUT and DELETE switch one in one region; all behind a token."""

    def asked(request: Request) -> Response:
        given = request.headers.get("authorization", "")
        if not secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return JSONResponse({"error": "the token is missing"}, 401)
        if request.method != "GET":
            try:
                networks.switch(**request.path_params, on=request.method == "PUT")
            except KeyError:
                return JSONResponse({"error": "no such fault or region"}, 404)
            except DemoError as error:
                return JSONResponse({"error": str(error)}, 503)
        return JSONResponse(networks.active)

    return Starlette(
        routes=[Route("/faults", asked), Route("/faults/{region}/{fault}", asked, methods=["PUT", "DELETE"])]
    )


class Switchboard:
    """A context manager: inside it commands of the same user find the switches."""

    def __init__(self, networks: Networks) -> None:
        self._token = secrets.token_urlsafe(24)
        self._socket = listen(0)
        self._server = QuietServer(build_switchboard(networks, self._token))
        self._here = Control(f"http://{HOST}:{self._socket.getsockname()[1]}", self._token, os.getpid())
        self._thread = threading.Thread(target=self._serve, name="switchboard", daemon=True)

    def _serve(self) -> None:
        asyncio.run(self._server.run_on(self._socket))

    def __enter__(self) -> Switchboard:
        self._thread.start()
        announce(self._here, REGIONAL)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        withdraw(self._here, REGIONAL)
        self._server.should_exit = True
        self._thread.join(_ENDS_WITHIN)
        self._socket.close()
