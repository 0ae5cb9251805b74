"""The coming week: each day with the parts of what is quiet in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.web.week import SHOWN, stretch_of, week
from tests.making import NOON, at

HOURS = 3600.0


def quiet(start: float, end: float, probe: str = "checkout") -> Quiet:
    return Quiet(QuietKind.SILENCE, Selection(probe), at(start * HOURS), at(end * HOURS), "disks", "ada")


def parts(*quiets: Quiet) -> list[list[tuple[str, str]]]:
    return [[(one.begins, one.ends) for one in day.stretches] for day in week(quiets, NOON)]


def test_what_lasts_over_days_has_a_part_in_each() -> None:
    assert [[("14:00", "24:00")], [("00:00", "24:00")], [("00:00", "06:00")], [], [], [], []] == parts(quiet(2, 42))


def test_what_ends_at_midnight_is_not_in_the_next_day() -> None:
    assert [[("14:00", "24:00")], [], [], [], [], [], []] == parts(quiet(2, 12))


def test_what_was_lifted_ends_there() -> None:
    assert [("14:00", "15:00")] == parts(replace(quiet(2, 42), lifted_at=at(3 * HOURS)))[0]


def test_what_lies_outside_is_left_out_and_much_is_counted() -> None:
    outside = (quiet(-20, -12.5), quiet(24 * 7, 24 * 8))
    many = [quiet(1 + number, 30, f"p{number}") for number in range(SHOWN + 3)]
    days = week((*outside, *many), NOON)
    assert (SHOWN, 3) == (len(days[0].stretches), days[0].more)
    assert ["p0", "p1"] == [one.quiet.covers.probe for one in days[0].stretches[:2]]
    assert () == days[-1].stretches


def test_the_week_begins_today_and_has_seven_days() -> None:
    start, end = stretch_of(NOON)
    assert (at(-12 * HOURS), timedelta(days=7)) == (start, end - start)
    assert [(2, 3), (8, 3)] == [(week((), NOON)[index].day.day, week((), NOON)[index].day.month) for index in (0, -1)]
