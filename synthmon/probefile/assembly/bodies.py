"""What a request sends: texts, trees, forms, files and GraphQL documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from synthmon.model.request import AnyBody, Body, BodyKind, FileContent, FormPart, MultipartBody
from synthmon.model.text import Text, Tree
from synthmon.probefile.assembly.files import read_file
from synthmon.probefile.assembly.graphql import build_graphql
from synthmon.probefile.assembly.texts import Moment, text, tree
from synthmon.probefile.assembly.work import Work, mapping
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.request import RequestPart
from synthmon.probefile.node import ListNode, MapNode, Node, ScalarNode

GRAPHQL, MULTIPART, RAW = "graphql", "multipart", "raw"
KEYS = ("json", "form", MULTIPART, GRAPHQL, RAW)
MOST_TOGETHER = 4 << 20  # bytes of all files of one request
_WITHOUT_BODY = frozenset({"GET", "HEAD", "TRACE"})
_TYPED = "content-type"


def build_body(
    work: Work, nodes: Mapping[str, Node], part: RequestPart, method: str, moment: Moment
) -> tuple[AnyBody | None, Mapping[str, Text]]:
    """The body of a request, and the header with its type where the file names it; what is wrong is reported."""
    written = [name for name in nodes if name in KEYS]
    if not written:
        return None, {}
    name, node = written[0], nodes[written[0]]
    if len(written) > 1:
        message = f"a request has one body, and this one has {' and '.join(f'`{other}`' for other in written)}"
        work.error("two-bodies", message, nodes[written[1]], "keep one of them")
    _check_method(work, node, name, part, method)
    match name:
        case "json":
            return Body(BodyKind.JSON, tree(work, node, moment)), {}
        case "form":
            return Body(BodyKind.FORM, fields(work, node, moment)), {}
        case "multipart":
            return _multipart(work, node, moment), {}
        case "graphql":
            return (None if part.graphql is None else build_graphql(work, part.graphql, node, moment)), {}
    return _raw(work, node, moment)


def _check_method(work: Work, node: Node, name: str, part: RequestPart, method: str) -> None:
    if name == GRAPHQL and method not in {"", "POST"}:
        work.error("body", f"GraphQL is asked with POST, not with {method}", node, "delete `method`")
    elif method in _WITHOUT_BODY:
        help_ = "add `method: POST`" if part.method is None else "use `params:`, or another method"
        work.error("body", f"a {method} request has no body", node, help_)


def check_type(work: Work, nodes: Mapping[str, Node], headers: Mapping[str, Text]) -> None:
    """A type is said once, and that of a multipart body holds a boundary that nobody knows yet."""
    if not any(name.lower() == _TYPED for name in headers):
        return
    if MULTIPART in nodes:
        place, why = nodes[MULTIPART], "the type of a multipart body is written by synthmon, as it names the boundary"
        work.error("header", why, place, "delete the header `Content-Type`")
    place_of_type = mapping(nodes.get(RAW)).get("content_type")
    if place_of_type is not None:
        message = "`content_type` and a header `Content-Type` say the same"
        work.error("header", message, place_of_type, "delete one of the two")


# Forms


def fields(work: Work, node: Node | None, moment: Moment) -> dict[str, Tree]:
    """Query parameters or the fields of a form: scalars, or lists of scalars that repeat the name."""
    for name, child in mapping(node).items():
        for leaf in child.elements if isinstance(child, ListNode) else (child,):
            _check_scalar(work, name, leaf)
    return {name: tree(work, child, moment, name) for name, child in mapping(node).items()}


def _check_scalar(work: Work, name: str, leaf: Node) -> None:
    if isinstance(leaf, ListNode | MapNode) or leaf.data is None:
        message = f"{quoted(name)} must be a text, a number, true, false or a list of these"
        work.error("wrong-type", message, leaf)


def _multipart(work: Work, node: Node, moment: Moment) -> MultipartBody:
    parts = tuple(
        part
        for name, child in mapping(node).items()
        for leaf in (child.elements if isinstance(child, ListNode) else (child,))
        for part in _part(work, name, leaf, moment)
    )
    if not mapping(node) and not node.cut:
        work.error("body", "a multipart body has one part at least", node, "name one, such as `note: text`")
    size = sum(len(part.value.content) for part in parts if isinstance(part.value, FileContent))
    if size > MOST_TOGETHER:
        message = (
            f"the files of this request are {size // 1024} KiB together, and at most {MOST_TOGETHER // 1024} are sent"
        )
        work.error("file", message, node, "send smaller files")
    return MultipartBody(parts)


def _part(work: Work, name: str, node: Node, moment: Moment) -> Iterator[FormPart]:
    if not isinstance(node, MapNode):
        _check_scalar(work, name, node)
        yield FormPart(name, tree(work, node, moment, name))
        return
    chosen = one_of(work, node, "a part")
    if chosen is None:
        return
    inner = node.children
    filename, content_type = (_text(work, inner[key], moment) if key in inner else None for key in _NAMED)
    if chosen == "text":
        yield FormPart(name, tree(work, inner["text"], moment, name), filename, content_type)
    elif (file := read_file(work, inner["file"])) is not None:
        yield FormPart(name, file, filename or PurePosixPath(file.path).name, content_type)


_NAMED = ("filename", "content_type")


def one_of(work: Work, node: MapNode, what: str, keys: tuple[str, str] = ("text", "file")) -> str | None:
    """Which of two keys is written; anything but one of them is reported."""
    written = [key for key in keys if key in node.children]
    if len(written) == 1:
        return written[0]
    if not node.cut:
        has = "this has both" if written else "this has neither"
        work.error("body", f"{what} has one of `{keys[0]}` and `{keys[1]}`; {has}", node)
    return None


# Raw bodies


def _raw(work: Work, node: Node, moment: Moment) -> tuple[AnyBody | None, Mapping[str, Text]]:
    if not isinstance(node, MapNode):
        return Body(BodyKind.RAW, _text(work, node, moment)), {}
    typed = {"Content-Type": _text(work, node.children[_TYPE], moment)} if _TYPE in node.children else {}
    chosen = one_of(work, node, "a raw body")
    if chosen == "text":
        return Body(BodyKind.RAW, _text(work, node.children["text"], moment)), typed
    return (read_file(work, node.children["file"]) if chosen else None), typed


_TYPE = "content_type"


def _text(work: Work, node: Node, moment: Moment) -> Text:
    return text(work, node, moment) if isinstance(node, ScalarNode) else ""
