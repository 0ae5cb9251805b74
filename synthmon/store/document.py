"""A run's document as bytes: JSON, deflated against an earlier run of the same version of its probe.

Two runs of one probe differ in little but their figures, so such a dictionary (RFC 1950, section 2.2, FDICT) makes the
document a third of what deflating alone would. The dictionary is the document of the first good run, kept in a table
under a number; number 0 is none at all. zlib checks both the dictionary and the content when it inflates.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Mapping, Sequence

from synthmon import wire
from synthmon.errors import MalformedDocument
from synthmon.model.run import RunResult

NO_DICTIONARY = 0
_WINDOW = 14  # log2 of bytes: deflate looks back so far, so a dictionary need not be longer
_LONGEST_DICTIONARY = 1 << _WINDOW
_LEVEL, _MEMORY = 6, 7

Find = Callable[[Sequence[str]], Mapping[str, tuple[int, bytes]]]
"""Hashes of probe versions to the dictionaries kept for them, number and content."""

Make = Callable[[Mapping[str, bytes]], Mapping[str, tuple[int, bytes]]]
"""Keeps a dictionary for each hash unless there is one; gives those that are kept."""


class Dictionaries:
    """Those in use, remembered; `find`, `make` and `content` reach the table. Thread-safe."""

    def __init__(self, find: Find, make: Make, content: Callable[[int], bytes | None]) -> None:
        self._find, self._make, self._content = find, make, content
        self._by_hash: dict[str, tuple[int, bytes]] = {}
        self._by_number: dict[int, bytes] = {}
        self._lock = threading.Lock()

    def prepare(self, results: Sequence[RunResult]) -> None:
        """Have a dictionary for every version among the results that has had a good run."""
        unknown = {result.probe_hash: result for result in results if result.probe_hash not in self._by_hash}
        unknown.pop("", None)
        if not unknown:
            return
        self._remember(self._find(list(unknown)))
        samples = {
            result.probe_hash: wire.dumps(wire.to_kept_json(result))[-_LONGEST_DICTIONARY:]
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

    def pack(self, result: RunResult, text: bytes | None = None) -> tuple[int, bytes]:
        """The number of the dictionary and the deflated document; `text` is the document, if it is written already."""
        number, content = self._by_hash.get(result.probe_hash, (NO_DICTIONARY, b""))
        deflater = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW, _MEMORY, zdict=content)
        return number, deflater.compress(text or wire.dumps(wire.to_kept_json(result))) + deflater.flush()

    def unpack(self, number: int, document: bytes) -> RunResult:
        """The result again; raises `MalformedDocument`."""
        return wire.from_text(self.inflate(number, document))

    def inflate(self, number: int, document: bytes) -> bytes:
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
        self._by_number[number] = content
        return content

    def _remember(self, kept: Mapping[str, tuple[int, bytes]]) -> None:
        with self._lock:
            self._by_hash.update(kept)
            self._by_number.update(kept.values())
