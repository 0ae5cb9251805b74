"""When a failed run is looked at again at once, and how long an outage can go on before the rules must notice it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from synthmon.model.incident import RegionPhase
from synthmon.model.probe import AlertRule, Probe, Track
from synthmon.model.run import Outcome, RunKey, RunKind, RunResult

OWN, ASKED, ASKED_AGAIN = 1, 2, 3
"""The numbers of confirmations: of a first failure, asked for by the judge, and of a failure of that one."""

CONFIRM_AFTER = 5.0  # seconds from the end of the failed run to its confirmation
KEEP_AND_JUDGE = 2.0  # seconds allowed from the end of a run to the decision that rests on it


def confirmation_due(previous: Outcome | None, result: RunResult) -> RunKey | None:
    """The key of the run that confirms `result`, due CONFIRM_AFTER seconds later; None when none is due.

    `previous` is the outcome of the newest run before it, in that region, that judged the target (None: there was
    none). Only a first failure is confirmed, and once: a rule that asks for three failures in a row asks for patience,
    and gets its third from the schedule. The key hangs on the slot of the cause, so a confirmation asked for twice is
    the same run.
    """
    if result.outcome is not Outcome.FAILED or previous is Outcome.FAILED:
        return None
    if result.key.kind is RunKind.SCHEDULED:
        return replace(result.key, kind=RunKind.CONFIRM, n=OWN)
    if result.key.kind is RunKind.CONFIRM and result.key.n == ASKED:
        return replace(result.key, n=ASKED_AGAIN)
    return None


def to_ask(
    environment: str, probe: Probe, region: str, phases: Mapping[str, RegionPhase], now: datetime
) -> list[RunKey]:
    """Confirmations to run when `region` has just failed for the first time: in the regions that are believed up.

    `phases` are those of the track `down`. The key hangs on the instant of asking rather than on the slot of the cause:
    the other region may have judged a later slot already, and a run that is not newer would count for nothing.
    """
    up = [name for name, phase in phases.items() if name != region and phase is RegionPhase.UP]
    assigned = {one.name for one in probe.regions}
    return [RunKey(environment, probe.name, name, now, RunKind.CONFIRM, ASKED) for name in up if name in assigned]


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
