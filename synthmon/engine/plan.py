"""What of a declared request is the same in every run: which fields its header has, and most of what stands in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthmon.engine.built import FRAMING, NO_LENGTH, WITH_LENGTH, Fields
from synthmon.engine.content import TYPES
from synthmon.engine.jsontext import JsonText
from synthmon.engine.written import is_line, is_name
from synthmon.language.once import once
from synthmon.language.template import expressions_in
from synthmon.model.request import Body, BodyKind, RequestSpec
from synthmon.model.text import Text
from synthmon.nouns import dataclass

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class Plan:
    """`fields` are the declared ones in their order. Those in `rendered`, each with its name in lower case, have only
    their place there: they get their values in each run, or are refused.

    `steady`: nothing in the address has to be rendered; `same` is to hold it once it was found to be good, as one that
    cannot be used is refused each time. `usual`: what most requests are made from, if this is one.
    """

    fields: Fields
    rendered: tuple[tuple[bytes, str, Text], ...]
    steady: bool
    same: list[httpx.URL]
    usual: Usual | None


@dataclass(frozen=True, slots=True)
class Made:
    """The address and all fields of a usual request, whose length is among them if the body is the same each time.

    `defaults`: those that it was made with.
    """

    defaults: Fields
    url: httpx.URL
    fields: Fields


@dataclass(frozen=True, slots=True)
class Usual:
    """Of a request whose address and header are the same in every run, and whose body is none, or JSON with places in
    it. `fields` come behind the defaults and replace those of the same names; `empty`: what is said of no body. `made`
    is to hold what was made of them last, as the defaults are the same from run to run.
    """

    fields: Fields
    text: JsonText | None
    empty: Fields
    made: list[Made]


def _planned(spec: RequestSpec) -> Plan:
    fields, rendered = Fields(), list[tuple[bytes, str, Text]]()
    for name, text in spec.headers.items():
        known = isinstance(text, str) and is_name(name) and is_line(text)
        place = (name.encode("utf-8", "replace"), text.encode() if known and isinstance(text, str) else b"")
        lowered = name.lower().encode("utf-8", "replace")
        fields[lowered] = place
        if not known:
            rendered.append((lowered, name, text))
    steady = not expressions_in(spec.url) and not expressions_in(spec.params)
    usual = _usual(spec, fields) if steady and not rendered else None
    return Plan(fields, tuple(rendered), steady, [], usual)


def _usual(spec: RequestSpec, fields: Fields) -> Usual | None:
    """None where a body has to be looked at, or the probe itself says what else is said of every request."""
    if spec.idempotency_header or not FRAMING.isdisjoint(fields):
        return None
    if spec.body is None:
        return Usual(fields, None, NO_LENGTH if spec.method in WITH_LENGTH else {}, [])
    if not isinstance(spec.body, Body) or spec.body.kind is not BodyKind.JSON:
        return None
    text = JsonText.of(spec.body.value)
    return None if text is None else Usual({**TYPES[BodyKind.JSON], **fields}, text, {}, [])


planned = once(_planned)
