"""Whether a step is made, and whether what it found counts: what `if` and `allow_failure` come to in a run."""

from __future__ import annotations

from dataclasses import replace

from synthmon.engine.attempt import Limit
from synthmon.engine.step import unrendered
from synthmon.engine.values import Values, missing_in, never_captured
from synthmon.errors import SecretUnavailable, TemplateError
from synthmon.language.show import describe
from synthmon.model.journey import Step
from synthmon.model.run import Failure, FailureKind, Outcome, StepResult
from synthmon.model.text import Template

_NOTHING = {True: "nothing to clean up", False: "nothing to go on with"}


def decide(step: Step, values: Values, *, cleaning: bool = False) -> str | Failure | None:
    """Nothing if the step is to be made, why it is skipped, or what is wrong with a condition."""
    for condition in step.conditions:
        if missing := missing_in([condition], step, values.captures):
            return f"its `if` cannot be told: {never_taken(missing)}"
        try:
            value = values.tree(condition)
        except (TemplateError, SecretUnavailable) as error:
            return unrendered(error)
        if value is False:
            return f"its `if` is false: {written(condition)}"
        if value is not True:
            message = f"the `if` of a step must be true or false, and this is {describe(value)}"
            kind = FailureKind.CAPTURE if values.uses_capture(condition) else FailureKind.TEMPLATE
            return Failure(kind, message, expected="true or false", actual=describe(value), detail=written(condition))
    missing = never_captured(step, values.captures)
    return f"{_NOTHING[cleaning]}: {never_taken(missing)}" if missing else None


def never_taken(names: list[str]) -> str:
    listed = " and ".join(f"`captures.{name}`" for name in names)
    return f"{listed} {'was' if len(names) == 1 else 'were'} never captured"


def written(condition: Template) -> str:
    return condition.whole.text.strip() if condition.whole else "the condition"


def excused(step: Step, result: StepResult, limit: Limit) -> StepResult:
    """The result of a step that may fail, marked where that makes a difference.

    Only what the target is to blame for is excused: an error is ours, and is not hidden. Nor is the end of the whole
    run's time, to which every step before has contributed.
    """
    if not step.allow_failure or result.outcome not in {Outcome.FAILED, Outcome.DEGRADED}:
        return result
    if any(failure.kind is FailureKind.TIMEOUT and failure.expected == limit.whose for failure in result.failures):
        return result
    return replace(result, excused=True)
