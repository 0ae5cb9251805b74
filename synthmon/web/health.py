"""The one page of a process that has no others: whether it is well, for the health check of its container.

It is spoken as ASGI has it, without Starlette: for one page an agent would hold what a site is made of in memory.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from synthmon.model.secret import Secret
from synthmon.nouns import dataclass
from synthmon.web.bearer import carries

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

Answer = tuple[int, dict[str, str], str]


@dataclass(frozen=True, slots=True)
class Health:
    """`troubles` make it unwell; `besides` is worth knowing and does not."""

    troubles: tuple[str, ...]
    version: str
    besides: Mapping[str, str]


def health_site(health: Callable[[], Health], token: Secret) -> ASGIApp:
    """`/healthz` alone, for whoever can read the token in the data directory."""

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        del receive  # nobody has anything to say here
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        # In a thread, as whoever is asked may have to wait for a lock.
        status, fields, text = await asyncio.to_thread(_answer, scope, health, token)
        body = text.encode()
        fields |= {"content-length": str(len(body))}
        headers = [(name.encode(), value.encode()) for name, value in fields.items()]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    return site


def _answer(scope: Mapping[str, Any], health: Callable[[], Health], token: Secret) -> Answer:
    plain = {"content-type": "text/plain; charset=utf-8"}
    if scope["path"] != "/healthz":
        return 404, plain, "Not Found"
    if scope["method"] not in {"GET", "HEAD"}:
        return 405, {**plain, "allow": "GET, HEAD"}, "Method Not Allowed"
    given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    if not carries(given.decode("latin-1"), token):
        return _json(401, {"error": "authentication is needed"}, {"www-authenticate": "Bearer"})
    now = health()
    said = {"status": "troubled" if now.troubles else "well", "troubles": list(now.troubles), "version": now.version}
    return _json(503 if now.troubles else 200, {**said, **now.besides}, {})


def _json(status: int, said: Mapping[str, object], fields: Mapping[str, str]) -> Answer:
    return status, {"content-type": "application/json", **fields}, json.dumps(said, ensure_ascii=False)
