"""How many runs a second the judge decides about on one core, beside a loop that only remembers the last outcome.

    python benchmarks/judge.py [--runs 5000] [--rounds 5]

One step is one result of one probe in one of three regions, with the beliefs and incidents so far: what a turn of the
centre decides without its database. The stream has outages, flakes, slow runs and errors of our own. The bare loop
makes the same objects and counts failures in a row in a dictionary: what the smallest monitor would do. Both take
turns, and the middle round counts. Figures of one machine drift; the ratio is what counts.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._figures import alternating, goal, table
from synthmon.model.run import Outcome, RunKey, RunResult
from tests.simulation.steady import BASE, INTERVAL, REGIONS, Court, declared, outcome_of

GOAL = 5000  # steps a second
OUTAGE_EVERY, OUTAGE_LASTS = 200, 20  # slots


def stream(count: int) -> list[RunResult]:
    """So many runs, in the order of their slots."""
    chance, runs = Random(1), []
    for number in range(count):
        slot, region = divmod(number, len(REGIONS))
        due = BASE + timedelta(seconds=slot * INTERVAL + region)
        bad = slot % OUTAGE_EVERY < OUTAGE_LASTS or chance.random() < 0.01
        run = outcome_of(RunKey("test", "steady", REGIONS[region], due), due, 0.2, bad=bad)
        luck = chance.random()
        if not bad and luck < 0.03:
            run = replace(run, outcome=Outcome.ERROR if luck < 0.01 else Outcome.DEGRADED)
        runs.append(run)
    return runs


def judging(runs: list[RunResult]) -> None:
    court = Court(declared("steady"))
    for run in runs:
        court.step(run, run.key.slot + timedelta(seconds=0.3))


def bare(runs: list[RunResult]) -> None:
    failed: dict[tuple[str, str], int] = {}
    told: list[tuple[str, str]] = []
    for run in runs:
        key = (run.key.probe, run.key.region)
        failed[key] = failed.get(key, 0) + 1 if run.outcome is Outcome.FAILED else 0
        if failed[key] == 2:
            told.append(key)


def seconds(work: Callable[[list[RunResult]], None], runs: list[RunResult]) -> float:
    began = time.process_time()
    work(runs)
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    runs = stream(asked.runs)
    turns = {"judge": partial(seconds, judging, runs), "bare loop": partial(seconds, bare, runs)}
    costs = {name: cost / len(runs) for name, cost in alternating(turns, asked.rounds).items()}
    rows = [
        (name, f"{cost * 1e6:,.1f}", f"{1 / cost:,.0f}", f"{cost / costs['bare loop']:,.0f}")
        for name, cost in costs.items()
    ]
    table(("one step of judging", "CPU µs", "steps/s on one core", "to the bare loop"), rows)
    goal("steps of judging on one core", 1 / costs["judge"], GOAL, "a second", at_least=True)


if __name__ == "__main__":
    main()
