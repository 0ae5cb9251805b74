"""A shard that is not heard of is named, with the probes that nobody runs because of it; its region is not silent."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.centre.rollcall import RollCall
from synthmon.centre.shards import heard_shards, said_of, unheard
from synthmon.judge.silent import voices_of
from synthmon.model.agent import Heartbeat
from synthmon.model.probe import ProbeRegion
from synthmon.model.shard import Shard
from synthmon.schedule import is_in, shard_of
from synthmon.store.memory import MemoryStore
from tests.making import NOON, at, probe

PROBES = [f"probe-{number}" for number in range(40)]


def beat(shard: str = "1/1", seconds: float = 0, **changes: object) -> Heartbeat:
    return Heartbeat("eu-west", f"agent-{shard}", at(seconds), "1", "h", NOON, shard=shard, **changes)  # type: ignore[arg-type]


def test_the_shard_that_is_not_heard_is_named_with_what_is_not_run() -> None:
    heard = {Shard(1, 4), Shard(3, 4), Shard(4, 4)}
    lost = sum(is_in(name, Shard(2, 4)) for name in PROBES)
    assert {Shard(2, 4): lost} == unheard(heard, PROBES)
    assert [f"shard 2/4 is not heard of: {lost} probes are not run there"] == said_of(unheard(heard, PROBES))


def test_one_probe_is_one_probe() -> None:
    name = next(name for name in PROBES if is_in(name, Shard(1, 2)))
    assert ["shard 1/2 is not heard of: 1 probe is not run there"] == said_of(unheard({Shard(2, 2)}, [name]))


def test_all_shards_heard_are_all_there_is() -> None:
    assert {} == unheard({Shard(number, 4) for number in (1, 2, 3, 4)}, PROBES)


def test_an_agent_that_runs_everything_leaves_nothing_to_miss() -> None:
    assert {} == unheard({Shard(), Shard(2, 4)}, PROBES)


def test_a_shard_without_a_probe_is_not_missed() -> None:
    assert {} == unheard({Shard(1, 2)}, [name for name in PROBES if is_in(name, Shard(1, 2))])


def test_a_region_of_which_nobody_is_heard_is_silent_and_no_matter_of_shards() -> None:
    assert {} == unheard(set(), PROBES)


def test_an_agent_is_heard_for_as_long_as_a_region_would_be() -> None:
    beats = [beat("1/3"), beat("2/3", 60), beat("3/3", 150)]
    assert {Shard(2, 3), Shard(3, 3)} == heard_shards(beats, at(150))


def test_a_worker_runs_no_shard_and_what_cannot_be_read_is_none() -> None:
    assert {Shard(1, 2)} == heard_shards([beat("1/2"), beat("2/2", worker=True), beat("several")], at(1))


@given(st.integers(1, 8), st.data())
@settings(deadline=None)
def test_while_the_count_is_being_raised_nothing_is_missed(count: int, data: st.DataObject) -> None:
    told = data.draw(st.sets(st.integers(1, count)))
    heard = {Shard(number, count + (number in told)) for number in range(1, count + 1)} | {Shard(count + 1, count + 1)}
    assert {} == unheard(heard, PROBES)


@given(st.sets(st.integers(1, 6), min_size=1))
@settings(deadline=None)
def test_what_is_missed_is_exactly_what_nobody_runs(numbers: set[int]) -> None:
    heard = {Shard(number, 6) for number in numbers}
    missing = unheard(heard, PROBES)
    assert sum(missing.values()) == sum(shard_of(name, 6).number not in numbers for name in PROBES)
    assert not missing.keys() & heard


def test_workers_alone_give_a_region_no_voice_but_what_they_have_not_delivered_has_not_arrived() -> None:
    worker = beat(seconds=95, worker=True, spool_oldest=at(40))
    assert {} == voices_of([worker], {}, (), at(100))
    voice = voices_of([beat(seconds=90), worker], {}, (), at(100))["eu-west"]
    assert (at(90), at(40)) == (voice.heard, voice.reach)


def roll_call(*heard: str, here: dict[str, Shard] | None = None) -> RollCall:
    store = MemoryStore()
    for shard in heard:
        store.hear(beat(shard))
    probes = {name: probe(name, regions=(ProbeRegion("eu-west"),)) for name in PROBES}
    probes["elsewhere"] = probe("elsewhere", regions=(ProbeRegion("us-east"),))
    return RollCall(store, lambda: probes, lambda: "h", lambda: at(10), lambda: here or {})


def test_the_centre_says_which_shard_of_a_region_it_does_not_hear() -> None:
    lost = sum(is_in(name, Shard(2, 4)) for name in PROBES)
    said = f"shard 2/4 is not heard of: {lost} probes are not run there"
    assert {"eu-west": said} == roll_call("1/4", "3/4", "4/4").troubles()
    assert {} == roll_call("1/4", "2/4", "3/4", "4/4").troubles()


def test_a_shard_that_runs_in_the_process_of_the_centre_needs_no_heartbeat() -> None:
    assert {} == roll_call("2/2", here={"eu-west": Shard(1, 2)}).troubles()
