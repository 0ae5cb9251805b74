"""One request to a receiver: bounded in time as a whole, its refusals told apart by whether trying again can help."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from synthmon.errors import DeliveryError
from synthmon.model import words

WITHIN = 10.0  # seconds for the whole exchange
LARGEST_ANSWER = 64 * 1024
_AGAIN = {408, 425, 429}


@dataclass(frozen=True, slots=True)
class Post:
    """A body for an address. The address may be a secret: it is never part of an error."""

    url: str
    content: bytes
    headers: Mapping[str, str]


def post(what: Post, now: datetime) -> httpx.Response:
    """The answer, of any status below 400; raises `DeliveryError`. Nothing from the environment is used."""
    found: list[httpx.Response | Exception] = []
    worker = threading.Thread(target=lambda: found.append(_send(what)), name="delivery", daemon=True)
    worker.start()
    # httpx limits each operation, not the exchange: a receiver that drips would hold the channel for ever.
    worker.join(WITHIN)
    if not found:
        raise DeliveryError(f"the receiver did not answer within {words.seconds(WITHIN)}")
    answer = found[0]
    if isinstance(answer, Exception):
        raise DeliveryError(f"the receiver was not reached: {_reason(answer)}") from answer
    if answer.status_code >= 400:
        raise _refused(answer, now)
    return answer


def _send(what: Post) -> httpx.Response | Exception:
    try:
        with (
            httpx.Client(trust_env=False, timeout=WITHIN, follow_redirects=False) as client,
            client.stream("POST", what.url, content=what.content, headers=dict(what.headers)) as answer,
        ):
            body = b""
            for piece in answer.iter_raw(4096):
                body += piece
                if len(body) >= LARGEST_ANSWER:
                    break
            return httpx.Response(answer.status_code, headers=_plain(answer.headers), content=body[:LARGEST_ANSWER])
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return error


def _plain(headers: httpx.Headers) -> list[tuple[str, str]]:
    dropped = {"content-encoding", "content-length", "transfer-encoding"}
    return [(name, value) for name, value in headers.multi_items() if name.lower() not in dropped]


def _refused(answer: httpx.Response, now: datetime) -> DeliveryError:
    status = answer.status_code
    said = words.printable(answer.text, 200).strip()
    again = status in _AGAIN or status >= 500
    message = f"the receiver answered {status}" + (f": {said}" if said else "")
    return DeliveryError(message, permanent=not again, retry_after=retry_after(answer, now) if again else None)


def retry_after(answer: httpx.Response, now: datetime) -> float | None:
    """Seconds of the header Retry-After (RFC 9110, section 10.2.3); None when it says nothing sensible."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isdecimal() and len(text) < 12:
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    seconds = (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()
    return seconds if seconds > 0 else None


def _reason(error: Exception) -> str:
    """The kind of trouble; httpx's own text can hold the address."""
    kinds: tuple[tuple[type[Exception], str], ...] = (
        (httpx.ConnectTimeout, "connecting took too long"),
        (httpx.TimeoutException, "it took too long"),
        (httpx.ConnectError, "no connection"),
        (httpx.NetworkError, "the connection broke off"),
        (httpx.RemoteProtocolError, "the answer was not HTTP"),
        (httpx.UnsupportedProtocol, "the address is not http or https"),
        (httpx.InvalidURL, "the address cannot be read"),
    )
    return next((text for kind, text in kinds if isinstance(error, kind)), type(error).__name__)
