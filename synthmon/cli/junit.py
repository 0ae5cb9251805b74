"""A run as JUnit XML, the form in which build servers show tests: one case per step."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from synthmon.model import words
from synthmon.model.run import Outcome, RunResult, StepResult


def to_junit(result: RunResult) -> str:
    """One `testsuite` named after the probe. A failed step is a `failure`, one that could not be judged an `error`."""
    steps = result.steps + result.cleanup
    counted = {outcome: sum(step.outcome is outcome for step in steps) for outcome in Outcome}
    head = (
        f"<testsuite name={_attribute(result.key.probe)} tests={_attribute(len(steps))} "
        f"failures={_attribute(counted[Outcome.FAILED])} errors={_attribute(counted[Outcome.ERROR])} "
        f"skipped={_attribute(counted[Outcome.SKIPPED])} time={_attribute(f'{result.duration:.3f}')} "
        f"timestamp={_attribute(result.started_at.isoformat())} hostname={_attribute(result.key.region)}>"
    )
    cases = "\n".join(_case(result.key.probe, step) for step in steps)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n{head}\n{cases}\n</testsuite>\n</testsuites>\n'


def _case(probe: str, step: StepResult) -> str:
    head = (
        f"  <testcase classname={_attribute(probe)} name={_attribute(f'{step.id}: {step.name}')} "
        f"time={_attribute(f'{step.duration:.3f}')}"
    )
    inside = _inside(step)
    return f"{head}>{inside}</testcase>" if inside else f"{head}/>"


def _inside(step: StepResult) -> str:
    if step.outcome is Outcome.SKIPPED:
        return f"<skipped message={_attribute(step.skipped_because or '')}/>"
    if not step.failures:
        return ""
    first = step.failures[0]
    text = "\n".join(_lines(step))
    if step.outcome is Outcome.DEGRADED:  # works, so the build is not red; it is said all the same
        return f"<system-out>{_text(text)}</system-out>"
    tag = "error" if step.outcome is Outcome.ERROR else "failure"
    return f"<{tag} type={_attribute(first.kind.value)} message={_attribute(first.message)}>{_text(text)}</{tag}>"


def _lines(step: StepResult) -> list[str]:
    return [
        f"{failure.kind.value}: {failure.message}"
        + (f"\n  expected: {failure.expected}" if failure.expected is not None else "")
        + (f"\n  came: {failure.actual}" if failure.actual is not None else "")
        for failure in step.failures
    ]


def _attribute(value: object) -> str:
    return quoteattr(words.printable(str(value)))


def _text(value: str) -> str:
    return escape("\n".join(words.printable(line) for line in value.splitlines()))
