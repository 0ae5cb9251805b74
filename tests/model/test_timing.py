"""Cron expressions by the clocks of a zone, where they are right and where they leap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from synthmon.model.timing import Cron

BERLIN = "Europe/Berlin"
SPRING, AUTUMN = datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)  # midnight there
SEASONS = {"spring": SPRING, "autumn": AUTUMN}


def hours(cron: Cron, start: datetime, length: float = 5) -> list[str]:
    return [f"{minute:%H:%M}" for minute in cron.between(start, start + timedelta(hours=length))]


@pytest.mark.parametrize(
    ("expression", "season", "expected"),
    [
        ("30 2 * * *", "spring", ["01:00"]),  # what lies in the gap comes at its end
        ("15,30 2 * * *", "spring", ["01:00"]),  # once
        ("*/30 2 * * *", "spring", ["01:00"]),
        ("30 1-3 * * *", "spring", ["00:30", "01:00", "01:30"]),
        ("0 * * * *", "spring", ["00:00", "01:00", "02:00", "03:00", "04:00"]),
        ("30 2 * * *", "autumn", ["00:30"]),  # the first of the two
        ("30 1-3 * * *", "autumn", ["23:30", "00:30", "02:30"]),
        ("0 * * * *", "autumn", ["23:00", "00:00", "01:00", "02:00", "03:00"]),  # both of the two
        ("*/30 2 * * *", "autumn", ["00:00", "00:30", "01:00", "01:30"]),
    ],
)
def test_clocks_that_leap_lose_nothing_and_double_nothing(expression: str, season: str, expected: list[str]) -> None:
    assert hours(Cron(expression, BERLIN), SEASONS[season]) == expected


def test_days_of_the_week_are_those_of_everybody() -> None:
    friday = datetime(2026, 11, 27, 17, 30, tzinfo=UTC)

    found = Cron("*/30 8-18 * * 1-5", BERLIN).between(friday - timedelta(minutes=1), friday + timedelta(days=3))
    assert [f"{minute:%a %H:%M}" for minute in found][:3] == ["Fri 17:30", "Mon 07:00", "Mon 07:30"]


@pytest.mark.parametrize("expression", ["*/7 * * * *", "30 2 * * *", "*/20 1-3 * * *", "0 0 1 * *", "15 3 * * 0"])
@pytest.mark.parametrize("zone", [BERLIN, "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"])
def test_it_is_the_same_from_wherever_one_begins_to_count(expression: str, zone: str) -> None:
    cron = Cron(expression, zone)
    for start in (SPRING - timedelta(days=1), AUTUMN - timedelta(days=1), datetime(2026, 4, 4, tzinfo=UTC)):
        end = start + timedelta(days=2)
        whole = cron.between(start, end)
        parts = [start + timedelta(minutes=137 * part) for part in range(22)]
        assert whole == tuple(
            minute
            for after, until in zip(parts, [*parts[1:], end], strict=True)
            for minute in cron.between(after, until)
        )
        at = start
        one_by_one = []
        while (at := cron.next(at)) <= end:
            one_by_one.append(at)
        assert tuple(one_by_one) == whole


def test_a_day_that_a_country_left_out_has_no_run() -> None:
    cron = Cron("0 12 * * *", "Pacific/Apia")  # the 30th of December 2011 was no day there
    found = cron.between(datetime(2011, 12, 29, tzinfo=UTC), datetime(2012, 1, 1, tzinfo=UTC))

    assert [f"{minute:%d %H:%M}" for minute in found] == ["29 22:00", "30 10:00", "30 22:00", "31 22:00"]


def test_gaps_are_those_of_clocks_that_never_change() -> None:
    cron = Cron("*/5 8-18 * * 1-5", BERLIN)

    assert (cron.shortest, cron.longest) == (300.0, (61 * 60 + 5) * 60.0)
    assert round(cron.share, 2) == 0.33
    assert (Cron("0 3 * * *", BERLIN).shortest, Cron("0 3 * * *", BERLIN).share) == (86400.0, 1.0)


def test_a_day_that_comes_every_four_years_is_found() -> None:
    assert Cron("0 0 29 2 *", "UTC").next(datetime(2026, 1, 1, tzinfo=UTC)) == datetime(2028, 2, 29, tzinfo=UTC)


def test_it_is_kept_as_a_text() -> None:
    cron = Cron("*/5 8-18 * * 1-5", BERLIN)

    assert Cron.parse(str(cron)) == cron
