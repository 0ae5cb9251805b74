"""What a step sends: its address, query, headers and body."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from synthmon.model.request import RequestSpec
from synthmon.model.text import Template, Text
from synthmon.nouns import dataclass
from synthmon.probefile.assembly.bodies import build_body, check_type, fields
from synthmon.probefile.assembly.repeating import with_key
from synthmon.probefile.assembly.texts import Moment, text, tree
from synthmon.probefile.assembly.url import joined, split_request
from synthmon.probefile.assembly.work import Work, mapping
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.request import RequestPart
from synthmon.probefile.node import Node, ScalarNode

_OURS = frozenset({"content-length", "transfer-encoding", "connection"})


@dataclass(frozen=True, slots=True)
class Shared:
    """What the probe says for all its requests."""

    base: Text | None
    headers: Mapping[str, Text]
    redirects: int = 0


def build_request(work: Work, part: str | RequestPart, node: Node, shared: Shared, moment: Moment) -> RequestSpec:
    """The request of a step; what is wrong with it is reported."""
    if isinstance(part, str):
        return _short(work, node, shared, moment)
    nodes = mapping(node)
    place = nodes.get("url", node)
    url = joined(work, place, _text(work, place, moment), shared.base)
    # a method that was refused is unknown, and a request without one is not taken for a GET
    method = part.method or ("" if node.cut else "POST" if "graphql" in nodes else "GET")
    headers = dict(build_headers(work, nodes.get("headers"), moment))
    body, typed = build_body(work, nodes, part, method, moment)
    check_type(work, nodes, headers)
    headers = _merged(shared.headers, {**headers, **typed})
    keyed = with_key(work, part.idempotency_key, nodes.get("idempotency_key"), headers, moment)
    return RequestSpec(
        method or "GET",
        url,
        fields(work, nodes.get("params"), moment),
        keyed.headers,
        body,
        shared.redirects if part.redirects is None else part.redirects,
        keyed.generated,
    )


def _short(work: Work, node: Node, shared: Shared, moment: Moment) -> RequestSpec:
    whole = _text(work, node, moment)
    first = whole if isinstance(whole, str) else whole.parts[0]
    rest = whole.parts[1:] if isinstance(whole, Template) else ()
    if not isinstance(first, str):  # an expression in front of everything
        work.error("request", f"{quoted(node.data)} is not a request", node, "write the method first: GET …")
        return RequestSpec("GET", "")
    split = split_request(work, node, first if not rest else first + "\0")
    if split is None:
        return RequestSpec("GET", "")
    start = split[1].rstrip("\0")
    url = Template(((start,) if start else ()) + rest) if rest else start
    return RequestSpec(split[0], joined(work, node, url, shared.base), {}, dict(shared.headers), None, shared.redirects)


def _text(work: Work, node: Node, moment: Moment) -> Text:
    return text(work, node, moment) if isinstance(node, ScalarNode) else ""


# Headers


def build_headers(work: Work, node: Node | None, moment: Moment) -> Mapping[str, Text]:
    """The headers as written, each name once whatever its case."""
    found: dict[str, Text] = {}
    for name, child in mapping(node).items():
        if name.lower() in _OURS:
            message = f"the header {quoted(name)} is written by synthmon itself"
            work.error("header", message, child, "delete it")
        elif name.lower() in {other.lower() for other in found}:
            message = f"the header {quoted(name)} stands here twice"
            work.error("header", message, child, "delete one of the two")
        value = tree(work, child, moment, name)
        if isinstance(value, str | Template):
            _check_header(work, child, value)
            found[name] = value
    return found


def _check_header(work: Work, node: Node, value: Text) -> None:
    literals: Iterable[Any] = (value,) if isinstance(value, str) else value.parts
    if any(isinstance(part, str) and not part.replace("\t", " ").isprintable() for part in literals):
        message = "a header's value has no line breaks or other control characters"
        work.error("header", message, node, "write it on one line")


def _merged(shared: Mapping[str, Text], own: Mapping[str, Text]) -> dict[str, Text]:
    """The step's headers win, whatever their case."""
    names = {name.lower() for name in own}
    return {**{name: value for name, value in shared.items() if name.lower() not in names}, **own}
