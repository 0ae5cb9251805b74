"""Keys in the order of the documentation: whole lines are moved, with the comments that stand above them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from synthmon.nouns import dataclass
from synthmon.probefile.document import Document
from synthmon.probefile.format.base import Part
from synthmon.probefile.node import ListNode, MapNode, Node, Path
from synthmon.probefile.shape_errors import known_keys_in_order

_PROBE = (
    *("synthmon", "name", "title", "description", "owner", "tags", "runbook", "depends_on", "interval", "cron"),
    *("timezone", "timeout", "latency_budget", "regions", "trust", "base_url", "vars", "secrets", "auth", "defaults"),
    *("steps", "cleanup", "redact", "slo", "alerts"),
)
_STEP = (
    *("id", "name", "if", "allow_failure", "uses", "with", "request", "auth", "tls", "timeout", "latency_budget"),
    *("retry", "poll", "expect", "warn", "capture"),
)
_REQUEST = (
    "method",
    "url",
    "params",
    "headers",
    "idempotency_key",
    "json",
    "form",
    "multipart",
    "file",
    "graphql",
    "raw",
)
_EXPECT = ("status", "headers", "openapi", "schema", "json", "xml", "text", "cookies", "assert")
_DEFAULTS = ("auth", "timeout", "headers")
_AS_ONE_TELLS_IT: tuple[tuple[frozenset[str], tuple[str, ...]], ...] = (
    (frozenset({"synthmon", "steps"}), _PROBE),
    (frozenset({"synthmon_block"}), ("synthmon_block", "description", "inputs", *_STEP)),
    (frozenset({"id", "request"}), _STEP),
    (frozenset({"method", "url"}), _REQUEST),
    (frozenset({"status", "schema"}), _EXPECT),
    (frozenset({"timeout", "headers", "auth"}), _DEFAULTS),
)
"""By keys that only such a mapping has: the order in which one tells it to a colleague. Other mappings, and keys that
are not in these lists, follow the order of the format."""


def _order(model: type[Part], path: Path) -> Sequence[str]:
    known = known_keys_in_order(model, path)
    told = next((order for marks, order in _AS_ONE_TELLS_IT if marks <= set(known)), ())
    return [*(name for name in told if name in known), *(name for name in known if name not in told)]


@dataclass(frozen=True, slots=True)
class _Place:
    """A mapping in block style that has fixed keys. `end` is the line behind it."""

    node: MapNode
    order: Sequence[str]
    end: int


def in_order(document: Document, model: type[Part]) -> str:
    """The text with its keys in the order in which the model declares them. Only what spans whole lines is moved."""
    lines = document.text.split("\n")
    for place in _places(document, model):
        _reorder(lines, place)
    return "\n".join(lines)


def _places(document: Document, model: type[Part]) -> Iterator[_Place]:
    """The innermost mappings first, so that moving them moves nothing that is looked at later."""
    waiting: list[tuple[Path, Node, int]] = [((), document.root, _last_line(document.text.split("\n")))]
    found: list[_Place] = []
    while waiting:
        path, node, end = waiting.pop()
        children = _children(node)
        for index, (step, child, _) in enumerate(children):
            following = children[index + 1][2] if index + 1 < len(children) else end
            waiting.append(((*path, step), child, following))
        if isinstance(node, MapNode) and _is_block(document, node):
            order = _order(model, path)
            if order:
                found.append(_Place(node, order, end))
    yield from reversed(found)


def _children(node: Node) -> list[tuple[str | int, Node, int]]:
    """Step, value and first line of each part."""
    if isinstance(node, MapNode):
        return [(name, child, node.keys[name].start.line) for name, child in node.children.items()]
    if isinstance(node, ListNode):
        return [(index, child, child.start.line) for index, child in enumerate(node.elements)]
    return []


def _is_block(document: Document, node: MapNode) -> bool:
    """Whether each key begins a line of its own."""
    starts = [key.start.line for key in node.keys.values()]
    return document.text[node.start.index : node.start.index + 1] != "{" and len(set(starts)) == len(starts)


def _last_line(lines: Sequence[str]) -> int:
    """The line behind the last one that says something."""
    return max((number for number, line in enumerate(lines, 1) if line.strip()), default=0)


def _reorder(lines: list[str], place: _Place) -> None:
    keys = list(place.node.keys)
    wanted = sorted(keys, key=lambda name: place.order.index(name) if name in place.order else len(place.order))
    if wanted == keys:
        return
    column = next(iter(place.node.keys.values())).start.column
    if any(key.start.column != column for key in place.node.keys.values()):
        return
    starts = [place.node.keys[name].start.line for name in keys]
    first = starts[0]
    dash = lines[first][:column]
    begins = [first, *(_with_comments(lines, start, starts[at], column) for at, start in enumerate(starts[1:]))]
    ends = [*begins[1:], _end(lines, starts[-1], place.end, column)]
    blocks = {name: lines[begins[at] : ends[at]] for at, name in enumerate(keys)}
    blocks[keys[0]][0] = " " * column + lines[first][column:]
    moved = [line for name in wanted for line in blocks[name]]
    heads = _heads(wanted, blocks)
    at = heads[wanted[0]]
    moved[at] = dash + moved[at][column:]
    lines[first : ends[-1]] = moved


def _heads(wanted: Sequence[str], blocks: dict[str, list[str]]) -> dict[str, int]:
    """Where the line of each key stands in its block: behind the comments and blank lines in front of it."""
    return {
        name: next(number for number, line in enumerate(blocks[name]) if line.strip() and not _is_comment(line))
        for name in wanted
    }


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _with_comments(lines: Sequence[str], start: int, before: int, column: int) -> int:
    """The first of the lines above a key that belong to it: comments at its column, and blank lines."""
    while start - 1 > before and _belongs(lines[start - 1], column):
        start -= 1
    return start


def _belongs(line: str, column: int) -> bool:
    return not line.strip() or (_is_comment(line) and len(line) - len(line.lstrip()) <= column)


def _end(lines: Sequence[str], last: int, end: int, column: int) -> int:
    """Behind the last key's value: remarks that follow it at its column end the mapping, whatever is last in it."""
    while end - 1 > last and _belongs(lines[end - 1], column):
        end -= 1
    return end
