"""One report as text, as JSON and as a table: the same figures, and what a target said is nothing but text."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import pytest

from synthmon.model.run import Outcome
from synthmon.reports import document, html, sheet, text
from synthmon.reports.charts import strip
from synthmon.reports.figures.material import Material
from synthmon.reports.figures.period import Period, day, days, month, week
from synthmon.reports.figures.report import Frame, Report, build
from tests.making import NOON, at, incident, missed, row, version

MONDAY = day(date(2026, 3, 2), UTC)
HOSTILE = "=cmd|' /C calc'!A0"


def material(**changes: object) -> Material:
    rows = [
        row(at(60 * minute), Outcome.FAILED if minute < 6 else Outcome.PASSED, message=HOSTILE) for minute in range(60)
    ]
    values = {
        "name": "checkout",
        "title": "Customer can \x1b[31mbuy\u202e",
        "regions": ("local",),
        "interval": 60.0,
        "timeout": 10.0,
        "owner": "team-payments",
        "rows": rows,
        "missed": [missed(at(3600))],
        "versions": [version(since=NOON, until=at(3661))],
        "incidents": (incident(NOON, reason="down: step “Pay” said \x07 =1+1"),),
    }
    return Material(**{**values, **changes})  # type: ignore[arg-type]


def report(period: Period = MONDAY) -> Report:
    return build(Frame("shop", period, period.end + timedelta(hours=1), "abc123def456"), [material()])


def test_the_text_says_the_verdict_first_and_holds_no_character_that_moves_a_cursor() -> None:
    shown = text.render(report())
    first, second, *_ = shown.splitlines()
    assert ("shop: Monday, 2 March 2026", "Checkout 90.00 %, 1 outage.") == (first, second)
    assert "availability 90.00 %, 6 min bad of 1 h" in shown
    assert "coverage 98.3 %, 60 judged of 61 due" in shown
    assert [] == [char for char in shown if not char.isprintable() and char != "\n"]


def test_the_document_has_every_figure_unrounded() -> None:
    told = json.loads(document.render(report()))
    assert ("daily", "2026-03-02", True) == (told["period"]["kind"], told["period"]["name"], told["closed"])
    (probe,) = told["probes"]
    assert {"good": 3240.0, "bad": 360.0, "availability": 0.9, "due": 61}.items() <= probe["total"].items()
    assert {"passed": 54, "failed": 6, "missed": 1}.items() <= probe["total"]["outcomes"].items()


def test_a_cell_that_a_spreadsheet_would_reckon_is_text() -> None:
    table = list(csv.DictReader(sheet.render([material()], MONDAY, MONDAY.end).splitlines()))
    assert {f"'{HOSTILE}"} == {line["message"] for line in table if line["outcome"] != "missed"}
    assert ["missed", "", "no_result"] == [table[-1][name] for name in ("outcome", "good", "failure_kind")]


@pytest.mark.parametrize("form", [html.render, text.render, document.render])
def test_the_same_report_gives_the_same_bytes(form: object) -> None:
    assert form(report()) == form(report())  # type: ignore[operator]


@pytest.mark.parametrize(
    ("period", "name", "title", "hours"),
    [
        (day(date(2026, 3, 29), ZoneInfo("Europe/Berlin")), "2026-03-29", "Sunday, 29 March 2026", 23),
        (week(date(2027, 1, 1), UTC), "2026-W53", "Week 53 of 2026", 168),
        (month(date(2028, 2, 29), UTC), "2028-02", "February 2028", 29 * 24),
        (month(date(2026, 12, 31), UTC), "2026-12", "December 2026", 31 * 24),
        (month(date(2026, 10, 5), ZoneInfo("Europe/Berlin")), "2026-10", "October 2026", 31 * 24 + 1),
        (days(date(2026, 3, 2), date(2026, 4, 17), UTC), "2026-03-02--2026-04-17", "2 March to 17 April 2026", 47 * 24),
        (
            days(date(2026, 12, 31), date(2027, 1, 1), UTC),
            "2026-12-31--2027-01-01",
            "31 December 2026 to 1 January 2027",
            48,
        ),
    ],
)
def test_a_period_has_its_local_days_a_name_and_a_title(period: Period, name: str, title: str, hours: float) -> None:
    assert (name, title, hours) == (period.name, period.title, period.seconds / 3600)


def test_days_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ValueError, match="2026-03-03 is after 2026-03-02"):
        days(date(2026, 3, 3), date(2026, 3, 2), UTC)


@pytest.mark.parametrize(
    ("period", "ticks"),
    [
        (MONDAY, ["00:00", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "00:00"]),
        (week(date(2026, 3, 2), UTC), [f"{number} Mar" for number in range(2, 10)]),
        (month(date(2026, 3, 2), UTC), ["1 Mar", "8 Mar", "15 Mar", "22 Mar", "29 Mar", "1 Apr"]),
        (
            days(date(2025, 12, 31), date(2026, 4, 30), UTC),
            ["Jan 2026", "Feb 2026", "Mar 2026", "Apr 2026", "May 2026"],
        ),
    ],
)
def test_a_strip_has_as_many_ticks_as_can_be_read(period: Period, ticks: list[str]) -> None:
    assert ticks == [tick.label for tick in strip((), period).ticks]
