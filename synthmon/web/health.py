"""The one page of a process that has no others: whether it is well, for the health check of its container."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from synthmon.model.secret import Secret
from synthmon.nouns import dataclass
from synthmon.web.access import bears


@dataclass(frozen=True, slots=True)
class Health:
    """`troubles` make it unwell; `besides` is worth knowing and does not."""

    troubles: tuple[str, ...]
    version: str
    besides: Mapping[str, str]


def health_site(health: Callable[[], Health], token: Secret) -> ASGIApp:
    """`/healthz` alone, for whoever can read the token in the data directory."""

    def healthz(request: Request) -> Response:
        if not bears(request, token):
            return JSONResponse({"error": "authentication is needed"}, 401, {"WWW-Authenticate": "Bearer"})
        now = health()
        body = {
            "status": "troubled" if now.troubles else "well",
            "troubles": list(now.troubles),
            "version": now.version,
            **now.besides,
        }
        return JSONResponse(body, 503 if now.troubles else 200)

    return Starlette(routes=[Route("/healthz", healthz)])
