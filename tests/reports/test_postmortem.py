"""A post-mortem tells the whole case, the same for the same case, and nothing in it is markup but its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from synthmon.app.centre_side import versions_of
from synthmon.model.incident import (
    Decision,
    Delivery,
    DeliveryStatus,
    IncidentEvent,
    IncidentStatus,
    Message,
    Notification,
    Occasion,
)
from synthmon.model.probe import Objective
from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.model.run import Outcome
from synthmon.reports.postmortem import Case, code, escaped, markdown
from synthmon.store.memory import MemoryStore
from synthmon.web.casefile import gather
from tests.making import NOON, at, failure, incident, probe, row, run

GOLDEN = Path(__file__).parent / "postmortem.md"
PROBE = probe(objectives=(Objective("availability", 0.999, 30 * 86400.0),), owner="payments")
OVER = incident(
    at(120),
    status=IncidentStatus.RESOLVED,
    acknowledged_at=at(200),
    acknowledged_by="ada",
    resolved_at=at(480),
    resolved_because="2 good runs in a row in every region known",
    owner="payments",
    runbook="https://wiki.example.com/checkout",
)


def telling(occasion: Occasion, channel: str, second: float) -> Notification:
    message = Message(
        "t",
        "s",
        "checkout",
        "t",
        "test",
        OVER.track,
        OVER.severity,
        occasion,
        NOON,
        at(second),
        ("local",),
        "b",
        OVER.id,
    )
    return Notification(OVER.id, 1, occasion, channel, OVER.dedup_key, at(second), message)


def story() -> MemoryStore:
    """Two minutes up, five down, three up; told, taken on, noted and over."""
    store = MemoryStore()
    store.record_versions([replace(one, since=at(-60)) for one in versions_of({"checkout": PROBE})], at(-60))
    store.keep([run(at(60.0 * minute), Outcome.FAILED if 2 <= minute < 7 else Outcome.PASSED) for minute in range(10)])
    cause = replace(OVER.cause, run_id=run(at(120)).id, slot=at(120))
    told = (telling(Occasion.TRIGGER, "pager", 126), telling(Occasion.RESOLVE, "pager", 480))
    opened = IncidentEvent(OVER.id, at(126), "opened", OVER.reason)
    store.apply(Decision(0, incidents=(replace(OVER, cause=cause),), events=(opened,), notifications=told))
    store.claim(at(127), 60.0)
    store.delivered(told[0].id, at(128))
    store.annotate(OVER.id, IncidentEvent(OVER.id, at(300), "note", "called the acquirer", "ada"))
    store.annotate(OVER.id, IncidentEvent(OVER.id, at(900), "cause", "an expired certificate", "ada"))
    return store


def made(store: MemoryStore) -> str:
    found = store.incident(OVER.id)
    assert found is not None
    return markdown(gather(store, found, PROBE, (), "https://synthmon.example.com"))


def test_it_is_the_page_that_it_was() -> None:
    assert GOLDEN.read_text("utf-8") == made(story())


def test_the_same_case_gives_the_same_page() -> None:
    assert made(story()) == made(story())


def test_runs_in_maintenance_cost_nothing() -> None:
    store = story()
    store.keep_quiet(Quiet(QuietKind.MAINTENANCE, Selection("checkout"), at(240), at(420), "x", "ada"))
    assert "- 2 of 3 scheduled runs failed\n- Bad time in local: 2 min\n- 3 runs lay in planned" in made(store)


def test_an_incident_that_goes_on_and_of_which_nobody_was_told_says_so() -> None:
    text = markdown(Case(incident(withheld='silence by ada until then: "x"')))
    assert "- Ended: it goes on\n" in text
    assert '- Nobody for now: silence by ada until then: "x"\n' in text
    assert "## Cause\n\nNobody has noted one yet.\n" in text
    assert "No scheduled run was judged in that time." in text
    assert "Nobody was told." in markdown(Case(incident()))


def test_what_it_also_broke_and_what_explains_it_is_told() -> None:
    store = MemoryStore()
    parent, child = incident(), incident(at(60), probe="basket", probe_title="Basket", parent="checkout")
    store.apply(Decision(0, incidents=(parent, child)))
    assert "- It also broke: Basket is down: " in markdown(gather(store, parent, None, (), None))
    assert "- Explained by: an incident of checkout\n" in markdown(gather(store, child, None, (), None))


def test_a_delivery_that_failed_says_why() -> None:
    dead = Delivery(telling(Occasion.TRIGGER, "pager", 126), DeliveryStatus.DEAD, 3, None, "HTTP <401>")
    assert "trigger to pager: given up after 3 attempts (HTTP \\<401\\>)" in markdown(Case(OVER, deliveries=(dead,)))


def test_of_many_runs_the_first_are_shown_and_the_rest_is_counted() -> None:
    rows = [row(at(60.0 * minute), Outcome.FAILED) for minute in range(25)]
    text = markdown(Case(OVER, runs=rows))
    assert "- and 5 more that did not pass\n" in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>alert(1)</script>", "\\<script\\>alert(1)\\</script\\>"),
        ("[x](https://evil.example) ![y](z)", "\\[x\\](https\\://evil.example) \\!\\[y\\](z)"),
        ("# a | b * c _ d ~ e & f", "\\# a \\| b \\* c \\_ d \\~ e \\& f"),
        ("first_byte of _x_ and a__b", "first_byte of \\_x\\_ and a\\_\\_b"),
        ("www.evil.example", "www\\.evil.example"),
        ("a@evil.example", "a\\@evil.example"),
        ("two\nlines\x1b[2J", "two⏎lines\\\\x1b\\[2J"),
        ("- no list", "\\- no list"),
        ("1. no list", "1\\. no list"),
        ("=====", "\\====="),
        ("    no code", "no code"),
    ],
)
def test_text_of_others_is_text(text: str, shown: str) -> None:
    assert shown == escaped(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("500", "`500`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("a``\n`b", "```a``⏎`b```"), ("", "` `")],
)
def test_no_text_ends_the_code_that_it_is_in(text: str, shown: str) -> None:
    assert shown == code(text)


def test_a_hostile_target_adds_no_line() -> None:
    hostile = "x\n# heading\n<img src=x>\n- `item`"
    harmless = Case(OVER, events=[IncidentEvent(OVER.id, NOON, "note", "x", "x")], runs=[row(message="x")])
    cause = replace(OVER.cause, message=hostile, expected=hostile, actual=hostile, step_name=hostile)
    worse = replace(OVER, reason=hostile, cause=cause, found=hostile, alert=hostile, acknowledged_by=hostile)
    events = [IncidentEvent(OVER.id, NOON, "note", hostile, hostile)]
    text = markdown(Case(worse, events=events, runs=[row(message=failure(message=hostile).message)]))
    assert len(markdown(harmless).splitlines()) == len(text.splitlines())
    assert "<img" not in text.replace("\\<", "").replace("<img src=x>⏎- `item`", "")
