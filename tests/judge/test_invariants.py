"""What must hold whatever happens: random streams of outcomes, late, twice, out of order, from three regions.

I1 absence is not recovery      nothing_resolves_because_data_stopped; of regions: test_invariants_together
I2 our error is not theirs      our_own_errors_change_nothing, only_errors_never_open_anything
I3 atomic                       test_invariants_together; in a real database: tests/store/test_applied_whole
I4 triggered means resolved     noise_is_bounded_and_every_resolve_follows; test_invariants_together
I5 triggers fail open           one_region_pages_at_two_failures; test_invariants_together
I6 one run is one row           what_arrives_together_..._twice_is_once
I7 every timer is kept          a_restart_after_every_turn_changes_nothing; of regions: test_invariants_together
I8 order is the slot            a_late_result_moves_no_belief_backwards
I9 bounded noise                noise_is_bounded; of regions: test_invariants_together
I10 the watcher is watched      tests/alerting/test_deadman, anything_wrong_is_a_reason_not_to_call
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.judge.region import place
from synthmon.model.incident import Incident, IncidentStatus, Occasion, RegionState
from synthmon.model.probe import AlertRule, RegionQuorum, Severity, Track
from synthmon.model.run import Outcome, RunResult
from tests.depth import times
from tests.judge.world import World, regions, run
from tests.making import NOON, at, probe

REGIONS = ("eu", "us", "ap")
STEP = 20.0  # seconds from one event to the next: the three regions share the minute

unhurried = settings(deadline=None)  # the machine is shared with others

letters = st.sampled_from("PPPFFFfpDES")
events = st.lists(st.tuples(st.sampled_from(REGIONS), letters, st.integers(0, 3)), max_size=40)
"""Region, outcome, and by how many slots the result comes late."""

quorums: st.SearchStrategy[int | RegionQuorum] = st.sampled_from((RegionQuorum.MAJORITY, RegionQuorum.ANY, 2))
thresholds = st.sampled_from([(1, 1), (2, 2), (3, 3), (2, 3), (3, 5)])


@st.composite
def declared(draw: st.DrawFn) -> World:
    """A world with one probe that has a rule or two on each track."""
    rules = [
        AlertRule("down", Track.DOWN, *draw(thresholds), draw(quorums), notify=("pager",)),
        AlertRule("soon", Track.DOWN, *draw(thresholds), draw(quorums), Severity.TICKET, notify=("chat",)),
        AlertRule("slow", Track.SLOW, *draw(thresholds), draw(quorums), Severity.TICKET, notify=("chat",)),
    ]
    return World(probe(regions=regions(*REGIONS), alerts=tuple(rules[: draw(st.integers(1, 3))])))


def stream(happened: list[tuple[str, str, int]]) -> list[list[RunResult]]:
    """What arrives in each step: a run for each event, some of them later than those of later slots."""
    arriving: list[list[RunResult]] = [[] for _ in range(len(happened) + 4)]
    for number, (region, letter, late) in enumerate(happened):
        arriving[number + late].append(run(at(STEP * number), letter, region))
    return arriving


def live(world: World, happened: list[tuple[str, str, int]]) -> None:
    for number, arrived in enumerate(stream(happened)):
        world.turn(arrived, at(STEP * number + 6))
        world.sweep(at(STEP * number + 7))


@given(declared(), events)
@unhurried
def test_nothing_resolves_because_data_stopped(world: World, happened: list[tuple[str, str, int]]) -> None:
    for number, arrived in enumerate(stream(happened)):
        good = any(result.outcome.good for result in arrived)
        decision = world.turn(arrived, at(STEP * number + 6))
        silent = world.sweep(at(STEP * number + 7))
        assert good or not resolved(decision.incidents)
        assert not resolved(silent.incidents)
    current = world.current
    for hours in range(1, 50):
        assert not resolved(world.sweep(world.now + timedelta(hours=hours)).incidents)
    assert {incident.id for incident in current} <= {incident.id for incident in world.current}


def resolved(incidents: tuple[Incident, ...]) -> list[Incident]:
    return [incident for incident in incidents if incident.status is IncidentStatus.RESOLVED]


@given(declared(), events)
@unhurried
def test_our_own_errors_change_nothing(world: World, happened: list[tuple[str, str, int]]) -> None:
    without = World(*world.probes.values())
    for number, arrived in enumerate(stream(happened)):
        world.turn(arrived, at(STEP * number + 6), sweep=True)
        judged = [result for result in arrived if result.outcome.judged]
        without.turn(judged, at(STEP * number + 6), sweep=True)
    assert without.notifications == world.notifications
    assert without.incidents == world.incidents
    assert beliefs(without) == beliefs(world)


def beliefs(world: World) -> dict[tuple[str, str], RegionState]:
    """The states without what is only shown, and without regions of which nothing is believed."""
    shown = {
        key: replace(state, last_outcome=None, last_run_id=None, heard_slot=None) for key, state in world.states.items()
    }
    return {key: state for key, state in shown.items() if state.tracks}


@given(declared(), events)
@unhurried
def test_only_errors_never_open_anything(world: World, happened: list[tuple[str, str, int]]) -> None:
    live(world, [(region, "E", late) for region, _, late in happened])

    assert {} == world.incidents
    assert [] == world.changes


@given(declared(), events, st.randoms(use_true_random=False))
@unhurried
def test_what_arrives_together_is_judged_alike_in_any_order_and_twice_is_once(
    world: World, happened: list[tuple[str, str, int]], chance: object
) -> None:
    other = World(*world.probes.values())
    for number, arrived in enumerate(stream(happened)):
        shuffled = arrived * 2
        chance.shuffle(shuffled)  # type: ignore[attr-defined]
        world.turn(arrived, at(STEP * number + 6))
        other.turn(shuffled, at(STEP * number + 6))
        again = other.turn(arrived, at(STEP * number + 6))
        assert () == again.notifications
    assert world.notifications == other.notifications
    assert world.incidents == other.incidents


@given(declared(), events)
@unhurried
def test_a_late_result_moves_no_belief_backwards(world: World, happened: list[tuple[str, str, int]]) -> None:
    for number, arrived in enumerate(stream(happened)):
        before = dict(world.states)
        world.turn(arrived, at(STEP * number + 6))
        for key, state in world.states.items():
            old = before[key].last_order if key in before else None
            assert old is None or state.last_order is None or place(old) <= place(state.last_order)
    history = [result for arrived in stream(happened) for result in arrived if result.outcome.judged]
    seen = [result for result in history if (result.key.probe, result.key.region) in world.states]
    world.sweep(world.now)  # what time alone brings about is not the late results' doing
    told = list(world.notifications)
    world.turn(seen, world.now)
    assert told == world.notifications


@given(declared(), events)
@unhurried
def test_a_restart_after_every_turn_changes_nothing(world: World, happened: list[tuple[str, str, int]]) -> None:
    other = World(*world.probes.values())
    for number, arrived in enumerate(stream(happened)):
        for one, restarts in ((world, False), (other, True)):
            one.turn(arrived, at(STEP * number + 6))
            one.sweep(at(STEP * number + 7))
            if restarts:
                one.restart()
    for hours in range(1, 12):
        for one in (world, other):
            one.sweep(at(STEP * len(happened)) + timedelta(hours=hours))
            other.restart()
    assert [(owed.id, owed.created_at) for owed in world.notifications] == [
        (owed.id, owed.created_at) for owed in other.notifications
    ]
    assert world.incidents.keys() == other.incidents.keys()
    assert world.changes == other.changes


@given(declared(), events)
@unhurried
def test_noise_is_bounded_and_every_resolve_follows_its_trigger(
    world: World, happened: list[tuple[str, str, int]]
) -> None:
    live(world, happened)

    assert len(world.notifications) == len({owed.id for owed in world.notifications})
    triggers = Counter(
        (owed.incident_id, owed.generation, owed.level, owed.channel, owed.message.severity)
        for owed in world.notifications
        if owed.occasion is Occasion.TRIGGER
    )
    assert all(count == 1 for count in triggers.values())
    resolves = [owed for owed in world.notifications if owed.occasion is Occasion.RESOLVE]
    assert len(resolves) == len({(owed.incident_id, owed.channel) for owed in resolves})
    told = {(owed.incident_id, owed.channel) for owed in world.notifications if owed.occasion is Occasion.TRIGGER}
    over = {incident.id for incident in world.incidents.values() if not incident.current}
    assert {pair for pair in told if pair[0] in over} == {(owed.incident_id, owed.channel) for owed in resolves}


@given(declared(), events)
@unhurried
def test_at_most_one_incident_of_a_probe_and_track_is_open_and_began_before_it_opened(
    world: World, happened: list[tuple[str, str, int]]
) -> None:
    for number, arrived in enumerate(stream(happened)):
        world.turn(arrived, at(STEP * number + 6))
        tracks = [incident.track for incident in world.current]
        assert len(tracks) == len(set(tracks))
    assert all(incident.began_at <= incident.opened_at for incident in world.incidents.values())


@given(declared(), events)
@unhurried
def test_beliefs_follow_one_another_in_time_and_differ(world: World, happened: list[tuple[str, str, int]]) -> None:
    live(world, happened)

    for region in (None, *REGIONS):
        changes = [change for change in world.changes if change.region == region]
        for earlier, later in itertools.pairwise(changes):
            assert earlier.at < later.at
            assert earlier.health is not later.health


@given(st.text("PFE", max_size=60))
@settings(max_examples=times(75), deadline=None)
def test_one_region_pages_at_two_failures_in_a_row_and_resolves_at_two_passes(heard: str) -> None:
    """Held against an oracle that knows nothing of states: it looks for two letters in a row, errors left out."""
    expected, looking = [], "FF"
    for pair in itertools.pairwise(heard.replace("E", "")):
        if "".join(pair) == looking:
            expected.append("trigger pager" if looking == "FF" else "resolve pager")
            looking = "PP" if looking == "FF" else "FF"

    world = World(probe(interval=1200.0))  # so slow that nothing flaps
    for number, letter in enumerate(heard.replace("E", "")):
        world.turn([run(at(1200.0 * number), "E"), run(at(1200.0 * number + 1), letter)], at(1200.0 * number + 2))
    assert expected == [line for line in world.said if "remind" not in line]


def test_a_thousand_days_of_a_healthy_target_page_nobody() -> None:
    world = World(probe(interval=3600.0))
    for day in range(1000):
        slots = [NOON + timedelta(days=day, hours=hour) for hour in range(24)]
        world.turn([run(slot, "E" if slot.hour == 3 else "P") for slot in slots], slots[-1])

    assert [] == world.said
    assert Outcome.PASSED == world.states["checkout", "local"].last_outcome
