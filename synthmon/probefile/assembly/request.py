"""What a step sends: its address, query, headers and body."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from synthmon.model.journey import Body, BodyKind, RequestSpec, Template, Text, Tree
from synthmon.probefile.assembly.repeating import with_key
from synthmon.probefile.assembly.texts import Moment, text, tree
from synthmon.probefile.assembly.url import joined, split_request
from synthmon.probefile.assembly.work import Work, mapping
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.request import RequestPart
from synthmon.probefile.node import ListNode, MapNode, Node, ScalarNode

_OURS = frozenset({"content-length", "transfer-encoding", "connection"})
_WITHOUT_BODY = frozenset({"GET", "HEAD", "TRACE"})
_BODIES = (BodyKind.JSON, BodyKind.FORM, BodyKind.RAW)


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
    method = part.method or ("" if node.cut else "GET")
    headers = dict(build_headers(work, nodes.get("headers"), moment))
    body = _body(work, nodes, part, method, moment)
    if body is not None and body.kind is BodyKind.RAW:
        headers = _typed(work, nodes["raw"], headers, moment)
    headers = _merged(shared.headers, headers)
    keyed = with_key(work, part.idempotency_key, nodes.get("idempotency_key"), headers, moment)
    return RequestSpec(
        method or "GET",
        url,
        _fields(work, nodes.get("params"), moment),
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


# Bodies


def _body(work: Work, nodes: Mapping[str, Node], part: RequestPart, method: str, moment: Moment) -> Body | None:
    written = [kind for kind in nodes if kind in _BODIES]
    if not written:
        return None
    kind = BodyKind(written[0])
    if len(written) > 1:
        message = f"a request has one body, and this one has {' and '.join(f'`{name}`' for name in written)}"
        work.error("two-bodies", message, nodes[written[1]], "keep one of them")
    if method in _WITHOUT_BODY:
        help_ = "add `method: POST`" if part.method is None else "use `params:`, or another method"
        work.error("body", f"a {method} request has no body", nodes[kind], help_)
    node = nodes[kind]
    if kind is BodyKind.JSON:
        return Body(kind, tree(work, node, moment))
    if kind is BodyKind.FORM:
        return Body(kind, _fields(work, node, moment))
    return Body(kind, _text(work, mapping(node).get("text", node), moment))


def _typed(work: Work, raw: Node, headers: Mapping[str, Text], moment: Moment) -> dict[str, Text]:
    """The headers with the type that a raw body brings along."""
    place = mapping(raw).get("content_type")
    if place is None:
        return dict(headers)
    if any(name.lower() == "content-type" for name in headers):
        message = "`content_type` and a header `Content-Type` say the same"
        work.error("header", message, place, "delete one of the two")
    return {**headers, "Content-Type": _text(work, place, moment)}


def _fields(work: Work, node: Node | None, moment: Moment) -> dict[str, Tree]:
    """Query parameters or the fields of a form: scalars, or lists of scalars that repeat the name."""
    for name, child in mapping(node).items():
        for leaf in child.elements if isinstance(child, ListNode) else (child,):
            if isinstance(leaf, ListNode | MapNode) or leaf.data is None:
                message = f"{quoted(name)} must be a text, a number, true, false or a list of these"
                work.error("wrong-type", message, leaf)
    return {name: tree(work, child, moment, name) for name, child in mapping(node).items()}
