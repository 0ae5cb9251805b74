"""The whole way: read, put in order, laid out anew, and held against what it was."""

from __future__ import annotations

import re
from collections import Counter

import yaml
from yaml.events import Event

from synthmon.nouns import dataclass
from synthmon.probefile.check import check
from synthmon.probefile.document import Document
from synthmon.probefile.findings import Findings
from synthmon.probefile.format.base import Part
from synthmon.probefile.format.block import BlockPart
from synthmon.probefile.format.probe import ProbePart
from synthmon.probefile.problem import Problem
from synthmon.probefile.reader import read
from synthmon.probefile.tidy.emit import CannotTidy, laid_out
from synthmon.probefile.tidy.order import in_order

_ROUNDS = 4
_COMMENT = re.compile(r"(?:^|\s)(#.*)")


@dataclass(frozen=True, slots=True)
class Tidied:
    """The new text; or the old one, with the problems or the reason for which the file was left alone."""

    text: str
    problems: tuple[Problem, ...] = ()
    reason: str | None = None


def tidy(content: bytes, path: str) -> Tidied:
    """A probe file, or a block, in the layout of the documentation: the same values, and every comment."""
    reading = read(content, path)
    document = reading.document
    if document is None:
        return Tidied(content.decode("utf-8", "replace"), tuple(reading.problems))
    model: type[Part] = BlockPart if "synthmon_block" in document.data else ProbePart
    written = document.text
    findings: Findings = reading.findings
    check(document, model, findings, {})
    if findings.failed:
        return Tidied(written, tuple(findings.problems()))
    text = written.replace("\r\n", "\n")
    try:
        return Tidied(_settled(text, path, model))
    except CannotTidy as why:
        return Tidied(written, reason=str(why))


def _settled(text: str, path: str, model: type[Part]) -> str:
    """Laid out again until it stays as it is."""
    for _ in range(_ROUNDS):
        before, text = text, _once(text, path, model)
        if before == text:
            return text
    raise CannotTidy("no layout of it stays as it is")


def _once(text: str, path: str, model: type[Part]) -> str:
    document = _read_again(text, path)
    ordered = in_order(document, model)
    if not _is_same(text, ordered, path):
        ordered = text  # such as an anchor that would come behind its alias
    try:
        new = laid_out(ordered)
    except CannotTidy:
        raise CannotTidy("it is written in a way that is not laid out anew") from None
    if not _is_same(text, new, path):
        raise CannotTidy("laid out anew it would mean something else, or lose a comment")
    return new


def _read_again(text: str, path: str) -> Document:
    document = read(text.encode(), path).document
    if document is None:
        raise CannotTidy("laid out anew it could not be read")
    return document


def _is_same(text: str, other: str, path: str) -> bool:
    """Whether both say the same and hold the same comments."""
    one, two = (read(each.encode(), path) for each in (text, other))
    if one.document is None or two.document is None or two.findings.failed:
        return False
    return _exact(one.document.data) == _exact(two.document.data) and comments(text) == comments(other)


def _exact(data: object) -> object:
    """The value with its types: 1, 1.0 and true are three things here. Keys of mappings have no order."""
    if isinstance(data, dict):
        return {name: _exact(child) for name, child in data.items()}
    return [_exact(child) for child in data] if isinstance(data, list) else (type(data).__name__, repr(data))


def comments(text: str) -> Counter[str]:
    """Every comment: what stands between the parts of the file and begins with `#`."""
    found: Counter[str] = Counter()
    at = 0
    for event in (*yaml.parse(text, Loader=yaml.CSafeLoader), None):
        start = len(text) if event is None else _start(event)
        found.update(line.strip() for gap in [text[at:start]] for line in _COMMENT.findall(gap.replace("\n", "\n ")))
        at = max(at, start if event is None else _end(event))
    return found


def _start(event: Event) -> int:
    return event.start_mark.index if event.start_mark else 0


def _end(event: Event) -> int:
    if isinstance(event, yaml.ScalarEvent) and event.end_mark:
        return event.end_mark.index
    return _start(event)
