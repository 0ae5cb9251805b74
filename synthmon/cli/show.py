"""How a run is shown on a terminal: a line per step, and under a broken one what was expected and what came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthmon.cli.layout import hang, put
from synthmon.cli.plain import Plain
from synthmon.cli.styled import Styled, cell, columns_of
from synthmon.model import words
from synthmon.model.run import Evidence, Exchange, Failure, Leftover, Outcome, Phases, RunResult, StepResult
from synthmon.nouns import dataclass

if TYPE_CHECKING:
    from rich.console import Console

MARKS = {
    Outcome.PASSED: ("✓", "green"),
    Outcome.DEGRADED: ("~", "yellow"),
    Outcome.FAILED: ("✗", "red"),
    Outcome.ERROR: ("!", "magenta"),
    Outcome.SKIPPED: ("–", "bright_black"),
    Outcome.MISSED: ("·", "bright_black"),
}

_BAD = {Outcome.FAILED: "failed", Outcome.DEGRADED: "is degraded"}
_PHASES = ("dns", "connect", "tls", "send", "first_byte", "transfer")
_SHORTEST_SHOWN = 0.000_05  # seconds: less would be shown as 0.0 ms


@dataclass(frozen=True, slots=True)
class Columns:
    """How many columns of the terminal each part of a step's line gets; 0 leaves it out."""

    id: int
    name: int
    status: int = 3
    latency: int = 10
    budget: int = 0

    @staticmethod
    def fitting(steps: tuple[StepResult, ...], width: int) -> Columns:
        """What the steps need, and where that is too much, first less of the names, then no budgets."""
        ids = min(28, max((len(step.id) for step in steps), default=0))
        names = min(48, max((columns_of(words.printable(step.name)) for step in steps), default=0))
        budget = max((len(_budget(step)) for step in steps), default=0)
        for shown in (budget, 0):
            rest = width - (4 + ids + 2 + 3 + 2 + 10 + (2 + shown if shown else 0) + 2)
            if rest >= min(names, 12):
                return Columns(ids, min(names, rest), budget=shown)
        return Columns(min(ids, max(8, width - 21)), 0)


def show_run(console: Console | Plain, result: RunResult, title: str) -> None:
    """Print the whole run."""
    columns = Columns.fitting(result.steps + result.cleanup, console.width)
    shown = _Shown(console, columns)
    hang(console, "", _headline(result, title))
    console.print()
    shown.steps(result.steps)
    if result.cleanup:
        put(console, Styled.of("  cleanup", style="bright_black"))
    shown.steps(result.cleanup)
    shown.leftovers(result.leftovers)
    of_steps = [failure for step in result.steps for failure in step.failures]
    shown.failures(tuple(failure for failure in result.failures if failure not in of_steps))
    console.print()
    hang(console, "", Styled.of(_conclusion(result), style=MARKS[result.outcome][1]))


@dataclass(frozen=True, slots=True)
class _Shown:
    console: Console | Plain
    columns: Columns

    def steps(self, steps: tuple[StepResult, ...]) -> None:
        """Steps that were skipped for the same reason say it once."""
        last = None
        for step in steps:
            put(self.console, *_line(step, self.columns))
            if step.skipped_because and step.skipped_because != last:
                self.detail("because", step.skipped_because, "bright_black")
            last = step.skipped_because
            if step.unverified is not None:
                self.detail("unverified", f"the certificate was not verified: {step.unverified}", "yellow")
            if step.excused:
                self.detail("allowed", f"that it {_BAD[step.outcome]} does not count for the run", "bright_black")
            self.failures(step.failures)
            self.where_the_time_went(step)
            if step.outcome.broken or step.outcome is Outcome.DEGRADED:
                self.evidence(step.evidence, with_request=not _tells_exchanges(step))

    def leftovers(self, leftovers: tuple[Leftover, ...]) -> None:
        for leftover in leftovers:
            put(
                self.console,
                Styled.of(f"  left behind by the run of {leftover.slot:%Y-%m-%d %H:%M:%S}", "bright_black"),
            )
            self.steps(leftover.steps)
            if leftover.given_up:
                self.detail("given up", leftover.given_up, "red")

    def failures(self, failures: tuple[Failure, ...]) -> None:
        """The first one at length, the others by their message, which names both sides."""
        for number, failure in enumerate(failures):
            self.detail(failure.kind.value, failure.message, "magenta" if failure.kind.is_ours else "red")
            if number == 0:
                self.more(failure)

    def more(self, failure: Failure) -> None:
        if failure.expected is not None:
            self.detail("expected", failure.expected)
        if failure.actual is not None:
            self.detail("came", failure.actual)
        if failure.detail:
            self.detail("detail", failure.detail, "dim")
        if failure.source:
            self.detail("declared", failure.source, "dim")

    def where_the_time_went(self, step: StepResult) -> None:
        if step.polled > 1:
            self.detail("polled", f"{step.polled} times in {words.seconds(step.duration)}", "dim")
        if _tells_exchanges(step):
            for exchange in step.exchanges[-5:]:
                which = f" {exchange.attempt}" if exchange.attempt > 1 else ""
                self.detail(f"{exchange.purpose.value}{which}", _exchange_text(exchange), "dim")
        if text := phases_text(step.phases):
            self.detail("phases", text, "dim")

    def evidence(self, evidence: Evidence | None, *, with_request: bool) -> None:
        if evidence is None:
            return
        if with_request:
            self.detail("request", f"{evidence.method} {evidence.url}", "dim")
        if evidence.response_body:
            self.detail("answer", words.printable(evidence.response_body, 400), "dim")

    def detail(self, label: str, text: str, style: str = "") -> None:
        roomy = self.console.width >= 60
        before = Styled.of(f"    {label:>10}  " if roomy else f"    {label:<8} ", style="bright_black")
        hang(self.console, before, Styled.of(words.printable(text), style=style))


