"""A run as JUnit XML, the form in which build servers show tests: one case per step.

It is red exactly when `synthmon run` exits with something other than 0: trouble in the cleanup is told of, no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from synthmon.model import words
from synthmon.model.run import Outcome, RunResult, StepResult


def to_junit(results: Sequence[RunResult]) -> str:
    """A `testsuite` per run, named after the probe. A failed step is a `failure`, one not judged an `error`."""
    suites = "".join(map(_suite, results))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n{suites}</testsuites>\n'


def _suite(result: RunResult) -> str:
    probe = result.key.probe
    cases = [_case(probe, step, _inside(step)) for step in result.steps]
    cases += [_case(probe, step, _in_passing(step)) for step in result.cleanup]
    judged = [step for step in result.steps if not step.excused]
    counted = {outcome: sum(step.outcome is outcome for step in judged) for outcome in Outcome}
    if result.outcome not in {Outcome.PASSED, Outcome.DEGRADED} and not (
        counted[Outcome.FAILED] + counted[Outcome.ERROR]
    ):
        cases.append(_of_the_run(result))  # such as a run that was told to end before its first step
        counted[Outcome.ERROR] += 1
    skipped = counted[Outcome.SKIPPED] + sum(step.outcome is Outcome.SKIPPED for step in result.cleanup)
    head = (
        f"<testsuite name={_attribute(probe)} tests={_attribute(len(cases))} "
        f"failures={_attribute(counted[Outcome.FAILED])} errors={_attribute(counted[Outcome.ERROR])} "
        f"skipped={_attribute(skipped)} time={_attribute(f'{result.duration:.3f}')} "
        f"timestamp={_attribute(result.started_at.isoformat())} hostname={_attribute(result.key.region)}>"
    )
    body = "\n".join(cases)
    return f"{head}\n{body}\n</testsuite>\n"


def _case(probe: str, step: StepResult, inside: str) -> str:
    head = (
        f"  <testcase classname={_attribute(probe)} name={_attribute(f'{step.id}: {step.name}')} "
        f"time={_attribute(f'{step.duration:.3f}')}"
    )
    return f"{head}>{inside}</testcase>" if inside else f"{head}/>"


def _of_the_run(result: RunResult) -> str:
    kind = result.failures[0].kind.value if result.failures else result.outcome.value
    message = result.failures[0].message if result.failures else result.reason or "the run could not be judged"
    name = f"  <testcase classname={_attribute(result.key.probe)} name={_attribute('the run')}"
    return f"{name}><error type={_attribute(kind)} message={_attribute(message)}/></testcase>"


def _in_passing(step: StepResult) -> str:
    if step.outcome is Outcome.SKIPPED or not step.failures:
        return _inside(step)
    return _output(step)


def _inside(step: StepResult) -> str:
    if step.outcome is Outcome.SKIPPED:
        return f"<skipped message={_attribute(step.skipped_because or '')}/>"
    if not step.failures:
        return f"<system-out>flaky: good at attempt {step.attempts}</system-out>" if step.flaky else ""
    if step.outcome is Outcome.DEGRADED or step.excused:  # works, so the build is not red; it is said all the same
        return _output(step)
    first = step.failures[0]
    text = "\n".join(_lines(step))
    tag = "error" if step.outcome is Outcome.ERROR else "failure"
    return f"<{tag} type={_attribute(first.kind.value)} message={_attribute(first.message)}>{_text(text)}</{tag}>"


def _output(step: StepResult) -> str:
    return f"<system-out>{_text(chr(10).join(_lines(step)))}</system-out>"


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
