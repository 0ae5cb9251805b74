"""Requests and answers as httpx has them, whose header stays pairs of bytes until somebody wants it as an object.

Most of what is sent is rendered, given a token and a place in the trace, and sent: nothing of that needs more than the
pairs. Whoever asks for `headers`, such as a signature or a redirect, gets httpx's own, and from then on that is what
counts. Whatever else httpx's requests and answers know is asked of one of its own (`foreign`): httpx is loaded by what
needs more of it than its words, and type checkers are told that these are its requests and answers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self

from synthmon.language.once import Work, kept

if TYPE_CHECKING:
    import httpx
    from httpx import URL, BaseTransport, Request, Response
else:
    BaseTransport = Request = Response = object

Pair = tuple[bytes, bytes]
Fields = dict[bytes, Pair]
"""The fields of a request by their names in lower case, each with its name as it is written and its value."""

WITH_LENGTH = frozenset({"POST", "PUT", "PATCH"})  # of which it is said that there is no content
NO_LENGTH: Fields = {b"content-length": (b"Content-Length", b"0")}
FRAMING = frozenset({b"host", b"content-length", b"transfer-encoding"})
"""What is said of every request, unless the probe says it itself."""

netloc_of: Work[URL, bytes] = kept("netloc", lambda url: url.netloc)


class Sender(BaseTransport):
    """A transport that sends requests as they are here. Any other is handed httpx's own (`foreign`)."""

    def handle_request(self, request: httpx.Request) -> Received:
        """The answer; raises `TransportFault`."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close what is open."""


class _Headed:
    """Has a header: `fields`, until somebody asks for `headers`; from then on `fields` is None."""

    content: bytes
    fields: Fields | list[Pair] | None
    _headers: httpx.Headers

    def read(self) -> bytes:
        return self.content

    @property
    def headers(self) -> httpx.Headers:
        if (fields := self.fields) is not None:
            self.headers = _foreign().headers(fields if isinstance(fields, list) else fields.values())
        return self._headers

    @headers.setter
    def headers(self, headers: httpx.Headers) -> None:
        self._headers, self.fields = headers, None


class _Theirs:
    """What is asked of one of httpx's own, which `made` of `foreign` makes.

    A `__getattr__` would do for all names together, but then every look at any attribute takes several times as long.
    """

    def __init__(self, made: str, name: str) -> None:
        self._made, self._name = made, name

    def __get__(self, one: object, owner: type) -> Any:
        return self if one is None else getattr(getattr(_foreign(), self._made)(one), self._name)


class Built(_Headed, Request):
    """A request whose content is here as a whole."""

    fields: Fields | None

    def __init__(self, method: str, url: httpx.URL, fields: Fields, content: bytes, extensions: dict[str, Any]) -> None:
        self.method, self.url, self.extensions, self.content, self.fields = method, url, extensions, content, fields

    def __repr__(self) -> str:
        return f"<Request({self.method!r}, {str(self.url)!r})>"


class Received(_Headed, Response):
    """An answer that is here as a whole and decoded: there is nothing left to read, to decode or to count. `names` are
    those of its fields, in lower case.
    """

    fields: list[Pair] | None
    request: httpx.Request

    def __init__(
        self,
        status: int,
        fields: list[Pair],
        body: bytes,
        request: httpx.Request,
        extensions: dict[str, Any],
        names: frozenset[bytes] | None = None,
    ) -> None:
        self.status_code, self.fields, self.content, self.request = status, fields, body, request
        self.extensions = extensions
        self.names = frozenset([name.lower() for name, _ in fields]) if names is None else names

    def __repr__(self) -> str:
        return f"<Response [{self.status_code}]>"


def _ask_theirs(ours: type, made: str, names: Iterable[str]) -> None:
    for name in names:
        setattr(ours, name, _Theirs(made, name))


_ask_theirs(Built, "request", ("aread", "stream"))
_ask_theirs(
    Received,
    "response",
    (
        *("aclose", "aiter_bytes", "aiter_lines", "aiter_raw", "aiter_text", "aread", "charset_encoding", "close"),
        *("cookies", "default_encoding", "elapsed", "encoding", "has_redirect_location", "history", "http_version"),
        *("is_client_error", "is_closed", "is_error", "is_informational", "is_redirect", "is_server_error"),
        *("is_stream_consumed", "is_success", "iter_bytes", "iter_lines", "iter_raw", "iter_text", "json", "links"),
        *("next_request", "num_bytes_downloaded", "raise_for_status", "reason_phrase", "stream", "text", "url"),
    ),
)


def _foreign() -> ModuleType:
    return import_module("synthmon.engine.foreign")


def request_of(
    method: str, url: httpx.URL, fields: Fields, content: bytes, extensions: Mapping[str, Any] | None = None
) -> Built:
    """What `httpx.Request` makes of the same parts, with the host and the length of the content said."""
    first: Fields = {} if b"host" in fields else {b"host": (b"Host", netloc_of(url))}
    last: Fields = {}
    if b"content-length" not in fields and b"transfer-encoding" not in fields:
        if content:
            last[b"content-length"] = (b"Content-Length", b"%d" % len(content))
        elif method in WITH_LENGTH:
            first |= NO_LENGTH
    whole = {**first, **fields, **last}
    return Built(method, url, whole, content, {} if extensions is None else dict(extensions))


def unframed(url: httpx.URL, before: Fields, fields: Fields, content: bytes) -> Fields:
    """The fields of the same where `fields` say neither host nor length; `before` is what is said of no content."""
    whole = {b"host": (b"Host", netloc_of(url)), **before, **fields}
    if content:
        whole[b"content-length"] = (b"Content-Length", b"%d" % len(content))
    return whole


def copied(request: Built) -> Built:
    """The same once more, for one sending: whoever sends a request writes into its header and its extensions."""
    assert request.fields is not None, "what is kept to be sent is not looked at by others"
    return Built(request.method, request.url, dict(request.fields), request.content, dict(request.extensions))


def items_of(request: httpx.Request) -> Collection[tuple[bytes, Pair]]:
    """The fields of a request in their order, each with its name in lower case in front."""
    if type(request) is Built and (fields := request.fields) is not None:
        return fields.items()
    return [(name.lower(), (name, value)) for name, value in request.headers.raw]


def pairs_of(message: httpx.Request | httpx.Response) -> list[Pair]:
    """The fields of a header in their order, as they are written."""
    fields = getattr(message, "fields", None)
    if fields is None:
        return message.headers.raw
    return fields if isinstance(fields, list) else list(fields.values())


def value_of(request: httpx.Request, name: bytes) -> bytes | None:
    """The value of a field; `name` in lower case."""
    if isinstance(request, Built) and request.fields is not None:
        found = request.fields.get(name)
        return None if found is None else found[1]
    written: str | None = request.headers.get(name.decode("ascii"))
    return None if written is None else written.encode()


def put(request: httpx.Request, name: bytes, value: bytes) -> None:
    """Write a field in the place of the one of that name, or behind all others."""
    if isinstance(request, Built) and request.fields is not None:
        request.fields[name.lower()] = (name, value)
    else:
        request.headers.encoding = "utf-8"  # as rendered
        request.headers[name.decode("ascii")] = value.decode()


def dropped(request: httpx.Request, name: bytes) -> None:
    """Take a field away, if it is there; `name` in lower case."""
    if isinstance(request, Built) and request.fields is not None:
        request.fields.pop(name, None)
    else:
        request.headers.pop(name.decode("ascii"), None)
