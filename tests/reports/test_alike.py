"""One report in all its forms: page, text, document and table tell the same figures, and none where there is none."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, timedelta
from typing import Any

import pytest

from synthmon.model.histogram import Histogram
from synthmon.model.incident import Health
from synthmon.model.probe import Objective
from synthmon.model.rollup import QUARTER, Rollup
from synthmon.model.run import Outcome
from synthmon.reports import document, html, table, telling, text
from synthmon.reports.figures.material import Material
from synthmon.reports.figures.past import days_from
from synthmon.reports.figures.period import day
from synthmon.reports.figures.report import Frame, Report, build
from tests.making import at, change, incident, row, run, step, version

MONDAY = day(date(2026, 3, 2), UTC)
START = MONDAY.start
REGIONS = ("eu", "us")
BEGAN, ENDED = at(9 * 3600, START), at(9.5 * 3600, START)


def failed(index: int) -> bool:
    return 36 <= index < 38  # half past nine is the 38th quarter


def made() -> Report:
    """A day of a run every quarter of an hour in two regions, down from nine to half past; like it was for 30 days."""
    slots = [(at(900 * index, START), Outcome.FAILED if failed(index) else Outcome.PASSED) for index in range(96)]
    outage = incident(BEGAN, resolved_at=ENDED, acknowledged_at=at(120, BEGAN), acknowledged_by="maria")
    release = {slot: "1" if slot < BEGAN else "2" for slot, _ in slots}
    past = [
        Rollup(
            START - timedelta(days=number) + index * QUARTER, "checkout", region, {Outcome.PASSED: 1}, 1,
            good=900.0, journeys=Histogram.of([0.2 - 0.004 * number] * 1),
        )
        for number in range(1, 31) for region in REGIONS for index in range(96)
    ]  # fmt: skip
    material = Material(
        "checkout",
        "Customer can check out",
        REGIONS,
        900.0,
        10.0,
        objectives=(Objective("availability", 0.999, 86400.0),),
        rows=[row(slot, outcome, region=region) for slot, outcome in slots for region in REGIONS],
        results=[
            run(
                slot, outcome, region=region, steps=(step(outcome=outcome, captured={"release": f'"{release[slot]}"'}),)
            )
            for slot, outcome in slots
            for region in REGIONS
        ],
        versions=[version(since=START - timedelta(days=40), interval=900.0, regions=REGIONS)],
        changes=[change(START, Health.UP), change(BEGAN, Health.DOWN), change(ENDED, Health.UP)],
        incidents=[outage],
        days=days_from(past, MONDAY),
        since=START - timedelta(days=40),
        accepted={outage.id: outage.opened_at + timedelta(seconds=2)},
    )
    return build(Frame("test", MONDAY, MONDAY.end, "abc123"), [material])


@pytest.fixture(scope="module")
def report() -> Report:
    return made()


@pytest.fixture(scope="module")
def told(report: Report) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(document.render(report))
    return loaded


def test_page_and_text_say_the_same(report: Report) -> None:
    page, plain = html.render(report), text.render(report)
    for said in (
        "Checkout 97.91 % (objective 99.9 %), 1 outage",
        "30 min used, overspent by 28 min 34 s (1 min 26 s allowed)",
        "23:30:00",
        "0:30:00",
        "2.08 points worse",
        "% slower",
        "release 2 (before: 1)",
        "Slow creep: p95 of the journey rose from",
        "6 s",
    ):
        assert said in page.replace("<strong>", "").replace("</strong>", ""), said
        assert said.casefold() in plain.casefold(), said


def test_the_document_has_them_unrounded(told: dict[str, Any]) -> None:
    (probe,) = told["probes"]
    outages = probe["outages"]
    assert (1, 1800.0, 1800.0, 84600.0) == (outages["count"], outages["total"], outages["mttr"], outages["mtbf"])
    assert {"count": 1, "mean": 2.0, "longest": 2.0} == outages["page"]
    assert {"count": 1, "mean": 114.0, "longest": 114.0} == outages["acknowledge"]
    assert told["outages"] == outages
    before = probe["comparisons"][0]
    assert ("the day before", 1.0, "worse") == (
        before["name"], before["availability"]["then"], before["availability"]["turn"],
    )  # fmt: skip
    assert {"eu": 0, "us": 0} == probe["disagreements"]
    assert {"soft_failures": 0, "flaky": 0, "times_down": 1} == probe["near_misses"]
    assert ["2"] == [one["release"] for one in probe["releases"]]
    assert {"up": 84600.0, "down": 1800.0, "degraded": 0.0, "unknown": 0.0} == probe["states"]
    (objective,) = probe["objectives"]
    assert pytest.approx(86.4 - 1800.0) == objective["left"]


def test_the_table_has_a_line_for_every_figure_of_the_document(report: Report, told: dict[str, Any]) -> None:
    lines = list(csv.DictReader(table.render(report).splitlines()))
    found = {(line["probe"], line["figure"]): line["value"] for line in lines}
    assert len(lines) == len(found)
    (probe,) = told["probes"]
    assert str(probe["total"]["availability"]) == found["checkout", "total.availability"]
    assert str(probe["regions"]["eu"]["p95"]) == found["checkout", "regions.eu.p95"]
    assert "1800.0" == found["", "outages.mttr"]
    assert "worse" == found["checkout", "comparisons.the day before.availability.turn"]
    assert {"2026-03-02"} == {line["period"] for line in lines}


def test_what_there_is_no_figure_of_is_a_dash_null_or_an_empty_cell() -> None:
    nothing = Material("quiet", "Nothing runs", ("eu",), 60.0, 10.0, versions=[version("quiet", START)])
    empty = build(Frame("test", MONDAY, MONDAY.end, "abc123"), [nothing])
    (probe,) = json.loads(document.render(empty))["probes"]
    outages = probe["outages"]
    assert [None] * 3 == [outages["mttr"], outages["mtbf"], outages["longest"]]
    assert {"count": 0, "mean": None, "longest": None} == outages["detect"]
    assert {"unknown"} == {one[key]["turn"] for one in probe["comparisons"] for key in ("availability", "p50", "p95")}
    cells = {line["figure"]: line["value"] for line in csv.DictReader(table.render(empty).splitlines())}
    assert "" == cells["outages.mttr"] == cells["total.availability"] == cells["steps.journey.p95"]
    plain, page = text.render(empty), html.render(empty)
    assert "not enough data" in plain
    assert "not enough data" in page
    assert "100 %" not in plain.replace("(objective 100 %)", "")
    assert "–" == telling.length(empty.outages.mttr)


def test_the_same_report_gives_the_same_bytes(report: Report) -> None:
    again = made()
    for render in (html.render, text.render, document.render, table.render):
        assert render(report) == render(again)
