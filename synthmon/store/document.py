"""A run's document as bytes: told by what is other than in an earlier run of the same version of its probe.

Two runs of one probe differ in little but their figures. The document of the first good run is kept in a table under a
number; number 0 is none at all. A run that is built as that one is kept as its figures (`wire.alike`), which takes a
third of the time and two thirds of the room that deflating takes; every other as JSON, deflated with that document as
its dictionary (RFC 1950, section 2.2, FDICT), a third of what deflating alone would give. Both check the sample and the
content when they are read.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from synthmon import wire
from synthmon.errors import MalformedDocument
from synthmon.model.run import RunResult
from synthmon.wire.alike import MARKS, Sample

NO_DICTIONARY = 0
_WINDOW = 14  # log2 of bytes: deflate looks back so far, so a dictionary need not be longer
_LONGEST_DICTIONARY = 1 << _WINDOW
_LONGEST_SAMPLE = 1 << 16  # bytes; of what is longer, no run is a sample
_LEVEL, _MEMORY = 6, 7

Find = Callable[[Sequence[str]], Mapping[str, tuple[int, bytes]]]
"""Hashes of probe versions to the dictionaries kept for them, number and content."""

Make = Callable[[Mapping[str, bytes]], Mapping[str, tuple[int, bytes]]]
"""Keeps a dictionary for each hash unless there is one; gives those that are kept."""


class Packed(NamedTuple):
    """A delivered result and what of it goes into its row; `size` is that of its text."""

    result: RunResult
    document: bytes
    size: int


class Dictionaries:
    """Those in use, remembered; `find`, `make` and `content` reach the table. Thread-safe."""

    def __init__(self, find: Find, make: Make, content: Callable[[int], bytes | None]) -> None:
        self._find, self._make, self._content = find, make, content
        self._by_hash: dict[str, tuple[int, bytes]] = {}
        self._by_number: dict[int, bytes] = {}
        self._samples: dict[int, Sample | None] = {}
        self._lock = threading.Lock()

    def prepare(self, results: Sequence[RunResult]) -> None:
        """Have a dictionary for every version among the results that has had a good run."""
        unknown = {result.probe_hash: result for result in results if result.probe_hash not in self._by_hash}
        unknown.pop("", None)
        if not unknown:
            return
        self._remember(self._find(list(unknown)))
        samples = {
            result.probe_hash: _content(wire.dumps(wire.to_kept_json(result)))
            for result in results
            if result.outcome.good and result.probe_hash in unknown and result.probe_hash not in self._by_hash
        }
        if samples:
            self._remember(self._make(samples))

    def forget(self) -> None:
        """Ask the table anew: another database may stand there, older than what was remembered."""
        with self._lock:
            self._by_hash.clear()
            self._by_number.clear()
            self._samples.clear()

    def pack(self, result: RunResult, text: bytes | None = None, run_id: str | None = None) -> tuple[int, bytes]:
        """The number of the sample and the bytes; `text` is the document, if it is written already, `run_id` its id."""
        number, content = self._by_hash.get(result.probe_hash, (NO_DICTIONARY, b""))
        sample = self._sample(number, content)
        told = None if sample is None else sample.told(result, run_id)
        if told is not None:
            return number, told
        deflater = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW, _MEMORY, zdict=content)
        return number, deflater.compress(text or wire.dumps(wire.to_kept_json(result))) + deflater.flush()

    def size(self, result: RunResult, number: int, document: bytes) -> int:
        """Bytes of the text of a packed result: what is told by a sample is as long as that, or nearly."""
        known = self._by_number.get(number)
        if document[:1] in MARKS and known is not None:
            return len(known)
        return len(wire.dumps(wire.to_kept_json(result)))

    def unpack(self, number: int, document: bytes) -> RunResult:
        """The result again; raises `MalformedDocument`."""
        if type(document) is not bytes or document[:1] not in MARKS:
            return wire.from_text(self._inflate(number, document))
        sample = self._sample(number, self._known(number))
        if sample is None:
            raise MalformedDocument(f"its sample {number} cannot be read")
        return sample.read(document)

    def _inflate(self, number: int, document: bytes) -> bytes:
        """The text of the document; raises `MalformedDocument`."""
        try:
            inflater = zlib.decompressobj(zdict=self._known(number))
            data = inflater.decompress(document)
        except (zlib.error, TypeError) as error:  # a damaged row may hold a number instead of bytes
            raise MalformedDocument(f"the document does not inflate: {error}") from error
        if not inflater.eof:
            raise MalformedDocument("the document ends too early")
        return data

    def _known(self, number: int) -> bytes:
        if number == NO_DICTIONARY:
            return b""
        content = self._by_number.get(number) or self._content(number)
        if content is None:
            raise MalformedDocument(f"its dictionary {number} is not kept")
        if type(content) is not bytes:  # as a damaged row may hold it
            raise MalformedDocument(f"its dictionary {number} is damaged")
        self._by_number[number] = content
        return content

    def _sample(self, number: int, content: bytes) -> Sample | None:
        """None where nothing is told by what is other than in it."""
        if number not in self._samples:
            self._samples[number] = _read(content)
        return self._samples[number]

    def _remember(self, kept: Mapping[str, tuple[int, bytes]]) -> None:
        whole = {version: one for version, one in kept.items() if type(one[1]) is bytes}  # as a damaged row has not
        with self._lock:
            self._by_hash.update(whole)
            self._by_number.update(whole.values())


def _content(document: bytes) -> bytes:
    """What is kept of the first good run."""
    return document if len(document) <= _LONGEST_SAMPLE else document[-_LONGEST_DICTIONARY:]


def _read(content: bytes) -> Sample | None:
    try:
        return Sample(content)
    except MalformedDocument:  # the end of one that was too long, or none
        return None
