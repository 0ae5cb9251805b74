"""The evidence of a broken step: its request and answer as they may be shown, made when all its secrets are known."""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING

from synthmon.engine.body import Unreadable, decoded, parse
from synthmon.engine.material import Material
from synthmon.engine.redaction import Redaction
from synthmon.model.run import Evidence
from synthmon.model.secret import HIDDEN, Scrubber
from synthmon.patterns import regular

if TYPE_CHECKING:
    import httpx

KEPT = 4096  # bytes of a body, as UTF-8
HEADERS = 100  # of each side
HEADER = 1024  # characters of one value

_TEXT_TYPES = regular(
    r"text/|application/([\w.+-]*(json|xml|javascript|x-www-form-urlencoded|graphql|yaml))", re.IGNORECASE
)


def evidence(material: Material, scrubber: Scrubber, redaction: Redaction) -> Evidence:
    """Request and answer without secrets and redacted values; bodies are cut only after both have been taken out."""
    request, response = material.request, material.response
    sent, sent_cut = _body(request.content, request.headers, scrubber, redaction)
    received, received_cut = (None, False)
    if response is not None:
        received, received_cut = _body(response.content, response.headers, scrubber, redaction)
    return Evidence(
        method=request.method,
        url=scrubber.text(str(request.url), shortened=False),
        request_headers=_request_headers(request, scrubber),
        request_body=sent,
        request_body_truncated=sent_cut,
        status=None if response is None else response.status_code,
        response_headers=() if response is None else _headers(response.headers, scrubber),
        response_body=received,
        response_body_truncated=received_cut,
    )


def _request_headers(request: httpx.Request, scrubber: Scrubber) -> tuple[tuple[str, str], ...]:
    headers = _headers(request.headers, scrubber)
    jar_only = request.extensions.get("synthmon.cookies") and "Cookie" not in request.headers
    return (*headers, ("Cookie", HIDDEN)) if jar_only else headers


def _headers(headers: httpx.Headers, scrubber: Scrubber) -> tuple[tuple[str, str], ...]:
    """As they were written on the wire, the case of their names included."""
    pairs = ((name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in headers.raw[:HEADERS])
    return tuple((name, value[:HEADER]) for name, value in scrubber.headers(pairs))


def _body(content: bytes, headers: httpx.Headers, scrubber: Scrubber, redaction: Redaction) -> tuple[str | None, bool]:
    """The body as it may be shown, and whether it was cut; None for no body."""
    if not content:
        return None, False
    content_type = headers.get("Content-Type", "")
    if redaction:
        text = _redacted(content, content_type, redaction)
    elif _is_text(content, content_type):
        text = decoded(content, content_type)
    else:
        text = None
    if text is None:
        return f"({len(content)} bytes of {content_type[:100] or 'an undeclared type'})", False
    return _cut(text, scrubber)


def _redacted(content: bytes, content_type: str, redaction: Redaction) -> str | None:
    document = parse(content, content_type)
    if isinstance(document, Unreadable):
        return None
    return json.dumps(redaction.applied(document), ensure_ascii=False, indent=1)


def _is_text(content: bytes, content_type: str) -> bool:
    if _TEXT_TYPES.match(content_type):
        return True
    try:
        start = codecs.getincrementaldecoder("utf-8")().decode(content[:KEPT])
    except UnicodeDecodeError:
        return False
    return "\0" not in start


def _cut(text: str, scrubber: Scrubber) -> tuple[str, bool]:
    """Scrub, then cut. Of a long text only the beginning is scrubbed, and its last stretch, where a secret may have
    been cut in two, is thrown away."""
    window = KEPT + 4 * scrubber.longest
    scrubbed = scrubber.text(text[:window], shortened=False)
    if len(text) > window:
        scrubbed = scrubbed[: max(0, len(scrubbed) - scrubber.longest)]
    data = scrubbed.encode("utf-8", "replace")
    return data[:KEPT].decode("utf-8", "ignore"), len(text) > window or len(data) > KEPT
