"""Requests signed with a shared key: a text made from the request as it will be sent, and its HMAC (RFC 2104)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from synthmon.engine.context import Context
from synthmon.engine.render import header_text
from synthmon.engine.stamp import Stamp
from synthmon.engine.written import plain_text
from synthmon.errors import SecretUnavailable, TemplateError
from synthmon.language.expression import compile_expression
from synthmon.language.template import expressions_in
from synthmon.model.auth import HmacAuth
from synthmon.model.secret import Secret
from synthmon.model.text import Text

if TYPE_CHECKING:
    import httpx


def sign(auth: HmacAuth, request: httpx.Request, context: Context) -> None:
    """Put the signature onto the request, and before it is made whatever else is to be added, so that it is signed."""
    about = _About(request, context.clock.now(), context.surroundings.chance.randbytes(16).hex())
    with context.values.signing(about):
        _add(auth, request, context, lambda text: not _uses_signature(text))
        key = _key(auth, context)
        digest = hmac.digest(key, plain_text(auth.string_to_sign, context.values).encode(), auth.algorithm)
        about.signature = digest.hex() if auth.encoding == "hex" else base64.b64encode(digest).decode("ascii")
        context.values.know(Secret("auth.signature", about.signature))
        _add(auth, request, context, _uses_signature)


def _add(auth: HmacAuth, request: httpx.Request, context: Context, wanted: Callable[[Text], bool]) -> None:
    values = context.values
    headers = tuple((name, header_text(name, text, values)) for name, text in auth.headers.items() if wanted(text))
    query = tuple((name, plain_text(text, values)) for name, text in auth.query.items() if wanted(text))
    Stamp(headers, query).onto(request)


def _uses_signature(text: Text) -> bool:
    return any(
        (reference.root, reference.path[0]) == ("request", "signature")
        for expression in expressions_in(text)
        for reference in compile_expression(expression.text).references
    )


def _key(auth: HmacAuth, context: Context) -> bytes:
    written = plain_text(auth.key, context.values)
    try:
        match auth.key_encoding:
            case "base64":
                return base64.b64decode(written, validate=True)
            case "hex":
                return bytes.fromhex(written)
    except (binascii.Error, ValueError):
        message = f"the key of `hmac` is not written in {auth.key_encoding}"
        raise SecretUnavailable(message, hint="look at `key_encoding`, and at the secret") from None
    return written.encode()


class _About(Mapping[str, Any]):
    """What expressions can see of the request: as it is when they ask."""

    def __init__(self, request: httpx.Request, at: datetime, nonce: str) -> None:
        self._request, self._at, self._nonce = request, at.astimezone(UTC), nonce
        self.signature: str | None = None
        self._known: dict[str, Callable[[], Any]] = {
            "method": lambda: request.method,
            "url": lambda: str(request.url),
            "host": lambda: request.url.netloc.decode("ascii"),
            "path": lambda: request.url.raw_path.decode("ascii").partition("?")[0],
            "query": lambda: request.url.query.decode("ascii"),
            "target": lambda: request.url.raw_path.decode("ascii"),
            "headers": lambda: Headers(request.headers),
            "body": self._body,
            "body_sha256": lambda: hashlib.sha256(request.read()).hexdigest(),
            "body_sha256_base64": lambda: _base64(hashlib.sha256(request.read()).digest()),
            "body_md5_base64": lambda: _base64(hashlib.md5(request.read(), usedforsecurity=False).digest()),
            "timestamp": lambda: int(self._at.timestamp()),
            "timestamp_ms": lambda: int(self._at.timestamp() * 1000),
            "iso_date": lambda: f"{self._at:%Y-%m-%dT%H:%M:%S}Z",
            "http_date": lambda: format_datetime(self._at, usegmt=True),
            "nonce": lambda: self._nonce,
        }

    def _body(self) -> str:
        try:
            return self._request.read().decode()
        except UnicodeDecodeError:
            hint = "sign its digest: ${{ request.body_sha256 }}"
            raise TemplateError("the body is no text that could be signed", hint=hint) from None

    def __getitem__(self, name: str) -> Any:
        if name == "signature" and self.signature is not None:
            return self.signature
        return self._known[name]()

    def __contains__(self, name: object) -> bool:
        return name in self._known or (name == "signature" and self.signature is not None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


class Headers(Mapping[str, Any]):
    """Headers by their names in any case."""

    def __init__(self, headers: httpx.Headers) -> None:
        self._headers = {name.lower(): value for name, value in headers.items()}

    def __getitem__(self, name: str) -> str:
        return self._headers[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._headers

    def __iter__(self) -> Iterator[str]:
        return iter(self._headers)

    def __len__(self) -> int:
        return len(self._headers)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
