"""What the command line asks about agents: how they are, and their tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from synthmon import wire
from synthmon.errors import ConfigurationError
from synthmon.web.ports import Presence
from synthmon.web.views import View


def agents(view: View, _request: Request) -> Response:
    """How every agent is."""
    return JSONResponse({"agents": [presence_to_json(one) for one in view.ports.agents.present()]})


def presence_to_json(one: Presence) -> dict[str, Any]:
    """What an agent said of itself, and how it looks from here."""
    return {
        **wire.heartbeat_to_json(one.heartbeat),
        "silent": one.silent,
        "same_configuration": one.same_configuration,
        "remarks": list(one.remarks),
    }


def tokens(view: View, _request: Request) -> Response:
    """Every token, never what it opens with."""
    return JSONResponse({"tokens": [dict(one) for one in view.ports.agents.tokens()]})


def change(view: View, request: Request) -> Response:
    """`?do=add|rotate|revoke&region=NAME`; `overlap` in seconds for rotate, `id` for revoke. 400 with what is wrong."""
    asked = request.query_params
    ways: Mapping[str, Callable[[], Any]] = {
        "add": lambda: view.ports.agents.add_token(asked.get("region", "")),
        "rotate": lambda: view.ports.agents.rotate_token(asked.get("region", ""), float(asked.get("overlap", "86400"))),
        "revoke": lambda: {
            "revoked": [dict(one) for one in view.ports.agents.revoke_tokens(asked.get("region", ""), asked.get("id"))]
        },
    }
    way = ways.get(asked.get("do", ""))
    said = view.said(request)
    said.target, said.detail = asked.get("region", ""), " ".join(filter(None, (asked.get("do"), asked.get("id"))))
    if way is None:
        return JSONResponse({"error": "do is add, rotate or revoke"}, 400)
    try:
        return JSONResponse(dict(way()))
    except ConfigurationError as error:
        return JSONResponse({"error": str(error), "hint": error.hint}, 400)
    except (ValueError, OverflowError):
        return JSONResponse({"error": "the overlap is no number of seconds"}, 400)
