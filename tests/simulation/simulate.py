"""Live many worlds, judge many runs of a healthy target, begin many outages; say what came of it.

    python -m tests.simulation.simulate --seeds 2000 [--first 0] [--runs 1000000] [--outages 10000] [--workers 2]
                                        [--keep FILE]

Exits with 1 if an invariant broke, an outage was missed, or a page came that the oracle's bound does not allow for.
The digest of the worlds stands for everything that happened in them: same code and same seeds, same digest. With
`--keep`, runs and outages that were judged are kept in a file, and a command that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.simulation import pieces, steady
from tests.simulation.living import Life, live

RATES = ((0.01, 1.0), (0.05, 0.1))  # of flakes, and how many times the runs asked for are judged at it
MANNERS = (("answers 500", 0.2), ("hangs until the timeout", steady.TIMEOUT))


@dataclass(frozen=True, slots=True)
class Asked:
    seeds: range
    runs: int
    outages: int
    keep: Path | None


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=2000, help="how many worlds")
    parser.add_argument("--first", type=int, default=0, help="the seed of the first world")
    parser.add_argument("--runs", type=int, default=1_000_000, help="runs of a healthy target with flakes")
    parser.add_argument("--outages", type=int, default=10_000, help="outages, half of them hanging")
    parser.add_argument("--keep", type=Path, help="a file of what was judged, so that it can go on")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    asked = Asked(range(given.first, given.first + given.seeds), given.runs, given.outages, given.keep)
    began = time.monotonic()
    with ProcessPoolExecutor(given.workers) as pool:
        well = [_worlds(pool, asked), _flakes(pool, asked), _outages(pool, asked)]
    print(f"{time.monotonic() - began:.0f} s with {given.workers} workers; judge {pieces.judge_digest()}")
    return 0 if all(well) else 1


def _worlds(pool: ProcessPoolExecutor, asked: Asked) -> bool:
    if not asked.seeds:
        return True
    lives: list[Life] = []
    for life in pool.map(live, asked.seeds, chunksize=4):
        lives.append(life)
        if life.broken:
            print(f"BROKEN {life.broken}", flush=True)
    digest = hashlib.sha256("".join(life.digest for life in lives).encode()).hexdigest()[:16]
    print(
        f"worlds {len(lives)}: {sum(life.runs for life in lives)} runs, {sum(life.turns for life in lives)} turns of"
        f" the centre, {sum(life.deaths for life in lives)} deaths of it, {sum(life.pages for life in lives)} pages,"
        f" {sum(life.without_outage for life in lives)} of them by flakes alone;"
        f" {sum(life.outages for life in lives)} outages held against the bound, {sum(map(_missed, lives))} missed"
        f" ({sum(life.not_held for life in lives)} too short or too disturbed for a promise);"
        f" {sum(life.broken is not None for life in lives)} broken; digest {digest}"
    )
    return not any(life.broken for life in lives)


def _missed(life: Life) -> bool:
    return life.broken is not None and "missed" in life.broken


def _flakes(pool: ProcessPoolExecutor, asked: Asked) -> bool:
    well = True
    for rate, share in RATES:
        some = pieces.flakes(rate, round(asked.runs * share))
        if not some:
            continue
        parts = pieces.work_off(some, pool, asked.keep).values()
        pages, expected = sum(part.pages for part in parts), sum(part.expected for part in parts)
        most = expected + 4 * math.sqrt(expected) + 2
        well = well and pages <= most
        judged = sum(part.runs for part in parts)
        print(f"flakes {rate:.0%}: {judged} runs, {pages} pages, expected {expected:.3f} at most", flush=True)
    return well


def _outages(pool: ProcessPoolExecutor, asked: Asked) -> bool:
    well = True
    for manner, takes in MANNERS:
        some = pieces.outages(takes, asked.outages // len(MANNERS))
        if not some:
            continue
        parts = pieces.work_off(some, pool, asked.keep).values()
        seconds = tuple(sorted(second for part in parts for second in part.seconds))
        whole = steady.Outages(seconds, sum(part.missed for part in parts), sum(part.runs for part in parts))
        well = well and not whole.missed
        print(
            f"outages where it {manner}: {len(some) * pieces.OUTAGES}, {whole.missed} missed; to the page p50"
            f" {whole.quantile(0.5):.1f} s, p99 {whole.quantile(0.99):.1f} s, longest {whole.quantile(1):.1f} s,"
            f" bound {steady.BOUND:.0f} s",
            flush=True,
        )
    return well


if __name__ == "__main__":
    sys.exit(main())
