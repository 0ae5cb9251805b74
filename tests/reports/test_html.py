"""The daily report as a page: it needs nothing, runs nothing, and shows nothing that it was not meant to."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from synthmon.model.incident import Health, RunNote
from synthmon.model.probe import Objective, Track
from synthmon.model.run import FailureKind, Outcome, RunResult
from synthmon.model.timing import Cron
from synthmon.reports import wording
from synthmon.reports.figures.material import Material
from synthmon.reports.figures.period import day
from synthmon.reports.figures.report import Frame, Report, build
from synthmon.reports.html import render
from tests.making import at, change, incident, missed, row, run, version

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 3, 2)
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style></title><script src=//evil.example></script>",
    "]]><!--",
    "{{ 7*7 }}{% raw %}${{ secrets.a }}",
    "javascript:alert(1)",
    "\u202egnp.exe\u2066\u200b",
    "\x00\x07\x1b[31mred\x85\r\n\t",
    "\ud800 lone",
    "&lt;b&gt;",
    "x" * 5000,
]
VOID = {"meta", "link", "br", "img", "input", "hr"}


def material(**changes: Any) -> Material:
    """Checkout on Monday from 00:00 UTC: an hour of runs every minute, ten of them failed, one missed."""
    start = datetime(2026, 3, 2, tzinfo=UTC)
    failed = range(20, 30)
    values: dict[str, Any] = {
        "name": "checkout",
        "title": "Customer can check out",
        "regions": ("local",),
        "interval": 60.0,
        "timeout": 10.0,
        "objectives": (Objective("availability", 0.999, 86400.0),),
        "rows": [
            row(at(60 * index, start), Outcome.FAILED if index in failed else Outcome.PASSED) for index in range(60)
        ],
        "results": [
            run(at(60 * index, start), Outcome.FAILED if index in failed else Outcome.PASSED) for index in range(60)
        ],
        "missed": [missed(at(3600, start))],
        "versions": [version(since=start)],
        "changes": [change(start, Health.UP), change(at(1200, start), Health.DOWN), change(at(1800, start), Health.UP)],
        "incidents": [incident(at(1200, start))],
    }
    return Material(**{**values, **changes})


def report(*materials: Material, on: date = MONDAY, zone: tzinfo = UTC, as_of: datetime | None = None) -> Report:
    period = day(on, zone)
    return build(Frame("test", period, as_of or period.end + timedelta(hours=7), "abc123"), materials)


class Tree(HTMLParser):
    """Elements in order, texts, and every element that was opened and never closed or closed and never opened."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.wrong: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.wrong += self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if len({name for name, _ in attrs}) < len(attrs):
            self.wrong.append(f"{tag} has an attribute twice")
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.wrong.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]


def test_the_page_is_well_formed_and_names_its_language_and_letters() -> None:
    html = render(report(material(), material(name="login", incidents=())))
    tree = Tree(html)
    assert [] == tree.wrong
    assert html.lstrip().startswith("<!doctype html>")
    assert [{"lang": "en"}] == tree.named("html")
    assert {"charset": "utf-8"} in tree.named("meta")
    ids = [attrs["id"] for _, attrs in tree.elements if "id" in attrs]
    assert len(set(ids)) == len(ids)


