"""Foreign headers -> those of a step: what synthmon writes itself is left out, credentials become secrets."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from typing import Any

from synthmon.importer.holes import HOLE
from synthmon.importer.maker import Maker
from synthmon.importer.naming import slug
from synthmon.importer.sensitive import is_sensitive_header, looks_secret, scheme_of
from synthmon.nouns import dataclass

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
OURS = frozenset(
    {"content-length", "transfer-encoding", "connection", "host", "keep-alive", "proxy-connection", "te", "upgrade"}
    | {"expect", "accept-encoding", "trailer"}
)
"""Written by synthmon itself, or by the protocol."""


@dataclass(frozen=True, slots=True)
class Taken:
    """`headers` of the step without the type of its body, and its `auth`."""

    headers: dict[str, str]
    auth: Any = None
    content_type: str = ""


def take_headers(maker: Maker, found: Iterable[tuple[str, str]], place: str, owner: str = "") -> Taken:
    """`owner` names whose credentials these are, for the names of secrets."""
    headers: dict[str, str] = {}
    auth: Any = None
    content_type = ""
    for name, value in found:
        lower = name.lower()
        reason = _unfit(name, value)
        if reason:
            maker.table.dropped(place, f"header {name}", reason)
        elif lower in OURS or name.startswith(":"):
            maker.table.dropped(place, f"header {name}", "synthmon writes it itself")
        elif lower == "content-type":
            content_type = value
        elif lower == "authorization" and (made := authorization(maker, value, place, owner)) is not None:
            auth = made
        else:
            _add(maker, headers, name, value, place)
    return Taken(headers, auth, content_type)


def _unfit(name: str, value: str) -> str:
    if not _NAME.fullmatch(name) and not name.startswith(":"):
        return "this is no name of a header"
    if not HOLE.sub("", value).replace("\t", " ").isprintable():
        return "its value has a line break or another control character"
    return ""


def _add(maker: Maker, headers: dict[str, str], name: str, value: str, place: str) -> None:
    same = next((other for other in headers if other.lower() == name.lower()), None)
    if is_sensitive_header(name) or looks_secret(value):
        scheme, rest = scheme_of(value)
        shown = value[: len(value) - len(rest)] if scheme else ""
        hidden = shown + maker.vault.hide(rest, slug(name.removeprefix("X-"), "header"), f"the header {name}")
        if hidden != value:
            maker.table.changed(place, f"header {name}", f"its value is a secret now: {maker.holes.plain(hidden)}")
        value = hidden
    if same is None:
        headers[name] = value
    else:
        maker.table.changed(place, f"header {name}", "it stood there twice; both values are sent in one line")
        headers[same] = f"{headers[same]}, {value}"


def authorization(maker: Maker, value: str, place: str, owner: str = "") -> Any:
    """`auth` of a step for a header `Authorization`, or None where the header has to stay one."""
    scheme, rest = scheme_of(value)
    if scheme == "bearer":
        token = maker.vault.hide(rest, f"{owner}_token" if owner else "token", "a bearer token")
        if token != rest:
            maker.table.changed(place, "header Authorization", f"its token is a secret now: {maker.holes.plain(token)}")
        return {"bearer": token}
    if scheme == "basic" and (pair := _decoded(rest)) is not None:
        return basic(maker, *pair, place, owner)
    return None


def _decoded(rest: str) -> tuple[str, str] | None:
    try:
        user, colon, password = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (user, password) if colon else None


def basic(maker: Maker, user: str, password: str, place: str, owner: str = "") -> Any:
    """`auth: {basic: …}`; the password is a secret, the name is not."""
    hidden = maker.vault.hide(password, f"{owner}_password" if owner else "password", f"the password of {user!r}")
    if not password:
        hidden = maker.vault.need("password", f"the password of {user!r}")
        maker.table.changed(place, "basic authentication", "the file has no password: provide the secret")
    elif hidden != password:
        maker.table.changed(place, "basic authentication", f"its password is a secret now: {maker.holes.plain(hidden)}")
    return {"basic": {"username": user, "password": hidden}}
