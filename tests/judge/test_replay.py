"""Kept runs under another policy: what would have been told, beside what was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from synthmon.judge.compare import compare, pages
from synthmon.judge.replay import replay
from synthmon.model.probe import AlertRule, Probe, Severity, Track
from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.model.run import RunResult
from tests.judge.world import POLICY, World, run
from tests.making import at, incident, probe

STRICT = probe()
PATIENT = probe(alerts=(AlertRule("checkout is down", Track.DOWN, 4, 4),))
END = at(7200)


def history(letters: str, every: float = 60.0) -> list[RunResult]:
    return [run(at(every * index), letter) for index, letter in enumerate(letters)]


def told(probe_: Probe, letters: str) -> list[str]:
    found = replay({"checkout": probe_}, POLICY, history(letters), at(60.0 * len(letters)))
    return [f"{owed.occasion} {owed.channel}" for owed in found.notifications]


def test_the_same_policy_tells_the_same_as_the_judge_did() -> None:
    world = World(STRICT)
    runs = history("PPFFFPPPPFFPP")
    for one in runs:
        world.turn([one], one.started_at + timedelta(seconds=one.duration))

    again = replay({"checkout": STRICT}, POLICY, runs, at(780))
    assert [(owed.occasion, owed.created_at) for owed in again.notifications] == [
        (owed.occasion, owed.created_at) for owed in world.notifications
    ]


def test_a_more_patient_policy_tells_of_the_longer_outage_only() -> None:
    assert told(STRICT, "PFFPPPPPPPPPPFFFFFFPP").count("trigger pager") == 2
    assert told(PATIENT, "PFFPPPPPPPPPPFFFFFFPP") == ["trigger pager", "resolve pager"]


def test_the_order_in_which_runs_are_given_does_not_matter() -> None:
    runs = history("PFFFPPFFP")

    assert replay({"checkout": STRICT}, POLICY, runs, END) == replay({"checkout": STRICT}, POLICY, runs[::-1], END)


def test_time_passes_between_runs_as_it_did() -> None:
    """The outage outlasts the runs: people would have been reminded of it, and nothing resolves for lack of data."""
    found = replay({"checkout": STRICT}, POLICY, history("PFF"), at(4000))

    assert [owed.occasion.value for owed in found.notifications] == ["trigger", "remind", "remind"]
    assert found.incidents[0].current


def test_a_long_silence_is_looked_at_in_bounded_steps() -> None:
    runs = [*history("PP"), *(replace_slot(one) for one in history("FF"))]

    assert replay({"checkout": STRICT}, POLICY, runs, at(40 * 86400)).runs == 4


def replace_slot(one: RunResult) -> RunResult:
    later = timedelta(days=30)
    return replace(one, key=replace(one.key, slot=one.key.slot + later), started_at=one.started_at + later)


def test_probes_that_are_declared_no_more_are_left_out() -> None:
    assert replay({}, POLICY, history("PFFF"), END).runs == 0


def test_a_silence_of_that_time_is_respected() -> None:
    quiet = Quiet(QuietKind.SILENCE, Selection(), at(0), at(600), "the shop moves", "ada")
    found = replay({"checkout": STRICT}, POLICY, history("PFFPP"), at(300), [quiet])

    assert found.notifications == ()
    assert len(found.incidents) == 1


def test_the_same_trouble_is_one_pair_and_what_differs_stands_alone() -> None:
    same = incident(at(0), opened_at=at(120), resolved_at=at(600), told=("pager",))
    earlier = replace(same, opened_at=at(65))
    only_then = incident(at(1000), resolved_at=at(1100), severity=Severity.TICKET)
    only_now = incident(at(2000))
    other_track = incident(at(0), track=Track.SLOW, resolved_at=at(700))

    pairs = compare([same, only_then], [earlier, only_now, other_track], at(3000))

    assert [(pair.then, pair.now) for pair in pairs] == [
        (same, earlier),
        (None, other_track),
        (only_then, None),
        (None, only_now),
    ]
    assert [pair.sooner for pair in pairs] == [55.0, 0.0, 0.0, 0.0]
    assert pages([same, only_then, only_now]) == 1


def test_an_open_incident_overlaps_with_whatever_follows() -> None:
    open_ = incident(at(0))
    later = incident(at(5000), resolved_at=at(5100))

    assert [(pair.then, pair.now) for pair in compare([open_], [later], at(6000))] == [(open_, later)]
