"""One request to a receiver: bounded in time as a whole, its refusals told apart by whether trying again can help."""

from __future__ import annotations

import json
import logging
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import httpx

from synthmon.alerting import bounded
from synthmon.errors import DeliveryError
from synthmon.model import words
from synthmon.model.secret import Scrubber, Secret
from synthmon.nouns import dataclass

# They name each address that is asked, which holds the token, once somebody turns the general level down.
for _talkative in ("httpx", "httpcore"):
    logging.getLogger(_talkative).setLevel(logging.WARNING)

LARGEST_ANSWER = 64 * 1024
_AGAIN = {408, 425, 429}
_LONG_ENOUGH_TO_BE_A_TOKEN = 8


@dataclass(frozen=True, slots=True)
class Post:
    """A request to an address. The address, what it is made of, and what is `hidden` never get into an error."""

    url: str
    content: bytes
    headers: Mapping[str, str]
    hidden: tuple[str, ...] = ()
    ca_file: str | None = None
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Answer:
    """A receiver's answer. `text` is as it came; `said` is fit for a log: short, printable, without secrets."""

    status: int
    text: str
    said: str

    def json(self) -> Any:
        """The body as JSON; raises `DeliveryError` for anything else, such as the page of a portal on the way."""
        try:
            return json.loads(self.text)
        except ValueError as error:
            raise DeliveryError(f"the receiver answered something that is not JSON: {self.said}") from error

    def field(self, *path: str | int) -> Any:
        """What stands at that path of the JSON body; raises `DeliveryError` when there is no such place."""
        found = self.json()
        try:
            for step in path:
                found = found[step]
        except (LookupError, TypeError) as error:
            raise DeliveryError(f"the receiver answered something unexpected: {self.said}") from error
        return found


def post(what: Post, now: datetime) -> Answer:
    """The answer, of a 2xx status; raises `DeliveryError`. Nothing from the environment is used."""
    scrubber = Scrubber(Secret("hidden", text) for text in _hidden(what))
    try:
        client = httpx.Client(
            trust_env=False, timeout=bounded.WITHIN, follow_redirects=False, verify=trust(what.ca_file)
        )
        answer = bounded.within(lambda: _send(client, what), client.close)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        reason = scrubber.text(reason_of(error))
        raise DeliveryError(f"the receiver was not reached: {reason}") from error
    text = answer.content.decode("utf-8", "replace")
    said = words.printable(scrubber.text(text), 200).strip()
    if not answer.is_success:
        raise _refused(answer, said, now)
    return Answer(answer.status_code, text, said)


@cache
def _public() -> ssl.SSLContext:
    """Made once: reading all public authorities takes longer than sending a message."""
    return httpx.create_ssl_context(trust_env=False)


def trust(ca_file: str | None) -> ssl.SSLContext:
    """The authorities of that file, or those that everybody trusts."""
    return ssl.create_default_context(cafile=ca_file) if ca_file else _public()


def _hidden(what: Post) -> Iterator[str]:
    """The address whole and every part of it that can be a token."""
    yield from what.hidden
    yield what.url
    yield from (piece for piece in re.split(r"[/?&=@:]", what.url) if len(piece) >= _LONG_ENOUGH_TO_BE_A_TOKEN)


def _send(client: httpx.Client, what: Post) -> httpx.Response:
    # Compressed answers are not asked for: they would have to be bounded again, and `ok` gains nothing by it.
    headers = {"User-Agent": "synthmon", "Accept-Encoding": "identity", **what.headers}
    with client, client.stream(what.method, what.url, content=what.content, headers=headers) as answer:
        body = b""
        for piece in answer.iter_raw(4096):
            body += piece
            if len(body) >= LARGEST_ANSWER:
                break
        return httpx.Response(answer.status_code, headers=_plain(answer.headers), content=body[:LARGEST_ANSWER])


def _plain(headers: httpx.Headers) -> list[tuple[str, str]]:
    dropped = {"content-encoding", "content-length", "transfer-encoding"}
    return [(name, value) for name, value in headers.multi_items() if name.lower() not in dropped]


def _refused(answer: httpx.Response, said: str, now: datetime) -> DeliveryError:
    """4xx is for good; a redirect is not, since what answers so is often a portal between us and the receiver."""
    status = answer.status_code
    again = status in _AGAIN or status >= 500 or status < 400
    message = f"the receiver answered {status}" + (f": {said}" if said else "")
    return DeliveryError(message, permanent=not again, retry_after=retry_after(answer, now) if again else None)


def retry_after(answer: httpx.Response, now: datetime) -> float | None:
    """Seconds of the header Retry-After (RFC 9110, section 10.2.3); None when it says nothing sensible."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal() and len(text) < 12:
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    seconds = (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()
    return seconds if seconds > 0 else None


def reason_of(error: Exception) -> str:
    """The kind of trouble; httpx's own text can hold the address."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({words.printable(cause.verify_message, 120)})"
        if isinstance(cause, socket.gaierror):
            return "its name does not resolve"
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
    kinds: tuple[tuple[type[Exception], str], ...] = (
        (httpx.ConnectTimeout, "connecting took too long"),
        (httpx.TimeoutException, "it took too long"),
        (httpx.ConnectError, "no connection"),
        (httpx.NetworkError, "the connection broke off"),
        (httpx.RemoteProtocolError, "the answer was not HTTP"),
        (httpx.UnsupportedProtocol, "the address is not http or https"),
        (httpx.InvalidURL, "the address cannot be read"),
        (FileNotFoundError, "the file of authorities (ca_file) is not there"),
    )
    return next((text for kind, text in kinds if isinstance(error, kind)), type(error).__name__)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came from; bounded, since a chain can be bent into a ring."""
    for _ in range(8):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__
