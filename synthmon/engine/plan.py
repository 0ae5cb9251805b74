"""What of a declared request is the same in every run: which fields its header has, and most of what stands in them."""

from __future__ import annotations

from synthmon.engine.built import Fields
from synthmon.engine.written import is_line, is_name
from synthmon.language.once import Once
from synthmon.language.template import expressions_in
from synthmon.model.request import RequestSpec
from synthmon.model.text import Text
from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """`fields` are the declared ones in their order. Those in `rendered`, each with its name in lower case, have only
    their place there: they get their values in each run, or are refused.

    `steady`: nothing in the address has to be rendered.
    """

    fields: Fields
    rendered: tuple[tuple[bytes, str, Text], ...]
    steady: bool


def _planned(spec: RequestSpec) -> Plan:
    fields, rendered = Fields(), list[tuple[bytes, str, Text]]()
    for name, text in spec.headers.items():
        known = isinstance(text, str) and is_name(name) and is_line(text)
        place = (name.encode("utf-8", "replace"), text.encode() if known and isinstance(text, str) else b"")
        lowered = name.lower().encode("utf-8", "replace")
        fields[lowered] = place
        if not known:
            rendered.append((lowered, name, text))
    return Plan(fields, tuple(rendered), not expressions_in(spec.url) and not expressions_in(spec.params))


planned = Once[RequestSpec, Plan](_planned)
