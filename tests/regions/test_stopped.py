"""An agent that stands still for a while, as on a machine that is suspended, and then goes on."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

from synthmon.model.history import MissedSlot
from synthmon.model.run import Outcome, RunKind
from synthmon.schedule import slots
from synthmon.store.opening import open_store
from tests.app.installation import Target, until
from tests.regions.world import World, from_region

STOOD = 7.0  # seconds: more than what a scheduler may be late by, and than a run may take
LONG = 60.0


def test_an_agent_that_stood_still_makes_up_for_nothing_and_blames_nobody(world: World, target: Target) -> None:
    """Runs that were under way are fine or our error; the slots in between are skipped or missed, with a reason."""
    world.centre.add("shop", "/shop", more="regions: [eu, us]\n")
    for number in range(4):
        world.centre.add(f"slow-{number}", f"/slow-{number}", timeout="2s", more="regions: [eu]\n")
        target.delays[f"/slow-{number}"] = 0.7
    place = world.place("eu")
    with world.running_centre(), world.agent(place) as agent:
        agent.wait_for("run.kept", 8)
        for number in range(4):
            target.wait_for(f"/slow-{number}")
        target.wait_for("/slow-0", target.count("/slow-0") + 1)  # this one is under way when it is stopped
        asked = Counter(target.asked)
        stopped = datetime.now(UTC)
        agent.send(signal.SIGSTOP)
        threading.Event().wait(STOOD)  # what is shown is what this long a standstill does
        agent.send(signal.SIGCONT)
        going = datetime.now(UTC)
        until(lambda: {row.probe for row in from_region(world, "eu") if row.slot > going} >= {"shop", "slow-0"}, LONG)
        since = (datetime.now(UTC) - going).total_seconds()
        asked = Counter(target.asked) - asked
        until(lambda: agent.wait_for("run.kept") and missed(world, stopped, going), LONG)
        due = set(slots("shop", "eu", 1.0, stopped + timedelta(seconds=1), going - timedelta(seconds=1)))
        until(lambda: due <= traces(world, stopped, going), LONG)
        until(lambda: said_to_have_stood(world, stopped, going), LONG)
        rows, gaps = from_region(world, "eu"), missed(world, stopped, going)
        world.note(agent)
        world.all_there()  # now: what it keeps while it is being killed nobody delivers
    # One of each may have begun just then, one comes just after; then one a second: none for the slots slept through.
    assert max(asked.values()) <= 2 + since + 1
    assert set() == {row.outcome for row in rows} - {Outcome.PASSED, Outcome.ERROR, Outcome.SKIPPED}
    scheduled = [(row.probe, row.slot) for row in rows if row.kind is RunKind.SCHEDULED]
    assert len(scheduled) == len(set(scheduled))
    for gap in gaps:
        assert (gap.probe, gap.slot) not in scheduled
        assert gap.reason


def traces(world: World, start: datetime, end: datetime) -> set[datetime]:
    """The slots of the shop of which anything is known: that it ran, or why it did not."""
    ran = {row.slot for row in from_region(world, "eu") if row.probe == "shop" and row.kind is RunKind.SCHEDULED}
    return ran | {gap.slot for gap in missed(world, start, end) if gap.probe == "shop"}


def said_to_have_stood(world: World, start: datetime, end: datetime) -> bool:
    """Whether the agent has told the centre of the standstill, but for its first seconds."""
    store = open_store(world.centre.data / "synthmon.db", read_only=True)
    try:
        stretches = [stretch for one in store.heartbeats() for stretch in one.standstills]
    finally:
        store.close()
    slack = timedelta(seconds=4)
    return any(abs(first - start) <= slack and abs(last - end) <= slack for first, last in stretches)


def missed(world: World, start: datetime, end: datetime) -> list[MissedSlot]:
    """Slots noted as missed, once there are some of the shop: those of the last five seconds are told as skipped."""
    store = open_store(world.centre.data / "synthmon.db", read_only=True)
    try:
        found = [gap for gap in store.missed(start, end) if gap.region == "eu"]
    finally:
        store.close()
    return found if len([gap for gap in found if gap.probe == "shop"]) >= STOOD - 6 else []
