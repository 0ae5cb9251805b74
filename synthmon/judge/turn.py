"""One turn of the judge: new runs and old beliefs in, one decision out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from synthmon.judge.bench import Bench
from synthmon.judge.calm import calm
from synthmon.judge.policy import Policy, watches
from synthmon.judge.quorum import tallies, verdict
from synthmon.judge.region import blind, stale_since
from synthmon.judge.situation import Part, Situation, split
from synthmon.model.incident import Decision, RegionState, Verdict
from synthmon.model.probe import Probe


def decide(situation: Situation, policy: Policy, now: datetime) -> Decision:
    """Everything this turn changes. Deciding twice about the same situation changes the same."""
    return merge(situation.watermark, [decide_part(part, policy, now) for part in split(situation)])


def decide_part(part: Part, policy: Policy, now: datetime) -> Decision:
    """Everything this turn changes about one probe; its watermark is 0."""
    told = calm(part, policy, now)
    return told if told is not None else decide_in_full(part, policy, now)


def decide_in_full(part: Part, policy: Policy, now: datetime) -> Decision:
    """The same without a look at whether the probe is well everywhere."""
    bench = Bench(part, policy, now)
    if part.probe is None:
        bench.wind_up()
    else:
        bench.judge(part.probe)
    return bench.decision()


def merge(watermark: int, decisions: Iterable[Decision]) -> Decision:
    """Decisions about different probes as one."""
    whole = list(decisions)
    return Decision(
        watermark=watermark,
        states=tuple(item for part in whole for item in part.states),
        incidents=tuple(item for part in whole for item in part.incidents),
        events=tuple(item for part in whole for item in part.events),
        notifications=tuple(item for part in whole for item in part.notifications),
        health=tuple(item for part in whole for item in part.health),
        asked=tuple(dict.fromkeys(item for part in whole for item in part.asked)),
    )


def believe(probe: Probe, states: Iterable[RegionState], policy: Policy, now: datetime) -> Verdict:
    """What is believed of a probe at `now`, given the states of its regions; staleness is seen to."""
    fresh = {}
    for state in states:
        limit = stale_since(state, probe, now)
        fresh[state.region] = blind(state, limit) if limit else state
    return verdict(probe, tallies(probe, fresh, watches(probe, policy), policy.min_known), now)
