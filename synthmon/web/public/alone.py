"""The public page at an address of its own, where nothing else answers."""

from __future__ import annotations

from importlib.resources import files

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from synthmon.web.looks import bare, style
from synthmon.web.public.keeping import Kept
from synthmon.web.public.routes import nothing, public_routes
from synthmon.web.site import guarded

STATIC = ("live.js", "morph.js", "times.js", "icon.svg")


def build_public_site(kept: Kept, hosts: frozenset[str] | None) -> ASGIApp:
    """`hosts` are the names by which it may be addressed; None allows every name."""
    folder = files("synthmon.web") / "static"

    def stylesheet(_request: Request) -> Response:
        return Response(style(), media_type="text/css", headers={"cache-control": "public, max-age=300"})

    def static(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in STATIC:
            return nothing(request)
        return FileResponse(str(folder / name), headers={"cache-control": "public, max-age=300"})

    async def missing(request: Request, _error: Exception) -> Response:
        return nothing(request)

    async def broken(request: Request, _error: Exception) -> Response:
        return bare(request, "Something broke", "This could not be answered.", 500)

    routes = [*public_routes(kept, "/"), Route("/synthmon.css", stylesheet), Route("/static/{name}", static)]
    site = Starlette(routes=routes, exception_handlers={404: missing, 405: missing, 500: broken})
    return guarded(site, hosts)
