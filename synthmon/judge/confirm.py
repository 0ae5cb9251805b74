"""When a failed run is looked at again at once, and how long an outage can go on before the rules must notice it."""

from __future__ import annotations

from dataclasses import replace

from synthmon.model.probe import AlertRule, Track
from synthmon.model.run import Outcome, RunKey, RunKind, RunResult

CONFIRM_AFTER = 5.0  # seconds from the end of the failed run to its confirmation
KEEP_AND_JUDGE = 2.0  # seconds allowed from the end of a run to the decision that rests on it


def confirmation_due(previous: Outcome | None, result: RunResult) -> RunKey | None:
    """The key of the run that confirms `result`, due CONFIRM_AFTER seconds later; None when none is due.

    `previous` is the outcome of the newest run before it, in that region, that judged the target (None: there was
    none). Only a first failure is confirmed, and once: a rule that asks for three failures in a row asks for patience,
    and gets its third from the schedule. The key hangs on the slot of the cause, so a confirmation asked for twice is
    the same run.
    """
    first = result.outcome is Outcome.FAILED and previous is not Outcome.FAILED
    if result.key.kind is not RunKind.SCHEDULED or not first:
        return None
    return replace(result.key, kind=RunKind.CONFIRM, n=1)


def detection_bound(rule: AlertRule, interval: float, timeout: float) -> float:
    """Seconds from the start of an outage to the decision to tell somebody, at most, if every run finds it.

    The first run that meets the outage starts at most an interval after it began; each run may last for its timeout.
    On the track `down` the second failed run is the confirmation, later ones come from the schedule; on `slow` all do.
    """
    scheduled = rule.at_least * interval
    if rule.track is Track.DOWN and rule.at_least >= 2:
        confirmed = interval + timeout + CONFIRM_AFTER
        scheduled = max(confirmed, (rule.at_least - 1) * interval)
    return scheduled + timeout + KEEP_AND_JUDGE
