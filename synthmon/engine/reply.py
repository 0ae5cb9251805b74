"""An answer as assertions and captures read it: its body is decoded and parsed at most once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from synthmon.engine import quickjson
from synthmon.engine.body import JUDGED, Unreadable, decoded, parse
from synthmon.engine.built import pairs_of
from synthmon.model.answer import XPath
from synthmon.model.run import Json

if TYPE_CHECKING:
    import httpx

    from synthmon.engine.familiar import Body, Familiar


class Node(Protocol):
    """What an XPath matched."""

    @property
    def label(self) -> str: ...

    @property
    def value(self) -> str | float | bool: ...


class Markup(Protocol):
    """A body parsed as XML: see `engine.xml`."""

    @property
    def default_namespace(self) -> str | None: ...

    @property
    def root(self) -> str: ...

    def find(self, path: XPath) -> tuple[Node, ...]: ...


_UNREAD = object()
_REMEMBERED = 8 * 1024  # bytes of a header whose names are remembered: a target may send any it likes, for ever


@lru_cache(maxsize=256)  # most answers have the headers of the one before
def _lowered(names: tuple[bytes, ...], encoding: str) -> tuple[str, ...]:
    return tuple([name.decode(encoding).lower() for name in names])


class Reply:
    """`cookies` are those set while the step ran, by this answer or by a redirect on the way to it."""

    def __init__(self, response: httpx.Response, cookies: Mapping[str, str]) -> None:
        self.response = response
        self.cookies = dict(cookies)
        self.status: int = response.status_code
        self.fields = pairs_of(response)  # of the header, as they came
        self._document: Json | Unreadable = _UNREAD
        self.familiar: Familiar | None = None  # what is known of earlier answers, for whoever reads this one
        self.built: Body | None = None  # how the document is built, once it is read and if that is known

    @property
    def status_words(self) -> str:
        """`404 (Not Found)`: the words of RFC 9110, not what the target wrote there."""
        from http import HTTPStatus  # here, because few ask for the words

        known = {status.value: status.phrase for status in HTTPStatus}
        return f"{self.status} ({known[self.status]})" if self.status in known else str(self.status)

    def header(self, name: str) -> str | None:
        """The field's value; several lines are joined by commas, as RFC 9110, section 5.3 allows."""
        return self._by_name.get(name.lower())

    @cached_property
    def _by_name(self) -> dict[str, str]:
        names, values = tuple([name for name, _ in self.fields]), [value for _, value in self.fields]
        whole = b"".join((*names, *values))
        encoding, joined = "ascii" if whole.isascii() else self.response.headers.encoding, dict[str, str]()
        lowered = _lowered if len(whole) <= _REMEMBERED else _lowered.__wrapped__
        for name, line in zip(lowered(names, encoding), values, strict=True):
            value = line.decode(encoding)
            joined[name] = f"{joined[name]}, {value}" if name in joined else value
        return joined

    @property
    def content_type(self) -> str:
        return self.header("Content-Type") or ""

    @cached_property
    def text(self) -> str | Unreadable:
        size = len(self.response.content)
        if size > JUDGED:
            return Unreadable(f"the body has {size} bytes, and at most {JUDGED} are judged")
        return decoded(self.response.content, self.content_type)

    def read(self) -> Json | Unreadable:
        """The document, as `document`: whoever asks in every run calls, which takes less than a property does."""
        if self._document is not _UNREAD:
            return self._document
        content, familiar, known = self.response.content, self.familiar, None
        if familiar is not None and familiar.bodies and len(content) <= JUDGED:
            known = quickjson.familiar(content, familiar.bodies)
        if known is None:
            self._document = parse(content, lambda: self.content_type)
        else:
            self._document, self.built = known
        return self._document

    @property
    def document(self) -> Json | Unreadable:
        return self.read()

    @property
    def was_parsed(self) -> bool:
        """Whether somebody has asked for the document already."""
        return self._document is not _UNREAD

    @cached_property
    def markup(self) -> Markup | Unreadable:
        parsed: Markup | Unreadable = import_module("synthmon.engine.xml").parse(
            self.response.content, self.content_type
        )
        return parsed
