"""The line to the centre: one request at a time, verified, bounded in time and size, its refusals in words."""

from __future__ import annotations

import gzip
import json
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import httpx

from synthmon import __version__, wire
from synthmon.alerting import bounded
from synthmon.alerting.http import reason_of, trust
from synthmon.errors import CentreError, DeliveryError, MalformedDocument
from synthmon.model import words
from synthmon.model.agent import Asked, Delivered, Heartbeat, Refusal
from synthmon.model.run import Json
from synthmon.model.secret import Secret
from synthmon.nouns import dataclass
from synthmon.spool import Record
from synthmon.wire.fields import Fields

ANSWER_WITHIN = 20.0  # seconds for one request as a whole
LARGEST_ANSWER = 1 << 20
LARGEST_CONFIGURATION = 64 << 20
_COMPRESSION = 5


@dataclass(frozen=True, slots=True)
class Centre:
    """Where the centre is and what an agent shows to it. `ca_file` names the authorities that are trusted instead.

    `token` is asked anew for each connection, and after a refusal there is a new one: a token may have been rotated.
    `region` is the agent's own: a token of another one is refused before anything is taken under it.
    """

    url: str
    token: Callable[[], Secret]
    ca_file: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Echo:
    """What the centre says to a heartbeat: its time in milliseconds, the mark of the spool, what it has declared."""

    now: int
    durable: int
    config_hash: str


@dataclass(frozen=True, slots=True)
class Pulled:
    """What is declared at the centre, as it was sent, and the tag under which it is asked for again."""

    etag: str
    content: bytes


class Line:
    """One user's connection to the centre; every method raises `CentreError`. For one thread at a time."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._client: httpx.Client | None = None

    def deliver(self, spool: str, after: int, records: Sequence[Record]) -> Delivered:
        """Send records of a spool; the answer names those that will not be taken."""
        body = b",".join(b'{"seq":%d,"run":%s}' % (one.seq, one.document or b"null") for one in records)
        head = b'{"format":1,"spool":%s,"after":%d,"records":[' % (json.dumps(spool).encode(), after)
        content = gzip.compress(head + body + b"]}", _COMPRESSION)
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        answer = self._json("POST", "/api/v1/agent/results", content=content, headers=headers)
        with _understood(answer) as fields:
            refused = fields.objects("refused", lambda one: Refusal(one.whole("seq"), one.text("reason")))
            return Delivered(fields.whole("durable"), refused)

    def beat(self, heartbeat: Heartbeat) -> Echo:
        content = wire.dumps(wire.heartbeat_to_json(heartbeat))
        headers = {"content-type": "application/json"}
        answer = self._json("POST", "/api/v1/agent/heartbeats", content=content, headers=headers)
        with _understood(answer) as fields:
            return Echo(fields.whole("now"), fields.whole("durable"), fields.text("config_hash"))

    def asked(self, after: int, wait: float) -> Asked:
        """The confirmations asked for after that number; waits at the centre for so many seconds if there is none."""
        path = f"/api/v1/agent/asked?after={after}&wait={wait:g}"
        answer = self._json("GET", path, within=wait + ANSWER_WITHIN)
        with _understood(answer) as fields:
            return Asked(tuple(wire.key_from_json(key) for key in fields.items("asked")), fields.whole("last"))

    def declared(self, etag: str | None) -> Pulled | None:
        """What is declared at the centre; None when it is what that tag stands for."""
        headers = {"if-none-match": etag} if etag else {}
        answer = self._ask("GET", "/api/v1/agent/declared", headers=headers, largest=LARGEST_CONFIGURATION, within=60.0)
        return None if answer.status_code == 304 else Pulled(answer.headers.get("etag", ""), answer.content)

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    # One request

    def _json(self, method: str, path: str, **how: Any) -> Json:
        content = self._ask(method, path, **how).content
        try:
            return wire.loads(content)
        except MalformedDocument as error:
            said = words.printable(content[:80].decode("utf-8", "replace"), 80)
            raise CentreError(f"the centre answered something that is not JSON: {said}") from error

    def _ask(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        largest: int = LARGEST_ANSWER,
        within: float = ANSWER_WITHIN,
    ) -> httpx.Response:
        try:
            client = self._client = self._client or self._connect()
            answer = bounded.within(
                lambda: _send(client, method, path, content, {**(headers or {})}, largest, within),
                client.close,
                within,
            )
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            self.close()
            raise CentreError(f"the centre was not reached: {reason_of(error)}") from error
        except DeliveryError as error:
            self._client = None
            raise CentreError(f"the centre did not answer within {words.seconds(within)}") from error
        if answer.is_success or answer.status_code == 304:
            return answer
        if answer.status_code in {401, 403}:
            self.close()
        raise _refused(answer)

    def _connect(self) -> httpx.Client:
        region = {wire.REGION_HEADER: self._centre.region} if self._centre.region else {}
        return httpx.Client(
            base_url=self._centre.url,
            headers={
                **region,
                "authorization": f"Bearer {self._centre.token().reveal()}",
                "user-agent": f"synthmon/{__version__}",
                "accept-encoding": "identity",
            },
            trust_env=False,
            follow_redirects=False,
            verify=trust(self._centre.ca_file) if self._centre.url.startswith("https:") else _NONE_NEEDED,
        )


_NONE_NEEDED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody; http:// never asks it


def _send(
    client: httpx.Client,
    method: str,
    path: str,
    content: bytes | None,
    headers: Mapping[str, str],
    largest: int,
    within: float,
) -> httpx.Response:
    with client.stream(method, path, content=content, headers=headers, timeout=within) as answer:
        body = bytearray()
        for piece in answer.iter_raw(1 << 16):
            body += piece
            if len(body) > largest:
                raise ValueError("the answer is too large")
        kept = {name: value for name, value in answer.headers.items() if name in {"etag", "retry-after"}}
        # An answer and its stream know each other: what was sent, tens of KiB each second, would wait with them for the
        # collector of cycles, which comes by after a thousand of them.
        answer.stream = httpx.ByteStream(b"")
        return httpx.Response(answer.status_code, headers=kept, content=bytes(body))


def _refused(answer: httpx.Response) -> CentreError:
    """What the centre said, in its own words where it has some."""
    status, said, hint = answer.status_code, "", None
    try:
        document = json.loads(answer.content)
        said, hint = str(document["detail"]), str(document["hint"]) if document.get("hint") else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        said = answer.content[:120].decode("utf-8", "replace").strip()
    message = f"the centre answered {status}" + (f": {words.printable(said, 300)}" if said else "")
    seconds = answer.headers.get("retry-after", "")
    after = float(seconds) if seconds.isascii() and seconds.isdecimal() and len(seconds) < 6 else None
    return CentreError(message, hint=hint and words.printable(hint, 300), status=status, retry_after=after)


@contextmanager
def _understood(answer: Json) -> Iterator[Fields]:
    """Its fields; an answer that is JSON, but not ours, is an answer of somebody else."""
    try:
        yield Fields(answer)
    except MalformedDocument as error:
        raise CentreError(f"the centre answered something unexpected: {error}") from error