def _tells_exchanges(step: StepResult) -> bool:
    """Whether every request of the step has a line of its own: where it took several, and something is to be told."""
    return len(step.exchanges) > 1 and (step.flaky or step.outcome is not Outcome.PASSED)


def _line(step: StepResult, columns: Columns) -> list[Styled | str]:
    """Mark, id, name, status, latency against its budget."""
    mark, style = MARKS[step.outcome]
    if step.excused:
        style = MARKS[Outcome.SKIPPED][1]
    took = words.seconds(step.latency) if step.latency is not None else ""
    if step.outcome is Outcome.SKIPPED:
        took = step.outcome.value
    parts: list[Styled | str] = [Styled.of(f"  {mark} ", style=style), cell(step.id, columns.id, style)]
    if columns.name:
        parts += ["  ", cell(words.printable(step.name), columns.name)]
    parts += ["  ", cell(str(step.status or ""), columns.status, right=True)]
    faint = "bright_black" if step.outcome is Outcome.SKIPPED else ""
    parts += ["  ", cell(took, columns.latency, faint, right=True)]
    if columns.budget:
        parts += ["  ", cell(_budget(step), columns.budget, "dim")]
    return parts


def _budget(step: StepResult) -> str:
    return f"of {words.seconds(step.latency_budget)}" if step.latency_budget and step.latency is not None else ""


def _headline(result: RunResult, title: str) -> Styled:
    mark, style = MARKS[result.outcome]
    return Styled(
        (
            (f"{mark} {result.key.probe}", f"bold {style}"),
            (f"  {words.printable(title)}", "bold"),
            (f"  in {result.key.region}: ", ""),
            (result.outcome.value, f"bold {style}"),
            (f" after {words.seconds(result.duration)}", ""),
        )
    )


def phases_text(phases: Phases) -> str:
    """`dns 1 ms · connect 2 ms · first byte 1.19 s`, without those too short to show; empty when none was measured."""
    measured = {name.replace("_", " "): getattr(phases, name) or 0.0 for name in _PHASES}
    least = min(_SHORTEST_SHOWN, max(measured.values()))
    return " · ".join(f"{name} {words.seconds(value)}" for name, value in measured.items() if value >= least > 0)


def _exchange_text(exchange: Exchange) -> str:
    outcome = exchange.failure.message if exchange.failure else str(exchange.status)
    cached = " from a cache" if exchange.cached else ""
    return f"{exchange.method} {exchange.url} → {outcome}{cached} in {words.seconds(exchange.phases.total)}"


def _conclusion(result: RunResult) -> str:
    counted = {outcome: sum(step.outcome is outcome for step in result.steps) for outcome in Outcome}
    allowed = {outcome: sum(step.outcome is outcome and step.excused for step in result.steps) for outcome in _BAD}
    parts = [
        f"{count} {outcome.value}{f' ({excused} allowed)' if (excused := allowed.get(outcome)) else ''}"
        for outcome, count in counted.items()
        if count
    ]
    text = f"{', '.join(parts) or 'no step'} in {words.seconds(result.duration)}"
    if result.latency_budget and result.latency is not None:
        text += f"; journey {words.seconds(result.latency)} of {words.seconds(result.latency_budget)}"
    if result.cleanup_failed:
        text += "; cleanup failed"
    if result.flaky:
        text += "; flaky: it passed only after a retry"
    return text
