"""The secret type: a value without a text form of its own; and the scrubber that takes such values out of a text."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import field
from functools import cached_property, lru_cache
from operator import attrgetter
from urllib.parse import quote, quote_plus

from synthmon.model.words import printable
from synthmon.nouns import dataclass

HIDDEN = "‹hidden›"
"""What is shown instead of the value of a header that carries credentials."""

SHORTEST = 4
"""Characters; shorter values are not scrubbed: masking every `1` or `ab` would garble a text and protect nothing."""

LONG_LINE = 16
"""Characters from which on one line of a longer value is a secret by itself."""

CREDENTIAL_HEADERS = frozenset({"authorization", "cookie", "set-cookie", "x-api-key", "proxy-authorization"})

_SAME_EVERYWHERE = re.compile("[A-Za-z0-9_.~-]+")  # what no form escapes, as most tokens are
_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_IN_ATTRIBUTE = _IN_TEXT | str.maketrans({'"': "&quot;", "'": "&#x27;"})
_CUT = "…"  # where a text was shortened, the rest of a secret may be missing


@dataclass(frozen=True, slots=True)
class Secret:
    """A tainted text. `name` says which (`secrets.shop_password`, `captures.token`), never what."""

    name: str
    _value: str = field(repr=False)

    def reveal(self) -> str:
        """The value itself; call it only where it goes onto the wire to the target or into the scrubber."""
        return self._value

    @property
    def shown(self) -> str:
        return f"‹{self.name}›"

    def __str__(self) -> str:
        return self.shown

    def __repr__(self) -> str:
        return f"Secret({self.shown})"

    def __format__(self, spec: str) -> str:
        return format(self.shown, spec)


_value_of = attrgetter("_value")  # as `reveal`, without a call for each


class Scrubber:
    """Replaces secret values by their names, in every form in which they travel, the longest first."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._secrets = tuple(secrets)

    @cached_property
    def _masks(self) -> list[tuple[str, str]]:
        """Made for the first text that holds one: in most runs there is none."""
        found: dict[str, str] = {}
        for secret in self._secrets:
            shown = secret.shown
            for form in _forms(secret.reveal()):
                found.setdefault(form, shown)
        return sorted(found.items(), key=lambda mask: len(mask[0]), reverse=True)

    @cached_property
    def _shown(self) -> list[str]:
        return sorted({shown for _, shown in self._masks})

    @cached_property
    def _names(self) -> re.Pattern[str]:
        return re.compile(f"({'|'.join(map(re.escape, self._shown))})")

    @property
    def longest(self) -> int:
        """Characters of the longest form that is searched for."""
        return len(self._masks[0][0]) if self._masks else 0

    def finds(self, text: str, longest: int | None = None) -> bool:
        """Whether `text` would change; answers for many texts at once when they are joined by line breaks, of which the
        longest has so many characters.
        """
        return self.holds(text, longest) or (_CUT in text and bool(self._masks))

    def holds(self, text: str, longest: int | None = None) -> bool:
        """Whether a whole secret is in the text, in any form; `longest` as above. Forms for which there is no room are
        not even made: tokens are new in every run, and most are longer than whatever is told of one.
        """
        room = len(text) if longest is None else longest
        for value in set(map(_value_of, self._secrets)):
            if len(value) * 4 // 3 - 1 > room and _same_everywhere(value):  # no form in base64 is shorter than that
                if SHORTEST <= len(value) <= room and value in text:
                    return True
                continue
            for form in _forms(value):
                if len(form) > room:
                    break
                if form in text:
                    return True
        return False

    def text(self, text: str, *, shortened: bool = True) -> str:
        """The text without secret values; `shortened`: also without what is left of one beside a `…`."""
        for form, shown in self._masks:
            if form in text:
                text = self._without(text, form, shown)
        return self._mend_cuts(text) if shortened and _CUT in text else text

    def _without(self, text: str, form: str, shown: str) -> str:
        """The text without one form of a secret. Where the form is a part of a name that is shown (`partner` in
        `‹secrets.partner_id›`), such names stay whole: a text that is scrubbed twice stays the same."""
        if not any(form in name for name in self._shown):
            return text.replace(form, shown)
        pieces = self._names.split(text)  # every second one is a name
        pieces[::2] = (piece.replace(form, shown) for piece in pieces[::2])
        return "".join(pieces)

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Headers as they may be shown: credentials hidden altogether, secrets masked in the others."""
        return tuple(
            (name, HIDDEN if name.lower() in CREDENTIAL_HEADERS else self.text(value, shortened=False))
            for name, value in headers
        )

    def _mend_cuts(self, text: str) -> str:
        pieces = text.split(_CUT)
        for number in range(len(pieces) - 1):
            pieces[number] = self._without_beginning(pieces[number])
            pieces[number + 1] = self._without_ending(pieces[number + 1])
        return _CUT.join(pieces)

    def _without_beginning(self, before: str) -> str:
        """The text in front of a cut, without the beginning of a secret at its end."""
        body = before.rstrip("\"' ")
        for form, shown in self._masks:
            start = body.find(form[:SHORTEST], max(0, len(body) - len(form) + 1))
            while start >= 0:
                if form.startswith(body[start:]):
                    return body[:start] + shown + before[len(body) :]
                start = body.find(form[:SHORTEST], start + 1)
        return before

    def _without_ending(self, after: str) -> str:
        """The text behind a cut, without the ending of a secret at its beginning."""
        body = after.lstrip("\"' ")
        for form, shown in self._masks:
            end = body.rfind(form[-SHORTEST:], 0, len(form) - 1)
            while end >= 0:
                if form.endswith(body[: end + SHORTEST]):
                    return after[: len(after) - len(body)] + shown + body[end + SHORTEST :]
                end = body.rfind(form[-SHORTEST:], 0, end + SHORTEST - 1)
        return after


def _same_everywhere(value: str) -> bool:
    """Whether nothing in the value is escaped, and it has one line: all of its forms but itself are encoded."""
    return (value.isascii() and value.isalnum()) or _SAME_EVERYWHERE.fullmatch(value) is not None


@lru_cache(maxsize=1024)
def _forms(value: str) -> tuple[str, ...]:
    """Every form of a value that is searched for: plain, URL, JSON, HTML, hexadecimal, base64 in all three alignments;
    the same of its JSON, as what answers quote is often a JSON text itself, and JSON of its HTML;
    of a value of several lines, such as a key, each longer one too, since what quotes it may begin anywhere.
    The shortest first.

    The base64 of a longer text (such as `user:value`) holds that of the value, from its first whole character on; where
    that lies depends on the length of what stands before, modulo 3.
    """
    if len(value) < SHORTEST:
        return ()
    data = value.encode("utf-8", "surrogatepass")
    forms = {value, data.hex(), data.hex().upper(), *_base64_forms(data), *_lines(value)}
    if not _same_everywhere(value):
        forms.add(printable(value, len(value)))
        for text in {value, *_json_forms(value)}:
            forms.update(_url_forms(text), _json_forms(text), _html_forms(text))
            forms.update(_base64_forms(text.encode("utf-8", "surrogatepass")))
        forms.update(form for text in _html_forms(value) for form in _json_forms(text))
    return tuple(sorted([form for form in forms if len(form) >= SHORTEST], key=len))


def _url_forms(value: str) -> Iterator[str]:
    data = value.encode("utf-8", "surrogatepass")
    for form in (quote(data, safe=""), quote(data, safe="/"), quote(data, safe="/:@!$&'()*+,;="), quote_plus(data)):
        yield form
        yield re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), form)
        yield form.replace("%", "%25")  # an address within an address


def _json_forms(value: str) -> Iterator[str]:
    for escaped in (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
        yield escaped
        yield escaped.replace("/", "\\/")


def _lines(value: str) -> Iterator[str]:
    """Long lines of a value of several; not the frame of a PEM, which is the same in all of them."""
    lines = value.splitlines()
    if len(lines) > 1:
        yield from (line for line in lines if len(line) >= LONG_LINE and not line.startswith("-----"))


def _html_forms(value: str) -> Iterator[str]:
    """As Python writes quotes, and as Jinja and PHP do."""
    yield value.translate(_IN_TEXT)
    escaped = value.translate(_IN_ATTRIBUTE)
    yield escaped
    yield escaped.replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
    yield escaped.replace("&#x27;", "&#39;")
    yield escaped.replace("&#x27;", "&#039;")


def _base64_forms(data: bytes) -> Iterator[str]:
    for before in range(3):
        first = -(-before * 8 // 6)
        last = (before + len(data)) * 8 // 6
        core = base64.b64encode(b"\0" * before + data).decode("ascii")[first:last]
        yield core
        if "+" in core or "/" in core:  # there is nothing else in it that another alphabet or an address would change
            yield core.replace("+", "-").replace("/", "_")
            yield core.replace("+", "%2B").replace("/", "%2F")
