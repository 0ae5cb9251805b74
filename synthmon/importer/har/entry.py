"""One exchange of a recording, taken out of its tree; what is missing or of another shape is empty."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from urllib.parse import urlsplit

from synthmon.importer import jsontext
from synthmon.importer.pick import at, items, mapping, text, words
from synthmon.nouns import dataclass

_MOST_JSON = 4 << 20
_MOST_PAGE = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """`number` counts from 0; `status` is None when no answer was recorded."""

    number: int
    method: str
    url: str
    host: str
    headers: tuple[tuple[str, str], ...]
    query: tuple[tuple[str, str], ...]
    body: str | None
    fields: tuple[tuple[str, str, str], ...]  # name, value, file name
    body_type: str
    status: int | None
    answer_headers: tuple[tuple[str, str], ...]
    answer_type: str
    answer: Any
    page_text: str
    location: str
    resource: str
    page: str
    comment: str
    tree: dict[str, Any]

    @property
    def place(self) -> str:
        return f"log.entries[{self.number}]"

    @property
    def path(self) -> str:
        return self.url.partition("://")[2].partition("?")[0].partition("/")[2]

    def answered(self, name: str) -> str:
        return next((value for key, value in self.answer_headers if key.lower() == name), "")


def entry(number: int, found: Any) -> Entry:
    request, response = mapping(at(found, "request")), at(found, "response")
    data = mapping(request.get("postData"))
    url = text(request.get("url")).strip()
    status = at(response, "status")
    answer_headers = _pairs(at(response, "headers"))
    kind = text(at(response, "content", "mimeType")) or _first(answer_headers, "content-type")
    return Entry(
        number=number,
        method=text(request.get("method"), "GET").upper(),
        url=url,
        host=_host(url),
        headers=_pairs(request.get("headers")),
        query=_pairs(request.get("queryString")) if "?" not in url else (),
        body=text(data.get("text")) or None,
        fields=tuple(
            (text(one.get("name")), text(one.get("value")), text(one.get("fileName")))
            for one in map(mapping, items(data.get("params")))
        ),
        body_type=text(data.get("mimeType")),
        status=status if isinstance(status, int) and not isinstance(status, bool) else None,
        answer_headers=answer_headers,
        answer_type=kind.partition(";")[0].strip().lower(),
        answer=_json(mapping(at(response, "content")), kind),
        page_text=_page(mapping(at(response, "content")), kind),
        location=text(at(response, "redirectURL")) or _first(answer_headers, "location"),
        resource=text(at(found, "_resourceType")).lower(),
        page=text(at(found, "pageref")),
        comment=words(at(found, "comment")) or words(request.get("comment")),
        tree=mapping(found),
    )


def _pairs(found: Any) -> tuple[tuple[str, str], ...]:
    pairs = ((text(one.get("name")), text(one.get("value"))) for one in map(mapping, items(found)))
    return tuple((name, value) for name, value in pairs if name or value)


def _first(headers: tuple[tuple[str, str], ...], name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def _json(content: dict[str, Any], kind: str) -> Any:
    """The body of the answer, if it is JSON of a sane size."""
    body = text(content.get("text"))
    if not body or len(body) > _MOST_JSON or not ("json" in kind.lower() or body.lstrip()[:1] in ("{", "[")):
        return None
    try:
        if text(content.get("encoding")) == "base64":
            body = base64.b64decode(body, validate=False).decode()
        return jsontext.parse(body)
    except (binascii.Error, ValueError):
        return None


def _page(content: dict[str, Any], kind: str) -> str:
    """The body of an answer in HTML, of a sane size."""
    body = text(content.get("text"))
    plain = "html" in kind.lower() and text(content.get("encoding")) != "base64"
    return body if plain and len(body) <= _MOST_PAGE else ""
