"""A request and its answer over as many hops as are allowed; whatever the target does is a value."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from synthmon.engine.address import joined
from synthmon.engine.built import Received
from synthmon.engine.fault import TransportFault, Wire
from synthmon.engine.outlet import Handle
from synthmon.engine.route import ROUTE, written
from synthmon.model import words
from synthmon.model.run import Exchange, ExchangePurpose, Failure, FailureKind, Phases
from synthmon.nouns import dataclass, maker
from synthmon.patterns import regular

if TYPE_CHECKING:
    import httpx

_CREDENTIALS = ("authorization", "cookie", "proxy-authorization", "x-api-key")
_RESENT = {"GET", "HEAD"}
_REDIRECTS = {301, 302, 303, 307, 308}
_LONGEST_LOCATION = 8192
_OF_CACHES = frozenset({b"age", b"cache-status", b"x-cache"})
_HIT = regular(r";\s*hit\s*(;|,|$)", re.IGNORECASE)
_NO_WORD = regular(r"[^a-z]+")


@dataclass(frozen=True, slots=True)
class Answer:
    """The last hop's response, or the failure to get one; every exchange on the way, with its address as sent.

    Addresses are not scrubbed here: the run's redaction does that for everything at once.
    """

    response: httpx.Response | None
    exchanges: tuple[Exchange, ...]
    failure: Failure | None = None


_exchange, _answer = maker(Exchange), maker(Answer)

_Try: TypeAlias = "tuple[Received | None, Exchange, Failure | None, bool]"
"""What came of one sending; the last says whether a request that only reads may be sent again."""


class Client:
    """Sends requests of one run by what handles one at a time. Raises for nothing that a target does."""

    def __init__(self, handle: Handle, monotonic: Callable[[], float]) -> None:
        self._handle, self._monotonic = handle, monotonic

    def send(
        self,
        request: httpx.Request,
        *,
        deadline: float,
        redirects: int,
        purpose: ExchangePurpose,
        run_start: float,
        fresh: bool = False,
    ) -> Answer:
        """The answer by `deadline`, after at most `redirects` hops. Both instants are of the monotonic clock.

        A request is tried once; a second time only a GET or HEAD on a kept connection that closed without a byte of
        answer.
        """
        exchanges: tuple[Exchange, ...] = ()
        hops = 0
        while True:
            extensions = request.extensions
            extensions["synthmon.deadline"], extensions["synthmon.run"] = deadline, run_start
            extensions["synthmon.fresh"] = fresh
            response, exchange, failure, resendable = self._try(request, purpose, run_start)
            exchanges += (exchange,)
            if resendable and request.method in _RESENT:
                extensions["synthmon.fresh"] = True
                response, exchange, failure, _ = self._try(request, ExchangePurpose.RESEND, run_start)
                exchanges = (*exchanges, exchange)
            if failure is not None or response is None:
                return Answer(None, exchanges, failure)
            if not redirects or response.status_code not in _REDIRECTS:
                return _answer(response, exchanges)
            hops += 1
            following = follow(request, response) if hops <= redirects else _too_many(redirects)
            if isinstance(following, Failure):
                return Answer(response, exchanges, following)
            fresh = fresh and not _same_origin(request.url, following.url)
            request, purpose = following, ExchangePurpose.REDIRECT

    def _try(self, request: httpx.Request, purpose: ExchangePurpose, run_start: float) -> _Try:
        began = self._monotonic()
        response: Received | None = None
        failure: Failure | None = None
        resendable = False
        request.extensions["synthmon.purpose"] = purpose
        try:
            response = self._handle(request)
            wire = response.extensions.get("synthmon.wire") or self._unmeasured(began)
        except TransportFault as fault:
            failure, wire, resendable = fault.failure, fault.wire, fault.resendable
        except _raised_by_others() as error:
            failure, wire = _from_httpx(error), self._unmeasured(began)
        exchange = _exchange(
            purpose,
            request.method,
            written(request.url),
            began - run_start,
            wire.phases,
            None if response is None else response.status_code,
            wire.address,
            wire.http_version,
            wire.reused,
            wire.received,
            failure,
            1,
            response is not None and not _OF_CACHES.isdisjoint(response.names) and from_cache(response),
            wire.fallback,
            wire.proxy,
            wire.certificate_until,
        )
        return (None if failure else response, exchange, failure, resendable)

    def _unmeasured(self, began: float) -> Wire:
        """For a transport that does not measure: the whole time, from our own clock."""
        return Wire(Phases(total=self._monotonic() - began))


def from_cache(response: httpx.Response) -> bool:
    """Whether a cache says that it gave the answer: by its age (RFC 9111), its status (RFC 9211), or X-Cache."""
    headers = response.headers
    age = headers.get("age", "").strip()
    if age.isascii() and age.isdigit() and age.strip("0"):
        return True
    if _HIT.search(headers.get("cache-status", "")) is not None:
        return True
    return "hit" in _NO_WORD.split(headers.get("x-cache", "").lower())


def follow(request: httpx.Request, response: httpx.Response) -> httpx.Request | Failure:
    """The request that a redirect asks for, without credentials where it leaves the origin (RFC 9110, section 15.4)."""
    location = response.headers.get("location")
    if not location:
        return _redirect(f"the answer {response.status_code} redirects without saying where to")
    if len(location) > _LONGEST_LOCATION:
        return _redirect(f"the redirect's address has more than {_LONGEST_LOCATION} characters")
    try:
        url = joined(request.url, location)  # nobody signs in as whom the target names
    except ValueError:
        return _redirect("the redirect's address cannot be read", location)
    if url.scheme not in {"http", "https"} or not url.host or not 0 < (_port(url) or 0) < 65536:
        return _redirect("the redirect does not lead to an http or https address", location)
    method = request.method
    changed = response.status_code == 303 or (response.status_code in {301, 302} and method == "POST")
    if changed and method != "HEAD":
        method = "GET"
    away = not _same_origin(request.url, url)
    if away and method == request.method and request.extensions.get("synthmon.secret_body"):
        return _redirect("the redirect leaves the origin and would take a secret in the body along", location)
    secret = request.extensions.get("synthmon.secret_headers", ())
    dropped = {"host", *_CREDENTIALS, *secret} if away else {"host"}
    if method != request.method:
        dropped |= {"content-length", "content-type", "transfer-encoding"}
    import httpx  # here, because few targets redirect

    # As bytes: httpx would refuse to encode a value that is not ASCII.
    headers = [(name, value) for name, value in request.headers.raw if name.lower().decode("ascii") not in dropped]
    content = None if method != request.method else request.read()
    return httpx.Request(method, url, headers=headers, content=content, extensions=_carried(request, away=away))


def _carried(request: httpx.Request, *, away: bool) -> dict[str, Any]:
    """What a hop must know of the request it repeats: which of its headers, and whether its body, hold secrets; and
    the way it is sent, which to another origin is less.
    """
    names = ("synthmon.secret_headers", "synthmon.secret_body", ROUTE)
    kept = {name: request.extensions[name] for name in names if name in request.extensions}
    if away and ROUTE in kept:
        kept[ROUTE] = kept[ROUTE].elsewhere()
    return kept


def _same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    return (one.scheme, one.host, _port(one)) == (other.scheme, other.host, _port(other))


def _port(url: httpx.URL) -> int | None:
    return url.port or {"http": 80, "https": 443}.get(url.scheme)


def _redirect(message: str, location: str | None = None) -> Failure:
    return Failure(FailureKind.REDIRECT, message, actual=words.printable(location, 200) if location else None)


def _too_many(redirects: int) -> Failure:
    return _redirect(f"more than {redirects} redirects one after the other")


def _raised_by_others() -> tuple[type[Exception], ...]:
    """For transports other than ours, such as those of tests. It is asked when something was raised."""
    import httpx  # here, because ours raise nothing of it

    return httpx.TransportError, httpx.DecodingError


def _from_httpx(error: Exception) -> Failure:
    import httpx  # here, as above

    kinds: tuple[tuple[type[Exception], FailureKind], ...] = (
        (httpx.TimeoutException, FailureKind.TIMEOUT),
        (httpx.ConnectError, FailureKind.CONNECT),
        (httpx.DecodingError, FailureKind.DECODE),
        (httpx.NetworkError, FailureKind.CONNECT),
    )
    kind = next((kind for known, kind in kinds if isinstance(error, known)), FailureKind.PROTOCOL)
    return Failure(kind, words.printable(str(error), 200) or type(error).__name__)
