"""Streams of flakes and outages in pieces: each follows from its seed, is shared out, and need not be done twice.

A piece is always as long, so a longer stream begins with the pieces of a shorter one. What a piece came to is kept as a
line of JSON under the digest of the code that was judged and of its judges: one that was stopped goes on where it was,
and never counts what another state of the judge came to.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, as_completed
from dataclasses import asdict, astuple, dataclass
from math import ceil
from pathlib import Path

from tests.simulation import steady

RUNS, OUTAGES = 50_000, 500  # in a piece
_HOUSE = Path(__file__).resolve().parents[2]
_JUDGED = ("synthmon/judge/*.py", "synthmon/model/*.py", "synthmon/schedule.py", "tests/simulation/steady.py")


@dataclass(frozen=True, slots=True)
class Piece:
    """One seed of a stream: runs that fail with the chance `rate`, or outages in which a run lasts for `takes`."""

    seed: int
    rate: float | None = None
    takes: float | None = None

    @property
    def name(self) -> str:
        return " ".join(map(str, (*astuple(self), RUNS, OUTAGES)))


@dataclass(frozen=True, slots=True)
class Result:
    """`seconds` are from the start of each outage to the decision to page, ascending."""

    runs: int
    pages: int = 0
    expected: float = 0.0
    seconds: tuple[float, ...] = ()
    missed: int = 0


def flakes(rate: float, runs: int) -> list[Piece]:
    return [Piece(seed, rate=rate) for seed in range(ceil(runs / RUNS))]


def outages(takes: float, count: int) -> list[Piece]:
    return [Piece(seed, takes=takes) for seed in range(ceil(count / OUTAGES))]


def work_off(pieces: Iterable[Piece], pool: Executor, keep: Path | None) -> dict[Piece, Result]:
    """What each of them came to, from the file or anew."""
    pieces, judge = list(pieces), judge_digest()
    known = dict(_read(keep, judge)) if keep and keep.exists() else {}
    found = {piece: known[piece.name] for piece in pieces if piece.name in known}
    running = {pool.submit(lay, piece): piece for piece in pieces if piece not in found}
    for done in as_completed(running):
        piece, result = running[done], done.result()
        found[piece] = result
        if keep:
            with keep.open("a") as file:
                file.write("\n" + json.dumps({"judge": judge, "piece": piece.name, **asdict(result)}))
    return found


def lay(piece: Piece) -> Result:
    """Judge all of it."""
    if piece.rate is not None:
        seen = steady.flakes(piece.rate, RUNS, piece.seed)
        return Result(seen.runs, seen.pages, seen.expected)
    told = steady.outages(OUTAGES, piece.seed, takes=piece.takes or 0.0)
    return Result(told.steps, seconds=told.seconds, missed=told.missed)


def judge_digest() -> str:
    """Of all that decides what a piece comes to."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _JUDGED for path in _HOUSE.glob(pattern)):
        digest.update(f"{path.relative_to(_HOUSE)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _read(keep: Path, judge: str) -> Iterator[tuple[str, Result]]:
    """A line that was cut when the process died is not there."""
    for line in keep.read_text().splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if row.pop("judge") == judge:
            yield row.pop("piece"), Result(**{**row, "seconds": tuple(row["seconds"])})
