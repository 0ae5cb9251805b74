"""What a reader chooses for his own browser: light or dark."""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from synthmon.web.access import path_of
from synthmon.web.theme import COOKIE, THEMES
from synthmon.web.views import View

REMEMBERED = timedelta(days=365)


def theme(_view: View, request: Request) -> Response:
    """A form of every page: `theme` is light, dark, or another word for the system's; `next` is where it stood."""
    form = request.state.form
    chosen, asked = str(form.get("theme", "")), str(form.get("next", "/"))
    answer = RedirectResponse(path_of(asked), 303)
    if chosen not in THEMES:
        answer.delete_cookie(COOKIE, samesite="strict")
        return answer
    age, secure = int(REMEMBERED.total_seconds()), request.url.scheme == "https"
    answer.set_cookie(COOKIE, chosen, max_age=age, httponly=True, samesite="strict", secure=secure)
    return answer
