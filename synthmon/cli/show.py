"""How a run is shown on a terminal: a line per step, and under a broken one what was expected and what came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from synthmon.model import words
from synthmon.model.run import Evidence, Exchange, Failure, Outcome, Phases, RunResult, StepResult

MARKS = {
    Outcome.PASSED: ("✓", "green"),
    Outcome.DEGRADED: ("~", "yellow"),
    Outcome.FAILED: ("✗", "red"),
    Outcome.ERROR: ("!", "magenta"),
    Outcome.SKIPPED: ("–", "bright_black"),
    Outcome.MISSED: ("·", "bright_black"),
}

_PHASES = ("dns", "connect", "tls", "send", "first_byte", "transfer")


def show_run(console: Console, result: RunResult, title: str) -> None:
    """Print the whole run."""
    console.print(_headline(result, title), soft_wrap=True)
    console.print()
    for step in result.steps:
        console.print(*_step(step), sep="\n")
    if result.cleanup:
        console.print(Text("  cleanup", style="bright_black"))
    for step in result.cleanup:
        console.print(*_step(step), sep="\n")
    console.print()
    console.print(Text(_conclusion(result), style=MARKS[result.outcome][1]), soft_wrap=True)


def step_line(step: StepResult) -> Table:
    """One line: mark, id, name, status, latency against its budget."""
    mark, style = MARKS[step.outcome]
    row = Table.grid(padding=(0, 1))
    for width in (3, 20):
        row.add_column(width=width, no_wrap=True, overflow="ellipsis")
    row.add_column(width=38, no_wrap=True, overflow="ellipsis")
    for width in (4, 9, 14):
        row.add_column(width=width, no_wrap=True, justify="right")
    row.add_row(
        Text(f"  {mark}", style=style),
        Text(step.id, style=style),
        Text(words.printable(step.name)),
        Text(str(step.status or "")),
        Text(words.seconds(step.latency) if step.latency is not None else ""),
        Text(f"of {words.seconds(step.latency_budget)}" if step.latency_budget and step.latency else "", style="dim"),
    )
    return row


def _headline(result: RunResult, title: str) -> Text:
    mark, style = MARKS[result.outcome]
    return Text.assemble(
        (f"{mark} {result.key.probe}", f"bold {style}"),
        (f"  {words.printable(title)}", "bold"),
        (f"  in {result.key.region}: ", ""),
        (result.outcome.value, f"bold {style}"),
        (f" after {words.seconds(result.duration)}", ""),
    )


def _step(step: StepResult) -> Iterator[RenderableType]:
    yield step_line(step)
    if step.skipped_because:
        yield _detail("", f"skipped: {step.skipped_because}", "bright_black")
    for failure in step.failures[:1]:
        yield from _failure(failure)
    for failure in step.failures[1:]:
        yield _detail(failure.kind.value, failure.message, "dim")
    if step.outcome in {Outcome.FAILED, Outcome.DEGRADED, Outcome.ERROR}:
        yield from _where_the_time_went(step)
        yield from _evidence(step.evidence)


def _failure(failure: Failure) -> Iterator[RenderableType]:
    yield _detail(failure.kind.value, failure.message, "red" if not failure.kind.is_ours else "magenta")
    if failure.expected is not None:
        yield _detail("expected", failure.expected)
    if failure.actual is not None:
        yield _detail("came", failure.actual)
    if failure.detail:
        yield _detail("detail", failure.detail, "dim")
    if failure.source:
        yield _detail("declared", failure.source, "dim")


def _where_the_time_went(step: StepResult) -> Iterator[RenderableType]:
    if len(step.exchanges) > 1:
        for exchange in step.exchanges[-5:]:
            yield _detail(exchange.purpose.value, _exchange_text(exchange), "dim")
    if text := phases_text(step.phases):
        yield _detail("phases", text, "dim")


def phases_text(phases: Phases) -> str:
    """`dns 1 ms · connect 2 ms · first byte 1.19 s · …`; empty when nothing was measured."""
    measured = [(name, getattr(phases, name)) for name in _PHASES]
    return " · ".join(
        f"{name.replace('_', ' ')} {words.seconds(value)}" for name, value in measured if value is not None
    )


def _exchange_text(exchange: Exchange) -> str:
    outcome = exchange.failure.message if exchange.failure else str(exchange.status)
    return f"{exchange.method} {exchange.url} → {outcome} in {words.seconds(exchange.phases.total)}"


def _evidence(evidence: Evidence | None) -> Sequence[RenderableType]:
    if evidence is None:
        return ()
    lines = [_detail("request", f"{evidence.method} {evidence.url}", "dim")]
    if evidence.response_body:
        lines.append(_detail("answer", words.printable(evidence.response_body, 400), "dim"))
    return lines


def _detail(label: str, text: str, style: str = "") -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=9, justify="right", style="bright_black")
    grid.add_column(overflow="fold")
    grid.add_row(label, Text(words.printable(text), style=style))
    return Padding(grid, (0, 0, 0, 6))


def _conclusion(result: RunResult) -> str:
    counted = {outcome: sum(step.outcome is outcome for step in result.steps) for outcome in Outcome}
    parts = [f"{count} {outcome.value}" for outcome, count in counted.items() if count]
    text = f"{', '.join(parts) or 'no step'} in {words.seconds(result.duration)}"
    if result.latency_budget and result.latency is not None:
        text += f"; journey {words.seconds(result.latency)} of {words.seconds(result.latency_budget)}"
    if result.cleanup_failed:
        text += "; cleanup failed"
    return text