def test_the_policy_allows_the_page_its_own_style_by_hash_and_nothing_else() -> None:
    html = render(report(material()))
    style = html.split("<style>")[1].split("</style>")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policies = [
        attrs["content"] for attrs in Tree(html).named("meta") if attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    assert [f"default-src 'none'; style-src 'sha256-{digest}'"] == policies


def test_the_page_refers_to_nothing_outside_itself_and_runs_nothing() -> None:
    html = render(report(material(), material(name="login")))
    for tag, attrs in Tree(html).elements:
        assert tag not in {"script", "link", "img", "iframe", "object", "embed", "base", "form", "image", "use"}
        assert not [name for name in attrs if name.startswith("on") or name in {"style", "src", "srcset", "srcdoc"}]
        assert (attrs.get("href") or "#").startswith("#")
    assert set(re.findall(r"url\(([^)]*)\)", html)) <= {f"#{attrs['id']}" for attrs in Tree(html).named("pattern")}
    assert "@import" not in html
    assert "//" not in html.replace("<!doctype html>", "")


def test_every_link_leads_to_a_place_on_the_page() -> None:
    tree = Tree(render(report(material())))
    places = {f"#{attrs['id']}" for _, attrs in tree.elements if "id" in attrs}
    assert {attrs["href"] for attrs in tree.named("a")} <= places


def said(text: str) -> Material:
    """Everything that a target, an author or a person who acknowledges can say, says `text`."""
    begun = datetime(2026, 3, 2, 1, tzinfo=UTC)
    note = RunNote("run-1", begun, text, text, text, FailureKind.STATUS, text, text, text)
    about = incident(
        begun, reason=text, probe_title=text, cause=note, acknowledged_by=text, owner=text, alert=text, regions=(text,)
    )
    broken = replace(run(begun, Outcome.FAILED).steps[0], name=text, id="pay")
    return material(
        title=text,
        owner=text,
        tags=(text,),
        objectives=(Objective(text, 0.999, 86400.0),),
        incidents=[replace(about, acknowledged_at=begun)],
        results=[replace(run(begun, Outcome.FAILED), steps=(broken,))],
        changes=[change(begun, Health.DOWN, text)],
    )


def shape(html: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(tag, tuple(attrs)) for tag, attrs in Tree(html).elements]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:24])
def test_hostile_text_adds_no_element_no_attribute_and_nothing_invisible(text: str) -> None:
    html = render(report(said(text)))
    assert shape(render(report(said("harmless")))) == shape(html)
    assert [] == Tree(html).wrong
    html.encode()  # no lone surrogate, or the page could not be written
    assert not [char for char in html if not char.isprintable() and char != "\n"]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:24])
def test_hostile_text_in_synthmons_own_troubles_is_as_harmless(text: str) -> None:
    def page(said: str) -> str:
        own = incident(track=Track.NOTIFY, probe=said, probe_title=said, reason=said, told=(said,))
        return render(replace(report(material()), own=(own,)))

    html = page(text)
    assert shape(page("harmless")) == shape(html)
    assert [] == Tree(html).wrong
    html.encode()
    assert not [char for char in html if not char.isprintable() and char != "\n"]


def test_text_that_turns_the_direction_of_writing_is_shown_as_an_escape() -> None:
    assert "\\u202egnp.exe" in render(report(said("\u202egnp.exe")))


def test_the_same_data_give_the_same_bytes() -> None:
    assert render(report(material())).encode() == render(report(material())).encode()


def test_the_order_in_which_probes_are_handed_in_changes_nothing() -> None:
    login, checkout = material(name="login"), material()
    assert render(report(login, checkout)) == render(report(checkout, login))


def test_without_drawings_the_same_is_said_in_words() -> None:
    html = render(report(material()))
    drawings = [attrs for attrs in Tree(html).named("svg") if attrs.get("aria-hidden") != "true"]
    charts = [attrs for attrs in drawings if "role" in attrs]
    assert len(charts) >= 3
    assert all("img" == attrs["role"] for attrs in charts)
    assert "up 23 h 50 min, down 10 min" in (charts[0]["aria-label"] or "")
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", html)
    assert [(attrs["aria-label"] or "").partition(": ")[2] for attrs in charts] == [unescape(one) for one in captions]


def test_the_header_names_the_day_its_zone_and_from_when_until_when() -> None:
    html = render(report(material(), zone=BERLIN))
    assert "<h1>Monday, 2 March 2026</h1>" in html
    assert "2026-03-02 00:00 (UTC+01:00) to 2026-03-03 00:00 (UTC+01:00), Europe/Berlin, 24 h<" in html
    assert "Closed" in html


def test_a_day_that_is_not_over_says_until_when_it_is_known() -> None:
    html = render(report(material(), as_of=datetime(2026, 3, 2, 1, 30, tzinfo=UTC)))
    assert "In progress, known until 01:30:00" in html
    assert "Down now (0)" in html


