"""The page of the audit, for admins: who did what, with filters, newest first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from synthmon.model.account import Search
from synthmon.web.views import View

SHOWN = 50
FILTERS = ("actor", "what", "from", "until")


def audit(view: View, request: Request) -> Response:
    """`?actor=NAME&what=WORD&from=DAY&until=DAY&below=NUMBER`; days are those of UTC, the last one included."""
    said = {name: request.query_params.get(name, "").strip()[:100] for name in FILTERS}
    below = request.query_params.get("below", "")
    problem = None
    try:
        search = Search(
            actor=said["actor"] or None,
            what=said["what"] or None,
            start=_day(said["from"]),
            end=day + timedelta(days=1) if (day := _day(said["until"])) else None,
            below=int(below) if below.isascii() and below.isdecimal() and len(below) < 18 else None,
            limit=SHOWN + 1,
        )
    except (ValueError, OverflowError):
        search, problem = Search(limit=SHOWN + 1), "A day is written like 2026-11-24."
    found = view.identity.journal.find(search)
    kept = {name: text for name, text in said.items() if text}
    more = len(found) > SHOWN
    return view.page(
        request,
        "audit.html",
        400 if problem else 200,
        entries=found[:SHOWN],
        said=said,
        older=f"/audit?{urlencode({**kept, 'below': found[SHOWN - 1].number})}" if more else None,
        newest=f"/audit?{urlencode(kept)}" if below else None,
        problem=problem,
    )


def _day(text: str) -> datetime | None:
    return datetime.fromisoformat(f"{text}T00:00").replace(tzinfo=UTC) if text else None
