"""A foreign body -> `json`, `form` or `raw` of a request; credentials in it become secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from synthmon.importer import jsontext
from synthmon.importer.address import grouped, pairs
from synthmon.importer.holes import HOLE
from synthmon.importer.maker import Maker
from synthmon.importer.naming import slug
from synthmon.importer.sensitive import is_sensitive, looks_secret

_DEEPEST = 40  # a probe file may be nested 50 deep
_BARE_HOLE = re.compile(rf"(?<=[:,\[\s]){HOLE.pattern}(?=\s*[,}}\]])")
"""An expression that stands where a number would, without quotes around it."""
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def is_json(content_type: str) -> bool:
    kind = media_type(content_type)
    return kind in ("application/json", "text/json") or kind.endswith("+json")


def text_body(maker: Maker, text: str, content_type: str, place: str) -> dict[str, Any]:
    """Keys of `request` for a body that is known as text."""
    if is_json(content_type) or (not content_type and text.lstrip()[:1] in ("{", "[")):
        made = _json(maker, text, content_type, place)
        if made is not None:
            return made
    if media_type(content_type) == FORM and (found := pairs(text)) is not None:
        return {"form": grouped(fields(maker, found, place))}
    if looks_secret(text):
        text = maker.vault.hide(text, "body", "a body that looks like a credential")
        maker.table.changed(place, "body", "it looks like a credential and is a secret now")
    return {"raw": {"content_type": content_type, "text": text} if content_type else text}


def _json(maker: Maker, text: str, content_type: str, place: str) -> dict[str, Any] | None:
    try:
        value = jsontext.parse(_BARE_HOLE.sub(r'"\g<0>"', text))
    except ValueError:
        maker.table.changed(place, "body", "it is called JSON but is none; it is sent as it is written")
        return None
    return json_body(maker, value, content_type, place)


def json_body(maker: Maker, value: Any, content_type: str, place: str) -> dict[str, Any]:
    """Keys of `request` for a tree that is sent as JSON."""
    if _depth(value) > _DEEPEST:
        maker.table.changed(place, "body", f"it is nested deeper than {_DEEPEST}; it is sent as text")
        text = json.dumps(value, ensure_ascii=False)
        return {"raw": {"content_type": content_type or "application/json", "text": text}}
    headers = (
        {} if media_type(content_type) in ("", "application/json") else {"headers": {"Content-Type": content_type}}
    )
    return {"json": hidden(maker, value, place), **headers}


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            child
            for one in level
            for child in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())
            if isinstance(child, dict | list)
        ]
    return depth


def hidden(maker: Maker, value: Any, place: str, key: str = "") -> Any:
    """The tree with secrets in place of credentials."""
    if isinstance(value, dict):
        return {str(name): hidden(maker, child, place, str(name)) for name, child in value.items()}
    if isinstance(value, list):
        return [hidden(maker, child, place, key) for child in value]
    if isinstance(value, bool) or value is None or value == "":
        return value
    text = value if isinstance(value, str) else str(value)
    if not (is_sensitive(key) or looks_secret(text)):
        return value
    made = maker.vault.hide(text, slug(key, "secret"), f"`{key}` in a body" if key else "a body")
    if made != text:
        maker.table.changed(place, f"body: {key}" if key else "body", f"it is a secret now: {maker.holes.plain(made)}")
        if not isinstance(value, str):
            maker.table.changed(place, f"body: {key}", "a secret is text, and this was a number")
    return made


def fields(maker: Maker, found: Iterable[tuple[str, str]], place: str) -> list[tuple[str, str]]:
    """Names and values of a form or a query, with secrets in place of credentials."""
    made = []
    found = list(found)
    granted = any(name in ("grant_type", "client_id") for name, _ in found)
    for name, value in found:
        text = value
        telling = is_sensitive(name) or (granted and name == "code") or (name.lower() == "key" and _is_random(value))
        if value and (telling or looks_secret(value)):
            text = maker.vault.hide(value, slug(name, "secret"), f"`{name}` in a form or query")
            if text != value:
                maker.table.changed(place, f"field {name}", f"it is a secret now: {maker.holes.plain(text)}")
        made.append((name, text))
    return made


def _is_random(value: str) -> bool:
    """Whether a value under a name as plain as `key` can hardly be a word of the API."""
    mixed = any(map(str.isupper, value)) and any(map(str.islower, value))
    return len(value) >= 12 and (mixed or any(map(str.isdigit, value)))
