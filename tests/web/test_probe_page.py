"""The page of a probe: time, region and outcome by its address, runs page by page, figures, and what its file said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.datastructures import QueryParams

from synthmon.app.probe_figures import ProbeFiguresDesk
from synthmon.app.reporting import ReportDesk
from synthmon.model.history import ProbeVersion
from synthmon.model.run import Outcome
from synthmon.store.memory import MemoryStore
from synthmon.web.probe_page import READ, SHOWN, Asked, asked_for, runs_of
from synthmon.web.probe_versions import LONGEST, difference, history
from tests.making import NOON, at, probe, run
from tests.web.conftest import Site

KNOWN = probe()
VERSION = ProbeVersion(
    "checkout", "a" * 64, at(-3600), None, "Customer can check out", 60.0, 10.0, ("local",), "a: 1\n"
)


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("", Asked()),
        ("days=30&region=local&outcome=failed", Asked(30, "local", Outcome.FAILED)),
        ("days=31&region=nowhere&outcome=bad&before=yesterday", Asked()),
        ("before=2026-03-02T12:00:00%2B00:00", Asked(before=NOON)),
        ("before=2026-03-02T12:00:00+00:00", Asked(before=NOON)),
        ("before=2026-03-02T12:00:00", Asked()),
    ],
)
def test_an_address_chooses_time_region_and_outcome_and_what_makes_no_sense_is_left_out(
    query: str, asked: Asked
) -> None:
    assert asked == asked_for(QueryParams(query), KNOWN)
    assert asked == asked_for(QueryParams(asked.query.removeprefix("?")), KNOWN)


def kept(number: int, outcome: Callable[[int], Outcome] = lambda _: Outcome.PASSED) -> MemoryStore:
    store = MemoryStore()
    store.keep([run(at(-60 * index), outcome(index)) for index in range(number)])
    return store


def test_runs_are_turned_over_page_by_page_without_loss_or_doubling() -> None:
    store, found, before = kept(2 * SHOWN + 7), list[datetime](), None
    for _ in range(3):
        page = runs_of(store, "checkout", Asked(before=before), at(-86_400))
        found += [row.slot for row in page.rows]
        before = page.further
    assert before is None
    assert [at(-60 * index) for index in range(2 * SHOWN + 7)] == found


def test_runs_of_one_slot_are_never_torn_apart() -> None:
    store = kept(SHOWN)
    twins = [run(at(-60 * (SHOWN - 1)), region=f"r{index}") for index in range(3)]
    store.keep([*twins, run(at(-60 * SHOWN))])
    page = runs_of(store, "checkout", Asked(), at(-86_400))
    assert (SHOWN + 3, at(-60 * (SHOWN - 1))) == (len(page.rows), page.further)
    assert [at(-60 * SHOWN)] == [
        row.slot for row in runs_of(store, "checkout", Asked(before=page.further), at(-86_400)).rows
    ]


def test_a_rare_outcome_is_looked_for_so_far_at_a_time() -> None:
    store = kept(READ + 5, lambda index: Outcome.FAILED if index == READ + 2 else Outcome.PASSED)
    page = runs_of(store, "checkout", Asked(outcome=Outcome.FAILED), at(-60 * READ * 2))
    assert ([], at(-60 * (READ - 1))) == (page.rows, page.further)
    further = runs_of(store, "checkout", Asked(outcome=Outcome.FAILED, before=page.further), at(-60 * READ * 2))
    assert ([at(-60 * (READ + 2))], None) == ([row.slot for row in further.rows], further.further)


def test_the_page_filters_its_runs_and_says_so_where_there_is_none(site: Site) -> None:
    failed = site.client.get("/probes/checkout?outcome=failed").text
    assert 2 == failed.count('class="outcome failed"')
    assert "No run like this in the last 24 hours." in site.client.get("/probes/checkout?outcome=error").text
    assert "Last 7 days (UTC)" in site.client.get("/probes/checkout?days=7").text
    assert "<title>down: Customer can checkout" in failed


def test_the_figures_are_those_of_a_report(make_site: Callable[..., Site], tmp_path: Path) -> None:
    site = make_site()
    site.store.record_versions([VERSION], at(-3600))
    desk = ReportDesk(site.store, "test", UTC, tmp_path)
    figures = ProbeFiguresDesk(desk, lambda: {"checkout": KNOWN}, lambda: at(600))
    wide = make_site(report_of=figures.of)
    html = wide.client.get("/probes/checkout").text
    for text in ("Figures of the last 24 hours", "Latency against budget", "Success ratio", "2 of 10 runs failed"):
        assert text in html
    assert "Figures follow with the first runs." in wide.client.get("/probes/login").text


def test_figures_are_counted_once_for_many_and_for_a_while(tmp_path: Path) -> None:
    store, counted = MemoryStore(), list[str]()
    store.record_versions([VERSION], at(-3600))

    def probes() -> dict[str, object]:
        counted.append("once")
        return {"checkout": KNOWN}

    figures = ProbeFiguresDesk(ReportDesk(store, "test", UTC, tmp_path), probes, lambda: NOON)  # type: ignore[arg-type]
    day = timedelta(days=1)
    assert {id(figures.of("checkout", day)) for _ in range(5)} == {id(figures.of("checkout", day))}
    assert 1 == len(counted)
    assert None is figures.of("nothing", day)


def test_a_version_is_told_with_what_it_changed_the_newest_first() -> None:
    second = replace(VERSION, since=at(-60), content_hash="b" * 64, yaml="a: 2\n")
    third = replace(second, since=at(-30), content_hash="c" * 64)
    newest, middle, oldest = history([third, VERSION, second])
    assert (3, 2, 1) == (newest.number, middle.number, oldest.number)
    assert [("place", "@@ -1 +1 @@"), ("removed", "-a: 1"), ("added", "+a: 2")] == [
        (line.kind, line.text) for line in middle.changed
    ]
    assert () == newest.changed
    assert oldest.first


def test_a_difference_is_told_only_so_far() -> None:
    told = difference("", "\n".join(map(str, range(5 * LONGEST))))
    assert (LONGEST + 1, f"… {4 * LONGEST + 1} more lines") == (len(told), told[-1].text)


def test_the_page_of_versions_shows_files_as_text(make_site: Callable[..., Site]) -> None:
    site = make_site()
    hostile = replace(VERSION, yaml="title: <script>alert(1)</script>\n\u202e: 1\n")
    site.store.record_versions([hostile], at(-3600))
    site.store.record_versions([replace(hostile, content_hash="b" * 64, yaml="title: <b>x</b>\n")], at(-60))
    html = site.client.get("/probes/checkout/versions").text
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert '<span class="added">+title: &lt;b&gt;x&lt;/b&gt;' in html
    assert 404 == site.client.get("/probes/nothing/versions").status_code
