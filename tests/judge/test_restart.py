"""A restart in any state changes nothing: what is believed, decided and told is the same with one before every turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.judge import Policy, Route
from synthmon.judge.hours import Hours
from synthmon.judge.policy import Level
from synthmon.model.incident import IncidentStatus
from synthmon.model.quiet import Quiet, QuietKind, Selection
from tests.judge.test_invariants import STEP, declared, events, stream
from tests.judge.world import World
from tests.making import at

OFFICE = Hours(8 * 60, 12 * 60 + 7, frozenset(range(7)), ZoneInfo("UTC"))  # closes seven minutes after the world begins
POLICY = Policy(
    "test",
    default_channels=("night",),
    routes=(Route(("office",), hours=OFFICE),),
    escalations={"pager": (Level(timedelta(minutes=5), ("boss",)),)},
)

silences = st.lists(
    st.builds(
        lambda start, length, kind: Quiet(kind, Selection(), at(start), at(start + length), "work", "ada"),
        st.integers(-10, 600),
        st.integers(20, 900),
        st.sampled_from([QuietKind.SILENCE, QuietKind.MAINTENANCE]),
    ),
    max_size=2,
)
pauses = st.lists(st.integers(0, 5000), max_size=4)
"""Seconds that pass afterwards without a run: reminders, escalations and acknowledgements go by the clock."""


@given(declared(), events, silences, pauses, st.booleans())
@settings(deadline=None)
def test_a_restart_before_every_turn_changes_nothing(
    world: World, happened: list[tuple[str, str, int]], quiets: list[Quiet], waits: list[int], taken: bool
) -> None:
    on, off = (World(*world.probes.values(), policy=POLICY) for _ in range(2))
    for one in (on, off):
        one.quiets = quiets
        now = 0.0
        for number, arrived in enumerate(stream(happened)):
            now = STEP * number + 6
            _maybe_restart(one, one is off)
            one.turn(arrived, at(now))
            _maybe_restart(one, one is off)
            one.sweep(at(now + 1))
        if taken:
            _acknowledge_all(one)
        for wait in waits:
            now += wait
            _maybe_restart(one, one is off)
            one.sweep(at(now + 2))
        one.restart()  # both have come out of a database once
    assert on.said == off.said
    assert told(on) == told(off)
    assert on.incidents == off.incidents
    assert on.states == off.states
    assert on.events == off.events
    assert on.changes == off.changes


def told(world: World) -> list[tuple[object, ...]]:
    """What was owed, without phases: a database keeps them rounded."""
    return [(owed.id, owed.created_at, owed.message.title, owed.message.summary) for owed in world.notifications]


def _maybe_restart(world: World, wanted: bool) -> None:
    if wanted:
        world.restart()


def _acknowledge_all(world: World) -> None:
    for name, incident in world.incidents.items():
        if incident.status is IncidentStatus.OPEN:
            taken = {"status": IncidentStatus.ACKNOWLEDGED, "acknowledged_at": world.now, "acknowledged_by": "ada"}
            world.incidents[name] = replace(incident, **taken)  # type: ignore[arg-type] # fields by name
