"""A document held against a model: what is wrong becomes problems, and the rest goes on without it.

Going on matters because a person wants all problems of a file at once: a misspelt key in one step must not hide an
unknown variable in another. What was left out is remembered, so that nothing that merely follows from it is reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Generic, TypeVar

from synthmon.nouns import dataclass
from synthmon.probefile.document import Document
from synthmon.probefile.findings import Findings
from synthmon.probefile.format import quick
from synthmon.probefile.format.base import Part
from synthmon.probefile.node import Data, ListNode, MapNode, Node, Path, ScalarNode

if TYPE_CHECKING:
    from synthmon.probefile.shape_errors import Shape

M = TypeVar("M")
_ROUNDS = 12


@dataclass(slots=True)
class Checked(Generic[M]):
    """The file as a model, or None if not even its rest fits; `suspects` are the words of what was left out."""

    part: M | None
    suspects: set[str] = field(default_factory=set)


def check(document: Document, model: type[M], findings: Findings, standins: Mapping[str, Data]) -> Checked[M]:
    """Report what is wrong and return the rest. `standins` fill in for keys that the file must have and lacks."""
    if issubclass(model, Part) and (part := quick.read(model, document.data)) is not None:
        return Checked(part)
    return _with_care(document, model, findings, standins)


def _with_care(document: Document, model: type[M], findings: Findings, standins: Mapping[str, Data]) -> Checked[M]:
    # Here, because most files are right, and pydantic takes longer to load than all else that reading one takes.
    from pydantic import ValidationError

    from synthmon.probefile.format import careful
    from synthmon.probefile.shape_errors import Wording

    checked: Checked[M] = Checked(None)
    pruning = _Pruning(document, standins, checked.suspects)
    wording = Wording(model, document)
    for turn in range(_ROUNDS):
        try:
            checked.part = careful.read(model, document.data)
        except ValidationError as error:
            shapes = [wording.shape(detail) for detail in error.errors(include_url=False)]
            if turn == 0:
                _report([shape for shape in shapes if not pruning.is_broken(shape.path)], findings)
            pruning.leave_out(shapes)
            continue
        break
    return checked


def _report(shapes: list[Shape], findings: Findings) -> None:
    for shape in shapes:
        findings.error(shape.code, shape.message, shape.spot, shape.help)


@dataclass(slots=True)
class _Pruning:
    """Takes out of the tree what is wrong, so that the rest can be looked at."""

    document: Document
    standins: Mapping[str, Data]
    suspects: set[str]

    def is_broken(self, path: Path) -> bool:
        """Whether the reader has reported something in or around that place already."""
        node: Node | None = self.document.root
        for step in path:
            if node is None or node.broken:
                break
            node = node.child(step)
        return node is not None and node.broken

    def leave_out(self, shapes: list[Shape]) -> None:
        """Last places first, so that the places of the others hold while entries of lists disappear."""
        paths = {shape.path[:-1] if shape.missing and len(shape.path) > 1 else shape.path for shape in shapes}
        for path in sorted(paths, key=_order, reverse=True):
            self._remove(path)

    def _remove(self, path: Path) -> None:
        while path and self.document.find(path) is None and not (len(path) == 1 and path[0] in self.standins):
            path = path[:-1]
        if not path:
            return
        parent, last = self.document.find(path[:-1]), path[-1]
        node = self.document.find(path)
        if node is not None:
            self.suspects.update(_words(node), {str(last), str(last).replace("-", "_")})
        if parent is not None:
            parent.cut = True
        if isinstance(parent, ListNode) and isinstance(last, int):
            del parent.elements[last], parent.data[last]
        elif isinstance(parent, MapNode):
            for held in (parent.children, parent.data, parent.keys):
                held.pop(str(last), None)
            if len(path) == 1 and last in self.standins:
                self._stand_in(parent, str(last))

    def _stand_in(self, parent: MapNode, key: str) -> None:
        node: Node = (
            ListNode(parent.start) if isinstance(self.standins[key], list) else _scalar(parent, self.standins[key])
        )
        node.broken = True
        parent.children[key], parent.data[key] = node, node.data


def _scalar(parent: Node, data: Data) -> ScalarNode:
    return ScalarNode(parent.start, parent.start, data, plain=True)


def _order(path: Path) -> list[tuple[bool, int, str]]:
    return [(isinstance(step, int), step if isinstance(step, int) else 0, str(step)) for step in path]


def _words(node: Node) -> Iterator[str]:
    """Every key and text inside: names that other parts may rightly refer to."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, MapNode):
            yield from node.keys
            waiting.extend(node.children.values())
        elif isinstance(node, ListNode):
            waiting.extend(node.elements)
        elif isinstance(node.data, str):
            yield node.data
