"""The weekly report of a real history: what a person counts from its rows is what the report says."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import pytest

from synthmon.reports import html, text
from synthmon.reports.figures.report import Report
from tests.reports.history import HISTORY, WEEK, named, report

GOLDEN = Path(__file__).parent / "history.txt"


@pytest.fixture(scope="module")
def made() -> Report:
    return report()


def down_by_hand() -> dict[str, list[tuple[datetime, datetime]]]:
    """By service, from each row that says down to the next one of that service, as far as it lies in the week."""
    found: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    began: dict[str, datetime] = {}
    with HISTORY.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            name, at = named(line["service"]), datetime.fromisoformat(line["at"])
            if name in began and line["state"] == "up":
                found[name].append((began.pop(name), at))
            elif line["state"] == "down":
                began.setdefault(name, at)
    return {name: [part for part in parts if WEEK.start <= part[0] < WEEK.end] for name, parts in found.items()}


def test_every_outage_of_that_week_is_counted_with_its_length(made: Report) -> None:
    by_hand = {name: parts for name, parts in down_by_hand().items() if parts}
    assert {"community-forum", "github", "manual-dev"} == by_hand.keys()
    for probe in made.probes:
        lengths = [(end - start).total_seconds() for start, end in by_hand.get(probe.name, [])]
        found = probe.beyond.outages
        assert (len(lengths), sum(lengths), max(lengths, default=None)) == (found.count, found.total, found.longest)
        assert pytest.approx(sum(lengths)) == probe.total.bad
        assert (sum(lengths) / len(lengths) if lengths else None) == found.mttr


def test_the_report_is_read_as_the_week_was(made: Report) -> None:
    """`WRITE_GOLDEN=1` writes the file anew; read the difference before committing it."""
    told = text.render(made)
    if os.environ.get("WRITE_GOLDEN"):
        GOLDEN.write_text(told, encoding="utf-8")
    assert GOLDEN.read_text("utf-8") == told


def test_the_page_tells_the_worst_first_and_everything_that_the_text_tells_first(made: Report) -> None:
    page = html.render(made)
    places = [page.index(f'id="probe-{name}"') for name in ("github", "manual-dev", "community-forum", "chat")]
    assert sorted(places) == places
    for said in (
        "GitHub</a> is down: no answer",
        "1 h 57 min",
        "97.59 %",
        "3 h 12 min bad of 5 d 12 h",
        "11 of 14 met",
    ):
        assert said in page
