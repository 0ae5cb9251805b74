"""A foreign request -> `request` and `auth` of a step: address, query, headers and body put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any

from synthmon.importer.address import BadUrl, Url, fit, grouped, pairs, split
from synthmon.importer.bodies import fields, text_body
from synthmon.importer.headers import basic, take_headers
from synthmon.importer.maker import METHODS, WITHOUT_BODY, Maker
from synthmon.importer.sensitive import is_sensitive
from synthmon.nouns import dataclass


class NoStep(ValueError):
    """Why this request cannot become a step."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """A request as another tool has it. `query` are pairs beside those of the url; a body is text or ready keys."""

    method: str
    url: str
    headers: Sequence[tuple[str, str]] = ()
    query: Sequence[tuple[str, str]] = ()
    body: str | None = None
    ready: dict[str, Any] = field(default_factory=dict)
    content_type: str = ""
    owner: str = ""
    user: tuple[str, str] | None = None  # name and password for basic authentication


@dataclass(frozen=True, slots=True)
class Made:
    """What a step asks, and as whom."""

    request: dict[str, Any]
    auth: Any = None


def make_request(maker: Maker, foreign: Foreign, place: str) -> Made:
    """Raises `NoStep`."""
    method = foreign.method.strip().upper() or "GET"
    if method not in METHODS:
        raise NoStep(f"{foreign.method!r} is no method that is probed")
    try:
        url = split(foreign.url)
    except BadUrl as error:
        raise NoStep(f"the url {maker.holes.plain(foreign.url)!r} cannot be asked for: {error}") from error
    taken = take_headers(maker, foreign.headers, place, foreign.owner)
    request: dict[str, Any] = {"method": method, "url": url.whole}
    _query(maker, request, url, foreign, place)
    if taken.headers:
        request["headers"] = dict(taken.headers)
    _body(maker, request, foreign, taken.content_type or foreign.content_type, place)
    auth = taken.auth
    user = foreign.user or ((url.user, url.password) if url.user or url.password else None)
    if user is not None:
        if auth is not None or any(name.lower() == "authorization" for name in taken.headers):
            maker.table.dropped(place, "name and password", "a header `Authorization` stands beside them")
        else:
            auth = basic(maker, *user, place, foreign.owner)
    return Made(request, auth)


def _query(maker: Maker, request: dict[str, Any], url: Url, foreign: Foreign, place: str) -> None:
    found = pairs(url.query)
    if found is None:
        names = [piece.partition("=")[0] for piece in url.query.split("&")]
        if any(is_sensitive(name) for name in names):
            found = [(name, piece.partition("=")[2]) for name, piece in zip(names, url.query.split("&"), strict=True)]
            found = [(name, value) for name, value in found if name]
            maker.table.changed(place, "query", "it was written in an unusual way; names and values are the same")
        else:
            request["url"] += f"?{fit(url.query)}"
            found = []
    named = [(maker.spelled(name, place), value) for name, value in (*found, *foreign.query)]
    params = fields(maker, named, place)
    if params:
        request["params"] = grouped(params)


def _body(maker: Maker, request: dict[str, Any], foreign: Foreign, content_type: str, place: str) -> None:
    method = request["method"]
    ready = foreign.ready
    if foreign.body is not None and not ready:
        if method in WITHOUT_BODY:
            maker.table.dropped(place, "body", f"a {method} request has none here")
            return
        ready = text_body(maker, foreign.body, content_type, place)
    elif ready and method in WITHOUT_BODY:
        maker.table.dropped(place, "body", f"a {method} request has none here")
        return
    if not ready:
        if content_type and method not in WITHOUT_BODY:
            request["headers"] = {**request.get("headers", {}), "Content-Type": content_type}
        elif content_type:
            maker.table.dropped(place, "header Content-Type", "there is no body")
        return
    headers = {**request.pop("headers", {}), **ready.get("headers", {})}
    if headers:
        request["headers"] = headers
    request.update({name: value for name, value in ready.items() if name != "headers"})
