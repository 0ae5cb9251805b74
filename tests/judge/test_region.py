"""One region: every cell of the table from evidence to belief, and what a state remembers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from synthmon.judge.policy import Policy, Watch, watches
from synthmon.judge.region import (
    NEXT,
    Evidence,
    Standing,
    blind,
    judge_run,
    judge_track,
    note_of,
    stale_since,
    standing,
)
from synthmon.model.incident import RegionPhase, RegionState, TrackState
from synthmon.model.probe import AlertRule, Track
from synthmon.model.run import RunKind
from tests.judge.world import run
from tests.making import NOON, at, probe

NEW, UP, DOWN = RegionPhase.NEW, RegionPhase.UP, RegionPhase.DOWN
SOFT_DOWN, SOFT_UP, BLIND = RegionPhase.SOFT_DOWN, RegionPhase.SOFT_UP, RegionPhase.BLIND


def watch(*rules: AlertRule) -> Watch:
    return Watch(Track.DOWN, rules or (rule(2, 2),), alerting=True, good_runs=2)


def rule(at_least: int, of: int, name: str = "down") -> AlertRule:
    return AlertRule(name, Track.DOWN, at_least, of)


def life(letters: str, watched: Watch | None = None, state: TrackState | None = None) -> list[tuple[RegionPhase, int]]:
    """The phases that a track passes through: `g` is a good run, `b` a bad one, `-` silence."""
    track, seen = state or TrackState(), []
    for number, letter in enumerate(letters.replace(" ", "")):
        slot = at(60.0 * number)
        if letter == "-":
            track = blind(RegionState("checkout", "local", {Track.DOWN: track}), slot).tracks[Track.DOWN]
        else:
            evidence = Evidence.BAD if letter == "b" else Evidence.GOOD
            track = judge_track(track, evidence, note_of(run(slot, "F" if letter == "b" else "P")), watched or watch())
        seen.append((track.phase, track.count))
    return seen


@pytest.mark.parametrize(
    ("letters", "phases"),
    [
        ("g", [(UP, 0)]),
        ("b", [(SOFT_DOWN, 1)]),
        ("-", [(BLIND, 0)]),
        ("gg", [(UP, 0), (UP, 0)]),
        ("gb", [(UP, 0), (SOFT_DOWN, 1)]),
        ("g-", [(UP, 0), (BLIND, 0)]),
        ("bg", [(SOFT_DOWN, 1), (UP, 0)]),
        ("bb", [(SOFT_DOWN, 1), (DOWN, 0)]),
        ("b-b", [(SOFT_DOWN, 1), (BLIND, 1), (DOWN, 0)]),
        ("b-g", [(SOFT_DOWN, 1), (BLIND, 1), (UP, 0)]),
        ("bbb", [(SOFT_DOWN, 1), (DOWN, 0), (DOWN, 0)]),
        ("bbg", [(SOFT_DOWN, 1), (DOWN, 0), (SOFT_UP, 1)]),
        ("bbgg", [(SOFT_DOWN, 1), (DOWN, 0), (SOFT_UP, 1), (UP, 0)]),
        ("bbgbg", [(SOFT_DOWN, 1), (DOWN, 0), (SOFT_UP, 1), (DOWN, 0), (SOFT_UP, 1)]),
        ("bb-g", [(SOFT_DOWN, 1), (DOWN, 0), (BLIND, 0), (SOFT_UP, 1)]),
        ("bb-b", [(SOFT_DOWN, 1), (DOWN, 0), (BLIND, 0), (DOWN, 0)]),
        ("bbg-g", [(SOFT_DOWN, 1), (DOWN, 0), (SOFT_UP, 1), (BLIND, 0), (SOFT_UP, 1)]),
        ("g--g", [(UP, 0), (BLIND, 0), (BLIND, 0), (UP, 0)]),
        ("-b", [(BLIND, 0), (SOFT_DOWN, 1)]),
    ],
)
def test_each_piece_of_evidence_moves_a_region_as_the_table_says(
    letters: str, phases: list[tuple[RegionPhase, int]]
) -> None:
    assert phases == life(letters)


def test_every_phase_but_blind_can_go_blind() -> None:
    assert {NEW, UP, SOFT_DOWN, DOWN, SOFT_UP} == {phase for phase, evidence in NEXT if evidence is Evidence.STALE}


def test_a_threshold_of_one_believes_the_first_failure() -> None:
    assert [(UP, 0), (DOWN, 0)] == life("gb", watch(rule(1, 1)))


def test_five_in_a_row_are_not_four() -> None:
    assert [SOFT_DOWN] * 4 + [DOWN] == [phase for phase, _ in life("bbbbb", watch(rule(5, 5)))]
    assert (SOFT_DOWN, 1) == life("bbbbgb", watch(rule(5, 5)))[-1]


def test_three_of_five_need_not_be_in_a_row() -> None:
    assert [SOFT_DOWN, UP, SOFT_DOWN, UP, DOWN] == [phase for phase, _ in life("bgbgb", watch(rule(3, 5)))]


def test_a_rule_of_three_in_five_that_still_holds_withholds_the_recovery() -> None:
    phases = [phase for phase, _ in life("bbbggg", watch(rule(3, 5)))]

    assert [DOWN, SOFT_UP, SOFT_UP, UP] == phases[2:]


def test_an_outage_began_with_its_first_failed_run_not_with_its_confirmation() -> None:
    state = RegionState("checkout", "local")
    for result in (run(NOON, "P"), run(at(60), "F"), run(at(60), "f")):
        state = judge_run(state, result, watches(probe(), Policy("test")))

    down = state.tracks[Track.DOWN]
    assert (DOWN, at(60)) == (down.phase, down.since)
    assert down.first_bad is not None
    assert run(at(60), "F").id == down.first_bad.run_id
    assert down.last_bad is not None
    assert run(at(60), "f").id == down.last_bad.run_id


def test_under_three_of_five_the_outage_began_with_the_first_of_the_three() -> None:
    three = probe(alerts=(rule(3, 5),))
    state = RegionState("checkout", "local")
    for minute, letter in enumerate("PFPFPF"):
        state = judge_run(state, run(at(60.0 * minute), letter), watches(three, Policy("test")))

    assert at(60) == state.tracks[Track.DOWN].since


def test_a_new_outage_does_not_begin_in_the_old_one() -> None:
    state = RegionState("checkout", "local")
    for minute, letter in enumerate("PFFPPFF"):
        state = judge_run(state, run(at(60.0 * minute), letter), watches(probe(), Policy("test")))

    assert at(300) == state.tracks[Track.DOWN].since


def test_a_failed_run_says_nothing_about_speed() -> None:
    state = RegionState("checkout", "local")
    for minute, letter in enumerate("DFD"):
        state = judge_run(state, run(at(60.0 * minute), letter), watches(probe(), Policy("test")))

    assert (True, True) == state.tracks[Track.SLOW].recent
    assert DOWN is state.tracks[Track.SLOW].phase


def test_a_confirmation_says_nothing_about_speed() -> None:
    state = judge_run(RegionState("checkout", "local"), run(NOON, "p"), watches(probe(), Policy("test")))

    assert {Track.DOWN} == set(state.tracks)


def test_a_confirmation_comes_after_its_run_though_its_name_sorts_before() -> None:
    state = judge_run(RegionState("checkout", "local"), run(NOON, "F"), watches(probe(), Policy("test")))

    assert Standing.CURRENT is standing(state, run(NOON, "f"))


def test_what_is_delivered_twice_or_late_is_history() -> None:
    state = judge_run(RegionState("checkout", "local"), run(at(60), "P"), watches(probe(), Policy("test")))

    assert Standing.LATE is standing(state, run(at(60), "P"))
    assert Standing.LATE is standing(state, run(NOON, "F"))
    assert Standing.LATE is standing(state, run(NOON, "f"))


def test_a_run_that_somebody_asked_for_neither_pages_nor_resolves() -> None:
    assert Standing.MANUAL is standing(RegionState("checkout", "local"), run(NOON, "F", kind=RunKind.MANUAL))


def test_errors_and_skipped_runs_judge_nothing() -> None:
    assert Standing.NOT_JUDGED is standing(RegionState("checkout", "local"), run(NOON, "E"))
    assert Standing.NOT_JUDGED is standing(RegionState("checkout", "local"), run(NOON, "S"))


def test_a_belief_is_stale_after_two_slots_the_timeout_and_five_seconds() -> None:
    state = replace(RegionState("checkout", "local"), last_slot=NOON)
    limit = at(2 * 60 + 10 + 5)

    assert stale_since(state, probe(), limit) is None
    assert limit == stale_since(state, probe(), limit + timedelta(milliseconds=1))


def test_a_note_tells_where_the_time_went() -> None:
    note = note_of(run(NOON, "F"))

    assert ("pay", "Pay", "201", "500") == (note.step, note.step_name, note.expected, note.actual)
    assert "first_byte" in note.phases
    assert "tls" not in note.phases
