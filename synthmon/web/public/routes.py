"""The two answers that everybody may have: the page and the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from time import monotonic

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from synthmon.errors import StoreError
from synthmon.nouns import dataclass
from synthmon.web.looks import bare, templates, when
from synthmon.web.public.keeping import FRESH, Answers, Kept
from synthmon.web.public.model import SAID, PublicStatus, to_json

CACHED = {"cache-control": f"public, max-age={int(FRESH)}"}
PATH = "/public"


@dataclass(frozen=True, slots=True)
class PublicPorts:
    """All that the public page can reach. `read` gives None where nothing is public."""

    read: Callable[[], PublicStatus | None]


def answers(ports: PublicPorts) -> Kept:
    """To be made once for a process, however many addresses it is served at."""

    def make() -> Answers | None:
        status = ports.read()
        return None if status is None else Answers(page(status).encode(), json.dumps(to_json(status)).encode())

    return Kept(make, monotonic)


def page(status: PublicStatus) -> str:
    """The page; it depends on nothing but the status."""
    return templates().get_template("public.html").render(status=status, said=SAID, when=when)


def public_routes(kept: Kept, *paths: str) -> list[Route]:
    """`/public` and `/public.json`, and the page at other paths besides."""

    async def html(request: Request) -> Response:
        return await _answer(request, kept, lambda found: Response(found.html, headers=CACHED, media_type="text/html"))

    async def as_json(request: Request) -> Response:
        return await _answer(
            request, kept, lambda found: Response(found.json, headers=CACHED, media_type="application/json")
        )

    return [Route(f"{PATH}.json", as_json), *(Route(path, html) for path in (PATH, *paths))]


async def _answer(request: Request, kept: Kept, make: Callable[[Answers], Response]) -> Response:
    try:
        found = await run_in_threadpool(kept.get)
    except StoreError:
        return away(request)
    return nothing(request) if found is None else make(found)


def nothing(request: Request) -> Response:
    """The same whether nothing is public or there is no such page."""
    if request.url.path.endswith(".json"):
        return JSONResponse({"error": "there is no such page"}, 404)
    return bare(request, "Not here", "There is no such page.", 404)


def away(request: Request) -> Response:
    text = "How things are cannot be said at the moment. Please come back in a minute."
    if request.url.path.endswith(".json"):
        return JSONResponse({"error": text}, 503)
    return bare(request, "Not known at the moment", text, 503)
