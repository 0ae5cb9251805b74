"""The page of the audit, for admins: who did what, with filters, newest first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from synthmon.model.account import Search
from synthmon.web.views import View

SHOWN = 50
_HOW = "A day is written like 2026-11-24."
FILTERS = ("actor", "what", "from", "until")


def audit(view: View, request: Request) -> Response:
    """`?actor=NAME&what=WORD&from=DAY&until=DAY&below=NUMBER`; days are those of UTC, the last one included."""
    kept = {name: text for name in FILTERS if (text := _asked(request, name))}
    problem = None
    try:
        search = search_of(request, SHOWN + 1)
    except ValueError as error:
        search, problem = Search(limit=SHOWN + 1), str(error)
    found = view.identity.journal.find(search)
    more = len(found) > SHOWN
    return view.page(
        request,
        "audit.html",
        400 if problem else 200,
        entries=found[:SHOWN],
        asked={name: kept.get(name, "") for name in FILTERS},
        older=f"/audit?{urlencode({**kept, 'below': found[SHOWN - 1].number})}" if more else None,
        newest=f"/audit?{urlencode(kept)}" if search.below is not None else None,
        problem=problem,
    )


def search_of(request: Request, limit: int) -> Search:
    """What is wanted; raises `ValueError` that says how a day is written."""
    until = _day(_asked(request, "until"))
    return Search(
        actor=_asked(request, "actor") or None,
        what=_asked(request, "what").replace(" ", "_") or None,
        start=_day(_asked(request, "from")),
        end=until + timedelta(days=1) if until is not None else None,
        below=_number(_asked(request, "below")),
        limit=limit,
    )


def _asked(request: Request, name: str) -> str:
    return request.query_params.get(name, "").strip()[:100]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None


def _day(text: str) -> datetime | None:
    if not text:
        return None
    try:
        day = datetime.fromisoformat(f"{text}T00:00").replace(tzinfo=UTC)
    except ValueError as error:
        raise ValueError(_HOW) from error
    if day.year not in range(2000, 2100):
        raise ValueError(_HOW)
    return day
