"""A result as a record of the spool: its document deflated, and how it is made smaller when room runs out.

The document carries its own format number, so a spool that a former version filled is read by the next.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

from synthmon import wire
from synthmon.errors import MalformedDocument
from synthmon.model.run import Json, RunResult, to_millis
from synthmon.nouns import dataclass

OVERHEAD = 160  # bytes that a row takes beside its document
_LEVEL = 1  # the spool is for days at most; the interpreter's time is dearer
_BODIES: Mapping[str, Json] = {"assertions": [], "exchanges": [], "captured": {}, "evidence": None}


@dataclass(frozen=True, slots=True)
class Record:
    """What is sent of one row: the JSON text of the run, or None where it was set aside."""

    seq: int
    document: bytes | None


def row_of(result: RunResult) -> dict[str, Any]:
    """The columns of a new row."""
    body = pack(wire.dumps(wire.to_kept_json(result)))
    return {
        "run": result.id,
        "slot": to_millis(result.key.slot),
        "outcome": result.outcome.value,
        "body": body,
        "size": len(body) + OVERHEAD,
    }


def pack(document: bytes) -> bytes:
    return zlib.compress(document, _LEVEL)


def unpack(body: bytes | None) -> bytes | None:
    """The document; raises `MalformedDocument` for what does not inflate."""
    if body is None:
        return None
    try:
        return zlib.decompress(body)
    except (zlib.error, TypeError) as error:
        raise MalformedDocument(f"a record of the spool does not inflate: {error}") from error


def slimmed(body: bytes) -> bytes:
    """The same without what was sent and received; outcomes, latencies and failures stay."""
    document = wire.loads(unpack(body) or b"null")
    for name in ("steps", "cleanup"):
        document[name] = [{**step, **_BODIES} for step in document.get(name) or []]
    return pack(wire.dumps(document))
