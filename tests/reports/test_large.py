"""A report of a thousand probes in five regions: the summary first, the worst in full, at most five megabytes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, timedelta

import pytest

from synthmon.model.run import FailureKind, Outcome
from synthmon.reports import html, text
from synthmon.reports.figures.period import day
from synthmon.reports.figures.report import Frame, Material, Report, build
from tests.making import at, failure, incident, row, run, step, version
from tests.reports.test_html import Tree

MONDAY = day(date(2026, 3, 2), UTC)
REGIONS = ("eu-west", "us-east", "asia", "africa", "oceania")
MEGABYTE = 1_000_000
STEPS = ("log-in", "search", "cart", "pay", "confirm")


@pytest.fixture(scope="module")
def report() -> Report:
    """Every probe failed now and then, so that each has a card with everything in it; every second one was down."""
    slots = [
        (at(3600 * index, MONDAY.start), Outcome.FAILED if index % 5 == 0 else Outcome.PASSED) for index in range(24)
    ]
    kinds = list(FailureKind)[:12]
    results = [
        run(
            slot,
            outcome,
            region=region,
            steps=tuple(
                step(name, outcome, failures=(failure(kinds[(index + place) % 12]),) if outcome.broken else ())
                for place, name in enumerate(STEPS)
            ),
        )
        for index, (slot, outcome) in enumerate(slots)
        for region in REGIONS
    ]
    material = Material(
        "probe-0000",
        "A customer finds what she looks for, and pays for it",
        REGIONS,
        3600.0,
        10.0,
        rows=[row(slot, outcome, region=region) for slot, outcome in slots for region in REGIONS],
        results=results,
        versions=[version("probe-0000", since=MONDAY.start - timedelta(days=40), interval=3600.0, regions=REGIONS)],
    )
    one = build(Frame("test", MONDAY, MONDAY.end, "abc123"), [material])
    probes = tuple(replace(one.probes[0], name=f"probe-{number:04}") for number in range(1000))
    said = "down: step “Pay” answered 500, expected 201; " * 20
    incidents = tuple(incident(at(60 * number), probe=f"probe-{2 * number:04}", reason=said) for number in range(500))
    return replace(one, probes=probes, incidents=incidents)


def test_the_page_of_a_thousand_probes_has_less_than_five_megabytes_and_names_all(report: Report) -> None:
    page = html.render(report)
    tree = Tree(page)
    assert len(page.encode()) < 5 * MEGABYTE
    assert [] == tree.wrong
    cards = [attrs["id"] for attrs in tree.named("section") if (attrs.get("id") or "").startswith("probe-")]
    assert 50 <= len(cards) < 1000
    assert f"probe-probe-{len(cards) - 1:04}" == cards[-1]
    assert f"{1000 - len(cards)} probes that are better off have no card here" in page
    assert {f"probe-{number:04}" for number in range(1000)} <= set(re.findall(r"\bprobe-[0-9]{4}\b", page))
    assert page.index("Down at the end") < page.index("Incidents") < page.index("Probes, worst first")
    places = {f"#{attrs['id']}" for _, attrs in tree.elements if "id" in attrs}
    assert {attrs["href"] for attrs in tree.named("a")} <= places


def test_long_lists_are_folded_and_very_long_ones_counted(report: Report) -> None:
    page = html.render(replace(report, probes=report.probes[:13]))
    assert "<summary>and 1 more</summary>" in page
    assert "<summary>and 475 more</summary>" in page
    assert "100 further incidents are not listed here" in page
    assert "and" not in html.render(replace(report, probes=report.probes[:12], incidents=())).split("<summary>")[-1][:4]


def test_of_few_probes_everything_is_open_and_of_many_what_is_wrong_with_them(report: Report) -> None:
    fine = replace(report.probes[0], name="fine", total=replace(report.probes[0].total, bad=0.0))
    few = html.render(replace(report, probes=(*report.probes[:3], fine)))
    many = html.render(replace(report, probes=(*report.probes[:12], fine)))
    assert (4, 4) == (few.count("<details open>"), few.count("<summary>Regions"))
    assert (12, 13) == (many.count("<details open>"), many.count("<summary>Regions"))


def test_the_text_of_a_thousand_probes_tells_of_the_worst(report: Report) -> None:
    told = text.render(report)
    assert len(told.encode()) < MEGABYTE
    assert "950 probes that are better off are left out here" in told
    assert 50 == told.count("  success ratio ")
