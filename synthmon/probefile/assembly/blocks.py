"""Blocks: requests that steps share, each file read once for all probes that use it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from synthmon.nouns import dataclass
from synthmon.probefile.assembly.schemas import plain
from synthmon.probefile.assembly.within import NotWithin, bytes_within
from synthmon.probefile.check import check
from synthmon.probefile.document import Document
from synthmon.probefile.format.block import BlockPart
from synthmon.probefile.problem import Problem
from synthmon.probefile.reader import MAX_BYTES, read

FOLDER = "blocks"
KEPT = f"keep blocks in its `{FOLDER}/` folder"
_STANDINS = {"synthmon_block": 1}


@dataclass(frozen=True, slots=True)
class Block:
    """A block as it was read. `part` is None where nothing of it can be used; `problems` say why."""

    name: str  # as steps write it, such as `blocks/log_in.yaml`
    text: str
    document: Document | None
    part: BlockPart | None
    problems: tuple[Problem, ...]
    suspects: frozenset[str] = frozenset()


class BlockShelf:
    """The blocks of one probes folder. `shown` says how a path below it is shown to people."""

    def __init__(self, folder: Path, shown: Callable[[Path], str] = str) -> None:
        self._folder, self._shown = folder, shown
        self._read: dict[str, Block | NotWithin] = {}
        self.used: set[str] = set()

    def find(self, name: str) -> Block:
        """The block of that path below the folder, for a step that uses it; raises `NotWithin`."""
        self.used.add(name)
        return self.read(name)

    @property
    def texts(self) -> dict[str, str]:
        """Every block that was read, by its plain path."""
        return {plain(name): found.text for name, found in self._read.items() if isinstance(found, Block)}

    def shown(self, name: str) -> str:
        """The path as people are shown it."""
        return self._shown(self._folder / name)

    def read(self, name: str) -> Block:
        """The block of that path below the folder; raises `NotWithin`."""
        if name not in self._read:
            try:
                self._read[name] = self._load(name)
            except NotWithin as problem:
                self._read[name] = problem
        found = self._read[name]
        if isinstance(found, NotWithin):
            raise found
        return found

    def _load(self, name: str) -> Block:
        if name.partition("/")[0] != FOLDER:
            raise NotWithin(f"a block lies in the folder `{FOLDER}`", f"write it like {FOLDER}/log_in.yaml")
        content = bytes_within(self._folder, name, MAX_BYTES, KEPT)
        reading = read(content, self.shown(name))
        if reading.document is None:
            return Block(name, "", None, None, tuple(reading.problems))
        checked = check(reading.document, BlockPart, reading.findings, _STANDINS)
        part = checked.part
        if part is not None and part.request is None and "request" not in checked.suspects:
            root, help_ = reading.document.root, "add `request: GET /me`"
            reading.findings.error("missing-key", "the key `request` is missing", root, help_)
        problems = tuple(reading.findings.problems())
        return Block(name, reading.document.text, reading.document, checked.part, problems, frozenset(checked.suspects))
