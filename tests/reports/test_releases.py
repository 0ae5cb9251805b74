"""Releases with what was before and after, and where the time of a step goes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from synthmon.model.run import Phases, RunResult
from synthmon.reports.figures.counting import Tally
from synthmon.reports.figures.latency import JOURNEY, step_figures
from synthmon.reports.figures.met import release_of
from synthmon.reports.figures.past import Day
from synthmon.reports.figures.phases import happened, phases
from synthmon.reports.figures.releases import Marker, Released, Sightings, files_changed, released
from tests.making import NOON, at, run, step, version

HOUR = timedelta(hours=1)


def met(letters: str, region: str = "local") -> list[RunResult]:
    """A run a minute; each letter is the release that it met, a dot one of which nothing was captured."""
    return [
        run(
            at(60 * minute),
            region=region,
            steps=(step("home"), step("version", captured={} if letter == "." else {"release": f'"{letter}"'})),
        )
        for minute, letter in enumerate(letters)
    ]


def markers(*results: RunResult) -> list[tuple[str | None, str | None, int]]:
    seen = Sightings()
    for result in results:
        seen.note(result)
    return [(one.before, one.release, round((one.at - NOON).total_seconds() / 60)) for one in seen.markers()]


@pytest.mark.parametrize(
    ("letters", "found"),
    [
        pytest.param("aaabbb", [("a", "b", 3)], id="a release"),
        pytest.param("aaaaaa", [], id="none"),
        pytest.param("......", [], id="no step captures it"),
        pytest.param("aa..bb", [("a", "b", 4)], id="it was not seen for a while"),
        pytest.param("aaab", [("a", "b", 3)], id="just now"),
        pytest.param("aaababbabbbb", [("a", "b", 8)], id="two answer by turns until one is left"),
        pytest.param("aaabbbaaa", [("a", "b", 3), ("b", "a", 6)], id="taken back"),
        pytest.param("aaabaaa", [], id="one stray answer is no release"),
    ],
)
def test_a_release_is_where_another_one_answers_than_before(
    letters: str, found: list[tuple[str | None, str | None, int]]
) -> None:
    assert found == markers(*met(letters))


@pytest.mark.parametrize(
    ("shown", "name"),
    [
        ('"1.4.2"', "1.4.2"),
        ("17", "17"),
        ("null", None),
        ('""', None),
        ('"very lo… (900 characters more)', '"very lo…'),
    ],
)
def test_a_release_is_told_as_its_target_says_it(shown: str, name: str | None) -> None:
    found = release_of(run(steps=(step(captured={"release": shown}),)))
    assert (found or "")[: len(name or "")] == (name or "")
    assert (found is None) is (name is None)


def test_a_release_that_reaches_regions_one_by_one_began_with_the_first() -> None:
    assert [("a", "b", 3)] == markers(*met("aaabbbbbb", "eu"), *met("aaaaaabbb", "us"))


def test_a_change_of_the_probes_file_is_marked_and_its_first_version_is_not() -> None:
    first = version(since=NOON, until=at(3600), content_hash="a")
    same = version(since=at(3600), until=at(7200), content_hash="a")
    second = version(since=at(7200), content_hash="b")
    assert [Marker(at(7200))] == files_changed([second, first, same], NOON, at(86400))
    assert [] == files_changed([second, first, same], at(7201), at(86400))


def count(start: datetime, end: datetime) -> Day:
    return Day(start, end, Tally())


def sides(one: Released) -> list[float | None]:
    return [None if side is None else (side.end - side.start) / HOUR for side in (one.before, one.after)]


@pytest.mark.parametrize(
    ("hours", "found"),
    [
        pytest.param([12.0], [[6.0, 6.0]], id="six hours on either side"),
        pytest.param([2.0], [[2.0, 6.0]], id="not from before what is known"),
        pytest.param([23.0], [[6.0, 1.0]], id="not from after it"),
        pytest.param([12.0, 14.0], [[6.0, 2.0], [2.0, 6.0]], id="never of another release"),
        pytest.param([0.2, 23.9], [[None, 6.0], [6.0, None]], id="a few minutes say nothing"),
    ],
)
def test_both_sides_of_a_release(hours: list[float], found: list[list[float | None]]) -> None:
    made = [Marker(NOON + hour * HOUR, str(hour)) for hour in hours]
    known = (NOON, NOON + 24 * HOUR)
    assert found == [sides(one) for one in released(made, known, count)]


def test_a_side_without_a_whole_quarter_of_an_hour_is_not_told_of() -> None:
    """Rollups know nothing finer; what they and what runs say of such a side would differ."""
    start = at(0).replace(minute=0, second=0)
    made = [Marker(start + timedelta(minutes=minute)) for minute in (19, 43)]
    asked: list[tuple[datetime, datetime]] = []

    def noted(first: datetime, last: datetime) -> Day:
        asked.append((first, last))
        return count(first, last)

    first, second = released(made, (start, start + timedelta(hours=2)), noted)
    assert (None, None) == (first.after, second.before)
    assert [(start, made[0].at), (made[1].at, start + timedelta(hours=2))] == asked


def one_day(number: int, first_byte: float, tls: float | None = 0.02) -> Day:
    start = NOON + number * 24 * HOUR
    spent = Phases(0.001, 0.002, tls, 0.001, first_byte, 0.004, None)
    runs = [run(start + index * HOUR, steps=(step("pay", phases=spent),)) for index in range(4)]
    return Day(start, start + 24 * HOUR, Tally(), step_figures(runs))


def test_phases_are_means_of_seven_days_that_add_up() -> None:
    past = [one_day(number, 9.9 if number == 0 else 0.1) for number in range(7)]  # the first lies too far back
    (pay,) = phases(past, one_day(7, 0.8))
    assert ("pay", 28, NOON + 24 * HOUR) == (pay.step, pay.runs, pay.since)
    assert pytest.approx((6 * 0.1 + 0.8) / 7) == pay.phases["first_byte"].mean
    assert 0.8 == pay.phases["first_byte"].slowest
    assert "first_byte" == pay.most
    assert pytest.approx(0.2 + 0.028) == pay.mean


def test_a_phase_that_did_not_happen_in_every_run_is_shared_by_all() -> None:
    (pay,) = phases([one_day(0, 0.1, tls=None)], one_day(1, 0.1, tls=0.02))
    assert pytest.approx(0.01) == pay.phases["tls"].mean
    assert ("dns", "connect", "tls", "send", "first_byte", "transfer") == happened([pay])


def test_where_nothing_was_measured_there_are_no_phases() -> None:
    empty = Day(NOON, NOON + 24 * HOUR)
    assert () == phases([empty], empty)
    assert JOURNEY not in {one.step for one in phases([], one_day(0, 0.1))}