@pytest.mark.parametrize(
    ("on", "length", "hours"),
    [
        (
            date(2026, 3, 29),
            "(UTC+01:00) to 2026-03-30 00:00 (UTC+02:00), Europe/Berlin, 23 h: clocks change in it",
            23,
        ),
        (
            date(2026, 10, 25),
            "(UTC+02:00) to 2026-10-26 00:00 (UTC+01:00), Europe/Berlin, 25 h: clocks change in it",
            25,
        ),
    ],
)
def test_on_a_day_when_clocks_change_the_states_still_fill_the_day(on: date, length: str, hours: int) -> None:
    period = day(on, BERLIN)
    known = material(changes=[change(period.start, Health.UP)], rows=(), results=(), incidents=())
    html = render(report(known, on=on, zone=BERLIN))
    assert length in html
    assert f"up {hours} h" in html
    strip = html.split('<svg class="strip"')[1].split("</svg>")[0]
    ticks = [float(x) for x in re.findall(r'<text[^>]* x="([\d.]+)%"', strip)]
    assert 9 == len(ticks)  # 00:00, 03:00, … 00:00 by the clock on the wall
    assert pytest.approx(3 / hours * 100, abs=0.01) == ticks[-1] - ticks[-2]
    assert pytest.approx((3 + (hours - 24)) / hours * 100, abs=0.01) == ticks[1] - ticks[0]


def test_a_day_without_probes_says_that_there_is_nothing_to_report() -> None:
    html = render(report())
    assert "There is nothing to report" in html
    assert [] == Tree(html).wrong
    assert "100 %" not in html.split("How this was counted")[0]


def test_a_probe_without_data_is_hatched_and_never_green() -> None:
    silent = material(rows=(), results=(), missed=(), changes=(), incidents=())
    html = render(report(silent)).split("How this was counted")[0]
    assert "no data" in html
    assert "insufficient data" in html
    assert "unknown 24 h" in html
    assert "100 %" not in html
    assert 'class="verdict bad"' in html


def test_a_removed_probe_is_told_of_up_to_its_removal() -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    gone = material(versions=[version(since=start, until=at(3600, start), removed=True)], missed=())
    (figures,) = report(gone).probes
    assert (60, 1.0) == (figures.total.due, figures.total.coverage)


def test_a_slot_on_the_very_edge_of_what_is_settled_is_due_once() -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    slots = [at(60 * index, start) for index in range(3)]
    known = material(
        versions=[version(since=start)], rows=[row(slot) for slot in slots[:2]], missed=[missed(slots[2])], results=()
    )
    for end in range(121, 141):
        (figures,) = report(known, as_of=at(end, start)).probes
        assert figures.total.coverage is not None
        assert figures.total.judged_runs <= figures.total.due <= 4


def test_the_subject_gives_the_figure_the_objective_and_the_outages() -> None:
    made = report(material())
    assert re.fullmatch(
        r"checkout 8\d\.\d\d % \(objective 99\.9 %\), 1 outage, coverage 4\.\d %", wording.subject(made)
    )
    assert not wording.all_fine(made)


def test_a_slow_spell_is_no_outage_and_is_still_said() -> None:
    slow = incident(datetime(2026, 3, 2, 1, tzinfo=UTC), track=Track.SLOW, reason='slow: step "Pay": took 2.10 s')
    text = wording.subject(report(material(incidents=[slow])))
    assert "1 slow spell" in text
    assert "outage" not in text


def test_an_incident_reads_as_a_sentence() -> None:
    html = render(report(material()))
    assert ">Customer can checkout</a> is down: step &#34;Pay&#34; answered 500, expected 201" in html
    assert 'Customer can checkout is down: step "Pay" answered 500, expected 201' == wording.headline(incident())


def test_bars_lie_side_by_side_inside_the_drawing_and_a_second_of_outage_is_seen() -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    changes = [change(start, Health.UP), change(at(86399, start), Health.DOWN)]
    html = render(report(material(changes=changes)))
    bars = [(float(x), float(width)) for x, width in re.findall(r'<rect x="([\d.]+)%" y="0" width="([\d.]+)%"', html)]
    assert 2 == len(bars)
    assert bars[1][1] >= 0.2
    assert all(x + width <= 100.001 for x, width in bars)
    assert all(left[0] < right[0] for left, right in pairwise(bars))


