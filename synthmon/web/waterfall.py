"""A run drawn as a waterfall: a row per exchange, a bar per phase, on the time line of the run."""

from __future__ import annotations

from collections.abc import Iterator

from synthmon.model import words
from synthmon.model.run import Exchange, Phases, RunResult, StepResult
from synthmon.nouns import dataclass

WIDTH = 620.0
PHASES = ("dns", "connect", "tls", "send", "first_byte", "transfer")


@dataclass(frozen=True, slots=True)
class PhaseBar:
    phase: str
    x: float
    width: float
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """One exchange. `step` is set on the first row of a step."""

    step: str | None
    outcome: str
    text: str
    bars: tuple[PhaseBar, ...]
    total: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    rows: tuple[Row, ...]
    ticks: tuple[tuple[float, str], ...]
    width: float = WIDTH


def waterfall(result: RunResult) -> Waterfall:
    """Every exchange of every step, cleanup included, in the order of the run."""
    steps = result.steps + result.cleanup
    ends = [exchange.offset + (exchange.phases.total or 0.0) for step in steps for exchange in step.exchanges]
    length = max([*ends, 0.001])
    rows = tuple(row for step in steps for row in _rows(step, length))
    return Waterfall(rows, ((0.0, "0"), *((WIDTH * part / 4, _tick(length * part / 4)) for part in range(1, 5))))


def _tick(value: float) -> str:
    """With a digit more where whole milliseconds would give two ticks the same name."""
    return f"{value * 1000:.1f} ms" if value < 0.01 else words.seconds(value)


def _rows(step: StepResult, length: float) -> Iterator[Row]:
    if not step.exchanges:
        yield Row(step.id, step.outcome.value, step.skipped_because or "no request was sent", (), "")
    for index, exchange in enumerate(step.exchanges):
        answer = str(exchange.status) if exchange.status else (exchange.failure.kind.value if exchange.failure else "–")
        yield Row(
            step.id if index == 0 else None,
            step.outcome.value,
            f"{_why(exchange)}{exchange.method} → {answer}",
            tuple(_bars(exchange, length)),
            words.seconds(exchange.phases.total),
        )


def _why(exchange: Exchange) -> str:
    """What the exchange was for, in front of its request; nothing for a step's first one."""
    which = f" {exchange.attempt}" if exchange.attempt > 1 else ""
    return "" if exchange.purpose == "request" else f"{exchange.purpose.value}{which} "


def _bars(exchange: Exchange, length: float) -> Iterator[PhaseBar]:
    at = exchange.offset
    for phase, value in _measured(exchange.phases):
        width = max(0.75, WIDTH * value / length)
        yield PhaseBar(
            phase, round(WIDTH * at / length, 2), round(width, 2), f"{phase.replace('_', ' ')}: {words.seconds(value)}"
        )
        at += value


def _measured(phases: Phases) -> list[tuple[str, float]]:
    values = [(name, getattr(phases, name)) for name in PHASES]
    known = [(name, value) for name, value in values if value]
    return known or ([("first_byte", phases.total)] if phases.total else [])
