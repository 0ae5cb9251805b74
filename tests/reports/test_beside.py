"""What stands beside the figures of probes, as tables of values: who was told, what ends, what lacks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from synthmon.model.agent import AgentToken
from synthmon.model.histogram import Histogram
from synthmon.model.incident import Delivery, DeliveryStatus, IncidentEvent, Occasion, RunNote
from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.model.run import FailureKind
from synthmon.reports import beside_words, document, telling, text
from synthmon.reports.figures import expiring
from synthmon.reports.figures.beside import Beside
from synthmon.reports.figures.hygiene import Declared, Hygiene, Lack, Lacking, hygiene
from synthmon.reports.figures.notices import KeptBack, Notices, Told, notices
from synthmon.reports.figures.releases import Marker
from synthmon.reports.figures.report import Report
from synthmon.reports.figures.stories import Story, running, stories
from synthmon.reports.figures.watching import Happening, Watching, watching
from synthmon.reports.html import render
from tests.alerting.receivers import notification
from tests.making import at, incident
from tests.reports.test_html import HOSTILE, material, report, shape

DAY = 86_400.0


def quiet(start: float, end: float, **changes: Any) -> Quiet:
    values = {"kind": QuietKind.SILENCE, "covers": Selection(tag="tier-1"), "reason": "the shop moves", "author": "ada"}
    return Quiet(**(values | changes), start=at(start), end=at(end))  # type: ignore[arg-type]


# Notifications


def delivery(channel: str, status: DeliveryStatus, attempts: int = 1, **changes: Any) -> Delivery:
    told = replace(notification(changes.pop("occasion", Occasion.TRIGGER)), channel=channel, incident_id=INCIDENT.id)
    return Delivery(told, status, attempts, **changes)


INCIDENT = incident()


def test_notifications_are_counted_by_channel_as_of_an_instant() -> None:
    sent, dead, pending = DeliveryStatus.SENT, DeliveryStatus.DEAD, DeliveryStatus.PENDING
    found = notices(
        [
            delivery("pager", sent, sent_at=at(1)),
            delivery("pager", sent, 3, sent_at=at(2), last_error="busy"),
            delivery("pager", sent, sent_at=at(99)),  # accepted after the report was made
            delivery("chat", dead, 9, last_error="410 gone"),
            delivery("chat", pending, 2, last_error="429 later"),
            delivery("chat", sent, sent_at=at(1), occasion=Occasion.TEST),
            replace(delivery("mail", sent, sent_at=at(1)), notification=notification()),  # of another report
        ],
        [
            IncidentEvent(INCIDENT.id, at(5), "withheld", "nobody is told for now: a silence of ada"),
            IncidentEvent(INCIDENT.id, at(6), "opened", "it began"),
            IncidentEvent("other", at(7), "withheld", "nobody is told for now: maintenance"),
        ],
        {INCIDENT.id: INCIDENT},
        at(50),
    )

    assert found.channels == (Told("chat", 0, 0, 1, 1, "429 later"), Told("pager", 2, 1, 1))
    assert found.kept_back == (KeptBack(at(5), INCIDENT, "a silence of ada"),)
    assert [beside_words.told(one) for one in found.channels] == [
        "0 accepted; 1 not accepted yet; 1 given up: 429 later",
        "2 accepted, 1 of them not at the first attempt; 1 not accepted yet",
    ]


# What ends


@pytest.mark.parametrize(
    ("days", "told", "urgent", "words"),
    [
        (31, False, False, ""),
        (29.9, True, False, "in 29 days"),
        (14.1, True, False, "in 14 days"),
        (13.9, True, True, "in 13 days"),
        (1.5, True, True, "in 1 day"),
        (0.5, True, True, "within a day"),
        (-0.5, True, True, "1 day ago"),
        (-3, True, True, "3 days ago"),
    ],
)
def test_a_certificate_is_told_of_from_thirty_days_on(days: float, told: bool, urgent: bool, words: str) -> None:
    found = expiring.certificates({"checkout": {"shop.example.com": at(days * DAY)}}, at(0))

    assert told == bool(found)
    assert [(urgent, words)] * told == [(one.urgent, beside_words.ends(one)) for one in found]


def test_of_a_host_the_earliest_end_counts_and_everybody_who_meets_it() -> None:
    found = expiring.certificates({"b": {"host": at(3 * DAY)}, "a": {"host": at(5 * DAY), "else": at(99 * DAY)}}, at(0))

    assert [("host", at(3 * DAY), ("a", "b"))] == [(one.name, one.until, one.whom) for one in found]


def test_one_that_ends_within_two_weeks_is_worth_a_look_once() -> None:
    seen = {"certificates": {"shop.example.com": at(5 * DAY)}}
    probes = report(material(), material(name="login")).probes
    made = replace(report(material(), material(name="login")), probes=tuple(replace(one, **seen) for one in probes))  # type: ignore[arg-type]

    (remark,) = [said for _, said in telling.notable(made)[0] if "certificate" in said]
    assert remark.startswith("the certificate of shop.example.com ends in ")
    assert remark in text.render(made)

    gone = {"certificates": {"shop.example.com": at(-5 * DAY)}}
    over = replace(made, probes=tuple(replace(one, **gone) for one in probes))  # type: ignore[arg-type]
    (remark,) = [said for _, said in telling.notable(over)[0] if "certificate" in said]
    assert remark.startswith("the certificate of shop.example.com ended ")


def token(name: str, expires: float | None, **changes: Any) -> AgentToken:
    ends = None if expires is None else at(expires * DAY)
    return AgentToken(name, "eu-west", name, at(-DAY), ends, **changes)


def test_tokens_of_agents_that_hold_and_end_soon_are_told_of() -> None:
    known = [
        token("soon", 10),
        token("for ever", None),
        token("later", 40),
        token("over", -1),
        token("revoked", 10, revoked_at=at(-5)),
        token("revoked later", 12, revoked_at=at(5)),
    ]
    found = expiring.soonest_first(expiring.tokens(known, at(0)))

    assert ["soon", "revoked later"] == [one.name for one in found]
    assert "of the agents in eu-west" == beside_words.whom(found[0])


# Hygiene


def test_what_lacks_is_told_by_what_it_is() -> None:
    whole = Declared("whole", alerts=True, heard=True, owner="team", budget=True, runbook=True)
    bare = Declared("bare", alerts=True, heard=False, owner=None, budget=False, runbook=False)
    silent = replace(whole, name="silent", alerts=False, heard=False)
    found = hygiene([whole, silent, bare], [], at(0))

    assert found.lacking == (
        Lacking(Lack.ALERT, ("silent",)),
        Lacking(Lack.CHANNEL, ("bare",)),
        Lacking(Lack.OWNER, ("bare",)),
        Lacking(Lack.BUDGET, ("bare",)),
        Lacking(Lack.RUNBOOK, ("bare",)),
    )
    assert not hygiene([whole], [], at(0))
    assert "no owner: a, b, c, d, e, f, g, h and 2 more" == beside_words.lacking(
        Lacking(Lack.OWNER, tuple("abcdefghij"))
    )


def test_silences_in_force_for_more_than_a_week_are_told_of_the_longest_first() -> None:
    week, month = quiet(-DAY, 7 * DAY), quiet(-DAY, 30 * DAY, kind=QuietKind.MAINTENANCE)
    lifted = replace(quiet(-DAY, 99 * DAY), lifted_at=at(-5), lifted_by="bob")
    found = hygiene([], [week, month, quiet(-DAY, 6 * DAY), quiet(DAY, 99 * DAY), lifted], at(0))

    assert (month, week) == found.quiets


# The watching


def test_the_watching_is_summed_over_probes_and_only_our_own_faults_count() -> None:
    late = [Histogram.of([0.01] * 98), Histogram.of([1.0, 2.0])]
    kinds = [{FailureKind.STALL: 1, FailureKind.STATUS: 9}, {FailureKind.STALL: 2, FailureKind.RESOLVER: 5}]
    terms, jumps = [Happening(at(1), "vm-1"), Happening(at(2), "vm-1")], [Happening(at(3), "vm-1: +3600 s")]
    found = watching(late, {"no_result": 1, "not_running": 7}, kinds, terms, jumps)

    assert (100, {"not_running": 7, "no_result": 1}) == (found.late.count, found.missed)
    assert {FailureKind.RESOLVER: 5, FailureKind.STALL: 3} == found.unjudged
    said = dict(beside_words.watch(found))
    assert "nothing ran 7, no result came 1" == said["slots without a run"]
    assert "2 (vm-1)" == said["starts and take-overs of the judge"]
    assert "vm-1: +3600 s" == said["clocks that leapt"]
    assert "none" == dict(beside_words.watch(Watching()))["starts and take-overs of the judge"]


# Stories


@pytest.mark.parametrize(("instant", "release"), [(-1, "1.0"), (10, "1.1"), (19, "1.1"), (20, "1.2"), (99, "1.2")])
def test_the_release_of_an_incident_is_the_one_that_ran_when_it_began(instant: float, release: str) -> None:
    markers = [Marker(at(20), "1.2", "1.1"), Marker(at(10), "1.1", "1.0"), Marker(at(15))]

    assert release == running(markers, at(instant))
    assert running([Marker(at(15))], at(instant)) is None


def test_a_story_has_step_error_evidence_trace_and_cause() -> None:
    cause = RunNote("4f", at(0), "eu", "pay", "Pay", FailureKind.STATUS, "answered 500, expected 201")
    one = incident(cause=cause, found="a wrong key")
    found = stories([one], {"4f": "abc"}, {"checkout": [Marker(at(-5), "2.4.1")]})[one.id]

    assert found == Story("Pay", "answered 500, expected 201", "4f", "abc", "2.4.1", "a wrong key")
    assert "at “Pay”: answered 500, expected 201; release 2.4.1; cause: a wrong key" == beside_words.story(found)
    assert "release 2.4.1; cause: a wrong key" == beside_words.story(found, 'step "Pay" answered 500, expected 201')
    named = replace(found, error="status 500 (Internal Server Error), expected 201")
    assert "release 2.4.1; cause: a wrong key" == beside_words.story(named, 'step "Pay" answered 500, expected 201')
    assert beside_words.story(named, 'step "Pay" answered 502, expected 201').startswith("at “Pay”: status 500 (")
    links = Beside(base="https://s.example/", trace_url="https://t.example/{trace_id}")
    assert "https://s.example/runs/4f" == beside_words.evidence(links, found)
    assert "https://t.example/abc" == beside_words.trace(links, found)
    assert beside_words.evidence(Beside(), found) is None


# All of it in a report


def whole(said: str = "x", base: str | None = "https://s.example") -> Report:
    one = incident(cause=RunNote("4f", at(0), "eu", said, said, None, said), found=said, reason=said)
    made = report(material(incidents=[one]))
    planned = quiet(0, 3600, kind=QuietKind.MAINTENANCE, reason=said, author=said, covers=Selection(owner=said))
    beside = Beside(
        stories={one.id: Story(said, said, "4f", said, said, said)},
        notices=Notices((Told(said, 1, 1, 1, 1, said),), (KeptBack(at(0), one, said),)),
        expiring=(expiring.Expiring(expiring.CERTIFICATE, said, at(DAY), (said,), timedelta(days=1)),),
        done=(planned,),
        coming=(planned,),
        hygiene=Hygiene((Lacking(Lack.OWNER, (said,)),), (planned,)),
        watch=Watching(
            Histogram.of([1.0]), {said: 1}, {FailureKind.STALL: 1}, (Happening(at(0), said),), (Happening(at(1), said),)
        ),
        base=base,
        trace_url="https://t.example/{trace_id}",
    )
    return replace(made, beside=beside)


def test_page_text_and_json_tell_all_of_it() -> None:
    page, lines, said = render(whole()), text.render(whole()), document.to_json(whole())

    for heading in ("Notifications", "Ends soon", "Hygiene", "How the watching went"):
        assert heading in page
        assert heading in lines
    assert '<a href="https://s.example/runs/4f">evidence</a>' in page
    assert {"notifications", "expiring", "maintenance", "hygiene", "watching"} <= set(said)
    assert "4f" == said["incidents"][0]["run"]
    assert (page, lines) == (render(whole()), text.render(whole()))


def test_a_report_of_some_probes_says_nothing_of_the_watching() -> None:
    some = whole()
    some = replace(some, beside=replace(some.beside, watch=None))  # type: ignore[type-var] # it has one

    assert "How the watching went" not in render(some) + text.render(some)
    assert document.to_json(some)["watching"] is None


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda text_: ascii(text_)[:20])
def test_nothing_that_others_wrote_becomes_markup(hostile: str) -> None:
    assert shape(render(whole(hostile))) == shape(render(whole()))
    assert "\x1b" not in text.render(whole(hostile))
