"""Values that an answer brings and a later request sends: a capture takes them, and a reference sends them."""

from __future__ import annotations

import re
from dataclasses import field
from typing import Any
from urllib.parse import unquote

from synthmon.importer.har.entry import Entry
from synthmon.importer.har.pages import pattern_around
from synthmon.importer.holes import is_holed
from synthmon.importer.jsonpaths import from_steps, last_name
from synthmon.importer.maker import Maker
from synthmon.importer.pick import leaves
from synthmon.importer.sensitive import is_sensitive, looks_secret, scheme_of
from synthmon.nouns import dataclass

_SHORTEST_TEXT, _SHORTEST_NUMBER = 6, 4
_WITHIN = 16  # characters of a value that is also looked for inside a longer text
_MOST_LEAVES = 5000
_ON_A_PAGE = 8  # characters of a value that is looked for in pages
_MOST_PAGES = 50
_MOST_VALUES, _MOST_LONG = 200_000, 5_000  # that a recording is searched for
_USUAL_HEADERS = frozenset(
    {"date", "content-type", "content-length", "server", "cache-control", "expires", "last-modified", "vary", "age"}
    | {"connection", "location", "set-cookie", "strict-transport-security", "access-control-allow-origin"}
)
_DULL = re.compile(r"(?i)true|false|null|none|undefined|utf-8|gzip|https?|no-cache|private|public|keep-alive|chunked")


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a value came from: the entry, how to capture it, and what it is called there."""

    number: int
    how: dict[str, Any]
    word: str


@dataclass(slots=True)
class Correlation:
    """Goes along with a recording: `swap` what a request sends, then `learn` from its answer."""

    maker: Maker
    captures: dict[int, dict[str, Any]] = field(default_factory=dict)
    _origins: dict[str, _Origin] = field(default_factory=dict)
    _long: list[str] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)
    _pages: list[tuple[int, str]] = field(default_factory=list)
    _sent: set[str] = field(default_factory=set)

    def learn(self, entry: Entry) -> None:
        """Remember what the answer brought and nobody had sent before."""
        for number, (path, value) in enumerate(leaves(entry.answer)):
            if number >= _MOST_LEAVES:
                self.maker.table.dropped(
                    entry.place,
                    "the rest of its answer",
                    f"{_MOST_LEAVES} values are looked for in later requests",
                )
                break
            self._know(value, _Origin(entry.number, {"json": from_steps(path)}, last_name(path)))
        for name, value in entry.answer_headers:
            if name.lower() == "set-cookie":
                cookie, _, rest = value.partition("=")
                content = rest.partition(";")[0].strip()
                self._know(content, _Origin(entry.number, {"cookie": cookie.strip()}, cookie.strip()))
            elif name.lower() not in _USUAL_HEADERS:
                self._know(value, _Origin(entry.number, {"header": name}, name.removeprefix("X-").removeprefix("x-")))

        if entry.page_text and len(self._pages) < _MOST_PAGES:
            self._pages.append((entry.number, entry.page_text))

    def _on_a_page(self, value: str, key: str) -> bool:
        """Look for the value in earlier pages, such as a token in a hidden field of a form."""
        if len(value) < _ON_A_PAGE or value in self._sent or not is_sensitive(key):
            return False
        for number, page in self._pages:
            pattern = pattern_around(page, value)
            if pattern is not None:
                self._origins[value] = _Origin(number, {"regex": pattern}, key)
                return True
        return False

    def _know(self, value: Any, origin: _Origin) -> None:
        if isinstance(value, bool) or not isinstance(value, str | int):
            return
        text = str(value)
        shortest = _SHORTEST_NUMBER if isinstance(value, int) else _SHORTEST_TEXT
        if len(text) < shortest or len(text) > 8192 or text in self._sent or _DULL.fullmatch(text) or is_holed(text):
            return
        if text not in self._origins and len(self._origins) < _MOST_VALUES:
            self._origins[text] = origin
            if len(text) >= _WITHIN and len(self._long) < _MOST_LONG:
                self._long.append(text)

    def sends(self, value: str) -> None:
        """The client knew this by itself."""
        self._sent.add(value)

    def swap(self, text: str, place: str, *, key: str = "") -> str:
        """The text with a reference in place of what an earlier answer brought."""
        if not text or is_holed(text):
            return text
        if text in self._origins or self._on_a_page(text, key):
            return self._reference(text, place, key)
        scheme, rest = scheme_of(text)
        if scheme and rest in self._origins:
            return text[: len(text) - len(rest)] + self._reference(rest, place, "authorization")
        for value in self._long if len(text) > _WITHIN else ():
            if value in text:
                return text.replace(value, self._reference(value, place, key))
        self.sends(text)
        return text

    def swap_path(self, path: str, place: str) -> str:
        """Each part of a path by itself, whether it is percent-encoded or not."""
        return "/".join(self._segment(part, place) for part in path.split("/"))

    def _segment(self, part: str, place: str) -> str:
        value = next((value for value in (part, unquote(part)) if value in self._origins), None)
        if value is None:
            self.sends(part)
            return part
        return self._reference(value, place, "")

    def swap_tree(self, value: Any, place: str, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: self.swap_tree(child, place, str(name)) for name, child in value.items()}
        if isinstance(value, list):
            return [self.swap_tree(child, place, key) for child in value]
        if isinstance(value, str):
            return self.swap(value, place, key=key)
        if isinstance(value, int) and not isinstance(value, bool):
            if str(value) in self._origins:
                return self._reference(str(value), place, key)
            self.sends(str(value))
        return value

    def _reference(self, value: str, place: str, key: str) -> str:
        origin = self._origins[value]
        if value not in self._names:
            self._names[value] = self.maker.capture(origin.word)
        name = self._names[value]
        how = self.captures.setdefault(origin.number, {}).setdefault(name, dict(origin.how))
        if is_sensitive(origin.word) or is_sensitive(key) or looks_secret(value):
            how["secret"] = True
            self.maker.vault.taint(value, f"captures.{name}")
        source = f"the answer of log.entries[{origin.number}]"
        shown = key or origin.word
        self.maker.table.changed(place, shown, f"‹captures.{name}›: the value came with {source}")
        return self.maker.holes.put(f"captures.{name}")


def simplified(captures: dict[str, Any]) -> dict[str, Any]:
    """A capture by JSONPath alone is written as a text."""
    return {name: how["json"] if set(how) == {"json"} else how for name, how in captures.items()}