def standing(target: float, window: float = 30 * 86400.0, failed: int = 10) -> str:
    """What the page says of an objective after an hour of runs every minute, so many of them failed."""
    start = datetime(2026, 3, 2, tzinfo=UTC)
    outcomes = [Outcome.FAILED if index < failed else Outcome.PASSED for index in range(60)]
    rows = [row(at(60 * index, start), outcome) for index, outcome in enumerate(outcomes)]
    objectives = (Objective("availability", target, window),)
    html = render(report(material(rows=rows, objectives=objectives, missed=()), as_of=at(3600, start)))
    return html.split('<ul class="objectives">')[1].split("</ul>")[0]


def test_a_share_below_the_objective_is_never_called_met_while_budget_is_left() -> None:
    text = standing(0.995)
    assert '<span class="tag below">below, budget left</span>' in text
    assert "83.33 % so far" in text
    assert "Error budget: 10 min used, 3 h 26 min left of 3 h 36 min." in text
    assert "met" not in text


def test_an_objective_is_met_so_far_at_its_share_and_above() -> None:
    for text in (standing(0.8), standing(50 / 60), standing(0.999, failed=0)):
        assert '<span class="tag met">met so far</span>' in text
        assert "left of" in text


def test_an_objective_whose_budget_is_overspent_is_missed() -> None:
    text = standing(0.995, window=86400.0)
    assert '<span class="tag missed">missed</span>' in text
    assert "Error budget: 10 min used, overspent by 2 min 48 s (7 min 12 s allowed)." in text


def test_an_objective_of_which_nothing_was_judged_has_no_data() -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    html = render(report(material(rows=(), results=()), as_of=at(3600, start)))
    assert '<span class="tag none">no data</span>' in html


def untidy(slot: datetime, *names: str) -> RunResult:
    made = run(slot)
    return replace(made, cleanup=tuple(replace(made.steps[0], name=name, outcome=Outcome.FAILED) for name in names))


def test_a_failed_cleanup_is_told_with_its_step() -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    slots = [at(60 * index, start) for index in range(3)]
    rows = [row(slot, cleanup_failed=True) for slot in slots]
    results = [untidy(slot, "Cancel the order") for slot in slots]
    (one,) = report(material(rows=rows, results=iter(results))).probes
    assert 'Cleanup failed in 3 runs, at the step "Cancel the order".' == wording.cleanup(one)
    assert "Cleanup failed in 3 runs, at the step &#34;Cancel the order&#34;." in render(
        report(material(rows=rows, results=results))
    )
    results[0] = untidy(slots[0], "Cancel the order", "Log out")
    (two,) = report(material(rows=rows, results=results)).probes
    assert 'Cleanup failed in 3 runs, at the steps "Cancel the order" (3), "Log out" (1).' == wording.cleanup(two)
    (bare,) = report(material(rows=rows[:1], results=())).probes
    assert "Cleanup failed in 1 run." == wording.cleanup(bare)


def test_a_day_in_the_pause_of_a_cron_expression_lacks_nothing_and_one_without_its_runs_does() -> None:
    """A Saturday and a Monday of a probe that looks from Monday to Friday."""

    def of(begun: date) -> Report:
        by_cron = version(since=at(0, datetime(2026, 2, 1, tzinfo=UTC)), cron=Cron("*/5 8-17 * * 1-5", "UTC"))
        silent = material(versions=(by_cron,), rows=(), results=(), missed=(), changes=(), incidents=(), objectives=())
        return report(silent, on=begun)

    saturday, monday = of(date(2026, 3, 7)), of(date(2026, 3, 9))
    assert (True, False) == (wording.all_fine(saturday), wording.all_fine(monday))
    assert "<dd>nothing due" in render(saturday).replace("\n", "")
    assert "insufficient data" not in render(saturday).split("How this was counted")[0]
    assert "checkout: no data, coverage 0.0 %" in wording.subject(monday)
