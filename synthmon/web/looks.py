"""How pages look alike: their style, instants as elements, and the page that tells nothing."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import ChoiceLoader, Environment, PackageLoader
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from synthmon.model import words
from synthmon.reports.html import stylesheet
from synthmon.reports.templating import make_environment
from synthmon.web.browsers import known_as
from synthmon.web.calendar import mark
from synthmon.web.theme import theme_of, themed

STYLES = ("pages.css", "status.css", "probe.css", "cause.css", "accounts.css", "print.css")


@lru_cache(maxsize=1)
def style() -> str:
    """The reports' style with the pages' own added, so that both look alike."""
    folder = files("synthmon.web") / "templates"
    return themed("\n".join([stylesheet(), *((folder / name).read_text("utf-8") for name in STYLES)]))


@lru_cache(maxsize=1)
def templates() -> Environment:
    environment = make_environment(ChoiceLoader([PackageLoader("synthmon.web"), PackageLoader("synthmon.reports")]))
    environment.globals.update(span_of=span_of, mark=mark, when=when, known_as=known_as)
    return environment


def when(instant: datetime | None) -> Markup:
    """An instant as people and machines read it; `–` for None."""
    if instant is None:
        return Markup("–")
    return Markup('<time datetime="{}">{}</time>').format(instant.isoformat(), words.instant(instant))


def when_ago(instant: datetime | None, now: datetime) -> Markup:
    """`12 s ago`, which a script keeps true; whoever points at it sees the instant. `–` for None."""
    if instant is None:
        return Markup("–")
    said = f"{words.span(max(0.0, (now - instant).total_seconds()))} ago"
    shape = Markup('<time datetime="{}" title="{}" data-ago>{}</time>')
    return shape.format(instant.isoformat(timespec="seconds"), words.instant(instant), said)


def span_of(start: datetime, end: datetime) -> str:
    """How long it was from one instant to the other: `6 s`."""
    return words.span(max(0.0, (end - start).total_seconds()))


def bare(request: Request | None, heading: str, what: str, status: int) -> Response:
    """A page that tells nothing of the installation; without a request it brings its style along."""
    own = Markup(style()) if request is None else None  # noqa: S704 - our own stylesheet, hashed into the policy
    html = (
        templates()
        .get_template("bare.html")
        .render(theme=theme_of(request) if request else None, heading=heading, what=what, style=own)
    )
    headers = {}
    if own is not None:
        digest = b64encode(sha256(own.encode()).digest()).decode()
        headers["content-security-policy"] = f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'"
    return HTMLResponse(html, status, headers)
