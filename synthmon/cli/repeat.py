"""Several runs of one probe: how they ended, and how fast each step was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

from synthmon import wire
from synthmon.cli.layout import put, table
from synthmon.cli.plain import Plain
from synthmon.cli.show import MARKS
from synthmon.cli.styled import Styled
from synthmon.model import words
from synthmon.model.run import Outcome, RunResult, StepResult

if TYPE_CHECKING:
    from rich.console import Console


def show_ended(console: Console | Plain, number: int, result: RunResult) -> None:
    """One run in a line, as soon as it is over."""
    mark, style = MARKS[result.outcome]
    why = f": {words.printable(result.failures[0].message, 200)}" if result.failures else ""
    at = f" at {result.failed_step}" if result.failed_step else ""
    said = f" {number}. {result.outcome.value} in {words.seconds(result.duration)}{at}{why}"
    put(console, Styled.of(mark, style), said)
    if isinstance(console, Plain):  # as rich does it: whoever reads the pipe sees it now
        console.flush()


def show_summary(console: Console | Plain, results: Sequence[RunResult], title: str) -> None:
    """How the runs ended, and a row per step."""
    console.print()
    put(console, f"{title}: {_outcomes(results)}")
    if not results:
        return
    console.print()
    rows = [[Styled.of(cell) for cell in _row(steps)] for steps in by_step(results)]
    table(console, ("step", "runs", "p50", "p95", "slowest", "outcomes"), rows)


def _outcomes(results: Sequence[RunResult] | Sequence[StepResult]) -> str:
    counted = Counter(result.outcome for result in results)
    return ", ".join(f"{counted[outcome]} {outcome.value}" for outcome in Outcome if counted[outcome]) or "no run"


def _row(steps: Sequence[StepResult]) -> list[str]:
    latencies = latencies_of(steps)
    figures = [rank(latencies, share) for share in (50, 95, 100)]
    return [steps[0].id, str(len(latencies)), *map(words.seconds, figures), _outcomes(steps)]


def by_step(results: Sequence[RunResult]) -> list[list[StepResult]]:
    """The results of each step, those of the cleanup last."""
    found: dict[str, list[StepResult]] = {}
    for result in results:
        for step in result.steps + result.cleanup:
            found.setdefault(step.id, []).append(step)
    return list(found.values())


def latencies_of(steps: Sequence[StepResult]) -> list[float]:
    """Seconds, ascending, of the steps that got an answer."""
    return sorted(step.latency for step in steps if step.latency is not None)


def rank(ascending: Sequence[float], share: float) -> float | None:
    """The percentile of nearest rank; None of nothing."""
    return ascending[max(0, ceil(share / 100 * len(ascending)) - 1)] if ascending else None


def to_json(results: Sequence[RunResult]) -> dict[str, object]:
    """For programs: the figures, and every run as it would be kept. Latencies are seconds."""
    counted = Counter(result.outcome.value for result in results)
    return {
        "runs": len(results),
        "outcomes": dict(sorted(counted.items())),
        "steps": [
            {
                "id": steps[0].id,
                "runs": len(latencies_of(steps)),
                "p50": rank(latencies_of(steps), 50),
                "p95": rank(latencies_of(steps), 95),
                "outcomes": dict(sorted(Counter(step.outcome.value for step in steps).items())),
            }
            for steps in by_step(results)
        ],
        "results": [wire.to_json(result) for result in results],
    }
