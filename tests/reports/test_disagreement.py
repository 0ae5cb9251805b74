"""Regions that disagree, near misses, phases and releases: by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from synthmon.model.history import RunRow
from synthmon.model.incident import Health
from synthmon.model.run import Outcome, RunKind
from synthmon.reports.figures.disagreement import disagreements
from synthmon.reports.figures.health import Span
from synthmon.reports.figures.near import NearMisses, flaps, soft_failures
from synthmon.reports.figures.planned import Planned
from synthmon.reports.figures.rolling import failed
from tests.making import NOON, at, row

LETTERS = {
    ".": Outcome.PASSED,
    "d": Outcome.DEGRADED,
    "x": Outcome.FAILED,
    "e": Outcome.ERROR,
    "s": Outcome.SKIPPED,
}
END = at(3600)


def runs(**regions: str) -> list[RunRow]:
    """A letter a minute; each further region runs some seconds later than the one before. A space is no run."""
    return [
        row(at(60 * minute + 7 * shift), LETTERS[letter], region=region)
        for shift, (region, letters) in enumerate(regions.items())
        for minute, letter in enumerate(letters)
        if letter != " "
    ]


@pytest.mark.parametrize(
    ("regions", "found"),
    [
        pytest.param({"eu": "..x..", "us": "....."}, {"eu": 1, "us": 0}, id="one failed while the other passed"),
        pytest.param({"eu": "..x..", "us": ".d..."}, {"eu": 1, "us": 0}, id="degraded is passed"),
        pytest.param({"eu": ".xxx.", "us": ".xxx."}, {"eu": 0, "us": 0}, id="an outage that both see"),
        pytest.param({"eu": ".xxx.", "us": ".xx.."}, {"eu": 0, "us": 0}, id="one saw the end of it later"),
        pytest.param({"eu": ".xxx.", "us": "...x."}, {"eu": 2, "us": 0}, id="the other passed on both sides of two"),
        pytest.param({"eu": "..x..", "us": ".. .."}, {"eu": 1, "us": 0}, id="a gap is bridged up to the limit"),
        pytest.param({"eu": "..x..", "us": ".eeee"}, {"eu": 0, "us": 0}, id="who cannot judge disagrees with nobody"),
        pytest.param({"eu": "..x..", "us": ".....", "asia": "..x.."}, {"eu": 1, "us": 0, "asia": 1}, id="two of three"),
        pytest.param({"eu": "xxxxx"}, {}, id="alone there is nobody to disagree with"),
    ],
)
def test_regions_disagree_where_one_failed_while_another_passed(regions: dict[str, str], found: dict[str, int]) -> None:
    assert found == disagreements(runs(**regions), NOON, END, 135.0)


def test_only_what_lies_in_the_period_and_outside_of_maintenance_is_counted() -> None:
    rows = runs(eu="x.x.x.x", us=".......")
    quiet = Planned(((at(230), at(250)),))
    assert {"eu": 1, "us": 0} == disagreements(rows, at(100), at(300), 135.0, quiet)


def test_confirmations_disagree_with_nobody() -> None:
    rows = [*runs(eu=".....", us="....."), row(at(125), Outcome.FAILED, region="eu", kind=RunKind.CONFIRM)]
    assert {"eu": 0, "us": 0} == disagreements(rows, NOON, END, 135.0)


def test_a_failed_run_that_no_outage_counts_is_a_near_miss() -> None:
    slots = failed(runs(eu="..x..xxx..x"))
    assert 2 == soft_failures(slots, [(at(300), at(480))])


def spans(*healths: Health) -> Iterable[Span]:
    def begins(index: int) -> datetime:
        return NOON + timedelta(minutes=index)

    return [Span(begins(index), begins(index + 1), health) for index, health in enumerate(healths)]


UP, SLOW, DOWN, BLIND = Health.UP, Health.DEGRADED, Health.DOWN, Health.UNKNOWN


@pytest.mark.parametrize(
    ("healths", "count"),
    [
        pytest.param((UP, DOWN, UP, DOWN, UP), 2, id="down twice"),
        pytest.param((UP, SLOW, DOWN), 1, id="from degraded"),
        pytest.param((DOWN, UP), 0, id="down from before"),
        pytest.param((UP, BLIND, DOWN, BLIND, DOWN), 1, id="not to be seen in between is no recovery"),
        pytest.param((), 0, id="nothing known"),
    ],
)
def test_how_often_it_went_down(healths: tuple[Health, ...], count: int) -> None:
    assert count == flaps(spans(*healths))


def test_nothing_near_is_no_near_miss_and_four_times_down_is_flapping() -> None:
    assert not NearMisses(0, 0, 3).any
    assert NearMisses(0, 0, 4).flapping
    assert NearMisses(1, 0, 0).any
    assert NearMisses(0, 1, 0).any
