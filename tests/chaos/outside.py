"""What stands outside synthmon and knows the truth: the shops, the pager, and who heard what was said to be durable.

All of it is in the process of whoever makes the trouble, so that nothing that is killed or cut takes it along.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import socket
import threading
import time
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

Run = tuple[str, str, int, str, int]
"""What tells a run from every other: probe, region, slot in milliseconds, kind, number."""

HOST = "127.0.0.1"
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "date", "server"}


class Server:
    """An application on a port of loopback, in a thread of its own; a context manager that ends with `ending`."""

    def __init__(self, site: ASGIApp, ending: Callable[[], Awaitable[None]] | None = None) -> None:
        self._ending = ending
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((HOST, 0))
        self._listener.listen(1024)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"
        options = {"log_config": None, "access_log": False, "lifespan": "off", "timeout_graceful_shutdown": 1}
        self._server = uvicorn.Server(uvicorn.Config(site, **options))  # type: ignore[arg-type]
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        await self._server._serve(sockets=[self._listener])
        for connection in list(self._server.server_state.connections):  # such as a poll that nobody answers any more
            connection.transport.abort()
        if self._ending is not None:
            await self._ending()
        await asyncio.sleep(0.05)  # what was closed is let go in the next turns of the loop

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(10)
        self._listener.close()


@dataclass(slots=True)
class Outage:
    """A time in which a shop answered nobody well, by the clock on the wall; `until` is None while it lasts."""

    probe: str
    since: float
    until: float | None = None


class Shops:
    """A shop for each probe, `/PROBE`; each can be broken, and remembers when it was."""

    def __init__(self) -> None:
        self.outages: list[Outage] = []
        self._broken: dict[str, Outage] = {}
        self._lock = threading.Lock()
        self.asked = 0
        self.site = Starlette(routes=[Route("/{probe}", self._answer)])

    async def _answer(self, request: Request) -> Response:
        self.asked += 1
        broken = request.path_params["probe"] in self._broken
        return PlainTextResponse("broken" if broken else "ok", 500 if broken else 200)

    def break_(self, probe: str) -> None:
        with self._lock:
            if probe not in self._broken:
                self._broken[probe] = Outage(probe, time.time())
                self.outages.append(self._broken[probe])

    def mend(self, probe: str) -> None:
        with self._lock:
            if (outage := self._broken.pop(probe, None)) is not None:
                outage.until = time.time()

    @property
    def broken(self) -> list[str]:
        return sorted(self._broken)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that the pager took."""

    at: float
    body: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.body.get(name)


class Pager:
    """Takes the webhook's messages and keeps them all; `refusing` is the share that it refuses with 503."""

    def __init__(self, seed: int = 1) -> None:
        self.heard: list[Heard] = []
        self.refusing = 0.0
        self._chance = random.Random(seed)
        self.site = Starlette(routes=[Route("/pager", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        body = json.loads(await request.body())
        if self._chance.random() < self.refusing:
            return JSONResponse({"error": "busy"}, 503)
        for one in [body, *body.get("members", [])]:
            self.heard.append(Heard(time.time(), one))
        return JSONResponse({"accepted": True}, 202)


@dataclass(slots=True)
class Told:
    """What one spool sent and what it was told: the runs by their sequence, and the highest mark."""

    runs: dict[int, Run] = field(default_factory=dict)
    durable: int = 0
    refused: dict[int, str] = field(default_factory=dict)
    rewinds: int = 0


class Witness:
    """Stands between one agent and its way to the centre, and writes down which results were said to be durable.

    Trouble of the line is behind it: what it hears, the agent hears.
    """

    def __init__(self, upstreams: Sequence[str], seed: int = 1) -> None:
        self._upstreams, self._chance = tuple(upstreams), random.Random(seed)
        self.spools: dict[str, Told] = {}
        self._made: httpx.AsyncClient | None = None
        methods = ["GET", "POST", "PUT", "DELETE"]
        self.site = Starlette(routes=[Route("/{path:path}", self._pass, methods=methods)])

    def acknowledged(self) -> set[Run]:
        """The runs of which the agent was told that they are durable."""
        return {
            run
            for told in self.spools.values()
            for sequence, run in told.runs.items()
            if sequence <= told.durable and sequence not in told.refused
        }

    def refused(self) -> list[str]:
        return [f"{told.runs.get(at)}: {why}" for told in self.spools.values() for at, why in told.refused.items()]

    async def _pass(self, request: Request) -> Response:
        body = await request.body()
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP_BY_HOP}
        upstream = self._chance.choice(self._upstreams)  # as a balancer that knows nothing of those behind it
        address = f"{upstream}{request.url.path}" + (f"?{request.url.query}" if request.url.query else "")
        try:
            answer = await self._client().request(request.method, address, content=body, headers=headers)
        except httpx.HTTPError as error:
            return JSONResponse({"error": f"the line: {type(error).__name__}"}, 502)
        if request.url.path.endswith("/results") and answer.status_code == 200:
            self._note(request.headers.get("content-encoding", ""), body, answer.json())
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP_BY_HOP}
        kept.pop("content-encoding", None)  # httpx has undone it
        return Response(answer.content, answer.status_code, kept)

    def _client(self) -> httpx.AsyncClient:
        if self._made is None:
            limits = httpx.Limits(max_connections=50, max_keepalive_connections=10, keepalive_expiry=5)
            self._made = httpx.AsyncClient(timeout=60, trust_env=False, limits=limits)
        return self._made

    async def close(self) -> None:
        if self._made is not None:
            await self._made.aclose()

    def _note(self, encoding: str, body: bytes, answer: Mapping[str, Any]) -> None:
        sent = json.loads(_plain(encoding, body))
        told = self.spools.setdefault(sent["spool"], Told())
        for record in sent["records"]:
            told.runs[record["seq"]] = _key(record["run"])
        for record in answer.get("refused", []):
            told.refused[record["seq"]] = record["reason"]
        if answer["durable"] < told.durable:
            told.rewinds += 1
        told.durable = max(told.durable, answer["durable"])


def _key(run: Mapping[str, Any]) -> Run:
    slot = round(datetime.fromisoformat(run["slot"]).timestamp() * 1000)
    return (run["probe"], run["region"], slot, run["kind"], run["n"])


def _plain(encoding: str, body: bytes) -> bytes:
    if encoding == "gzip":
        return gzip.decompress(body)
    if encoding == "deflate":
        with suppress(zlib.error):
            return zlib.decompress(body)
    return body
