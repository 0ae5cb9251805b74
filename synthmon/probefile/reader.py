"""Bytes of a YAML file -> a tree that knows its places, or the problems that kept it from being one.

Limits hold before anything is built: libyaml is asked for one event at a time, so a file that is nested too deeply
is given up at the level that is too deep, and aliases are counted with all that they would expand to.
"""

from __future__ import annotations

from dataclasses import field
from typing import NoReturn, cast

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from synthmon.nouns import dataclass
from synthmon.patterns import regular
from synthmon.probefile.document import Document, Spot
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.findings import Findings
from synthmon.probefile.node import ListNode, MapNode, Mark, Node, ScalarNode
from synthmon.probefile.problem import Problem
from synthmon.probefile.scalar import resolve

# Each kind of event, and which function of the builder takes it.
_TAKEN: dict[type[Event], str] = {
    ScalarEvent: "_scalar",
    MappingStartEvent: "_mapping",
    SequenceStartEvent: "_sequence",
    MappingEndEvent: "_close",
    SequenceEndEvent: "_close",
    AliasEvent: "_alias",
    DocumentStartEvent: "_document",
    **dict.fromkeys((DocumentEndEvent, StreamStartEvent, StreamEndEvent), "_nothing"),
}
MAX_BYTES = 1 << 20
MAX_ALIASES = 100
MAX_DEPTH = 50
MAX_VALUES = 50_000
_UNPRINTABLE = regular("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WIDE = regular(rb"\xff\xfe|\xfe\xff|\x00{0,3}[^\x00]\x00{3}|(?:\x00[^\x00]){2}|(?:[^\x00]\x00){2}")
"""How a file in UTF-16 or UTF-32 begins, with a byte order mark or without."""


class _Refused(Exception):
    """Nothing more can be read from this file; the reason is among the findings."""


@dataclass(frozen=True, slots=True)
class Read:
    """A document, whole or with what was wrong left out, and its problems so far; None if nothing could be read."""

    document: Document | None
    findings: Findings

    @property
    def problems(self) -> list[Problem]:
        return self.findings.problems()


def read(content: bytes, path: str, kind: str = "probe") -> Read:
    """`path` is what people are shown; `kind` is what the file should have been, for messages."""
    document = Document(path, "", _empty_map())
    findings = Findings(document)
    try:
        _decode(content, document, findings)
        document.root = _Builder(document, findings, kind).build()
    except _Refused:
        from synthmon.probefile.syntax import hide_likely_secrets  # here, because most files are YAML

        hide_likely_secrets(document)
        return Read(None, findings)
    return Read(document, findings)


def _empty_map() -> MapNode:
    return MapNode(_START)


@dataclass(frozen=True, slots=True)
class _Position:
    line: int = 0
    column: int = 0
    index: int = 0


_START = _Position()


def _decode(content: bytes, document: Document, findings: Findings) -> None:
    """Give the document its text; raises `_Refused` unless the file is UTF-8 text of a sane size."""
    top = Spot(1, 1)
    if len(content) > MAX_BYTES:
        findings.error("too-large", f"the file is larger than {MAX_BYTES // 1024} KiB", top, "split it into several")
        raise _Refused
    if _WIDE.match(content):
        findings.error("encoding", "the file is not UTF-8 text", top, "save it as UTF-8")
        raise _Refused
    try:
        document.text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        document.text = error.object[: error.start].decode("utf-8")
        _refuse_control_characters(document, findings)  # one that comes first says more: the file is no text at all
        spot = document.at(len(document.text))
        message = f"byte 0x{error.object[error.start]:02x} at this place is not UTF-8"
        findings.error("encoding", message, spot, "save the file as UTF-8")
        raise _Refused from None
    _refuse_control_characters(document, findings)


def _refuse_control_characters(document: Document, findings: Findings) -> None:
    if found := _UNPRINTABLE.search(document.text):
        message = f"the control character U+{ord(found[0]):04X} cannot stand in a YAML file"
        findings.error("control-character", message, document.at(found.start()), "delete it, or write it as an escape")
        raise _Refused


@dataclass(slots=True)
class _Frame:
    """A collection that is being read. `key` waits for its value; `ignored` means that the pair is left out."""

    node: ListNode | MapNode
    anchor: str | None
    key: ScalarNode | None = None
    ignored: bool = False


@dataclass(slots=True)
class _Builder:
    """Makes the tree from events, one after the other, without recursion."""

    document: Document
    findings: Findings
    kind: str
    root: Node | None = None
    stack: list[_Frame] = field(default_factory=list)
    anchors: dict[str, Node] = field(default_factory=dict)
    aliases: int = 0
    documents: int = 0

    def build(self) -> MapNode:
        loader = yaml.CSafeLoader(self.document.text)
        try:
            take = {kind: getattr(self, name) for kind, name in _TAKEN.items()}
            while (event := loader.get_event()) is not None:
                take[type(event)](event)
        except yaml.MarkedYAMLError as error:
            from synthmon.probefile.syntax import syntax_problem  # here, as below

            syntax_problem(error, self.document, self.findings)
            raise _Refused from None
        except yaml.YAMLError as error:
            self.findings.error("syntax", f"this is not YAML: {error}", Spot(1, 1))
            raise _Refused from None
        finally:
            loader.dispose()
        return self._whole()

    def _whole(self) -> MapNode:
        if isinstance(self.root, MapNode):
            return self.root
        top = Spot(1, 1)
        if self.root is None or self.root.data is None:
            self.findings.error("empty", "the file is empty", top, _FIRST_LINE.get(self.kind))
        else:
            is_list = isinstance(self.root, ListNode)
            message = f"a {self.kind} file is a mapping of keys to values, not {'a list' if is_list else 'a text'}"
            self.findings.error("not-a-mapping", message, self.root, _FIRST_LINE.get(self.kind))
        raise _Refused

    # Events

    def _mapping(self, event: NodeEvent) -> None:
        self._open(event, MapNode(_mark(event)))

    def _sequence(self, event: NodeEvent) -> None:
        self._open(event, ListNode(_mark(event)))

    def _nothing(self, event: Event) -> None:
        """A stream begins or ends, or a document ends."""

    def _document(self, event: Event) -> None:
        self.documents += 1
        if self.documents > 1:
            message = "a second document begins here"
            self.findings.error("several-documents", message, self._spot(event), f"one file holds one {self.kind}")
            raise _Refused

    def _scalar(self, event: ScalarEvent) -> None:
        # A file has more of these than of anything else, so what is asked of each is asked here, and not by a call.
        plain = not event.style
        node = ScalarNode(event.start_mark, event.end_mark, event.value, plain)  # type: ignore[arg-type]  # see `_mark`
        frame = self.stack[-1] if self.stack else None
        if plain and (frame is None or frame.key is not None or frame.ignored or not isinstance(frame.node, MapNode)):
            self._resolve(node)
        if event.tag is not None:
            node.broken |= self._has_tag(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        self._place(node)

    def _resolve(self, node: ScalarNode) -> None:
        try:
            node.data = resolve(node.data)
        except ValueError as error:
            self.findings.error("number", str(error), node, f'for text, quote it: "{quoted(node.data).strip("`")}"')
            node.broken = True

    def _open(self, event: NodeEvent, node: ListNode | MapNode) -> None:
        node.broken = self._has_tag(event)
        if len(self.stack) >= MAX_DEPTH:
            self._too_deep(event)
        self.stack.append(_Frame(node, event.anchor))

    def _close(self, event: Event) -> None:
        frame = self.stack.pop()
        frame.node.end = cast("Mark", event.end_mark)
        if frame.anchor is not None:
            self.anchors[frame.anchor] = frame.node
        self._place(frame.node)

    def _alias(self, event: AliasEvent) -> None:
        self.aliases += 1
        name = str(event.anchor)
        if self.aliases > MAX_ALIASES:
            self.findings.error("too-many-aliases", f"a file has at most {MAX_ALIASES} aliases", self._spot(event))
            raise _Refused
        node = self.anchors.get(name)
        if node is None:
            within = any(frame.anchor == name for frame in self.stack)
            message = f"the alias *{name} stands inside its own anchor" if within else f"there is no anchor &{name}"
            self.findings.error("alias", message, self._spot(event), "a text that begins with `*` must be quoted")
            raise _Refused
        if len(self.stack) + node.height > MAX_DEPTH:
            self._too_deep(event)
        self._place(node, by_alias=True)

    # Building

    def _place(self, node: Node, *, by_alias: bool = False) -> None:
        """Put a finished value where it belongs."""
        if not self.stack:
            self.root = node
            return
        frame = self.stack[-1]
        parent = frame.node
        parent.size += node.size
        if parent.height <= node.height:
            parent.height = node.height + 1
        if parent.size > MAX_VALUES:
            self._too_large(parent)
        if isinstance(parent, ListNode):
            parent.elements.append(node)
            parent.data.append(node.data)
        elif frame.ignored:
            frame.ignored = False
        elif frame.key is None:
            self._key(frame, parent, node, by_alias)
        else:
            parent.keys[frame.key.data] = frame.key
            parent.children[frame.key.data] = node
            parent.data[frame.key.data] = node.data
            frame.key = None

    def _too_large(self, parent: Node) -> NoReturn:
        message = f"the file holds more than {MAX_VALUES} values, with its aliases expanded"
        self.findings.error("too-large", message, Spot(parent.start.line + 1, parent.start.column + 1))
        raise _Refused

    def _key(self, frame: _Frame, parent: MapNode, node: Node, by_alias: bool) -> None:
        """Take the value as the next key, unless it cannot be one: then its pair is left out."""
        frame.ignored = True
        if not isinstance(node, ScalarNode) or by_alias:
            parent.broken = True
            self._not_a_key(node)
        elif node.plain and node.data == "<<":
            parent.broken = True
            help_ = "write the keys out, or put what steps share under `defaults`"
            self.findings.error("merge-key", "merge keys (`<<`) are not part of YAML 1.2", node, help_)
        elif "${{" in node.data:
            self.findings.error("expression", "a key cannot hold an expression", node, "write the key out")
        elif node.data in parent.keys:
            first = parent.keys[node.data].start.line + 1
            message = f"the key {quoted(node.data)} stands here already, in line {first}"
            self.findings.error("duplicate-key", message, node, "delete one of the two")
        else:
            frame.key, frame.ignored = node, False

    def _not_a_key(self, node: Node) -> None:
        if isinstance(node, MapNode) and self.document.text[node.start.index - 1 : node.start.index + 1] == "{{":
            spot = self.document.at(node.start.index - 1, 2)
            message = "`{{` opens a mapping inside a mapping"
            self.findings.error("braces", message, spot, 'an expression is written "${{ … }}", with the quotes')
        else:
            self.findings.error("key", "a key must be a text", node, "a text that looks like something else is quoted")

    # Refusing

    def _has_tag(self, event: NodeEvent) -> bool:
        tag = getattr(event, "tag", None)
        if tag is None:
            return False
        shown = tag.replace("tag:yaml.org,2002:", "!!")
        self.findings.error("tag", f"tags such as {quoted(shown)} are not allowed", self._spot(event), _NO_TAG)
        return True

    def _too_deep(self, event: Event) -> None:
        self.findings.error("too-deep", f"values are nested more than {MAX_DEPTH} levels deep", self._spot(event))
        raise _Refused

    @staticmethod
    def _spot(event: Event) -> Spot:
        start, end = _mark(event), cast("Mark", event.end_mark)
        return Spot(start.line + 1, start.column + 1, end.column - start.column if end.line == start.line else 1)


def _mark(event: Event) -> Mark:
    return cast("Mark", event.start_mark)  # every event of a text has one


_FIRST_LINE = {
    "probe": "begin with `synthmon: 1`",
    "configuration": "begin with `synthmon_config: 1`",
    "schema": "begin with `type: object`",
}
_NO_TAG = "write the value without it; quotes make a text"
